"""Our drivers' sessions at partners' chargers are kept, tied to their start, and told."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.adapters.bus_local import LocalBus
from app.domain.charging import Charging, ChargingState
from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.errors import InvalidInput, NotFound
from app.domain.events import DomainEvent, SessionClosed, SessionOpened, SessionProgressed
from app.domain.identifiers import PartyId
from app.domain.money import Money
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.tokens import TokenType
from app.domain.units import Kwh
from app.ports.bus import word
from app.store.transaction import Store
from app.use_cases.roaming import UNKNOWN_TOKEN, PartnerSessions
from tests.support.roaming_objects import (
    EARLIER,
    EMSP,
    NOON,
    THEIR_CPO,
    a_location,
    a_partner,
    a_session,
    a_tariff,
    a_token,
)

KEY = "DE-TNC/s-1"
APP_TOKEN = a_token("RWABC234", type=TokenType.APP_USER)


def theirs(**changes: Any) -> Session:
    """A partner's session of our driver, just begun."""
    begun: dict[str, Any] = {
        "party": THEIR_CPO,
        "own": False,
        "token": a_token().ref,
        "authorization_reference": None,
        "tariff": None,
        "timeline": (),
        "energy": Kwh.of(0),
        "activity": Activity.CHARGING,
        "last_updated": EARLIER,
        "zone": "UTC",
    }
    return a_session("S-1", **(begun | changes))


def a_start(**changes: Any) -> Command:
    start = Command(
        "cmd-1",
        CommandKind.START,
        CommandChannel.DRIVER,
        CommandState.SENT,
        EARLIER,
        NOON,
        party=THEIR_CPO,
        remote_party=THEIR_CPO,
        location_id="L1",
        evse_uid="E1",
        token=APP_TOKEN,
        id_tag=APP_TOKEN.uid,
        charging_id="ch-1",
    )
    return replace(start, **changes)


def a_charging(**changes: Any) -> Charging:
    charging = Charging(
        "ch-1",
        ChargingState.STARTING,
        EARLIER,
        EARLIER,
        NOON,
        THEIR_CPO,
        "L1",
        "E1",
        "1",
        "Europe/Berlin",
        "EUR",
        a_tariff(party=THEIR_CPO, own=False),
        Money.zero("EUR"),
        own=False,
        command_id="cmd-1",
        token=APP_TOKEN,
    )
    return replace(charging, **changes)


@pytest.fixture
async def sessions(store: Store) -> PartnerSessions:
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        await tx.tokens.put(a_token())
        await tx.locations.put(a_location(party=THEIR_CPO, own=False))
    return PartnerSessions(store, LocalBus())


async def started(store: Store, **changes: Any) -> None:
    async with store.transaction() as tx:
        await tx.commands.add(a_start(**changes))
        await tx.charging.add(a_charging())


async def told(store: Store) -> list[DomainEvent]:
    async with store.transaction() as tx:
        recorded = await tx.events.unplanned(50)
        await tx.events.claim([r.id for r in recorded], NOON)
    return [r.event for r in recorded]


def at(minutes: int) -> datetime:
    return EARLIER + timedelta(minutes=minutes)


async def test_a_session_opens_moves_and_closes(sessions: PartnerSessions, store: Store) -> None:
    """C-108, C-141 as seen by an eMSP."""
    assert await sessions.accept_put(a_partner(), theirs())
    assert await told(store) == [SessionOpened(KEY, None)]
    moved = theirs(energy=Kwh.of("5"), last_updated=at(10))
    assert not await sessions.accept_put(a_partner(), moved)
    assert await told(store) == [SessionProgressed(KEY, None)]
    ended = theirs(status=SessionStatus.COMPLETED, ended_at=at(20), last_updated=at(20))
    await sessions.accept_put(a_partner(), ended)
    assert await told(store) == [SessionClosed(KEY, None)]
    kept = await sessions.get(THEIR_CPO, "s-1")
    assert (kept.id, kept.own, kept.zone) == ("S-1", False, "Europe/Berlin")
    assert kept.timeline[0].energy == Kwh.of(0)


@pytest.mark.usefixtures("sessions")
async def test_who_follows_a_session_hears_of_it_whatever_its_id(store: Store) -> None:
    """An id of OCPI may hold what splits or matches more on the bus, or what it refuses."""
    bus, heard = LocalBus(), []

    async def note(subject: str, _data: bytes) -> None:
        heard.append(subject)

    await bus.subscribe("session.*", note)
    await PartnerSessions(store, bus).accept_put(a_partner(), theirs(id="A b.*>"))
    assert heard == [f"session.{word(f'{THEIR_CPO}/a b.*>')}"]


async def test_nothing_changes_after_the_end_or_backwards(
    sessions: PartnerSessions, store: Store
) -> None:
    """C-119, C-145."""
    await sessions.accept_put(a_partner(), theirs(last_updated=at(10), energy=Kwh.of(5)))
    await sessions.accept_put(a_partner(), theirs(last_updated=at(9), energy=Kwh.of(4)))
    assert (await sessions.get(THEIR_CPO, "s-1")).energy == Kwh.of(5)
    ended = theirs(status=SessionStatus.COMPLETED, last_updated=at(20), energy=Kwh.of(6))
    await sessions.accept_put(a_partner(), ended)
    await told(store)
    await sessions.accept_put(a_partner(), theirs(last_updated=at(30), energy=Kwh.of(7)))
    assert (await sessions.get(THEIR_CPO, "s-1")).energy == Kwh.of(6)
    assert await told(store) == []


@pytest.mark.parametrize(
    ("start", "session"),
    [
        ({"authorization_reference": "REF"}, {"authorization_reference": "REF"}),
        ({}, {"authorization_reference": "cmd-1"}),
        ({}, {"token": APP_TOKEN.ref}),
        ({"state": CommandState.SETTLED, "deadline": EARLIER}, {"token": APP_TOKEN.ref}),
    ],
)
async def test_a_session_is_tied_to_its_start(
    sessions: PartnerSessions, store: Store, start: dict[str, Any], session: dict[str, Any]
) -> None:
    """I-47.

    C-213: by reference, by the command's id, by the one-time token; also after a TIMEOUT.
    """
    await started(store, **start)
    await told(store)
    await sessions.accept_put(a_partner(), theirs(**session))
    kept = await sessions.get(THEIR_CPO, "S-1")
    assert (kept.command_id, kept.charging_id) == ("cmd-1", "ch-1")
    assert kept.tariff == a_charging().tariff
    assert not kept.flags
    assert await told(store) == [SessionOpened(KEY, "ch-1")]
    await sessions.accept_put(a_partner(), theirs(last_updated=at(1)))
    assert await told(store) == [SessionProgressed(KEY, "ch-1")]


async def test_anothers_reference_ties_nothing(sessions: PartnerSessions, store: Store) -> None:
    """A partner that repeats a reference of a start elsewhere gets no driver's session."""
    await started(store, remote_party=PartyId("FR", "XYZ"))
    await sessions.accept_put(a_partner(), theirs(authorization_reference="cmd-1"))
    assert (await sessions.get(THEIR_CPO, "S-1")).charging_id is None


async def test_an_unknown_token_is_flagged(sessions: PartnerSessions) -> None:
    """C-150."""
    await sessions.accept_put(a_partner(), theirs(token=a_token("strange").ref))
    await sessions.accept_put(a_partner(), theirs(token=None, last_updated=at(1)))
    assert UNKNOWN_TOKEN in (await sessions.get(THEIR_CPO, "S-1")).flags


async def test_a_patch_needs_a_session(sessions: PartnerSessions) -> None:
    """C-111, C-113, C-117, C-120."""
    partner = a_partner()
    with pytest.raises(NotFound):
        await sessions.accept_patch(partner, THEIR_CPO, "s-1", lambda s: s)
    with pytest.raises(NotFound):
        await sessions.get(THEIR_CPO, "s-1")
    await sessions.accept_put(partner, theirs())
    await sessions.accept_patch(
        partner, THEIR_CPO, "s-1", lambda s: replace(s, energy=Kwh.of(3), last_updated=at(2))
    )
    await sessions.accept_patch(partner, THEIR_CPO, "s-1", lambda _: None)
    assert (await sessions.get(THEIR_CPO, "S-1")).energy == Kwh.of(3)
    with pytest.raises(InvalidInput):
        await sessions.accept_patch(partner, THEIR_CPO, "s-1", lambda s: replace(s, id="other"))
    with pytest.raises(NotFound):
        await sessions.accept_put(partner, theirs(party=EMSP))
