"""One partner hangs: its own messages wait in its own queue, and all others get theirs at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from random import Random

import pytest

from app.adapters.addresses import AddressGuard
from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.delivery.worker import Worker
from app.domain.circuits import CircuitState
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, PartnerState, Role
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.partners import Partners, Platform
from app.use_cases.registration import client_token_context
from ocpi.client.exchange import PartnerCalls
from ocpi.client.gate import GateRules, Gates
from ocpi.push.sender import OcpiSender
from tests.support.patience import until
from tests.support.roaming_objects import AN_OPERATOR, EMSP, a_location
from tests.support.scripted_partner import SENT_TOKEN, Say, ScriptedPartner, scripted_partner
from tests.unit.adapters.http_server import SILENCE

HANGS_S = 0.8


@dataclass
class Desk:
    """Two partners, and the delivery machine that tells them both of a location."""

    store: Store
    partners: Partners
    gates: Gates
    worker: Worker
    hanging: ScriptedPartner
    healthy: ScriptedPartner
    sealer: FernetSealer

    async def register(self, partner_id: str, them: ScriptedPartner, code: str) -> None:
        token = self.sealer.seal(SENT_TOKEN, client_token_context(partner_id))
        roles = (PartnerRole(Role.EMSP, PartyId("DE", code), code),)
        known = them.partner(self.sealer, id=partner_id, name=code, roles=roles)
        partner = replace(known, client_token=token)
        async with self.store.transaction() as tx:
            await tx.partners.put(partner)

    async def tell(self) -> None:
        """The location is news to both."""
        news = [
            Delivery(f"partner:{each}", "NL-RW1/L1", Mode.LATEST, "ocpi.location")
            for each in ("p-1", "p-2")
        ]
        async with self.store.transaction() as tx:
            await tx.deliveries.add(news, SystemClock().now())


@pytest.fixture
async def desk(store: Store, sealer: FernetSealer) -> AsyncIterator[Desk]:
    clock = SystemClock()
    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    gates = Gates(clock, GateRules(failures=2))
    calls = PartnerCalls(client, sealer, clock, timeout_s=HANGS_S, gates=gates)
    partners = Partners(
        store, sealer, clock, platform=Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    )
    sender = OcpiSender(store, calls, partners, clock)
    worker = Worker(
        store, clock, LocalBus(), senders={"ocpi": sender}, owner="w", random=Random(1)
    )
    async with scripted_partner() as hanging, scripted_partner() as healthy:
        hanging.answers = lambda _: SILENCE
        made = Desk(store, partners, gates, worker, hanging, healthy, sealer)
        async with store.transaction() as tx:
            await tx.operators.put(AN_OPERATOR)
            await tx.locations.put(a_location())
        await made.register("p-1", hanging, "HNG")
        await made.register("p-2", healthy, "OKK")
        yield made
    await client.close()


async def test_who_hangs_holds_up_nobody_else(desk: Desk) -> None:
    running = asyncio.get_running_loop().create_task(desk.worker.run())
    try:
        for number in range(1, 6):
            await desk.tell()
            await until(lambda wanted=number: len(desk.healthy.received) >= wanted, 5)
        await until(lambda: desk.gates.circuits["p-1"].state is CircuitState.OPEN, 20)
        assert (await desk.partners.get("p-1")).state is PartnerState.OFFLINE
        asked = len(desk.hanging.received)
        await asyncio.sleep(1)
        assert len(desk.hanging.received) == asked, "an open circuit asks nothing"
        desk.hanging.answers = lambda _: Say()
        desk.gates.woken("p-1")
        await desk.partners.reached("p-1")
        await until(lambda: desk.gates.circuits["p-1"].state is CircuitState.CLOSED, 5)
        assert desk.hanging.received[-1].path == "/receiver/locations/NL/RW1/L1"
        async with asyncio.timeout(5):
            while await _waiting(desk.store):
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _waiting(store: Store) -> int:
    async with store.reading() as tx:
        return await tx.deliveries.waiting()
