"""What the world tells of drivers' sessions: commands settled, meters moved, money came or not.

Each method reads the present state of what it is told about and turns it into triggers, so hearing
of the same thing twice, late or in another order changes nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from logging import getLogger

from app.domain.charging import Charging, Reason
from app.domain.charging_triggers import (
    ActionRequired,
    Billed,
    CaptureDone,
    CaptureFailed,
    CommandAccepted,
    CommandNoAnswer,
    CommandRejected,
    ContactBack,
    ContactLost,
    Observed,
    Owed,
    PaymentDeclined,
    PaymentHeld,
    Plugged,
    Released,
    StopRefused,
    TimeUp,
    Trigger,
    UnlockTried,
)
from app.domain.commands import Command, CommandResult, looks_plugged_in
from app.domain.errors import DomainError, InvalidInput
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.payments import PaymentState
from app.domain.sessions import Session
from app.domain.stations import Activity
from app.store.sessions import session_key
from app.store.transaction import Transaction
from app.use_cases.charging_moved import moved, passed
from app.use_cases.charging_steps import Steps
from app.use_cases.partner_bills import tell_difference

log = getLogger(__name__)

_BATCH = 200
_OF_PAYMENT: dict[PaymentState, Trigger] = {
    PaymentState.HELD: PaymentHeld(),
    PaymentState.ACTION_REQUIRED: ActionRequired(),
    PaymentState.DECLINED: PaymentDeclined(),
    PaymentState.CAPTURED: CaptureDone(),
    PaymentState.RELEASED: Released(),
    PaymentState.CAPTURE_FAILED: CaptureFailed(),
    PaymentState.OWED: Owed(),
}
_OF_STATUS = {
    EvseStatus.AVAILABLE: Reason.CABLE_NOT_IN,
    EvseStatus.RESERVED: Reason.RESERVED,
    EvseStatus.OUTOFORDER: Reason.FAULTED,
    EvseStatus.INOPERATIVE: Reason.FAULTED,
}

Adopt = Callable[[Session], Awaitable[None]]
"""Makes the driver's session of what a card or a vehicle began, unless it is there."""


class ChargingNews:
    """The world's side of drivers' sessions; `Chargings` is the driver's."""

    def __init__(self, steps: Steps, adopt: Adopt | None = None) -> None:
        self._steps = steps
        self._adopt = adopt
        self._store = steps.store
        self._clock = steps.clock

    async def on_command_settled(self, command_id: str) -> None:
        """The outcome of a start, stop or unlock that a driver asked for is known."""
        async with self._store.reading() as tx:
            command = await tx.commands.need(command_id)
        if command.charging_id is None:
            return

        async def news(tx: Transaction, charging: Charging) -> Sequence[Trigger]:
            if command.id == charging.command_id:
                return await _started(tx, charging, command)
            failed = command.outcome is not None and not command.outcome.accepted
            if command.id == charging.unlock_command_id:
                return [UnlockTried(worked=not failed)]
            return [StopRefused()] if failed and command.id == charging.stop_command_id else []

        await self._steps.take(command.charging_id, news)

    async def on_session(self, session_id: str) -> None:
        """A charger's session, ours or a partner's, opened, moved on or closed."""
        async with self._store.reading() as tx:
            session = await tx.sessions.need(session_id)
            charging_id = await _charging_of(tx, session)
        if charging_id is None:
            return
        if self._adopt is not None:
            await self._adopt(session)

        async def news(tx: Transaction, charging: Charging) -> Sequence[Trigger]:
            current = await tx.sessions.need(session_id)
            if charging.session_id not in {None, session_id}:
                log.warning("charging.second_session", extra={"charging": charging.id})
                return []
            return moved(charging, current, self._clock.now())

        await self._steps.take(charging_id, news)

    async def on_station(self, station_id: str) -> None:
        """A charger's connection is gone, or back."""
        async with self._store.reading() as tx:
            station = await tx.stations.need(station_id)
            running = await tx.charging.running_at_station(station_id)

        async def news(tx: Transaction, charging: Charging) -> Sequence[Trigger]:
            if station.node is None:
                return [ContactLost()]
            session = await tx.sessions.get(charging.session_id or "")
            return [ContactBack(session.activity if session else Activity.CONNECTED)]

        for charging_id in running:
            await self._steps.take(charging_id, news)

    async def on_evse(self, party: PartyId, location_id: str, evse_uid: str) -> None:
        """An EVSE's status changed: the cable that is waited for may be in."""
        async with self._store.reading() as tx:
            waiting = await tx.charging.awaiting_plug_at(party, location_id, evse_uid)
        for charging_id in waiting:
            await self._steps.take(charging_id, _plugged)

    async def on_payment(self, payment_id: str) -> None:
        """A payment is in another state."""
        async with self._store.reading() as tx:
            payment = await tx.payments.need(payment_id)

        async def news(tx: Transaction, charging: Charging) -> Sequence[Trigger]:
            if charging.payment_id != payment_id:
                return []
            current = await tx.payments.need(payment_id)
            trigger = _OF_PAYMENT.get(current.state)
            return [] if trigger is None else [trigger]

        await self._steps.take(payment.charging_id, news)

    async def on_cdr(self, cdr_id: str) -> None:
        """What the session costs is final: our own bill, or the one of the partner's CPO.

        Our price for a partner's charger is the partner's own total. Raises InvalidInput for a
        bill in a currency other than the quote's, which a person must look at.
        """
        async with self._store.reading() as tx:
            cdr = await tx.cdrs.need(cdr_id)
            session = await tx.sessions.get(cdr.session_id) if cdr.session_id else None
            charging_id = cdr.charging_id
            if charging_id is None and session is not None:
                charging_id = await _charging_of(tx, session)
        if charging_id is None or cdr.credit_of is not None:
            return
        total = cdr.bill.total.due.payable()
        if self._adopt is not None and session is not None:
            await self._adopt(session)

        async def news(tx: Transaction, charging: Charging) -> Sequence[Trigger]:
            if total.currency != charging.currency:
                raise InvalidInput("cdr", f"is in {total.currency}, not {charging.currency}")
            shown = session or await tx.sessions.get(charging.session_id or "")
            await tell_difference(tx, charging, shown, total, now=self._clock.now())
            return [Billed(total, cdr_id)]

        await self._steps.take(charging_id, news)

    async def tick(self) -> int:
        """Let time pass for every session whose deadline is over; tells how many."""
        async with self._store.reading() as tx:
            due = await tx.charging.due(self._clock.now(), _BATCH)
        for charging_id in due:
            try:
                await self._steps.take(charging_id, self._time_up)
            except DomainError as error:
                log.warning(
                    "charging.tick_failed", extra={"charging": charging_id, "why": str(error)}
                )
        return len(due)

    async def _time_up(self, tx: Transaction, charging: Charging) -> Sequence[Trigger]:
        """The state's time may be up, or it is time to look how far the session is."""
        now = self._clock.now()
        if charging.look_at is None or charging.look_at > now:
            return [TimeUp()]
        session = await tx.sessions.get(charging.session_id or "")
        if session is None:
            return [TimeUp(), Observed((), None, parked=False)]
        return [TimeUp(), *passed(charging, session, now)]


async def _plugged(tx: Transaction, charging: Charging) -> Sequence[Trigger]:
    status = await _status(tx, charging)
    return [Plugged()] if status is not None and looks_plugged_in(status) else []


async def _status(tx: Transaction, charging: Charging) -> EvseStatus | None:
    location = await tx.locations.get(charging.cpo, charging.location_id)
    evse = location.evse(charging.evse_uid) if location else None
    return None if evse is None else evse.status


async def _started(tx: Transaction, charging: Charging, command: Command) -> Sequence[Trigger]:
    """What the outcome of the start means.

    A partner's FAILED does not say that nothing started: it is waited for as after no answer.
    """
    if command.outcome is None:
        return []
    result = command.outcome.result
    status = await _status(tx, charging)
    if result is CommandResult.ACCEPTED:
        return [CommandAccepted(status is not None and looks_plugged_in(status))]
    unknown = result is CommandResult.TIMEOUT
    if unknown or (result is CommandResult.FAILED and not charging.own):
        return [CommandNoAnswer()]
    return [CommandRejected(_why(result, status))]


def _why(result: CommandResult, status: EvseStatus | None) -> Reason:
    if result is CommandResult.EVSE_OCCUPIED:
        return Reason.OCCUPIED
    known = Reason.CHARGER_REFUSED if status is None else _OF_STATUS.get(status)
    if result is CommandResult.EVSE_INOPERATIVE:
        return Reason.FAULTED if known is Reason.FAULTED else Reason.CHARGER_OFFLINE
    return known or Reason.CHARGER_REFUSED


async def _charging_of(tx: Transaction, session: Session) -> str | None:
    """Whose session it is, by anything that ties it to the start it came from."""
    if session.charging_id is not None:
        return session.charging_id
    known = await tx.charging.by_session(session_key(session))
    if known is None and session.command_id is not None:
        known = await tx.charging.by_command(session.command_id)
    if known is not None:
        return known.id
    command = None
    if session.authorization_reference is not None:
        command = await tx.commands.by_reference(session.authorization_reference)
    if command is None and session.token is not None:
        command = await tx.commands.by_id_tag(session.token.uid)
    return None if command is None else command.charging_id
