"""What the streams of one process share: a feed for each session, and one question for many."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar
from zlib import crc32

from mobile_api.live_states import State

READ_AGAIN_S = 60.0
"""What no hint came for is looked at again after so long, and up to half as long again."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Feed:
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
        """After how many seconds to look at it without a hint; not at all sessions at once."""
        return READ_AGAIN_S * (1 + crc32(self.charging_id.encode()) % 100 / 200)

    def is_old(self, at: float) -> bool:
        """Whether to look at it without a hint."""
        return at - self.read_at >= self.lasts


class Together(Generic[T]):
    """Asks at once for all that is wanted: what nobody else asks for at once is asked for now.

    There are `within_s` between two questions, unless `most` or more wait for the next one; more
    than that are never asked for at once, so that others come to their turn.
    """

    def __init__(
        self,
        ask: Callable[[list[str]], Awaitable[Mapping[str, T]]],
        *,
        within_s: float,
        most: int,
    ) -> None:
        self._ask = ask
        self._within_s = within_s
        self._most = most
        self._lock = asyncio.Lock()
        self._wanted: dict[str, asyncio.Future[T | None]] = {}
        self._next_at = 0.0

    async def get(self, key: str) -> T | None:
        """What it is at some moment after this call."""
        loop = asyncio.get_running_loop()
        while True:
            answer = self._wanted.get(key)
            if answer is None:
                answer = self._wanted[key] = loop.create_future()
            async with self._lock:
                if not answer.done():
                    early = self._next_at - loop.time()
                    if early > 0 and len(self._wanted) < self._most:
                        await asyncio.sleep(early)
                    self._next_at = loop.time() + self._within_s
                    await self._answer()
            if answer.done() and not answer.cancelled():
                return answer.result()

    async def _answer(self) -> None:
        """Answer those that came first; if this fails, the others of them ask again."""
        wanted = dict(islice(self._wanted.items(), self._most))
        for key in wanted:
            del self._wanted[key]
        try:
            found = await self._ask(list(wanted))
        except BaseException:
            for answer in wanted.values():
                answer.cancel()
            raise
        for key, answer in wanted.items():
            answer.set_result(found.get(key))
