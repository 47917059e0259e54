"""Live sessions: a stream per phone that tells the newest state, soon after anything changed.

Hints come over the bus; the state is read from the database when it is sent, so a lost hint costs
a minute and nobody ever sees an older state after a newer one. It is read once for all who
follow the session in this process, and put into words once. The id of an event is the session's
own count of visible changes and meter readings, so a phone that comes back with Last-Event-ID is
told at once what it missed, as one newest state.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from app.domain.charging import WATCHED
from app.domain.money import Money
from app.domain.sessions import Session
from app.domain.tariffs import Dimension
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.queries.history import History, Snapshot

LOOK_AGAIN_S = 5.0
"""A cost that grows by time alone is told as often."""

READ_AGAIN_S = 60.0
"""What no hint came for is read again after so long, and up to half as long again."""

A_STEP = 10_000_000_000
AT_ONCE = 4
"""How many sessions are read at once when all phones come back, so that others can read too."""

CALM_S = 0.25
"""No phone needs more than four states a second."""


def position(snapshot: Snapshot) -> int:
    """Where a state is in the order of a session's states: rises with every visible change.

    A step of the session weighs more than all readings and steps of its payment between two.
    """
    charging, session, payment = snapshot.charging, snapshot.session, snapshot.payment
    read = timedelta() if session is None else session.last_updated - charging.created_at
    moved = max(0, read // timedelta(milliseconds=1))
    paid = 0 if payment is None else payment.version
    return charging.seq * A_STEP + moved + paid


@dataclass(slots=True)
class State:
    """A state of a session, and its words once somebody has found them."""

    snapshot: Snapshot
    position: int
    cost: Money | None
    text: str | None = None

    @classmethod
    def of(cls, snapshot: Snapshot) -> "State":
        """As it is told."""
        bill = snapshot.bill
        cost = None if bill is None else bill.total.due.payable()
        return cls(snapshot, position(snapshot), cost)

    @property
    def grows(self) -> bool:
        """Whether it costs more by time alone."""
        charging, idle = self.snapshot.charging, self.snapshot.idle
        if charging.state not in WATCHED:
            return False
        if idle is not None and idle.since is not None:
            return idle.running is not None
        return any(
            component.dimension is Dimension.TIME and component.price
            for element in charging.tariff.elements
            for component in element.components
        )


class _Told:
    """What a stream's reader knows: a position, and a cost, which grows by time alone too."""

    def __init__(self, after: int | None) -> None:
        self._after = -1 if after is None else after
        self._cost: Money | None = None
        self._resumes = after is not None

    def lacks(self, state: State) -> bool:
        """Whether the reader does not know this state yet, and does from now on."""
        is_later = state.position > self._after
        is_dearer = state.cost != self._cost and not self._resumes
        self._after = max(self._after, state.position)
        self._cost, self._resumes = state.cost, False
        return is_later or is_dearer or state.snapshot.charging.ended


@dataclass(slots=True, eq=False)
class _Feed:
    """One session as all its readers in this process see it.

    `moved` tells that its meter was read since, `changed` that anything may be different.
    """

    charging_id: str
    readers: set[asyncio.Event] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)
    state: State | None = None
    followed: str | None = None
    changed: bool = True
    moved: bool = False
    read_at: float = 0.0
    told_at: float = 0.0

    async def on_change(self, _subject: str, _data: bytes) -> None:
        """The session is in another state, or its payment is."""
        self.changed = True
        self.wake()

    async def on_reading(self, _subject: str, _data: bytes) -> None:
        """The charger told something."""
        self.moved = True
        self.wake()

    def wake(self) -> None:
        """Let all readers look."""
        for reader in self.readers:
            reader.set()

    @property
    def lasts(self) -> float:
        """After how many seconds to read it without a hint; not all sessions at once."""
        return READ_AGAIN_S * (1 + crc32(self.charging_id.encode()) % 100 / 200)

    def is_old(self, at: float) -> bool:
        """Whether to read it without a hint."""
        return at - self.read_at >= self.lasts


class _Readings:
    """Reads chargers' sessions together that are wanted while others are being read."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._lock = asyncio.Lock()
        self._wanted: dict[str, asyncio.Future[Session | None]] = {}

    async def get(self, key: str) -> Session | None:
        """The session as it is at some moment after this call."""
        while True:
            answer = self._wanted.get(key)
            if answer is None:
                answer = self._wanted[key] = asyncio.get_running_loop().create_future()
            async with self._lock:
                if not answer.done():
                    await self._read()
            if not answer.cancelled():
                return answer.result()

    async def _read(self) -> None:
        """Answer all that is wanted by now; if this fails, the others ask again."""
        wanted, self._wanted = self._wanted, {}
        try:
            found = await self._history.sessions(list(wanted))
        except BaseException:
            for answer in wanted.values():
                answer.cancel()
            raise
        for key, answer in wanted.items():
            answer.set_result(found.get(key))


class Live:
    """All streams of this process; `close` ends them, as a server that stops must."""

    def __init__(self, history: History, bus: Bus, clock: Clock) -> None:
        self._history = history
        self._readings = _Readings(history)
        self._bus = bus
        self._clock = clock
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._closed = False
        self._feeds: dict[str, _Feed] = {}
        self.open = 0

    async def close(self) -> None:
        """End all streams."""
        self._closed = True
        for feed in self._feeds.values():
            feed.wake()

    async def states(
        self, charging_id: str, after: int | None, *, until: datetime | None = None
    ) -> AsyncIterator[State]:
        """The newest state whenever there is one later than `after`, until the session is over.

        A cost that grew by time alone is told too. The last state is one of an ended session,
        unless the server stops or `until` comes earlier.
        """
        told, loop = _Told(after), asyncio.get_running_loop()
        async with self._following(charging_id) as (feed, changed):
            while not self._closed and not self._passed(until):
                changed.clear()
                state = await self._now(feed, loop.time())
                told_at = 0.0
                if told.lacks(state):
                    yield state
                    told_at = loop.time()
                if state.snapshot.charging.ended:
                    return
                await self._wait(changed, self._patience(feed, until))
                calm = told_at + CALM_S - loop.time()
                if calm > 0 and not self._closed:
                    await asyncio.sleep(calm)

    @asynccontextmanager
    async def _following(self, charging_id: str) -> AsyncIterator[tuple[_Feed, asyncio.Event]]:
        """One more reader of a session; the last one who leaves takes the feed away."""
        self.open += 1
        feed, changed = self._feeds.get(charging_id), asyncio.Event()
        if feed is None:
            feed = self._feeds[charging_id] = _Feed(charging_id)
        feed.readers.add(changed)
        try:
            yield feed, changed
        finally:
            self.open -= 1
            feed.readers.discard(changed)
            if not feed.readers:
                self._feeds.pop(charging_id, None)
                await feed.closing.aclose()

    async def _now(self, feed: _Feed, at: float) -> State:
        """The state of a session, read when there was a hint since, by one reader for all."""
        async with feed.lock:
            state = feed.state
            if state is None or feed.changed or feed.moved or feed.is_old(at):
                return await self._read(feed, at)
            if at - feed.told_at >= LOOK_AGAIN_S and state.grows:
                feed.told_at = at
                known = state.snapshot
                later = self._history.later(known, known.session, self._clock.now())
                feed.state = State.of(later)
            return feed.state or state

    async def _read(self, feed: _Feed, at: float) -> State:
        known = feed.state
        if feed.followed is None:
            subscription = await self._bus.subscribe(
                f"charging.{feed.charging_id}", feed.on_change
            )
            feed.closing.push_async_callback(subscription.close)
            feed.followed = ""
        only_moved = feed.moved and not feed.changed
        feed.changed = feed.moved = False
        if known is not None and only_moved:
            session = await self._readings.get(feed.followed or "")
            snapshot = self._history.later(known.snapshot, session, self._clock.now())
        else:
            before = None if known is None else known.snapshot
            now = self._clock.now()
            async with self._gate:
                snapshot = await self._history.snapshot(feed.charging_id, now, known=before)
        await self._follow_session(feed, snapshot)
        feed.told_at = at
        feed.read_at = feed.read_at if only_moved else at
        feed.state = State.of(snapshot)
        return feed.state

    async def _follow_session(self, feed: _Feed, snapshot: Snapshot) -> None:
        """Hear of the charger's session too; what it told before that is read once more."""
        session_id = snapshot.charging.session_id
        if session_id is None or feed.followed == session_id:
            return
        feed.followed = session_id
        subscription = await self._bus.subscribe(f"session.{session_id}", feed.on_reading)
        feed.closing.push_async_callback(subscription.close)
        feed.moved = True
        feed.wake()

    def _passed(self, until: datetime | None) -> bool:
        return until is not None and until <= self._clock.now()

    def _patience(self, feed: _Feed, until: datetime | None) -> float:
        """How many seconds to wait for a hint."""
        grows = feed.state is not None and feed.state.grows
        most = LOOK_AGAIN_S if grows else feed.lasts
        if until is None:
            return most
        return min(most, max(0.0, (until - self._clock.now()).total_seconds()))

    async def _wait(self, changed: asyncio.Event, patience: float) -> None:
        """Until something changed, for as long as there is patience."""
        try:
            async with asyncio.timeout(patience):
                await changed.wait()
        except TimeoutError:
            return
