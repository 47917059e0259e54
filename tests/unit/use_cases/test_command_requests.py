"""Commands are asked for by every channel alike, and refused at once where they cannot be sent."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.domain.commands import (
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.errors import ChargerRefused, Conflict, Forbidden, InvalidInput, NotFound
from app.domain.events import CommandRequested
from app.domain.locations import EvseStatus, Location
from app.domain.sessions import SessionStatus
from app.store.ids import new_id
from app.store.sessions import session_key
from app.store.transaction import Store
from app.use_cases.command_requests import (
    Asker,
    ResetRequest,
    StopRequest,
    TriggerRequest,
    UnlockRequest,
)
from app.use_cases.commands import Commands
from tests.support.clock import NOON, FakeClock
from tests.support.commanding import (
    ACCEPTED,
    DRIVER,
    OPERATOR,
    PARTNER,
    Charger,
    a_session,
    a_start,
    events,
    furnish,
)
from tests.support.roaming_objects import (
    CPO,
    EMSP,
    THEIR_CPO,
    THEIR_EMSP,
    a_connector,
    a_location,
    a_token,
    an_evse,
)


@pytest.fixture
def commands(store: Store, clock: FakeClock, rng: Random) -> Commands:
    return Commands(store, clock, Charger(), random=rng)


async def test_a_start_is_stored_and_queued_for_its_charger(
    store: Store, commands: Commands
) -> None:
    await furnish(store)
    command = await commands.request(a_start(authorization_reference="r1"))
    assert (command.state, command.station_id) == (CommandState.REQUESTED, "ST-1")
    assert (command.evse_uid, command.connector_id) == ("E1", "1")
    assert command.id_tag
    assert command.id_tag.startswith("RW")
    assert command.remote_start
    assert command.deadline == NOON + timedelta(seconds=30)
    assert await commands.get(command.id) == command
    assert await events(store) == [CommandRequested(command.id, "station:ST-1")]


async def test_the_drivers_own_id_tag_is_used(store: Store, commands: Commands) -> None:
    await furnish(store)
    command = await commands.request(a_start(id_tag="RWABCDEFGHIJKLMN"))
    assert command.id_tag == "RWABCDEFGHIJKLMN"


@pytest.mark.parametrize(
    ("location", "online", "reason"),
    [
        (a_location(), False, "offline"),
        (a_location(evses=(an_evse(status=EvseStatus.OUTOFORDER),)), True, "faulted"),
        (a_location(evses=(an_evse(status=EvseStatus.RESERVED),)), True, "reserved"),
        (a_location(evses=(an_evse(station_id=None),)), True, "offline"),
    ],
)
async def test_people_are_told_why_a_charger_cannot(
    store: Store, commands: Commands, *, location: Location, online: bool, reason: str
) -> None:
    await furnish(store, location, online=online)
    with pytest.raises(ChargerRefused) as caught:
        await commands.request(a_start())
    assert caught.value.reason == reason
    assert await events(store) == []


async def test_an_evse_is_occupied_by_charging_not_by_a_cable(
    store: Store, commands: Commands
) -> None:
    await furnish(store, a_location(evses=(an_evse(status=EvseStatus.CHARGING),)))
    session = await a_session(store)
    with pytest.raises(ChargerRefused, match="occupied"):
        await commands.request(a_start())
    for change in ({"status": SessionStatus.PENDING}, {"stopped_at": NOON}):
        await a_session(store, **change)
        command = await commands.request(a_start())
        await commands.settle(command.id, CommandOutcome(CommandResult.REJECTED))
    assert session.station_id == "ST-1"


async def test_a_partner_is_answered_at_once_and_nothing_is_stored(
    store: Store, commands: Commands
) -> None:
    """C-200: no CommandResult follows when the CommandResponse was not ACCEPTED."""
    await furnish(store, online=False)
    command = await commands.request(a_start(PARTNER))
    assert command.outcome
    assert command.outcome.result is CommandResult.REJECTED
    assert command.state is CommandState.SETTLED
    assert await events(store) == []
    with pytest.raises(NotFound):
        await commands.get(command.id)


async def test_a_partners_start_keeps_its_callback(store: Store, commands: Commands) -> None:
    """C-198, C-204: a known location is accepted at once, without asking about the token."""
    await furnish(store)
    command = await commands.request(a_start(PARTNER))
    assert (command.outcome, command.callback_url) == (None, PARTNER.callback_url)
    assert command.partner_id == "p1"


@pytest.mark.parametrize("asker", [DRIVER, PARTNER])
async def test_unknown_places_are_not_found(
    store: Store, commands: Commands, asker: Asker
) -> None:
    """C-201: an unknown location is told as such."""
    await furnish(store)
    for fields in ({"location_id": "L9"}, {"evse_uid": "E9"}, {"connector_id": "9"}):
        with pytest.raises(NotFound):
            await commands.request(a_start(asker, **fields))


async def test_a_connector_needs_its_evse_and_some_evses_a_connector(
    store: Store, commands: Commands
) -> None:
    """C-203: `connector_id` needs `evse_uid`, and some EVSEs need `connector_id`."""
    picky = an_evse(capabilities=("START_SESSION_CONNECTOR_REQUIRED",))
    await furnish(store, a_location(evses=(picky,)))
    with pytest.raises(InvalidInput):
        await commands.request(a_start(evse_uid=None, connector_id="1"))
    with pytest.raises(InvalidInput):
        await commands.request(a_start(PARTNER))
    assert (await commands.request(a_start(connector_id="1"))).connector_id == "1"


async def test_the_plugged_in_evse_is_chosen(store: Store, commands: Commands) -> None:
    """I-51: without an EVSE the one that is plugged in is meant, if it is clear which."""
    free, taken = an_evse("E1"), an_evse("E2", number=2, status=EvseStatus.CHARGING)
    gone = an_evse("E3", number=3, status=EvseStatus.REMOVED)
    await furnish(store, a_location(evses=(free, taken, gone)))
    assert (await commands.request(a_start(evse_uid=None))).evse_uid == "E2"
    two_free = a_location("L2", evses=(free, replace(free, uid="E4")))
    await furnish(store, two_free)
    with pytest.raises(ChargerRefused, match="evse_not_clear"):
        await commands.request(a_start(evse_uid=None, location_id="L2"))
    one = a_location("L3", evses=(replace(free, uid="E5"),))
    await furnish(store, one)
    assert (await commands.request(a_start(evse_uid=None, location_id="L3"))).evse_uid == "E5"
    broken = a_location("L4", evses=(replace(free, status=EvseStatus.OUTOFORDER),))
    await furnish(store, broken)
    with pytest.raises(ChargerRefused, match="faulted"):
        await commands.request(a_start(evse_uid=None, location_id="L4"))


async def test_a_double_tap_starts_once(store: Store, commands: Commands) -> None:
    """I-48: a second start for the same token and EVSE is refused while the first is pending."""
    await furnish(store)
    first = await commands.request(a_start())
    with pytest.raises(ChargerRefused, match="already_requested"):
        await commands.request(a_start())
    other = a_token("OTHER")
    with pytest.raises(ChargerRefused, match="occupied"):
        await commands.request(a_start(token=other))
    assert (await commands.request(a_start(evse_uid="E2"))).evse_uid == "E2"
    await commands.settle(first.id, CommandOutcome(CommandResult.REJECTED))
    assert (await commands.request(a_start(token=other))).state is CommandState.REQUESTED


@pytest.mark.parametrize("when", ["after the start", "when the cable came in"])
async def test_a_start_whose_session_is_over_is_not_pending(
    store: Store, commands: Commands, when: str
) -> None:
    """Who comes next need not wait for the deadline of the start before."""
    await furnish(store)
    earlier = new_id()
    first = await commands.request(a_start())
    await commands.settle(first.id, ACCEPTED)
    with pytest.raises(ChargerRefused, match="occupied"):
        await commands.request(a_start(token=a_token("OTHER")))
    over = {"status": SessionStatus.COMPLETED, "stopped_at": NOON, "ended_at": NOON}
    key = new_id() if when == "after the start" else earlier
    await a_session(store, id=key, command_id=first.id, **over)
    next_one = await commands.request(a_start(token=a_token("OTHER")))
    assert next_one.state is CommandState.REQUESTED


async def test_simultaneous_taps_start_once(store: Store, commands: Commands) -> None:
    await furnish(store)
    tries = (commands.request(a_start()) for _ in range(5))
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["ChargerRefused"] * 4 + ["Command"]


async def test_a_partners_charger_is_asked_through_its_cpo(
    store: Store, commands: Commands
) -> None:
    theirs = a_location(
        "L9", party=THEIR_CPO, own=False,
        evses=(an_evse(station_id=None, status=EvseStatus.CHARGING),
               an_evse("E2", station_id=None, status=EvseStatus.INOPERATIVE)),
    )  # fmt: skip
    await furnish(store, theirs)
    request = a_start(party=THEIR_CPO, location_id="L9", connector_id="1")
    command = await commands.request(request)
    assert (command.remote_party, command.station_id, command.id_tag) == (THEIR_CPO, None, None)
    assert command.deadline == NOON + timedelta(seconds=60)
    assert await events(store) == [CommandRequested(command.id, "partner-cpo:DE-TNC")]
    with pytest.raises(ChargerRefused, match="inoperative"):
        await commands.request(a_start(party=THEIR_CPO, location_id="L9", evse_uid="E2"))
    any_evse = a_start(party=THEIR_CPO, location_id="L9", evse_uid=None)
    assert (await commands.request(any_evse)).evse_uid is None


async def test_stops(store: Store, commands: Commands) -> None:
    await furnish(store)
    await a_session(store)
    command = await commands.request(StopRequest(asker=OPERATOR, session_id="s1"))
    assert (command.kind, command.station_id) == (CommandKind.STOP, "ST-1")
    assert (command.transaction, command.session_id) == ("7", "s1")
    other = Asker(channel=CommandChannel.OPERATOR, cpo=THEIR_CPO)
    with pytest.raises(NotFound):
        await commands.request(StopRequest(asker=other, session_id="s1"))
    await a_session(store, status=SessionStatus.COMPLETED)
    with pytest.raises(Conflict):
        await commands.request(StopRequest(asker=OPERATOR, session_id="s1"))


async def test_what_partners_are_told_about_stops(store: Store, commands: Commands) -> None:
    """C-201 UNKNOWN_SESSION for an unknown session; C-205 another eMSP's is REJECTED."""
    await furnish(store)
    await a_session(store)
    other = await commands.request(StopRequest(asker=PARTNER, session_id="s1"))
    assert other.outcome
    assert other.outcome.result is CommandResult.REJECTED
    unknown = await commands.request(StopRequest(asker=PARTNER, session_id="s9"))
    assert unknown.outcome
    assert unknown.outcome.result is CommandResult.UNKNOWN_SESSION
    own = replace(PARTNER, emsp=EMSP)
    assert (await commands.request(StopRequest(asker=own, session_id="s1"))).outcome is None
    await a_session(store, status=SessionStatus.COMPLETED)
    ended = await commands.request(StopRequest(asker=own, session_id="s1"))
    assert ended.outcome
    assert ended.outcome.result is CommandResult.UNKNOWN_SESSION


async def test_our_drivers_session_at_a_partner_is_stopped_there(
    store: Store, commands: Commands
) -> None:
    theirs = await a_session(store, party=THEIR_CPO, own=False, charging_id="c1")
    command = await commands.request(StopRequest(asker=DRIVER, session_id=session_key(theirs)))
    assert (command.remote_party, command.session_id) == (THEIR_CPO, "s1")
    assert command.charging_id == "c1"


async def test_unlock_reset_and_trigger(store: Store, commands: Commands) -> None:
    await furnish(store)
    unlock = UnlockRequest(
        asker=OPERATOR, party=CPO, location_id="L1", evse_uid="E1", connector_id="1"
    )
    assert (await commands.request(unlock)).station_id == "ST-1"
    reset = ResetRequest(asker=OPERATOR, station_id="st-1", hard=True)
    assert (await commands.request(reset)).detail == "hard"
    trigger = TriggerRequest(asker=OPERATOR, station_id="ST-1", message="StatusNotification")
    assert (await commands.request(trigger)).detail == "StatusNotification"
    theirs = replace(OPERATOR, cpo=THEIR_CPO)
    for request in (replace(unlock, asker=theirs), replace(reset, asker=theirs)):
        with pytest.raises(NotFound):
            await commands.request(request)
    with pytest.raises(NotFound):
        await commands.request(replace(unlock, connector_id="2"))
    await furnish(store, online=False)
    with pytest.raises(ChargerRefused, match="offline"):
        await commands.request(unlock)


async def test_an_unlock_at_a_partners_goes_there(store: Store, commands: Commands) -> None:
    await furnish(store, a_location("L9", party=THEIR_CPO, own=False))
    request = UnlockRequest(
        asker=DRIVER, party=THEIR_CPO, location_id="L9", evse_uid="E1", connector_id="1"
    )
    assert (await commands.request(request)).remote_party == THEIR_CPO


async def test_who_may_not_is_told(store: Store, commands: Commands) -> None:
    await furnish(store)
    await a_session(store)
    asker = replace(DRIVER, emsp=THEIR_EMSP)
    with pytest.raises(Forbidden):
        await commands.request(StopRequest(asker=asker, session_id="s1"))


async def test_two_plugs_and_none_named_means_the_first(store: Store, commands: Commands) -> None:
    plugs = (a_connector(id="A", number=1), a_connector(id="B", number=2))
    await furnish(store, a_location(evses=(an_evse(connectors=plugs),)))
    assert (await commands.request(a_start())).connector_id == "A"
