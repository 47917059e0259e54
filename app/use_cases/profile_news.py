"""What follows when a charger, ours or a partner's, has answered about a charging profile.

After our charger took or cleared a profile it is asked what limits the session in truth, since it
may be limited from elsewhere too; that is what others are told, when it is another course than
they know. Partners that never put a profile on the session are told nothing.
Source: OCPI 2.2.1, ChargingProfiles, Updating the sender interface.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
)
from app.domain.errors import DomainError
from app.domain.events import ProfileChanged, ProfileDoubtful
from app.domain.profiles import (
    HORIZON,
    ActiveProfile,
    ProfileSource,
    RateUnit,
    SessionProfile,
    capacity,
    computed,
    is_news,
)
from app.domain.sessions import Session
from app.store.sessions import foreign_session_key
from app.store.transaction import Transaction
from app.use_cases.command_plans import goes_on
from app.use_cases.command_requests import BY_US
from app.use_cases.profile_requests import ScheduleRequest, place_of, request_profile_in

REVIEW_EVERY = timedelta(minutes=15)
"""How often a session is looked at whose limits somebody is told of."""

_SOURCES = {
    CommandChannel.PARTNER: ProfileSource.PARTNER,
    CommandChannel.OPERATOR: ProfileSource.OPERATOR,
    CommandChannel.DRIVER: ProfileSource.PREFERENCES,
}
_UNSURE = frozenset({CommandResult.TIMEOUT, CommandResult.FAILED})
_CLEARED = frozenset({CommandResult.ACCEPTED, CommandResult.UNKNOWN_PROFILE})


def session_key_of(command: Command) -> str:
    """The key of the session that a profile command is about."""
    session_id = command.session_id or ""
    if command.remote_party is None:
        return session_id
    return foreign_session_key(command.remote_party, session_id)


async def profile_settled(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> CommandOutcome:
    """Note what the answer means for the session; gives the outcome to keep.

    A charger that cannot tell its schedule is answered for with what we know ourselves.
    """
    key = session_key_of(command)
    row = await held(tx, key)
    if command.kind is CommandKind.SCHEDULE:
        return await _scheduled(tx, command, outcome, row=row, now=now)
    taken = command.kind is CommandKind.LIMIT and outcome.accepted
    cleared = command.kind is CommandKind.UNLIMIT and outcome.result in _CLEARED
    if taken:
        row = taken_up(row, command, at=now)
    elif cleared:
        row = replace(row, profile=None, source=None, set_at=now)
    if taken or cleared:
        await keep(tx, row)
        if command.remote_party is None:
            await ask_schedule(tx, key, now=now)
    elif outcome.result in _UNSURE and command.remote_party is None:
        tx.emit(ProfileDoubtful(key))
    return outcome


async def profile_settled_late(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> None:
    """What a partner says of a profile after its time was up: the profile is there all the same.

    The command stays settled as it was, since whoever asked has been told so.
    """
    before = command.outcome.result if command.outcome is not None else None
    if before is CommandResult.TIMEOUT and outcome.result is not CommandResult.TIMEOUT:
        await profile_settled(tx, command, outcome, now=now)


def taken_up(row: SessionProfile, command: Command, *, at: datetime) -> SessionProfile:
    """The charger has the command's profile since then."""
    watching = command.channel is CommandChannel.PARTNER
    return replace(
        row,
        profile=command.profile,
        number=command.profile_number,
        source=_SOURCES.get(command.channel, row.source),
        set_at=at,
        watcher=command.partner_id if watching else row.watcher,
    )


async def held(tx: Transaction, key: str) -> SessionProfile:
    """What is known of a session's profile, for whoever changes it; nothing to begin with."""
    return await tx.profiles.locked(key) or SessionProfile(key)


async def keep(tx: Transaction, row: SessionProfile) -> None:
    """Write a session's profile, which the caller has locked, or which is new."""
    await tx.profiles.put(replace(row, version=row.version + 1))


async def ask_schedule(tx: Transaction, key: str, *, now: datetime) -> None:
    """Ask our charger what limits the session; that it cannot be asked now is no trouble."""
    try:
        await request_profile_in(tx, ScheduleRequest(asker=BY_US, session_key=key), now=now)
    except DomainError:
        session, row = await tx.sessions.get(key), await tx.profiles.locked(key)
        if session is not None and row is not None and goes_on(session):
            active = await computed_for(tx, session, row, horizon=HORIZON, now=now)
            await note_active(tx, row, active, now=now)


async def _scheduled(
    tx: Transaction,
    command: Command,
    outcome: CommandOutcome,
    *,
    row: SessionProfile,
    now: datetime,
) -> CommandOutcome:
    active = outcome.schedule if outcome.accepted else None
    if command.remote_party is None and active is None:
        session = await tx.sessions.get(row.session_key)
        if session is None:
            return outcome
        horizon = command.horizon or HORIZON
        active = await computed_for(tx, session, row, horizon=horizon, now=now)
        if outcome.result is CommandResult.NOT_SUPPORTED:
            outcome = CommandOutcome(CommandResult.ACCEPTED, outcome.message, schedule=active)
    if active is not None:
        await note_active(tx, row, active, now=now)
    return outcome


async def computed_for(
    tx: Transaction,
    session: Session,
    row: SessionProfile,
    *,
    horizon: timedelta,
    now: datetime,
) -> ActiveProfile | None:
    """What limits an own session as far as we know; None where the place is on no map."""
    place = await place_of(tx, session)
    if place is None:
        return None
    unit = row.profile.unit if row.profile else RateUnit.WATT
    return computed(
        row.profile,
        unit=unit,
        ceiling=capacity(place.connector, unit),
        started_at=session.started_at,
        now=now,
        horizon=horizon,
    )


async def note_active(
    tx: Transaction, row: SessionProfile, active: ActiveProfile | None, *, now: datetime
) -> None:
    """Keep what is in force, and let the watcher hear of it if that is news."""
    if active is None:
        return
    row = replace(row, active=active)
    if row.watcher is not None:
        row = replace(row, review_at=now + REVIEW_EVERY)
        if is_news(row.told, active, now):
            row = replace(row, told=active)
            tx.emit(ProfileChanged(row.session_key))
    await keep(tx, row)
