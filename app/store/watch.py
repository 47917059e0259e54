"""Lets what is kept in memory be no older than the last committed change, whoever committed it.

Before an answer is made from memory somebody looks: the database tells what was written since the
last look, and everybody who remembers some of that reads it again or forgets it. One look serves
all who asked for one before it began, so a busy process looks less often than it answers: where
somebody asks while another look is under way, the next waits a moment for more to join it, and the
longer the more there were.

Who may do what is asked with every message and changed seldom, so there the writer waits rather
than the readers: a `glance` trusts a look for a moment, and whoever changed a `DECIDING` noun goes
on, and answers, when that moment is over for every process. So a change counts everywhere as soon
as its author knows of it. It is measured by each process's own clock, from before it asked and
after it committed; neither needs to know of the other.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from app.ports.clock import Clock
from app.store.changes import KEPT_S
from app.store.feed import Feed
from app.store.nouns import Noun

Refresh = Callable[[frozenset[str] | None], Awaitable[None]]
"""Read these keys again, or forget them; None means all."""

EARLIEST_S = 0.002
"""So much too early a sleeper may wake."""

GATHER_S = 0.002
LONGEST_GATHER = 3

TRUSTED_S = KEPT_S / 2
"""Whoever did not look for so long may have missed something, in seconds."""


class Watch:
    """What one process remembers of one database."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self._grace_s = feed.grace_s
        self._clock = clock
        self._followers: list[tuple[frozenset[Noun], Refresh]] = []
        self._lock = asyncio.Lock()
        self._waiting: list[asyncio.Future[bool]] | None = None
        self._served = 0
        self._mark: str | None = None
        self._looked_at = 0.0
        self._good_until = 0.0
        self.looks = 0

    def follow(self, nouns: Iterable[Noun], refresh: Refresh) -> None:
        """Call this with the keys of these nouns that were written, before a look returns."""
        self._followers.append((frozenset(nouns), refresh))

    async def look(self) -> None:
        """On return nothing that is remembered is older than what was committed before."""
        while self._waiting is not None:
            served = asyncio.get_running_loop().create_future()
            self._waiting.append(served)
            if await served:
                return
        await self._look_for_all()

    async def glance(self) -> bool:
        """The same for `DECIDING` nouns and writers that were answered; whether it took a look."""
        if time.monotonic() < self._good_until:
            return False
        await self.look()
        return True

    async def outlast(self) -> None:
        """On return no glance anywhere trusts a look that began before."""
        if self._grace_s:
            await asyncio.sleep(self._grace_s + EARLIEST_S)

    async def _look_for_all(self) -> None:
        """Look, also for those who ask before it begins; where that fails, it fails for them too.

        Where it is given up, they look themselves. They are woken in one turn of the loop: handing
        a lock on takes a turn for each.
        """
        waiting = self._waiting = []
        served, trouble = False, None
        try:
            async with self._lock:
                if self._served > 1:
                    await asyncio.sleep(GATHER_S * min(self._served // 2, LONGEST_GATHER))
                self._waiting = None
                await self._look()
            served = True
            self._served = 1 + len(waiting)
        except Exception as error:
            trouble = error
            raise
        finally:
            if self._waiting is waiting:
                self._waiting = None
            for each in waiting:
                if each.done():
                    continue
                if trouble is None:
                    each.set_result(served)
                else:
                    each.set_exception(trouble)

    @asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """Nobody is told of changes meanwhile: what is read here is followed from here on."""
        async with self._lock:
            yield

    async def _look(self) -> None:
        self.looks += 1
        good_until = time.monotonic() + self._grace_s
        now = self._clock.monotonic()
        if self._mark is not None and now - self._looked_at > TRUSTED_S:
            self._mark = None
        news = await self._feed.since(self._mark)
        if self._mark is None:
            for _, refresh in self._followers:
                await refresh(None)
        elif news.written:
            await self._tell(news.written)
        self._mark, self._looked_at, self._good_until = news.mark, now, good_until

    async def _tell(self, written: Iterable[tuple[Noun, str]]) -> None:
        for nouns, refresh in self._followers:
            keys = frozenset(key for noun, key in written if noun in nouns)
            if keys:
                await refresh(keys)
