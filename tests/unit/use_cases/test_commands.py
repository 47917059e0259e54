"""Commands are asked for by every channel alike, sent at most once, and settled exactly once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.errors import (
    ChargerOffline,
    ChargerRefused,
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    PartnerUnavailable,
)
from app.domain.events import CommandRequested, CommandSettled
from app.domain.locations import EvseStatus, Location
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Station
from app.store.ids import new_id
from app.store.sessions import session_key
from app.store.transaction import Store, assert_no_transaction
from app.use_cases.command_requests import (
    Asker,
    ResetRequest,
    StartRequest,
    StopRequest,
    TriggerRequest,
    UnlockRequest,
)
from app.use_cases.commands import Commands
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import (
    CPO,
    EARLIER,
    EMSP,
    THEIR_CPO,
    THEIR_EMSP,
    a_connector,
    a_location,
    a_token,
    an_evse,
)

ACCEPTED = CommandOutcome(CommandResult.ACCEPTED)
DRIVER = Asker(channel=CommandChannel.DRIVER, charging_id="c1")
OPERATOR = Asker(channel=CommandChannel.OPERATOR, cpo=CPO)
PARTNER = Asker(
    channel=CommandChannel.PARTNER,
    partner_id="p1",
    emsp=THEIR_EMSP,
    callback_url="https://them.example/results/1",
)


class Charger:
    """A gateway that notes what it is asked and answers as told."""

    def __init__(self) -> None:
        self.asked: list[Command] = []
        self.answer: CommandOutcome | DomainError | None = ACCEPTED
        self.before_answer: Callable[[Command], Any] | None = None

    async def execute(self, command: Command) -> CommandOutcome | None:
        assert_no_transaction()
        self.asked.append(command)
        if self.before_answer is not None:
            await self.before_answer(command)
        if isinstance(self.answer, DomainError):
            raise self.answer
        return self.answer


@pytest.fixture
def charger() -> Charger:
    return Charger()


@pytest.fixture
def commands(store: Store, clock: FakeClock, charger: Charger, rng: Random) -> Commands:
    return Commands(store, clock, charger, random=rng)


async def furnish(store: Store, *locations: Location, online: bool = True) -> None:
    async with store.transaction() as tx:
        for location in locations or (a_location(),):
            await tx.locations.put(location)
        await tx.stations.put(Station("ST-1", CPO, "x", node="n1" if online else None))


def a_start(asker: Asker = DRIVER, **fields: Any) -> StartRequest:
    given = {"party": CPO, "location_id": "L1", "evse_uid": "E1", "token": a_token(), **fields}
    return StartRequest(asker=asker, **given)


async def a_session(store: Store, **fields: Any) -> Session:
    session = Session(
        "s1", CPO, SessionStatus.ACTIVE, EARLIER, EARLIER, "EUR", "Europe/Berlin",
        station_id="ST-1", transaction="7", location_id="L1", evse_uid="E1", connector_id="1",
        token=a_token().ref,
    )  # fmt: skip
    session = replace(session, **fields)
    async with store.transaction() as tx:
        await tx.sessions.put(session)
    return session


async def events(store: Store) -> list[object]:
    async with store.reading() as tx:
        return [recorded.event for recorded in await tx.events.unplanned(50)]


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


async def test_a_start_whose_session_is_over_is_not_pending(
    store: Store, commands: Commands
) -> None:
    """Who comes next need not wait for the deadline of the start before."""
    await furnish(store)
    first = await commands.request(a_start())
    await commands.settle(first.id, ACCEPTED)
    with pytest.raises(ChargerRefused, match="occupied"):
        await commands.request(a_start(token=a_token("OTHER")))
    over = {"status": SessionStatus.COMPLETED, "stopped_at": NOON, "ended_at": NOON}
    await a_session(store, id=new_id(), command_id=first.id, **over)
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


async def test_a_command_is_sent_once_and_settled(
    store: Store, commands: Commands, charger: Charger
) -> None:
    await furnish(store)
    command = await commands.request(a_start())
    await commands.send(command.id)
    await commands.send(command.id)
    assert [each.id for each in charger.asked] == [command.id]
    assert charger.asked[0].state is CommandState.SENT
    settled = await commands.get(command.id)
    assert (settled.state, settled.outcome, settled.settled_at) == (
        CommandState.SETTLED, ACCEPTED, NOON,
    )  # fmt: skip
    assert await events(store) == [
        CommandRequested(command.id, "station:ST-1"), CommandSettled(command.id, "c1"),
    ]  # fmt: skip


async def test_a_command_under_way_is_not_sent_again(
    store: Store, commands: Commands, charger: Charger
) -> None:
    """At most once: a crash between sending and settling leaves it to its deadline."""
    await furnish(store)
    command = await commands.request(a_start())

    async def crash(_command: Command) -> None:
        raise ConnectionResetError

    charger.before_answer = crash
    with pytest.raises(ConnectionResetError):
        await commands.send(command.id)
    charger.before_answer = None
    await commands.send(command.id)
    assert len(charger.asked) == 1
    assert (await commands.get(command.id)).state is CommandState.SENT


async def test_whoever_sends_it_too_waits_for_its_answer(
    store: Store, commands: Commands, charger: Charger
) -> None:
    """So the delivery machine sends the charger's next command after this one."""
    await furnish(store)
    command = await commands.request(a_start())
    may_answer = asyncio.Event()

    async def wait(_command: Command) -> None:
        await may_answer.wait()

    charger.before_answer = wait
    first = asyncio.create_task(commands.send(command.id))
    while not charger.asked:
        await asyncio.sleep(0.001)
    second = asyncio.create_task(commands.send(command.id))
    await asyncio.sleep(0.01)
    assert not second.done()
    may_answer.set()
    await asyncio.gather(first, second)
    assert len(charger.asked) == 1


async def test_what_nobody_answers_in_time_is_a_timeout(
    store: Store, commands: Commands, charger: Charger, clock: FakeClock
) -> None:
    """C-209: no answer from the charge point gives TIMEOUT."""
    await furnish(store)
    charger.answer = None
    sent = await commands.request(a_start())
    await commands.send(sent.id)
    never_sent = await commands.request(a_start(evse_uid="E2"))
    assert await commands.expire() == 0
    await clock.advance(30)
    assert await commands.expire() == 2
    assert await commands.expire() == 0
    for command in (sent, never_sent):
        outcome = (await commands.get(command.id)).outcome
        assert outcome
        assert outcome.result is CommandResult.TIMEOUT
    await commands.send(never_sent.id)
    assert len(charger.asked) == 1


async def test_a_late_wish_is_not_sent_any_more(
    store: Store, commands: Commands, charger: Charger, clock: FakeClock
) -> None:
    await furnish(store)
    command = await commands.request(a_start())
    await clock.advance(31)
    await commands.send(command.id)
    assert charger.asked == []
    outcome = (await commands.get(command.id)).outcome
    assert outcome
    assert outcome.result is CommandResult.TIMEOUT


async def test_a_partner_may_take_longer(
    store: Store, commands: Commands, charger: Charger, clock: FakeClock
) -> None:
    await furnish(store, a_location("L9", party=THEIR_CPO, own=False))
    charger.answer = None
    command = await commands.request(a_start(party=THEIR_CPO, location_id="L9"))
    await commands.send(command.id)
    await commands.postpone(command.id, NOON + timedelta(seconds=90))
    await commands.postpone(command.id, NOON + timedelta(seconds=10))
    await clock.advance(89)
    assert await commands.expire() == 0
    await commands.settle(command.id, ACCEPTED)
    await clock.advance(5)
    assert await commands.expire() == 0


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (ChargerOffline("gone"), CommandResult.EVSE_INOPERATIVE),
        (PartnerUnavailable("500"), CommandResult.FAILED),
    ],
)
async def test_failures_of_the_gateway_are_outcomes(
    store: Store, commands: Commands, charger: Charger, *, error: DomainError, result: object
) -> None:
    """C-210: what the charger or the way to it refuses is mapped to a result."""
    await furnish(store)
    charger.answer = error
    command = await commands.request(a_start())
    await commands.send(command.id)
    outcome = (await commands.get(command.id)).outcome
    assert outcome
    assert (outcome.result, outcome.message) == (result, str(error))


async def test_the_first_outcome_stays(store: Store, commands: Commands) -> None:
    await furnish(store)
    command = await commands.request(a_start())
    first = await commands.settle(command.id, ACCEPTED)
    again = await commands.settle(command.id, CommandOutcome(CommandResult.FAILED))
    assert again == first
    assert len(await events(store)) == 2
    with pytest.raises(NotFound):
        await commands.settle("nobody", ACCEPTED)


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
