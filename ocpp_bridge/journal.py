"""The frames of every charger, for people who look for trouble; secrets blacked out.

Keeping a frame costs next to nothing: the bytes that were received or sent are held as they are,
up to a number of bytes per charger and of all chargers together. Every few seconds (and soon after
a charger has left) what is new is redacted and handed on to be stored, many chargers in one
transaction. A sudden end of this process loses the last seconds; of a storm of frames the oldest
are lost, which is counted. Neither ever keeps a charger waiting.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from logging import getLogger
from typing import Any, Final

from app.domain.frames import Frame, FramePage, Way
from app.ports.bus import Bus, Subscription
from app.use_cases.frames import subject_of
from ocpp_bridge.redaction import clean, parsed, unreadable, written

log = getLogger(__name__)

MOST_BYTES: Final = 8_192
"""Of one charger, unless there are very many."""
MOST_IN_ALL: Final = 64 * 1024 * 1024
EVERY_S: Final = 5.0
AT_ONCE: Final = 2_000
"""Frames written in one round; it costs some tens of milliseconds, with pauses."""
IN_ONE_COMMIT: Final = 100
NAMES: Final = 32
LONGEST_ACTION: Final = 50

Keep = Callable[[Sequence[FramePage]], Awaitable[None]]

_CALL_LENGTH = 4
_SHORTEST = 3
_ASKS = (2, 6)


class Ring:
    """One charger's frames, newest last."""

    __slots__ = ("_frames", "_names", "_size", "_written", "kept", "most")

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._frames: deque[tuple[datetime, bool, bytes]] = deque()
        self._names: OrderedDict[tuple[bool, str], str] = OrderedDict()
        self._size = 0
        self._written = 0
        self.kept = 0
        self.most = most

    def keep(self, at: datetime, frame: bytes, *, inbound: bool) -> None:
        """Remember a frame, at the cost of the oldest ones."""
        self._frames.append((at, inbound, frame))
        self.kept += 1
        self._size += len(frame)
        if self._size > self.most:
            self._shrink()

    def _shrink(self) -> None:
        frames = self._frames
        while self._size > self.most and len(frames) > 1:
            self._size -= len(frames.popleft()[2])

    @property
    def is_dirty(self) -> bool:
        """Whether there is something that is not written yet."""
        return self._written < self.kept

    def entries(self) -> list[Frame]:
        """All that is still here, as it may be shown, oldest first."""
        return [self._shown(*each) for each in self._frames]

    def take(self) -> tuple[list[Frame], int]:
        """What is new since the last time, and how many frames of it are gone already."""
        fresh = self.kept - self._written
        first = max(0, len(self._frames) - fresh)
        found = [self._shown(*self._frames[place]) for place in range(first, len(self._frames))]
        self._written = self.kept
        return found, fresh - len(found)

    def _shown(self, at: datetime, inbound: bool, frame: bytes) -> Frame:  # noqa: FBT001
        way = Way.IN if inbound else Way.OUT
        try:
            read = parsed(frame)
        except ValueError:
            return Frame(at, way, "", unreadable(frame))
        return Frame(at, way, self._action(read, inbound=inbound), written(clean(read)))

    def _action(self, parsed: Any, *, inbound: bool) -> str:
        """What a frame is about; an answer is about what was asked the other way."""
        if not isinstance(parsed, list) or len(parsed) < _SHORTEST:
            return ""
        if not isinstance(parsed[1], str):
            return ""
        if parsed[0] in _ASKS and len(parsed) == _CALL_LENGTH:
            action = str(parsed[2])[:LONGEST_ACTION]
            self._names[inbound, parsed[1]] = action
            while len(self._names) > NAMES:
                self._names.popitem(last=False)
            return action
        return self._names.get((not inbound, parsed[1]), "")


class Journal:
    """The rings of the chargers that have been admitted here; without `keep` nothing is stored."""

    def __init__(self, keep: Keep | None = None) -> None:
        self._keep = keep
        self._rings: dict[str, Ring] = {}
        self._gone: set[str] = set()
        self._soon = asyncio.Event()
        self._turn = asyncio.Lock()
        self._round = 0
        self.lost = 0

    def __len__(self) -> int:
        return len(self._rings)

    def ring(self, station_id: str) -> Ring:
        """A charger's ring; it outlives the connection until all of it is stored."""
        self._gone.discard(station_id)
        ring = self._rings.get(station_id)
        if ring is None:
            ring = self._rings[station_id] = Ring(self._share())
        return ring

    def left(self, station_id: str) -> None:
        """The charger is gone: its last words are what somebody will look for."""
        self._gone.add(station_id)
        self._soon.set()

    async def run(self) -> None:
        """Store what is new until cancelled; then what is left."""
        try:
            while True:
                try:
                    async with asyncio.timeout(EVERY_S):
                        await self._soon.wait()
                except TimeoutError:
                    pass
                self._soon.clear()
                await self.write()
        finally:
            await self.write()

    async def serve(self, bus: Bus, node: str) -> Subscription:
        """Store a charger's newest frames at once when another process asks for them."""

        async def answer(data: bytes) -> bytes:
            await self.write(data.decode())
            return b""

        return await bus.respond(subject_of(node), answer)

    async def write(self, station_id: str | None = None) -> None:
        """Store what is new (of one charger); what the database does not take is given up."""
        if self._keep is None:
            return
        async with self._turn:
            pages = []
            for page in self._pages(station_id):
                pages.append(page)
                if len(pages) >= IN_ONE_COMMIT:
                    await self._hand_on(pages)
                    pages = []
                await asyncio.sleep(0)
            await self._hand_on(pages)
        self._tidy()

    def _pages(self, station_id: str | None) -> Iterator[FramePage]:
        """Of whom there is news, beginning with another charger each time."""
        names = [station_id] if station_id is not None else list(self._rings)
        dirty = [n for n in names if (ring := self._rings.get(n)) is not None and ring.is_dirty]
        self._round += 1
        start = self._round % len(dirty) if dirty else 0
        many = 0
        for name in dirty[start:] + dirty[:start]:
            if many >= AT_ONCE or (ring := self._rings.get(name)) is None:
                continue
            frames, gone = ring.take()
            self.lost += gone
            many += len(frames)
            if frames:
                yield FramePage(name, tuple(frames))

    async def _hand_on(self, pages: list[FramePage]) -> None:
        if self._keep is None or not pages:
            return
        try:
            await self._keep(pages)
        except Exception:  # a journal that cannot be written must not stop the work
            self.lost += sum(len(page.frames) for page in pages)
            log.exception("frames.lost", extra={"chargers": len(pages)})

    def _share(self) -> int:
        return min(MOST_BYTES, MOST_IN_ALL // (len(self._rings) + 1))

    def _tidy(self) -> None:
        """Forget who is gone and stored, and share the room among those who are left."""
        for name in list(self._gone):
            ring = self._rings.get(name)
            if ring is None or not ring.is_dirty:
                self._rings.pop(name, None)
                self._gone.discard(name)
        share = self._share()
        for ring in self._rings.values():
            ring.most = share
