"""Deliveries as partners get them, and what becomes of every answer."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.locations import EvseStatus
from app.domain.partners import PartnerRole, PartnerState, Role
from app.domain.sessions import SessionStatus
from app.domain.units import Kwh
from app.ports.delivery import Delivery, Done, Mode, Outcome, RefusedForGood, Retry
from app.store.transaction import Store
from app.use_cases.partners import Partners, Platform
from ocpi.client.exchange import PartnerCalls
from ocpi.push.sender import OcpiSender
from tests.support.clock import FakeClock
from tests.support.roaming_objects import (
    CPO,
    EMSP,
    THEIR_CPO,
    THEIR_EMSP,
    a_cdr,
    a_location,
    a_session,
    a_tariff,
    a_token,
)
from tests.support.scripted_partner import Received, Say, ScriptedPartner
from tests.unit.adapters.http_server import SILENCE


@dataclass
class Desk:
    store: Store
    clock: FakeClock
    calls: PartnerCalls
    sender: OcpiSender
    partners: Partners
    them: ScriptedPartner
    sealer: FernetSealer

    async def register(self, **changes: Any) -> None:
        async with self.store.transaction() as tx:
            await tx.partners.put(self.them.partner(self.sealer, **changes))

    async def send(self, kind: str, subject: str, *, mode: Mode = Mode.LATEST) -> Outcome:
        return await self.sender.send(Delivery("partner:p-1", subject, mode, f"ocpi.{kind}"))

    async def state(self) -> PartnerState:
        return (await self.partners.get("p-1")).state


@pytest.fixture
async def desk(
    store: Store, calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> Desk:
    clock = FakeClock()
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    partners = Partners(store, sealer, clock, platform=platform)
    sender = OcpiSender(store, calls, partners, clock)
    made = Desk(store, clock, calls, sender, partners, them, sealer)
    await made.register()
    async with store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.tariffs.put(a_tariff())
        await tx.tokens.put(a_token("A/B"))
        await tx.sessions.put(a_session())
        await tx.cdrs.add(a_cdr())
    return made


async def test_a_location_is_put_with_its_parties(desk: Desk) -> None:
    """C-043: from the operator to the provider, below the owner's address."""
    assert await desk.send("location", "NL-RW1/L1") == Done()
    (request,) = desk.them.received
    assert (request.method, request.path) == ("PUT", "/receiver/locations/NL/RW1/L1")
    assert request.headers["ocpi-from-party-id"] == "RW1"
    assert request.headers["ocpi-to-party-id"] == "TNM"
    assert request.body["address"] == "Hauptstraße 1"
    assert "help_phone" not in request.body


async def test_every_party_of_a_platform_is_addressed(desk: Desk) -> None:
    second = PartnerRole(Role.NSP, THEIR_CPO, "Navigation")
    await desk.register(roles=(PartnerRole(Role.EMSP, THEIR_EMSP, "x"), second))
    assert await desk.send("location", "NL-RW1/L1") == Done()
    assert [r.headers["ocpi-to-party-id"] for r in desk.them.received] == ["TNM", "TNC"]


async def test_a_status_is_patched_as_it_is_now(desk: Desk) -> None:
    """C-129, I-25; the body is made when it is sent."""
    async with desk.store.transaction() as tx:
        await tx.locations.set_status(CPO, "L1", "E1", EvseStatus.CHARGING, now=desk.clock.now())
    assert await desk.send("evse", "NL-RW1/L1/E1") == Done()
    (request,) = desk.them.received
    assert (request.method, request.path) == ("PATCH", "/receiver/locations/NL/RW1/L1/E1")
    assert request.body == {"status": "CHARGING", "last_updated": "2026-05-04T12:00:00Z"}


async def test_a_refused_patch_becomes_a_put(desk: Desk) -> None:
    """C-114."""
    desk.them.answers = lambda r: Say(http=404, code=2003) if r.method == "PATCH" else Say()
    assert await desk.send("evse", "NL-RW1/L1/E1") == Done()
    assert desk.them.asked[1] == ("PUT", "/receiver/locations/NL/RW1/L1")


async def test_what_is_gone_or_hidden_is_not_told(desk: Desk) -> None:
    """C-130."""
    async with desk.store.transaction() as tx:
        await tx.locations.put(a_location("L2", publish=False))
    for subject in ("NL-RW1/L2", "NL-RW1/L9"):
        assert await desk.send("location", subject) == Done()
    for subject in ("NL-RW1/L2/E1", "NL-RW1/L1/E9"):
        assert await desk.send("evse", subject) == Done()
    assert await desk.send("token", "NL-RWD/RFID/none") == Done()
    assert await desk.send("session", "none") == Done()
    assert await desk.send("cdr", "none") == Done()
    assert not desk.them.received


async def test_a_tariff_is_put_or_deleted(desk: Desk) -> None:
    assert await desk.send("tariff", "NL-RW1/T1") == Done()
    desk.them.answers = lambda _: Say(http=404, code=2000)
    assert await desk.send("tariff", "NL-RW1/T9") == Done()
    assert desk.them.asked == [
        ("PUT", "/receiver/tariffs/NL/RW1/T1"),
        ("DELETE", "/receiver/tariffs/NL/RW1/T9"),
    ]


async def test_a_card_is_put_with_its_type(desk: Desk) -> None:
    """C-189, C-191, C-035."""
    assert await desk.send("token", "NL-RWD/RFID/A%2FB") == Done()
    (request,) = desk.them.received
    assert request.path == "/receiver/tokens/NL/RWD/A%2FB?type=RFID"
    assert request.headers["ocpi-to-party-id"] == "TNC"


async def test_a_session_is_put_then_patched_then_put(desk: Desk) -> None:
    """C-141: full at first, for another price period and at the end; partial in between."""
    assert await desk.send("session", "s-1") == Done()
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session(energy=Kwh.of("11")))
    assert await desk.send("session", "s-1") == Done()
    async with desk.store.transaction() as tx:
        ended = a_session(status=SessionStatus.COMPLETED, ended_at=desk.clock.now())
        await tx.sessions.put(ended)
    assert await desk.send("session", "s-1") == Done()
    assert [r.method for r in desk.them.received] == ["PUT", "PATCH", "PUT"]
    first, progress, last = (r.body for r in desk.them.received)
    assert first["cdr_token"]["party_id"] == "TNM"
    assert first["authorization_reference"] == "AUTH-1"
    assert "charging_periods" not in progress
    assert progress["kwh"] == 11
    assert last["status"] == "COMPLETED"


async def test_a_lost_session_is_put_again(desk: Desk) -> None:
    """C-114, I-37: 404 to a PATCH; after an uncertain answer the next one is full again."""
    await desk.send("session", "s-1")
    desk.them.answers = lambda r: Say(http=404, code=2000) if r.method == "PATCH" else Say()
    assert await desk.send("session", "s-1") == Done()
    assert [r.method for r in desk.them.received] == ["PUT", "PATCH", "PUT"]


async def test_who_has_moved_is_found_again(desk: Desk) -> None:
    """I-10: an address that is not there, which says so without an envelope; asked for once."""
    new, versions = f"{desk.them.url}/new/locations", desk.them.url

    def answer(request: Received) -> Say:
        if request.path == "/versions":
            return Say([{"version": "2.2.1", "url": f"{versions}/2.2.1"}])
        if request.path == "/2.2.1":
            endpoint = {"identifier": "locations", "role": "RECEIVER", "url": new}
            return Say({"version": "2.2.1", "endpoints": [endpoint]})
        return Say() if request.path.startswith("/new") else Say(http=404, raw=b"<html>")

    desk.them.answers = answer
    assert isinstance(await desk.send("location", "NL-RW1/L1"), Retry)
    assert await desk.send("location", "NL-RW1/L1") == Done()
    assert desk.them.asked[-1] == ("PUT", "/new/locations/NL/RW1/L1")
    await desk.register()
    desk.them.received.clear()
    assert isinstance(await desk.send("location", "NL-RW1/L1"), RefusedForGood)
    assert len(desk.them.received) == 1


async def test_who_cannot_take_a_part_is_sent_the_whole(desk: Desk) -> None:
    """Quirk no-patch: a PATCH would fail there in a way that is no refusal."""
    await desk.register(quirks={"no-patch": ""})
    desk.them.answers = lambda r: Say(http=500, raw=b"") if r.method == "PATCH" else Say()
    assert await desk.send("evse", "NL-RW1/L1/E1") == Done()
    assert desk.them.asked == [("PUT", "/receiver/locations/NL/RW1/L1")]


async def test_a_cdr_is_posted_until_it_is_there(desk: Desk) -> None:
    """C-164, I-43, I-38: a repetition that the partner knows already has arrived."""
    desk.them.answers = lambda _: Say(http=503, raw=b"", headers=("Retry-After: 9",))
    outcome = await desk.send("cdr", "c-1", mode=Mode.EVERY)
    assert isinstance(outcome, Retry)
    assert outcome.after == timedelta(seconds=9)
    again = await desk.send("cdr", "c-1", mode=Mode.EVERY)
    assert isinstance(again, Retry)
    assert again.after is not None
    assert timedelta(seconds=8) < again.after <= outcome.after
    assert len(desk.them.received) == 1
    assert await desk.state() is PartnerState.CONNECTED
    desk.calls.gates.forget("p-1")
    for known in (Say(code=2001, message="CDR already exists"), Say(http=409, code=2000)):
        desk.them.answers = lambda _, said=known: said
        assert await desk.send("cdr", "c-1", mode=Mode.EVERY) == Done()
    desk.them.answers = lambda _: Say(code=2001, message="unknown location")
    assert isinstance(await desk.send("cdr", "c-1", mode=Mode.EVERY), RefusedForGood)
    assert {path for _, path in desk.them.asked} == {"/receiver/cdrs"}
    first, *others = (r.body for r in desk.them.received)
    assert all(body == first for body in others)


@pytest.mark.parametrize(
    ("say", "kind", "state"),
    [
        (Say(code=2001), RefusedForGood, PartnerState.CONNECTED),
        (Say(http=400, code=2000), RefusedForGood, PartnerState.CONNECTED),
        (Say(code=3000), Retry, PartnerState.OFFLINE),
        (Say(http=401, code=2001), Retry, PartnerState.OFFLINE),
        (Say(http=500, raw=b""), Retry, PartnerState.OFFLINE),
        (SILENCE, Retry, PartnerState.OFFLINE),
        (None, Retry, PartnerState.OFFLINE),
    ],
)
async def test_only_an_understood_refusal_is_final(
    desk: Desk, say: Any, kind: type, state: PartnerState
) -> None:
    await desk.register(state=PartnerState.OFFLINE)
    desk.them.answers = lambda _: say
    assert isinstance(await desk.send("tariff", "NL-RW1/T1"), kind)
    assert await desk.state() is state


async def test_an_unreachable_partner_is_offline_until_it_answers(desk: Desk) -> None:
    desk.them.answers = lambda _: SILENCE
    assert isinstance(await desk.send("tariff", "NL-RW1/T1"), Retry)
    assert await desk.state() is PartnerState.OFFLINE
    desk.them.answers = lambda _: Say()
    assert await desk.send("tariff", "NL-RW1/T1") == Done()
    assert await desk.state() is PartnerState.CONNECTED


async def test_partners_that_left_get_nothing(desk: Desk) -> None:
    await desk.register(state=PartnerState.SUSPENDED)
    assert isinstance(await desk.send("tariff", "NL-RW1/T1"), RefusedForGood)
    gone = Delivery("partner:p-9", "NL-RW1/T1", Mode.LATEST, "ocpi.tariff")
    assert isinstance(await desk.sender.send(gone), RefusedForGood)
    await desk.register(endpoints=())
    assert await desk.send("tariff", "NL-RW1/T1") == Done()
    assert await desk.send("cdr", "c-1") == Done()
    assert await desk.send("session", "s-1") == Done()
    await desk.register(client_token=None)
    assert isinstance(await desk.send("tariff", "NL-RW1/T1"), Retry)
    assert not desk.them.received


def a_settled(desk: Desk, **changes: Any) -> Command:
    command = Command(
        "cmd-1",
        CommandKind.START,
        CommandChannel.PARTNER,
        CommandState.SETTLED,
        desk.clock.now() - timedelta(seconds=5),
        desk.clock.now(),
        party=CPO,
        partner_id="p-1",
        callback_url=f"{desk.them.url}/back?x=1",
        correlation_id="corr-9",
        outcome=CommandOutcome(CommandResult.EVSE_OCCUPIED, "a car is there"),
        settled_at=desk.clock.now(),
    )
    return replace(command, **changes)


async def settle(desk: Desk, **changes: Any) -> Outcome:
    async with desk.store.transaction() as tx:
        await tx.commands.put(a_settled(desk, **changes))
    return await desk.send("command_result", "cmd-1", mode=Mode.EVERY)


async def test_a_result_is_told_once_at_the_very_url(desk: Desk) -> None:
    """C-047, C-199."""
    assert await settle(desk) == Done()
    (request,) = desk.them.received
    assert (request.method, request.path) == ("POST", "/back?x=1")
    assert request.body["result"] == "EVSE_OCCUPIED"
    assert request.headers["x-correlation-id"] == "corr-9"
    assert request.headers["ocpi-to-party-id"] == "TNM"


async def test_a_result_waits_for_our_answer(desk: Desk) -> None:
    """C-199, §10.18: the CommandResponse is there first."""
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(settle(desk, created_at=desk.clock.now()))
        while not desk.clock.sleepers:
            await asyncio.sleep(0.01)
        assert not desk.them.received
        await desk.clock.advance(1)
        assert await sending == Done()


async def test_a_result_that_may_have_arrived_is_not_repeated(desk: Desk) -> None:
    """C-199: exactly one; but one that was certainly not taken is tried again."""
    desk.them.answers = lambda _: SILENCE
    assert isinstance(await settle(desk), RefusedForGood)
    desk.them.answers = lambda _: Say(http=503, raw=b"")
    assert isinstance(await settle(desk), Retry)
    desk.them.answers = lambda _: Say(code=2001)
    assert isinstance(await settle(desk), RefusedForGood)


async def test_a_result_goes_nowhere_else(desk: Desk) -> None:
    """C-284: our token is for the partner's own hosts."""
    foreign = await settle(desk, callback_url="http://127.0.0.2:1/back")
    assert isinstance(foreign, RefusedForGood)
    late = await settle(desk, settled_at=desk.clock.now() - timedelta(hours=1))
    assert isinstance(late, RefusedForGood)
    assert await settle(desk, outcome=None) == Done()
    assert not desk.them.received
