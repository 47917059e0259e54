"""Reservations at our chargers end: given back, lost or expired, and are paid accordingly."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.commands import (
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.errors import NotFound
from app.domain.money import Money
from app.domain.reservations import EXPIRY_GRACE, Loss, ReservationState
from app.domain.sessions import SessionFlag, SessionStatus
from app.domain.stations import ConnectorState
from app.use_cases.command_requests import Asker
from app.use_cases.live_stations import LiveStation
from tests.support.chargers import CPO, EMSP, a_token
from tests.support.clock import NOON
from tests.support.drive import ACCEPTED, Drive
from tests.support.reserving import (
    CALLBACK,
    HALF_HOUR,
    OPERATOR,
    PARTNER,
    R,
    S,
    ask,
    give_back,
    kept,
    session_of,
    settled,
    told,
)


async def test_it_is_given_back(drive: Drive, live: LiveStation) -> None:
    """What was reserved until then is paid for; nobody is told what they asked for."""
    await ask(drive)
    await drive.clock.advance(600)
    command = await give_back(drive, "r1")
    assert command.outcome == ACCEPTED
    assert (drive.chargers.told[1].kind, drive.chargers.told[1].number) == (
        CommandKind.UNRESERVE,
        1,
    )
    found = await kept(drive)
    assert (found.state, found.reason) == (S.CANCELLED, "given_back")
    session = await session_of(drive, found)
    assert session.status is SessionStatus.COMPLETED
    (cdr,) = await drive.floor.cdrs(session)
    assert cdr.bill.total.due == Money(Decimal("0.60"), "EUR")
    assert cdr.bill.reservation_time == timedelta(minutes=10)


async def test_what_nobody_knows_is_unknown_by_a_result(drive: Drive, live: LiveStation) -> None:
    """C-207: never by the immediate answer, which has no such word; people get a Conflict."""
    command = await give_back(drive, "nope")
    assert command.state is CommandState.SETTLED
    assert command.outcome is not None
    assert command.outcome.result is R.UNKNOWN_RESERVATION
    assert (command.callback_url, command.partner_id) == (CALLBACK, "p-1")
    assert told(drive) == []
    await ask(drive)
    stranger = replace(PARTNER, emsp=CPO)
    other = await give_back(drive, asker=stranger)
    assert other.outcome is not None
    assert other.outcome.result is R.UNKNOWN_RESERVATION
    await give_back(drive)
    again = await give_back(drive)
    assert again.outcome is not None
    assert again.outcome.result is R.UNKNOWN_RESERVATION


async def test_a_charger_that_does_not_have_it_any_more(drive: Drive, live: LiveStation) -> None:
    await ask(drive)
    drive.chargers.outcome = CommandOutcome(R.UNKNOWN_RESERVATION)
    assert (await give_back(drive)).outcome == CommandOutcome(R.UNKNOWN_RESERVATION)
    assert (await kept(drive)).state is S.CANCELLED


@pytest.mark.parametrize("result", [R.TIMEOUT, R.FAILED, R.EVSE_INOPERATIVE])
async def test_it_stays_when_the_charger_does_not_say(
    drive: Drive, live: LiveStation, result: CommandResult
) -> None:
    await ask(drive)
    drive.chargers.outcome = CommandOutcome(result)
    await give_back(drive)
    assert (await kept(drive)).state is S.ACTIVE


async def test_an_operator_takes_it_back(drive: Drive, live: LiveStation) -> None:
    """C-208: and nobody pays for what was taken from them."""
    await ask(drive)
    found = await kept(drive)
    stranger = Asker(channel=CommandChannel.OPERATOR, cpo=EMSP)
    with pytest.raises(NotFound):
        await drive.reservations.give_back(found.id, stranger)
    await drive.reservations.give_back(found.id, OPERATOR)
    await drive.pump()
    gone = await kept(drive)
    assert (gone.state, gone.reason) == (S.CANCELLED, "by_operator")
    session = await session_of(drive, gone)
    assert session.status is SessionStatus.INVALID
    assert await drive.floor.cdrs(session) == []
    assert (await drive.reservations.give_back(found.id, OPERATOR)).state is S.CANCELLED


async def test_a_partner_takes_its_yes_back(drive: Drive, live: LiveStation) -> None:
    """C-208, C-212: a late result of our own RESERVE is heard; a repeated yes changes nothing."""
    command = await ask(drive)
    await drive.commands.settle(command.id, ACCEPTED)
    assert (await kept(drive)).state is S.ACTIVE
    await drive.commands.settle(command.id, CommandOutcome(R.CANCELED_RESERVATION))
    gone = await kept(drive)
    assert (gone.state, gone.reason) == (S.CANCELLED, "lost")
    assert (await settled(drive, command)).outcome == ACCEPTED


@pytest.mark.parametrize("state", [ConnectorState.FAULTED, ConnectorState.UNAVAILABLE])
async def test_an_evse_out_of_use_is_kept_for_nobody(
    drive: Drive, live: LiveStation, state: ConnectorState
) -> None:
    """C-208: the charger is told too, should it come back in time."""
    await ask(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    await drive.floor.show(live, 120, state)
    await drive.pump()
    gone = await kept(drive)
    assert (gone.state, gone.reason) == (S.CANCELLED, "out_of_use")
    assert told(drive) == [CommandKind.RESERVE, CommandKind.UNRESERVE]


async def test_a_charger_that_forgot_is_asked_once_more(drive: Drive, live: LiveStation) -> None:
    """As after a boot; it keeps its number and its terms."""
    await ask(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    await drive.pump()
    await drive.floor.show(live, 120, ConnectorState.AVAILABLE)
    await drive.pump()
    assert told(drive) == [CommandKind.RESERVE, CommandKind.RESERVE]
    again = drive.chargers.told[1]
    assert (again.channel, again.number) == (CommandChannel.SYSTEM, 1)
    assert (again.expires_at, again.tag) == (HALF_HOUR, a_token().uid)
    assert (await kept(drive)).state is S.ACTIVE


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (R.EVSE_OCCUPIED, S.CANCELLED),
        (R.REJECTED, S.CANCELLED),
        (R.TIMEOUT, S.ACTIVE),
        (R.EVSE_INOPERATIVE, S.ACTIVE),
    ],
)
async def test_what_it_then_refuses_is_lost(
    drive: Drive, live: LiveStation, result: CommandResult, state: ReservationState
) -> None:
    """C-208: but silence is not knowing."""
    await ask(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    drive.chargers.outcome = CommandOutcome(result)
    await drive.floor.show(live, 120, ConnectorState.AVAILABLE)
    await drive.pump()
    assert (await kept(drive)).state is state


@pytest.mark.parametrize(
    ("loss", "state", "reason"),
    [
        (Loss.REMOVED, S.CANCELLED, "lost"),
        (Loss.EXPIRED, S.EXPIRED, "expired"),
        (Loss.NO_TRANSACTION, S.EXPIRED, "expired"),
    ],
)
async def test_a_charger_tells_that_it_is_over(
    drive: Drive, live: LiveStation, loss: Loss, state: ReservationState, *, reason: str
) -> None:
    """P-199: by the number, at this charger only; repeating it changes nothing."""
    await ask(drive)
    await drive.clock.advance(60)
    await drive.reservations.reported(live, 99, loss)
    assert (await kept(drive)).state is S.ACTIVE
    for _ in range(2):
        await drive.reservations.reported(live, 1, loss)
    gone = await kept(drive)
    assert (gone.state, gone.reason) == (state, reason)


async def test_nobody_comes(drive: Drive, live: LiveStation) -> None:
    """P-142: the time reserved is paid as RESERVATION_EXPIRES says: 4.00 + 3.00, plus 20 %."""
    await ask(drive)
    await drive.pass_time(30 * 60)
    assert (await kept(drive)).state is S.ACTIVE
    await drive.pass_time(int(EXPIRY_GRACE.total_seconds()))
    gone = await kept(drive)
    assert (gone.state, gone.reason, gone.ended_at) == (S.EXPIRED, "expired", HALF_HOUR)
    session = await session_of(drive, gone)
    assert (session.status, session.ended_at) == (SessionStatus.COMPLETED, HALF_HOUR)
    (cdr,) = await drive.floor.cdrs(session)
    assert cdr.bill.total.due == Money(Decimal("8.40"), "EUR")
    assert (cdr.started_at, cdr.ended_at) == (NOON, HALF_HOUR)
    assert cdr.bill.reservation_cost == cdr.bill.total
    assert session.total_cost == cdr.bill.total
    assert (cdr.place.evse_uid, cdr.bill.energy.value) == ("E1", 0)


async def test_what_costs_nothing_has_no_bill(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await ask(drive)
    await drive.pass_time(30 * 60 + 5)
    session = await session_of(drive, await kept(drive))
    assert session.status is SessionStatus.INVALID
    assert await drive.floor.cdrs(session) == []


async def test_a_charger_that_keeps_it_too_long_is_told(drive: Drive, live: LiveStation) -> None:
    await ask(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    await drive.pass_time(30 * 60)
    assert (await kept(drive)).state is S.EXPIRED
    assert told(drive) == [CommandKind.RESERVE, CommandKind.UNRESERVE]


async def test_nobody_pays_for_what_nobody_saw(drive: Drive, live: LiveStation) -> None:
    """The charger is away at the expiry: somebody may have come, and will be told of later."""
    await ask(drive)
    await drive.floor.stations.disconnect(live)
    await drive.pass_time(30 * 60 + 5)
    gone = await kept(drive)
    assert (gone.state, gone.reason) == (S.EXPIRED, "unseen")
    session = await session_of(drive, gone)
    assert session.status is SessionStatus.INVALID
    assert await drive.floor.cdrs(session) == []


async def test_the_evse_is_gone_at_the_expiry(drive: Drive, live: LiveStation) -> None:
    await ask(drive)
    async with drive.store.transaction() as tx:
        location = await tx.locations.need(CPO, "L1")
        await tx.locations.put(replace(location, evses=location.evses[1:]))
    await drive.pass_time(30 * 60 + 5)
    session = await session_of(drive, await kept(drive))
    assert session.status is SessionStatus.INVALID
    assert SessionFlag.NO_LOCATION in session.flags
