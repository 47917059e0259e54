"""Charging profiles of sessions: asked for by partners, operators and drivers, kept, reviewed.

Whose session it is makes no difference to who asks: a profile is a command to the session's
charger, ours over OCPP or a partner's over OCPI, at most once, with a deadline and one outcome.
Who decides what the profile should be is not here.
"""

from collections.abc import Sequence
from dataclasses import replace
from logging import getLogger

from app.domain.commands import Command
from app.domain.errors import DomainError, NotFound
from app.domain.events import ProfileChanged
from app.domain.identifiers import PartyId
from app.domain.profiles import ActiveProfile, SessionProfile
from app.domain.sessions import Session
from app.domain.stations import Station
from app.ports.clock import Clock
from app.store.sessions import foreign_session_key, session_key
from app.store.transaction import Store, Transaction
from app.use_cases.command_plans import goes_on
from app.use_cases.command_requests import BY_US
from app.use_cases.profile_news import ask_schedule, held, keep
from app.use_cases.profile_requests import LimitRequest, ProfileRequest, request_profile_in
from app.use_cases.start_profiles import began_with, keep_for_start

log = getLogger(__name__)

_BATCH = 100


class Profiles:
    """Ask about profiles, look at them again, and hear of partners'."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def request(self, request: ProfileRequest) -> Command:
        """Ask for a profile, its end, or what is in force; see `profile_requests`."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            kept = await keep_for_start(tx, request, now=now)
            return kept or await request_profile_in(tx, request, now=now)

    async def of_session(self, key: str) -> SessionProfile:
        """What is known of a session's profile; raises NotFound for a session nobody knows."""
        async with self._store.reading() as tx:
            session = await tx.sessions.need(key)
            return await tx.profiles.get(session_key(session)) or SessionProfile(key)

    async def accept_active(
        self, owners: Sequence[PartyId], session_id: str, active: ActiveProfile
    ) -> None:
        """A partner tells what limits our driver's session at its charger; raises NotFound.

        Its id is that of whichever of these parties has such a session.
        """
        async with self._store.transaction() as tx:
            for owner in owners:
                key = foreign_session_key(owner, session_id)
                if await tx.sessions.get(key) is None:
                    continue
                row = await held(tx, key)
                if row.active is None or row.active.at <= active.at:
                    await keep(tx, replace(row, active=active))
                    tx.emit(ProfileChanged(key))
                return
        raise NotFound("session", session_id)

    async def review(self, key: str) -> None:
        """Look at what limits an own session; what a boot may have cost the charger comes back.

        A charger that only was away has kept the profile of its transaction, one that booted may
        not have (OCPP 1.6, 3.13, Smart charging while offline; 2.0.1, K01).
        """
        async with self._store.transaction() as tx:
            session = await tx.sessions.get(key)
            row = await self._row(tx, key, session)
            if row is None:
                return
            if session is None or not session.own or not goes_on(session):
                await keep(tx, replace(row, review_at=None))
                return
            await self._look(tx, row, session)

    async def _row(
        self, tx: Transaction, key: str, session: Session | None
    ) -> SessionProfile | None:
        """What is known of the session's profile, the first time by the start that brought it."""
        row = await tx.profiles.locked(key)
        if row is None:
            row = await began_with(tx, session)
            if row is not None:
                await keep(tx, row)
        return row

    async def _look(self, tx: Transaction, row: SessionProfile, session: Session) -> None:
        now = self._clock.now()
        station = await tx.stations.get(session.station_id) if session.station_id else None
        if row.profile is None or not _may_have_lost(station, row):
            await ask_schedule(tx, row.session_key, now=now)
            return
        again = LimitRequest(asker=BY_US, session_key=row.session_key, profile=row.profile)
        try:
            await request_profile_in(tx, again, now=now)
        except DomainError as error:  # the charger has left again; its next boot comes here too
            log.info("profile.not_resent", extra={"session": row.session_key, "why": str(error)})

    async def review_due(self) -> int:
        """Periodic: review what somebody is told of; how many sessions that were."""
        async with self._store.reading() as tx:
            due = await tx.profiles.due(self._clock.now(), _BATCH)
        for row in due:
            await self.review(row.session_key)
        return len(due)


def _may_have_lost(station: Station | None, row: SessionProfile) -> bool:
    booted = station.booted_at if station is not None else None
    return booted is not None and row.set_at is not None and booted > row.set_at
