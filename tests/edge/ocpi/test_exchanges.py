"""What partners and we say to each other can be read later, without a secret, and said again."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from starlette.types import Message

from app.adapters.addresses import AddressGuard
from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.delivery.worker import Worker
from app.domain.exchanges import Direction, Exchange
from app.domain.identifiers import PartyId
from app.domain.operators import Holder, Operator
from app.domain.partners import PartnerRole, Role
from app.ports.delivery import Delivery, Mode
from app.simulators.partner import Partner
from app.store.exchanges import Wanted
from app.store.transaction import Store
from app.use_cases.exchanges import Exchanges
from app.use_cases.partners import Partners, Platform
from ocpi.client.exchange import ExchangeFailed, PartnerCalls
from ocpi.push.sender import OcpiSender
from ocpi.push.subjects import CDR, LOCATION, TOKEN, subject_of
from ocpi.recorder import Recorder
from ocpi.server import STRANGERS_PER_MINUTE
from ocpi.wire.redaction import HIDDEN
from tests.edge.ocpi.conftest import TOKEN as SERVER_TOKEN
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.edge.ocpi.house import a_house
from tests.support.clock import NOON
from tests.support.roaming_documents import session_document, token_document
from tests.support.roaming_objects import CPO, EMSP, a_cdr, a_location, a_token
from tests.support.scripted_partner import (
    SENT_TOKEN,
    Received,
    Say,
    ScriptedPartner,
    scripted_partner,
)

CARD, CONTRACT, NUMBER = "04SECRETCARD77", "DE-TNM-SECRET-9", "VISIBLE-SECRET-3"
BY = Holder(Operator(PartyId("NL", "RW1"), "House", NOON), platform=True, key_id="k")


def forms(*secrets: str) -> Iterator[str]:
    """Each as it is, and as it travels in an Authorization header."""
    for secret in secrets:
        yield secret
        yield base64.b64encode(secret.encode()).decode().rstrip("=")


async def journal(store: Store, recorder: Recorder, **wanted: Any) -> list[Exchange]:
    """Everything in it, whole, the oldest first."""
    await recorder.flush()
    async with store.reading() as tx:
        found = await tx.exchanges.find(Wanted(**{"limit": 200, **wanted}))
        whole = [await tx.exchanges.get(e.id) for e in reversed(found)]
    return [e for e in whole if e is not None]


def readable(exchanges: list[Exchange]) -> str:
    """All that people are shown of them; what a push told of is shown by the kind alone."""
    return "\n".join(repr(replace(e, pushed=None)) for e in exchanges)


async def test_what_a_partner_asks_is_taken_down(peer: Peer, world: World) -> None:
    """With the ids it gave, so that both sides can speak of the same exchange."""
    ours = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "RW1"}
    answered(await peer.get("/cpo/2.2.1/locations?limit=7", **ours))
    answered(await peer.get("/cpo/2.2.1/locations/nope"), 2003, 404)
    listed, missing = await journal(world.store, world.recorder)
    assert listed.answer is not None
    assert (listed.direction, listed.method) == (Direction.IN, "GET")
    assert listed.url == "/ocpi/cpo/2.2.1/locations?limit=7"
    assert (listed.partner_id, listed.version, listed.module) == ("p-1", "2.2.1", "locations")
    assert (listed.request_id, listed.correlation_id) == ("req-1", "corr-1")
    assert (listed.sender, listed.receiver) == (None, "NL-RW1")
    assert (listed.http, listed.status, listed.failed) == (200, 1000, False)
    assert json.loads(listed.answer.body)["data"] == []
    assert listed.answer.headers["x-total-count"] == "0"
    assert (missing.http, missing.status, missing.failed) == (404, 2003, True)
    assert await journal(world.store, world.recorder, failed=True) == [missing]
    assert len(await journal(world.store, world.recorder, correlation_id="corr-1")) == 2


async def test_no_secret_of_a_partner_or_driver_is_in_the_journal(
    peer: Peer, world: World
) -> None:
    """Whole or refused, in path, query, header, body and answer."""
    async with world.store.transaction() as tx:
        await tx.tokens.put(a_token(CARD, contract_id=CONTRACT, visual_number=NUMBER))
    token = token_document(CARD, contract_id=CONTRACT, visual_number=NUMBER, group_id=CARD)
    theirs = f"/cpo/2.2.1/tokens/DE/TNM/{CARD}"
    cdr_token = {
        "country_code": "DE", "party_id": "TNM", "uid": CARD, "type": "RFID",
        "contract_id": CONTRACT,
    }  # fmt: skip
    session = session_document(cdr_token=cdr_token, party_id="TNM", country_code="DE")
    start = {"response_url": "https://them.example/r", "token": token, "location_id": "nope"}
    await peer.put(theirs, token)
    await peer.put(f"{theirs}?type=RFID&token={CARD}", {**token, "type": 7})
    await peer.put(theirs.replace("tokens", "%74okens"), token)
    await peer.patch(theirs, {"contract_id": CONTRACT, "last_updated": "no time"})
    await peer.put(theirs, f'{{"uid": "{CARD}", "contract_id": "{CONTRACT}'.encode())
    await peer.put(theirs, f"<uid>{CARD}</uid>".encode())
    await peer.get(theirs)
    await peer.post(f"/emsp/2.2.1/tokens/{CARD}/authorize?type=RFID")
    await peer.get("/emsp/2.2.1/tokens")
    await peer.put("/emsp/2.2.1/sessions/DE/TNM/101", session)
    await peer.post("/cpo/2.2.1/commands/START_SESSION", start)
    await peer.post("/2.2.1/credentials", {"token": NUMBER, "url": "https://them.example/v"})
    await peer.get("/versions", Authorization=f"Bearer {CARD}", Cookie=NUMBER)
    kept = await journal(world.store, world.recorder)
    assert len(kept) == 13
    said = readable(kept)
    assert [s for s in forms(CARD, CONTRACT, NUMBER, SERVER_TOKEN) if s in said] == []
    assert kept[0].request.body.count(HIDDEN) == 4
    assert '"valid":true' in kept[0].request.body


async def test_long_pages_are_kept_by_their_beginning(peer: Peer, world: World) -> None:
    async with world.store.transaction() as tx:
        for number in range(60):
            await tx.locations.put(a_location(f"L{number}"))
    await peer.get("/cpo/2.2.1/locations?limit=50")
    (page,) = await journal(world.store, world.recorder)
    assert page.answer is not None
    assert page.answer.size > 30_000
    assert len(page.answer.body) < world.recorder.body_bytes + 60
    assert page.answer.body.endswith(f"of {page.answer.size} bytes are not kept)")
    assert '"uid":"E1"' in page.answer.body


async def test_strangers_are_taken_down_until_they_are_shut_out(peer: Peer, world: World) -> None:
    stranger = replace(peer, token="nobody-knows-this")
    for _ in range(STRANGERS_PER_MINUTE + 20):
        await stranger.put("/cpo/2.2.1/tokens/DE/TNM/X", {"uid": CARD})
    await world.recorder.flush()
    async with world.store.reading() as tx:
        assert await tx.exchanges.partners_with_more_than(STRANGERS_PER_MINUTE - 1) == [None]
        assert await tx.exchanges.partners_with_more_than(STRANGERS_PER_MINUTE) == []
    newest = (await journal(world.store, world.recorder))[-1]
    assert (newest.partner_id, newest.http, newest.request.size) == (None, 401, 0)


async def test_a_caller_that_did_not_wait_is_seen(world: World) -> None:
    async def gone(_message: Message) -> None:
        raise OSError("the connection is closed")

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "GET", "path": "/ocpi/versions", "query_string": b"",
        "headers": [(b"authorization", f"Token {SERVER_TOKEN}".encode())],
    }  # fmt: skip
    with pytest.raises(OSError, match="closed"):
        await world.site(scope, nothing, gone)
    (kept,) = await journal(world.store, world.recorder)
    assert kept.failure == "the caller did not wait for the answer"
    assert (kept.http, kept.answer, kept.partner_id) == (None, None, "p-1")


@pytest.mark.parametrize("ours", [True, False])
async def test_a_registration_leaves_no_token_behind(
    store: Store, sealer: FernetSealer, *, ours: bool
) -> None:
    """Whoever begins: invitation, old and new tokens, in both directions."""
    async with a_house(store, sealer) as house, Partner() as partner:
        if ours:
            invitation = partner.invite()
            await house.handshake.join(
                partner.versions_url, invitation, name="Them", roles=[Role.CPO, Role.EMSP]
            )
        else:
            invitation = (await house.partners.invite("Them", [Role.EMSP, Role.CPO])).token
            await partner.register(house.versions_url, invitation)
        known = await house.only()
        await house.handshake.renew(known.id)
        assert partner.peer is not None
        secrets = {invitation, partner.peer.token, *partner.accepted_tokens}
        kept = await journal(store, house.recorder)
        assert {e.direction for e in kept} == set(Direction)
        assert {e.module for e in kept} >= {"versions", "credentials"}
        assert {e.partner_id for e in kept} == {known.id}
        assert [s for s in forms(*secrets) if s in readable(kept)] == []
        bodies = [e.request.body for e in kept if e.method in {"POST", "PUT"}]
        assert all(f'"token":"{HIDDEN}"' in body.replace(": ", ":") for body in bodies)
        assert not partner.violations


class Sending:
    """Our sending side with a partner that answers what a test says."""

    def __init__(self, store: Store, sealer: FernetSealer, them: ScriptedPartner) -> None:
        clock = SystemClock()
        self.store = store
        self.them = them
        self.exchanges = Exchanges(store, clock)
        self.recorder = Recorder(clock, self.exchanges.keep)
        self.http = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
        self.calls = PartnerCalls(self.http, sealer, clock, timeout_s=1, recorder=self.recorder)
        platform = Platform(PartnerRole(Role.EMSP, EMSP, "Roamwatt Drive"))
        partners = Partners(store, sealer, clock, platform=platform)
        self.sender = OcpiSender(store, self.calls, partners, clock)
        self.worker = Worker(
            store, clock, LocalBus(), senders={"ocpi": self.sender}, owner="w", random=Random(1)
        )
        self.partner = them.partner(sealer)

    async def tell(self, kind: str, mode: Mode, *parts: object) -> None:
        """What planner and worker do."""
        await self.sender.send(Delivery("partner:p-1", subject_of(*parts), mode, kind))

    async def journal(self, **wanted: Any) -> list[Exchange]:
        """What was said, the oldest first."""
        return await journal(self.store, self.recorder, **wanted)

    async def until_asked(self, times: int) -> None:
        """Let the worker work until the partner was asked so often, and answered."""
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(10):
            working = tasks.create_task(self.worker.run())
            while len(self.them.received) < times or await self._waits():
                await asyncio.sleep(0.01)
            working.cancel()

    async def _waits(self) -> int:
        async with self.store.reading() as tx:
            return await tx.deliveries.waiting()


@pytest.fixture
async def sending(store: Store, sealer: FernetSealer) -> AsyncIterator[Sending]:
    async with scripted_partner() as them:
        made = Sending(store, sealer, them)
        async with store.transaction() as tx:
            await tx.partners.put(made.partner)
            await tx.locations.put(a_location())
            await tx.tokens.put(a_token(CARD, contract_id=CONTRACT))
            await tx.cdrs.add(a_cdr())
        yield made
        await made.http.close()


async def test_a_push_is_sent_again_as_things_are_now(sending: Sending) -> None:
    """C-039: a person asks, the machine sends; one correlation id, two request ids."""
    sending.them.answers = lambda _: Say(http=500, raw=b"out of order")
    await sending.tell(LOCATION, Mode.LATEST, CPO, "L1")
    (failed,) = await sending.journal(failed=True)
    assert (failed.http, failed.status, failed.module) == (500, None, "locations")
    assert failed.answer is not None
    assert failed.answer.body == "out of order"
    async with sending.store.transaction() as tx:
        await tx.locations.put(replace(a_location(), name="Renamed since"))
    sending.them.answers = lambda _: Say()
    await sending.exchanges.resend(failed.id, BY)
    await sending.until_asked(2)
    assert sending.them.received[-1].body["name"] == "Renamed since"
    both = await sending.journal(correlation_id=failed.correlation_id)
    assert [e.failed for e in both] == [True, False]
    assert both[0].request_id != both[1].request_id
    assert both[1].pushed == failed.pushed


async def test_a_card_is_sent_again_though_the_journal_does_not_name_it(sending: Sending) -> None:
    def repeating(_received: Received) -> Say:
        return Say(code=2001, message=f"{CARD} of {CONTRACT} is not for {SENT_TOKEN}")

    sending.them.answers = repeating
    await sending.tell(TOKEN, Mode.LATEST, EMSP, "RFID", CARD)
    (kept,) = await sending.journal()
    assert kept.url.endswith("/tokens/…?type=RFID")
    assert [s for s in forms(CARD, CONTRACT, SENT_TOKEN) if s in readable([kept])] == []
    await sending.exchanges.resend(kept.id, BY)
    await sending.until_asked(2)
    assert [r.body["uid"] for r in sending.them.received] == [CARD, CARD]


async def test_a_bill_is_sent_again(sending: Sending) -> None:
    """What waits already is not doubled."""
    await sending.tell(CDR, Mode.EVERY, "c-1")
    (kept,) = await sending.journal()
    assert not kept.failed
    await sending.exchanges.resend(kept.id, BY)
    await sending.exchanges.resend(kept.id, BY)
    await sending.until_asked(2)
    assert [r.body["id"] for r in sending.them.received] == ["c-1", "c-1"]


async def test_silence_is_taken_down(sending: Sending) -> None:
    sending.them.answers = lambda _: None
    with pytest.raises(ExchangeFailed):
        await sending.calls.call(
            sending.partner, "GET", f"{sending.them.url}/sender/tokens/NL/{CARD}"
        )
    (kept,) = await sending.journal()
    assert kept.failure
    assert (kept.http, kept.answer, kept.failed) == (None, None, True)
    assert CARD not in readable([kept])
