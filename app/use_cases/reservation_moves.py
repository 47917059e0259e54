"""What becomes of a reservation, inside the transaction that learns it: state, session and bill.

At a charger of ours a reservation stands in a session from the charger's yes on (OCPI 2.2.1,
Sessions, SessionStatus enum, RESERVATION). The session goes on as the driver's when somebody
comes; else it ends here, with a CDR where keeping the EVSE free has a price.
"""

from dataclasses import replace
from datetime import datetime

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
)
from app.domain.events import (
    CdrIssued,
    ReservationChanged,
    SessionClosed,
    SessionOpened,
    SessionProgressed,
)
from app.domain.locations import EvsePlace
from app.domain.reservations import (
    EndReason,
    Reservation,
    ReservationState,
    Terms,
    agreed,
    cancelled,
    refused,
)
from app.domain.sessions import Session, SessionFlag, SessionStatus
from app.domain.tariffs import Tariff, price_list
from app.domain.tokens import AuthMethod, TokenType
from app.store.ids import new_id
from app.store.transaction import Transaction
from app.use_cases.closings import bill
from app.use_cases.command_plans import blank, issue
from app.use_cases.command_requests import BY_US
from app.use_cases.reservation_fees import owe
from app.use_cases.reservation_telling import tell_expired

_GIVEN_BACK = frozenset({CommandResult.ACCEPTED, CommandResult.UNKNOWN_RESERVATION})
_PAID = frozenset({EndReason.GIVEN_BACK, EndReason.EXPIRED})
"""The ends that the driver chose: the time reserved is paid, at whatever the tariff says."""

_UNSURE = frozenset({CommandResult.TIMEOUT, CommandResult.EVSE_INOPERATIVE})
"""Answers that do not tell whether a charger still has the reservation it had."""

NO_TARIFF_CURRENCY = "EUR"


async def answered(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> None:
    """A charger's (or its CPO's) word on a reservation, the first one or a later one.

    A partner may take its yes back for as long as the reservation may exist, by the same way the
    yes came. Source: OCPI 2.2.1, Commands, CommandResult object, CANCELED_RESERVATION.
    """
    if command.reservation_id is None:
        return
    if command.kind is CommandKind.UNRESERVE:
        await _given_back(tx, command, outcome, now)
    elif command.kind is CommandKind.RESERVE:
        await _reserved(tx, command, outcome, now)


async def answered_late(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> None:
    """A word on a command that was settled before; an old yes never undoes newer terms."""
    if command.kind is not CommandKind.RESERVE or command.reservation_id is None:
        return
    reservation = await tx.reservations.locked(command.reservation_id)
    waiting = reservation.state is ReservationState.REQUESTED
    if waiting or outcome.result is CommandResult.CANCELED_RESERVATION:
        await _reserved(tx, command, outcome, now)


async def _given_back(
    tx: Transaction, command: Command, outcome: CommandOutcome, now: datetime
) -> None:
    if outcome.result not in _GIVEN_BACK:
        return
    reservation = await tx.reservations.locked(command.reservation_id or "")
    by_operator = command.channel is CommandChannel.OPERATOR
    if by_operator and reservation.channel is not CommandChannel.OPERATOR:
        reason = EndReason.BY_OPERATOR
    else:
        reason = EndReason.GIVEN_BACK
    await save(tx, reservation, cancelled(reservation, reason, now=now), now=now)


async def _reserved(
    tx: Transaction, command: Command, outcome: CommandOutcome, now: datetime
) -> None:
    reservation = await tx.reservations.locked(command.reservation_id or "")
    if outcome.accepted:
        await _agreed(tx, reservation, command, now)
    elif outcome.result is CommandResult.CANCELED_RESERVATION:
        await save(tx, reservation, cancelled(reservation, EndReason.LOST, now=now), now=now)
    elif command.channel is CommandChannel.SYSTEM:
        if outcome.result not in _UNSURE:
            after = cancelled(reservation, EndReason.LOST, now=now)
            await save(tx, reservation, after, now=now)
    elif outcome.result is not CommandResult.TIMEOUT:
        after = refused(reservation, outcome.result.value.lower(), now=now)
        await save(tx, reservation, after, now=now)
    elif reservation.own:
        after = refused(reservation, EndReason.NO_ANSWER, now=now)
        await save(tx, reservation, after, now=now)
        if after is not reservation:
            await let_go(tx, after, now=now)


async def _agreed(
    tx: Transaction, reservation: Reservation, command: Command, now: datetime
) -> None:
    """The charger keeps it: as was asked for, or for nothing when the asker has left by now."""
    terms = Terms(
        expires_at=command.expires_at or reservation.expires_at,
        number=command.number or reservation.number,
        token=command.token or reservation.token,
        tag=command.tag or reservation.tag,
        evse_uid=command.evse_uid or reservation.evse_uid,
        connector_id=command.connector_id or reservation.connector_id,
        station_id=command.station_id or reservation.station_id,
        callback_url=command.callback_url or reservation.callback_url,
        correlation_id=command.correlation_id or reservation.correlation_id,
        command_id=command.id,
    )
    if not reservation.open:
        if reservation.own and reservation.state is not ReservationState.USED:
            await let_go(tx, replace(reservation, number=terms.number), now=now)
        return
    if command.channel is CommandChannel.SYSTEM:
        return
    moved = (reservation.station_id, reservation.evse_uid) != (terms.station_id, terms.evse_uid)
    if moved and reservation.own and reservation.number != terms.number:
        await let_go(tx, reservation, now=now)
    await save(tx, reservation, agreed(reservation, terms, now=now), now=now)


async def save(
    tx: Transaction, before: Reservation, after: Reservation, *, now: datetime
) -> Reservation:
    """Keep a changed reservation with what follows for its session; the same one is left alone."""
    if after is before:
        return before
    if after.own and after.state is ReservationState.ACTIVE:
        after = await _stood_in(tx, after, now)
    elif after.own and after.session_id is not None and not after.open:
        await _ended(tx, after, now)
    saved = await tx.reservations.save(after)
    tx.emit(ReservationChanged(saved.id, saved.state.value))
    await tell_expired(tx, saved, now=now)
    return saved


async def let_go(tx: Transaction, reservation: Reservation, *, now: datetime) -> None:
    """Tell the charger that nobody needs the EVSE kept free any more, if it still is."""
    if reservation.station_id is None:
        return
    await issue(tx, _command_for(reservation, CommandKind.UNRESERVE, now))


async def ask_again(tx: Transaction, reservation: Reservation, *, now: datetime) -> None:
    """The same reservation once more: a charger that still has it replaces it by itself."""
    command = replace(
        _command_for(reservation, CommandKind.RESERVE, now),
        connector_id=reservation.connector_id,
        token=reservation.token,
        tag=reservation.tag,
        expires_at=reservation.expires_at,
    )
    await issue(tx, command)


def _command_for(reservation: Reservation, kind: CommandKind, now: datetime) -> Command:
    """What we tell a reservation's charger by ourselves."""
    return replace(
        blank(kind, BY_US, now),
        station_id=reservation.station_id,
        party=reservation.party,
        location_id=reservation.location_id,
        evse_uid=reservation.evse_uid,
        reservation_id=reservation.id,
        number=reservation.number,
    )


async def place_at(tx: Transaction, reservation: Reservation) -> EvsePlace | None:
    """The EVSE that is kept free, as it is now; None when it is not there any more."""
    location = await tx.locations.get(reservation.party, reservation.location_id)
    return (
        None
        if location is None
        else location.place(reservation.evse_uid, reservation.connector_id)
    )


async def tariff_at(
    tx: Transaction, place: EvsePlace, token_type: TokenType, now: datetime
) -> Tariff | None:
    """What reserving here costs who comes with such a token."""
    known = await tx.tariffs.many(place.location.party, place.connector.tariff_ids)
    return price_list(known, now, ad_hoc=token_type is TokenType.AD_HOC_USER)


async def _stood_in(tx: Transaction, reservation: Reservation, now: datetime) -> Reservation:
    """The reservation with its session, which is opened or moved along."""
    place = await place_at(tx, reservation)
    if place is None:
        return reservation
    known = await tx.sessions.get(reservation.session_id) if reservation.session_id else None
    if known is not None:
        moved = replace(
            known,
            station_id=reservation.station_id,
            evse_uid=place.evse.uid,
            connector_id=place.connector.id,
            token=reservation.token.ref,
            last_updated=now,
        )
        await tx.sessions.put(moved)
        tx.emit(SessionProgressed(known.id, known.charging_id))
        return reservation
    tariff = await tariff_at(tx, place, reservation.token.type, now)
    session = _session(reservation, place, tariff, now)
    await tx.sessions.put(session)
    tx.emit(SessionOpened(session.id))
    return replace(reservation, session_id=session.id)


def _session(
    reservation: Reservation, place: EvsePlace, tariff: Tariff | None, now: datetime
) -> Session:
    return Session(
        id=new_id(),
        party=reservation.party,
        status=SessionStatus.RESERVATION,
        started_at=now,
        last_updated=now,
        reserved_at=reservation.active_at or now,
        currency=tariff.currency if tariff else NO_TARIFF_CURRENCY,
        zone=place.location.time_zone,
        station_id=reservation.station_id,
        location_id=place.location.id,
        evse_uid=place.evse.uid,
        connector_id=place.connector.id,
        token=reservation.token.ref,
        auth_method=AuthMethod.COMMAND,
        authorization_reference=reservation.authorization_reference,
        command_id=reservation.command_id,
        partner_id=reservation.partner_id,
        tariff=tariff,
    )


async def _ended(tx: Transaction, reservation: Reservation, now: datetime) -> None:
    """Nobody came: the session ends with the reservation, billed if that costs something."""
    session = await tx.sessions.get(reservation.session_id or "")
    if session is None or session.status is not SessionStatus.RESERVATION:
        return
    end = max(reservation.ended_at or now, session.started_at)
    closed = replace(
        session,
        status=SessionStatus.COMPLETED,
        stopped_at=end,
        ended_at=end,
        last_updated=now,
        reservation_expired=reservation.reason == EndReason.EXPIRED,
    )
    place = await place_at(tx, reservation)
    if place is None:
        closed = replace(closed, flags=closed.flags | {SessionFlag.NO_LOCATION})
    cdr = bill(closed, place, now=now) if reservation.reason in _PAID else None
    if cdr is None or not cdr.bill.total.due:
        closed, cdr = replace(closed, status=SessionStatus.INVALID), None
    else:
        charging = await owe(tx, reservation, cdr, cdr.tariff, now=now) if cdr.tariff else None
        charging_id = charging.id if charging else None
        cdr = replace(cdr, charging_id=charging_id)
        closed = replace(closed, total_cost=cdr.bill.total, charging_id=charging_id)
    await tx.sessions.put(closed)
    tx.emit(SessionClosed(closed.id, closed.charging_id))
    if cdr is not None:
        await tx.cdrs.add(cdr)
        tx.emit(CdrIssued(cdr.id, cdr.charging_id))
