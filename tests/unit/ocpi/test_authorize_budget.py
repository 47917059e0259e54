"""Whoever stands at a charger waits two seconds at most, whatever partners do."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.identifiers import PartyId
from app.domain.partners import Endpoint, InterfaceRole, PartnerRole, Role
from app.domain.tokens import Authorization, Token, Verdict
from app.ports.http import HttpAnswer, HttpFailure
from app.store.transaction import Store
from app.use_cases.registration import client_token_context
from ocpi.client.exchange import PartnerCalls
from ocpi.client.gate import GateRules, Gates
from ocpi.gateway import OcpiAuthorizer
from tests.support.clock import FakeClock
from tests.support.patience import until
from tests.support.roaming_documents import token_document
from tests.support.roaming_objects import AN_OPERATOR, a_foreign_token, a_partner

BUDGET_S = 2.0
QUICK, HANGS = "https://quick.example", "https://hangs.example"


@dataclass
class Hosts:
    """An HTTP client for which one host answers at once, and every other one never."""

    clock: FakeClock
    limits: dict[str, list[float]] = field(default_factory=dict)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        timeout: float,  # noqa: ASYNC109
    ) -> HttpAnswer:
        """As the port says: an answer, or a failure when the time is over."""
        host = url.partition("/tokens")[0]
        self.limits.setdefault(host, []).append(timeout)
        if host != QUICK:
            await self.clock.sleep(timeout)
            raise HttpFailure(f"no answer within {timeout:g} s", sent=True)
        token = token_document("CARD", country_code="FR", party_id="XYZ")
        data = {"allowed": "ALLOWED", "token": token, "authorization_reference": "REF"}
        envelope = {"data": data, "status_code": 1000, "timestamp": "2026-05-04T12:00:00Z"}
        return HttpAnswer(200, {}, json.dumps(envelope).encode())

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Desk:
    clock: FakeClock
    hosts: Hosts
    gates: Gates
    store: Store
    calls: PartnerCalls

    async def ask(self, token: Token | None = None, **limit: float) -> Authorization | None:
        """What a charger of ours hears; `timeout_s` is another limit than that of production."""
        authorizer = OcpiAuthorizer(self.store, self.calls, **limit)
        return await authorizer.authorize("CARD", token, None)


@pytest.fixture
async def desk(store: Store) -> Desk:
    """Two providers: one answers, one hangs."""
    clock, sealer = FakeClock(), FernetSealer(["a secret of the house"])
    hosts = Hosts(clock)
    gates = Gates(clock, GateRules(at_once=1))
    calls = PartnerCalls(hosts, sealer, clock, gates=gates)
    made: Any = {"p-1": (HANGS, None), "p-2": (QUICK, PartyId("FR", "XYZ"))}
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
        for partner_id, (host, party) in made.items():
            known = a_partner(
                id=partner_id,
                name=host,
                endpoints=(Endpoint("tokens", InterfaceRole.SENDER, f"{host}/tokens"),),
                client_token=sealer.seal("secret", client_token_context(partner_id)),
            )
            roles = (PartnerRole(Role.EMSP, party, "Quick"),) if party else known.roles
            await tx.partners.put(replace(known, roles=roles))
    return Desk(clock, hosts, gates, store, calls)


async def test_one_that_hangs_does_not_cost_more_than_the_budget(desk: Desk) -> None:
    """C-188, I-31: the others' answer counts, at the end of the budget at the latest."""
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(desk.ask())
        await until(lambda: len(desk.hosts.limits) == 2)
        assert all(0 < limit <= BUDGET_S for (limit,) in desk.hosts.limits.values())
        await desk.clock.advance(BUDGET_S)
        async with asyncio.timeout(5):
            answer = await asked
    assert answer is not None
    assert (answer.verdict, answer.reference) == (Verdict.ALLOWED, "REF")
    assert desk.clock.monotonic() <= BUDGET_S


async def test_the_issuer_alone_hangs(desk: Desk) -> None:
    """P-089, C-188, C-193: then the list decides, two seconds later and no more."""
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(desk.ask(a_foreign_token("CARD")))
        await until(lambda: desk.hosts.limits)
        assert not asked.done()
        await desk.clock.advance(BUDGET_S)
        async with asyncio.timeout(5):
            assert await asked is None


async def test_waiting_for_a_place_is_part_of_the_budget(desk: Desk) -> None:
    """C-188: a partner that is busy with others is waited for no longer than one that hangs."""
    async with asyncio.TaskGroup() as tasks, desk.gates.passage("p-1", 60):
        asked = tasks.create_task(desk.ask(a_foreign_token("CARD"), timeout_s=0.2))
        async with asyncio.timeout(5):
            assert await asked is None
    assert HANGS not in desk.hosts.limits
