"""Charging profiles that are known before a session is: a start brings them to the charger.

Who starts says the profile, or whoever reserved has put one on the session that stands for the
reservation. So the session is limited from its first watt on, which it is not by a profile that is
sent afterwards. Source: OCPP 1.6, 5.11 Remote Start Transaction; OCPP 2.0.1, F01.
"""

from dataclasses import replace
from datetime import datetime

from app.domain.commands import Command, CommandOutcome, CommandResult, CommandState
from app.domain.errors import ChargerRefused
from app.domain.events import CommandSettled
from app.domain.locations import EvsePlace
from app.domain.profiles import (
    ChargingProfile,
    SessionProfile,
    capacity,
    checked,
    lead_in,
    profile_number,
)
from app.domain.sessions import Session, SessionStatus
from app.store.sessions import session_key
from app.store.transaction import Transaction
from app.use_cases.command_requests import StartRequest
from app.use_cases.profile_news import profile_settled, taken_up
from app.use_cases.profile_requests import (
    CAPABLE,
    EMPTY,
    NOT_CAPABLE,
    ProfileRequest,
    ScheduleRequest,
    profile_command,
)

_TAKEN = CommandOutcome(CommandResult.ACCEPTED)


async def with_profile(tx: Transaction, command: Command, request: StartRequest) -> Command:
    """The start with the profile that is known by now, if one is.

    Raises InvalidInput for a profile that is none, and ChargerRefused where it cannot be had.
    """
    if request.profile is None:
        return await _as_reserved(tx, command)
    if command.remote_party is not None:
        raise ChargerRefused(NOT_CAPABLE)
    location = await tx.locations.need(request.party, request.location_id)
    place = location.need_place(command.evse_uid or "", command.connector_id)
    profile, number = _fit(place, request.profile), profile_number(command.id)
    return replace(command, profile=profile, profile_number=number)


def _fit(place: EvsePlace, wanted: ChargingProfile) -> ChargingProfile:
    if CAPABLE not in place.evse.capabilities:
        raise ChargerRefused(NOT_CAPABLE)
    profile = checked(wanted)
    if not profile.periods:
        raise ChargerRefused(EMPTY)
    return lead_in(profile, capacity(place.connector, profile.unit))


async def _as_reserved(tx: Transaction, command: Command) -> Command:
    """The start with what was put on the session that stands for its reservation."""
    if command.reservation_id is None or command.remote_party is not None:
        return command
    reservation = await tx.reservations.need(command.reservation_id)
    row = await tx.profiles.get(reservation.session_id or "")
    if row is None or row.profile is None:
        return command
    return replace(command, profile=row.profile, profile_number=row.number)


async def keep_for_start(
    tx: Transaction, request: ProfileRequest, *, now: datetime
) -> Command | None:
    """Put a profile on a reservation or take it away; None for sessions that stand for none.

    The charger gets it with the start, so this is settled at once.
    """
    session = await tx.sessions.need(request.session_key)
    waits = session.own and session.status is SessionStatus.RESERVATION
    if not waits or isinstance(request, ScheduleRequest):
        return None
    asked = await profile_command(tx, request, session, now=now)
    outcome = await profile_settled(tx, asked, _TAKEN, now=now)
    settled = replace(asked, state=CommandState.SETTLED, outcome=outcome, settled_at=now)
    await tx.commands.add(settled)
    tx.emit(CommandSettled(settled.id))
    return settled


async def began_with(tx: Transaction, session: Session | None) -> SessionProfile | None:
    """The profile that a start has brought to its session; None when it brought none."""
    if session is None or session.command_id is None:
        return None
    start = await tx.commands.get(session.command_id)
    if start is None or start.profile is None:
        return None
    blank = SessionProfile(session_key(session))
    return taken_up(blank, start, at=start.sent_at or start.created_at)
