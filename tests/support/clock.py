"""A clock that stands still until a test moves it."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
"""A Monday at noon, summer time in Europe."""


class FakeClock:
    """`advance` moves time and wakes who slept until then, in order."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Event]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._count += 1
        until = self._now + timedelta(seconds=max(seconds, 0))
        heapq.heappush(self._sleepers, (until, self._count, woken))
        await woken.wait()

    @property
    def sleepers(self) -> int:
        """How many tasks wait for time to pass."""
        return len(self._sleepers)

    def set(self, moment: datetime) -> None:
        """Move time without waking anybody."""
        self._now = moment

    async def advance(self, seconds: float) -> None:
        """Let time pass, and let everybody who wakes up run until they wait again."""
        end = self._now + timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= end:
            moment, _, woken = heapq.heappop(self._sleepers)
            self._now = max(self._now, moment)
            woken.set()
            await _settle()
        self._now = end
        await _settle()


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
