"""Writes what became of a session: durable first, then in memory, then the hint to who watches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.events import (
    DomainEvent,
    ProfileDoubtful,
    ReservationChanged,
    SessionClosed,
    SessionOpened,
    SessionProgressed,
)
from app.domain.reservations import used
from app.domain.sessions import Session, SessionStatus, progress_due, told
from app.domain.stations import TransactionReported
from app.ports.bus import Bus, word
from app.ports.clock import Clock
from app.store.batch import Batch, Change
from app.store.meters import belonging_to, sampled, unclaimed
from app.store.reservations import taken
from app.store.sessions import moved, moved_and_told, opened, saved
from app.use_cases.closings import Closing, closing, facts, is_told
from app.use_cases.live_stations import Kept, LiveStation, Running

_MOVES_NOT = (
    "status", "token", "meter_start", "meter_base", "meter_low", "flags", "missing", "signed",
    "stopped_at", "charger_cost", "excuses", "limit", "charger_limit",
)  # fmt: skip
"""What a meter value leaves alone; when one of these changed the whole session is written."""


class Ledger:
    """The durable side of running sessions."""

    def __init__(self, batch: Batch, bus: Bus, clock: Clock) -> None:
        self._batch = batch
        self._bus = bus
        self._clock = clock

    async def open(
        self, live: LiveStation, running: Running, message: TransactionReported
    ) -> None:
        """A new session with its first samples."""
        now, kept = self._clock.now(), running.kept
        session, events = _begins(running, running.session, now)
        rows = sampled(live.id, None, session, message.readings, raw=message.raw, at=message.at)
        goes_on = kept is not None and kept.session is not None and kept.session.id == session.id
        first = saved(session) if goes_on else opened(session)
        await self._batch.write([first, *rows, *_taken(kept, session, now), *facts(events, now)])
        running.session, running.kept, running.limited = session, None, False
        live.running[session.transaction or session.id] = running
        await self._hint(session)

    async def activate(self, running: Running, after: Session, rows: Sequence[Change]) -> None:
        """A session that waited for a token has one now."""
        now = self._clock.now()
        after, events = _begins(running, after, now)
        taking = _taken(running.kept, after, now)
        await self._batch.write([*rows, saved(after), *taking, *facts(events, now)])
        running.session, running.kept, running.limited = after, None, False
        await self._hint(after)

    async def move(self, running: Running, after: Session, rows: Sequence[Change]) -> None:
        """A session went on; others are told when it is worth it."""
        before, now = running.session, self._clock.now()
        changes = list(rows)
        tell = is_told(after) and progress_due(after, now)
        if tell:
            after = told(after, now)
        if any(getattr(before, name) != getattr(after, name) for name in _MOVES_NOT):
            changes.append(saved(after))
        else:
            changes.append(moved_and_told(after) if tell else moved(after))
        if tell:
            changes += facts([SessionProgressed(after.id, after.charging_id)], now)
        await self._batch.write(changes)
        running.session = after
        await self._hint(after)

    async def close(
        self, live: LiveStation, running: Running, done: Closing, rows: Sequence[Change] = ()
    ) -> None:
        """A session is over, with everything that follows from it."""
        await self._batch.write([*rows, *done.changes])
        running.session = done.session
        running.waits = False
        live.running.pop(done.session.transaction or done.session.id, None)
        live.ended.append(running)
        await self._hint(done.session)

    async def finish(
        self,
        live: LiveStation,
        running: Running,
        session: Session,
        *,
        at: datetime,
        rows: Sequence[Change] = (),
    ) -> Closing:
        """A session is over at this time, as it is now."""
        done = closing(session, running.place, at=at, now=self._clock.now())
        await self.close(live, running, done, rows)
        return done

    async def record(self, live: LiveStation, running: Running, rows: Sequence[Change]) -> None:
        """A session that is over when it is first heard of."""
        await self._batch.write([*rows, opened(running.session)])
        live.ended.append(running)

    async def join(
        self,
        live: LiveStation,
        end: Running,
        running: Running,
        message: TransactionReported,
    ) -> None:
        """The beginning of a session whose end was recorded first."""
        now = self._clock.now()
        at = running.session.stopped_at or now
        done = closing(running.session, running.place, at=at, now=now)
        rows = unclaimed(live.id, message.readings, message.raw, message.at)
        events = [SessionOpened(done.session.id)] if is_told(done.session) else []
        taking = _taken(running.kept, done.session, now)
        mine = belonging_to(done.session, rows)
        await self._batch.write([*mine, *taking, *facts(events, now), *done.changes])
        running.session, running.kept = done.session, None
        if end in live.ended:
            live.ended.remove(end)
        live.ended.append(running)

    async def rejoin(
        self,
        live: LiveStation,
        end: Running,
        running: Running,
        message: TransactionReported,
    ) -> None:
        """The same, where messages are still to come before the session can be closed."""
        now = self._clock.now()
        session, events = _begins(running, running.session, now)
        rows = sampled(live.id, None, session, message.readings, raw=message.raw, at=message.at)
        taking = _taken(running.kept, session, now)
        await self._batch.write([*rows, *taking, *facts(events, now), saved(session)])
        running.session, running.kept, running.waits = session, None, True
        if end in live.ended:
            live.ended.remove(end)
        live.running[session.transaction or session.id] = running

    async def keep(
        self, live: LiveStation, message: TransactionReported, session: Session | None
    ) -> None:
        """A message that changes nothing any more, or that belongs to no session."""
        rows = unclaimed(live.id, message.readings, message.raw, message.at)
        await self._batch.write(rows if session is None else belonging_to(session, rows))

    async def confirm(self, live: LiveStation, running: Running) -> None:
        """A session has outlived its charger's boot, which may have cost it its profile."""
        name = running.session.transaction or running.session.id
        if name in live.unconfirmed:
            doubt = ProfileDoubtful(running.session.id)
            await self._batch.write(facts([doubt], self._clock.now()))
            live.unconfirmed.discard(name)

    async def _hint(self, session: Session) -> None:
        if session.charging_id is not None:
            await self._bus.publish(f"session.{word(session.id)}")


def _begins(
    running: Running, session: Session, now: datetime
) -> tuple[Session, list[DomainEvent]]:
    """A session as others hear of it from its beginning on, and what happened by that."""
    events: list[DomainEvent] = []
    if is_told(session):
        session = told(session, now)
        events.append(SessionOpened(session.id, session.charging_id))
    if running.limited:
        events.append(ProfileDoubtful(session.id))
    return session, events


def _taken(kept: Kept | None, session: Session, now: datetime) -> list[Change]:
    """What is written when a session begins on a reservation.

    A session that was open before its token came keeps its own id; the one that stood for the
    reservation ends then, unbilled, for its time is in the other's bill.
    """
    if kept is None:
        return []
    after = used(kept.reservation, session.id, now=now)
    changes = [taken(after)]
    events: list[DomainEvent] = [ReservationChanged(after.id, after.state.value)]
    booked = kept.session
    if booked is not None and booked.id != session.id:
        end = max(now, booked.started_at)
        over = replace(
            booked,
            status=SessionStatus.INVALID,
            stopped_at=end,
            ended_at=end,
            last_updated=now,
        )
        changes.append(saved(over))
        events.append(SessionClosed(over.id))
    return [*changes, *facts(events, now)]
