"""Live sessions: a stream per phone that tells the newest state, soon after anything changed.

Hints come over the bus; the state is read from the database when it is sent, so a lost hint costs
a minute and nobody ever sees an older state after a newer one. It is read once for all who
follow the session in this process, together with others that moved in the same moment, and put
into words once. The id of an event is the session's own count of visible changes and meter
readings, so a phone that comes back with Last-Event-ID is told at once what it missed, as one
newest state.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from app.domain.charging import Charging
from app.domain.errors import NotFound
from app.domain.sessions import Session
from app.ports.bus import Bus, word
from app.ports.clock import Clock
from app.queries.history import History, Snapshot
from mobile_api.live_feeds import Feed, Together
from mobile_api.live_states import State, Told

LOOK_AGAIN_S = 5.0
"""A cost that grows by time alone is told as often."""

STILL_HERE_S = 15.0
"""A reader who was told nothing for so long is told that the stream goes on."""

GATHER_S = 0.1
"""Sessions that move within so long are read together."""

AT_ONCE = 32
"""No more are read together, so that others come to their turn when all phones come back."""

CALM_S = 0.25
"""No phone needs more than four states a second."""


class Live:
    """All streams of this process; `close` ends them, as a server that stops must."""

    def __init__(self, history: History, bus: Bus, clock: Clock) -> None:
        self._history = history
        self._followed = history.followed()
        self._bare = Together(self._read_bare, within_s=GATHER_S, most=AT_ONCE)
        self._sessions = Together(self._followed.read, within_s=GATHER_S, most=AT_ONCE)
        self._versions = Together(history.versions, within_s=GATHER_S, most=AT_ONCE)
        self._bus = bus
        self._clock = clock
        self._closed = False
        self._feeds: dict[str, Feed] = {}
        self.open = 0

    async def close(self) -> None:
        """End all streams."""
        self._closed = True
        for feed in self._feeds.values():
            feed.wake()

    async def states(
        self, charging_id: str, after: int | None, *, until: datetime | None = None
    ) -> AsyncGenerator[State | None]:
        """The newest state whenever there is one later than `after`, until the session is over.

        A cost that grew by time alone is told too, and None that there was nothing to tell for a
        while. The last state is one of an ended session, unless the server stops or `until` comes
        earlier.
        """
        told, loop = Told(after), asyncio.get_running_loop()
        async with self._following(charging_id) as (feed, changed):
            told_at = loop.time() - CALM_S
            while not self._closed and not self._passed(until):
                changed.clear()
                state = await self._now(feed, loop.time())
                is_new = told.lacks(state)
                if is_new or loop.time() - told_at >= STILL_HERE_S:
                    yield state if is_new else None
                    told_at = loop.time()
                if state.ended:
                    return
                silence = told_at + STILL_HERE_S - loop.time()
                await _wait(changed, min(silence, self._patience(feed, until)))
                calm = told_at + CALM_S - loop.time()
                if calm > 0 and not self._closed:
                    await asyncio.sleep(calm)

    @asynccontextmanager
    async def _following(self, charging_id: str) -> AsyncIterator[tuple[Feed, asyncio.Event]]:
        """One more reader of a session; the last one who leaves takes the feed away."""
        self.open += 1
        feed, changed = self._feeds.get(charging_id), asyncio.Event()
        if feed is None:
            feed = self._feeds[charging_id] = Feed(charging_id)
        feed.readers.add(changed)
        try:
            yield feed, changed
        finally:
            self.open -= 1
            feed.readers.discard(changed)
            if not feed.readers:
                self._feeds.pop(charging_id, None)
                self._followed.leave(feed.followed or "")
                await feed.closing.aclose()

    async def _now(self, feed: Feed, at: float) -> State:
        """The state of a session, read when there was a hint since, by one reader for all."""
        async with feed.lock:
            try:
                return await self._newest(feed, at)
            except BaseException:
                feed.changed = True  # what this reader was about to see the next one looks for
                feed.wake()
                raise

    async def _newest(self, feed: Feed, at: float) -> State:
        state = feed.state
        if state is None or feed.changed:
            return await self._read(feed, at)
        if feed.is_old(at):
            if await self._is_other(feed, state.snapshot):
                return await self._read(feed, at)
            feed.read_at, feed.moved = at, True
        if feed.moved:
            return await self._read_on(feed, state.snapshot, at)
        if at - feed.told_at >= LOOK_AGAIN_S and state.grows:
            return self._tell(feed, state.snapshot, state.snapshot.session, at=at)
        return state

    async def _is_other(self, feed: Feed, known: Snapshot) -> bool:
        """Whether there is more to a session now than what its charger told."""
        versions = await self._versions.get(feed.charging_id)
        return versions != known.versions or known.unlock is not None

    async def _read(self, feed: Feed, at: float) -> State:
        """All of it, anew."""
        if feed.followed is None:
            feed.followed = ""
            subject = f"charging.{feed.charging_id}"
            subscription = await self._bus.subscribe(subject, feed.on_change)
            feed.closing.push_async_callback(subscription.close)
        feed.changed = feed.moved = False
        bare = await self._bare.get(feed.charging_id)
        if bare is None:
            raise NotFound("charging", feed.charging_id)
        await self._follow_session(feed, bare.charging)
        feed.read_at = at
        return await self._read_on(feed, bare, at)

    async def _read_bare(self, charging_ids: list[str]) -> dict[str, Snapshot]:
        return await self._history.bare(charging_ids, self._clock.now())

    async def _read_on(self, feed: Feed, known: Snapshot, at: float) -> State:
        """What the charger told since."""
        feed.moved = False
        session = await self._sessions.get(feed.followed) if feed.followed else None
        return self._tell(feed, known, session, at=at)

    def _tell(self, feed: Feed, known: Snapshot, session: Session | None, *, at: float) -> State:
        """The same with what is known of the charger's session by now."""
        feed.told_at = at
        feed.state = State.of(self._history.later(known, session, self._clock.now()))
        return feed.state

    async def _follow_session(self, feed: Feed, charging: Charging) -> None:
        """Hear of the charger's session, too, before it is read."""
        session_id = charging.session_id
        if session_id is None or feed.followed == session_id:
            return
        self._followed.leave(feed.followed or "")
        feed.followed = session_id
        self._followed.follow(session_id, charging.tariff)
        subject = f"session.{word(session_id)}"
        subscription = await self._bus.subscribe(subject, feed.on_reading)
        feed.closing.push_async_callback(subscription.close)

    def _passed(self, until: datetime | None) -> bool:
        return until is not None and until <= self._clock.now()

    def _patience(self, feed: Feed, until: datetime | None) -> float:
        """How many seconds to wait for a hint."""
        grows = feed.state is not None and feed.state.grows
        most = LOOK_AGAIN_S if grows else feed.lasts
        if until is None:
            return most
        return min(most, max(0.0, (until - self._clock.now()).total_seconds()))


async def _wait(changed: asyncio.Event, patience: float) -> None:
    """Until something changed, for as long as there is patience."""
    timer = asyncio.get_running_loop().call_later(patience, changed.set)
    try:
        await changed.wait()
    finally:
        timer.cancel()
