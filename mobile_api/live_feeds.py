"""What the streams of one process share: a feed for each session, and one question for many."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
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
    """Asks at once for all that is wanted within a moment, or while others are answered."""

    def __init__(
        self, ask: Callable[[list[str]], Awaitable[Mapping[str, T]]], *, within_s: float
    ) -> None:
        self._ask = ask
        self._within_s = within_s
        self._lock = asyncio.Lock()
        self._wanted: dict[str, asyncio.Future[T | None]] = {}

    async def get(self, key: str) -> T | None:
        """What it is at some moment after this call."""
        while True:
            answer = self._wanted.get(key)
            if answer is None:
                answer = self._wanted[key] = asyncio.get_running_loop().create_future()
            async with self._lock:
                if not answer.done():
                    await asyncio.sleep(self._within_s)
                    await self._answer()
            if not answer.cancelled():
                return answer.result()

    async def _answer(self) -> None:
        """Answer all that is wanted by now; if this fails, the others ask again."""
        wanted, self._wanted = self._wanted, {}
        try:
            found = await self._ask(list(wanted))
        except BaseException:
            for answer in wanted.values():
                answer.cancel()
            raise
        for key, answer in wanted.items():
            answer.set_result(found.get(key))
