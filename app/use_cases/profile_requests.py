"""What may be asked about a session's charging profile, and the command it means.

The session is ours, or our driver's at a partner's charger; the command goes either way. Refusals
are `NotFound`, `Conflict`, `ChargerRefused` or `RateLimited`, for the asker's edge to say.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.commands import Command, CommandChannel, CommandKind
from app.domain.errors import ChargerRefused, Conflict, NotFound, RateLimited
from app.domain.locations import EvsePlace
from app.domain.profiles import (
    HORIZON,
    ChargingProfile,
    capacity,
    checked,
    lead_in,
    profile_number,
)
from app.domain.sessions import Session
from app.store.sessions import session_key
from app.store.transaction import Transaction
from app.use_cases.command_plans import blank, by_partner, goes_on, issue
from app.use_cases.command_requests import Asker

CAPABLE = "CHARGING_PROFILE_CAPABLE"
"""Source: OCPI 2.2.1, Locations, Capability enum."""

NOT_CAPABLE = "not_capable"
EMPTY = "empty_profile"
OFFLINE = "offline"

PROFILE_KINDS = frozenset({CommandKind.LIMIT, CommandKind.UNLIMIT, CommandKind.SCHEDULE})

MOST_IN_WINDOW = 6
WINDOW = timedelta(minutes=1)
"""How often a partner may ask about one EVSE's profile; each time costs its charger a call."""

_GOVERNED = frozenset({CommandChannel.PARTNER, CommandChannel.OPERATOR})
"""Who may limit only what the operator says can be limited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRequest:
    """Put a profile on a session, over the one that may be there."""

    asker: Asker
    session_key: str
    profile: ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlimitRequest:
    """Take the profile from a session."""

    asker: Asker
    session_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """Ask what limits a session, so far ahead."""

    asker: Asker
    session_key: str
    horizon: timedelta = HORIZON


ProfileRequest = LimitRequest | UnlimitRequest | ScheduleRequest

_KINDS: dict[type, CommandKind] = {
    LimitRequest: CommandKind.LIMIT,
    UnlimitRequest: CommandKind.UNLIMIT,
    ScheduleRequest: CommandKind.SCHEDULE,
}


async def request_profile_in(
    tx: Transaction, request: ProfileRequest, *, now: datetime
) -> Command:
    """Ask for it as part of another use-case's transaction; the command is sent at most once."""
    session = await tx.sessions.need(request.session_key)
    if not goes_on(session):
        _may_ask(session, request.asker)
        raise Conflict("the session has ended")
    command = await profile_command(tx, request, session, now=now)
    await issue(tx, command)
    return command


async def profile_command(
    tx: Transaction, request: ProfileRequest, session: Session, *, now: datetime
) -> Command:
    """The command that a request means, whether or not its session goes on."""
    _may_ask(session, request.asker)
    key = session_key(session)
    known = await tx.profiles.get(key)
    command = replace(
        blank(_KINDS[type(request)], request.asker, now),
        party=session.party,
        location_id=session.location_id,
        evse_uid=session.evse_uid,
        connector_id=session.connector_id,
        session_id=session.id,
        profile=known.profile if known else None,
        profile_number=known.number if known and known.number else profile_number(key),
    )
    if isinstance(request, LimitRequest):
        command = replace(command, profile=checked(request.profile))
    elif isinstance(request, ScheduleRequest):
        command = replace(command, horizon=request.horizon)
    if not session.own:
        return by_partner(command, session.party)
    return await _at_ours(tx, command, session, now=now)


def _may_ask(session: Session, asker: Asker) -> None:
    """Another's session is as good as none, so that nobody learns of it."""
    theirs = asker.emsp is None or (session.token and session.token.party == asker.emsp)
    if not theirs or asker.cpo not in {None, session.party}:
        raise NotFound("session", session.id)


async def _at_ours(
    tx: Transaction, command: Command, session: Session, *, now: datetime
) -> Command:
    """The command for our own charger, which has to be connected and able to do it."""
    place = await place_of(tx, session)
    if place is None:
        raise ChargerRefused(NOT_CAPABLE)
    if command.channel in _GOVERNED and CAPABLE not in place.evse.capabilities:
        raise ChargerRefused(NOT_CAPABLE)
    if command.channel is CommandChannel.PARTNER:
        await _not_too_often(tx, command, now)
    profile = command.profile
    if command.kind is CommandKind.LIMIT and profile is not None:
        if not profile.periods:
            raise ChargerRefused(EMPTY)
        profile = lead_in(profile, capacity(place.connector, profile.unit))
    station = await tx.stations.get(session.station_id) if session.station_id else None
    if station is None or station.node is None:
        raise ChargerRefused(OFFLINE)
    return replace(
        command, station_id=station.id, transaction=session.transaction, profile=profile
    )


async def _not_too_often(tx: Transaction, command: Command, now: datetime) -> None:
    """Source: OCPI 2.2.1, ChargingProfiles, ChargingProfileResponseType enum, TOO_OFTEN."""
    before = await tx.commands.lately_at(command, PROFILE_KINDS, since=now - WINDOW)
    asked = [each for each in before if each.partner_id == command.partner_id]
    if len(asked) >= MOST_IN_WINDOW:
        wait = asked[-MOST_IN_WINDOW].created_at + WINDOW - now
        raise RateLimited(max(1, -(-wait // timedelta(seconds=1))))


async def place_of(tx: Transaction, session: Session) -> EvsePlace | None:
    """Where an own session happens, as it is now; None when that is on no map (any more)."""
    if session.location_id is None:
        return None
    location = await tx.locations.get(session.party, session.location_id)
    return None if location is None else location.place(session.evse_uid, session.connector_id)
