"""Jobs that come round by the clock, in one process at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.ports.clock import Clock
from app.store.transaction import Store

log = logging.getLogger(__name__)

LEADERSHIP = timedelta(seconds=20)
RENEW_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work to do every so often; doing it twice is harmless."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[object]]


class Periodic:
    """Runs jobs while it holds the leadership; another process takes over within 20 s."""

    def __init__(self, store: Store, clock: Clock, owner: str, jobs: Sequence[Job]) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._jobs = jobs
        self._leads = asyncio.Event()
        self.failures = 0

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._lead())
            for job in self._jobs:
                tasks.create_task(self._repeat(job))

    async def _lead(self) -> None:
        while True:
            if await self._take():
                self._leads.set()
            else:
                self._leads.clear()
            await asyncio.sleep(RENEW_EVERY_S)

    async def _take(self) -> bool:
        now = self._clock.now()
        try:
            async with self._store.transaction() as tx:
                return await tx.leases.take("periodic", self._owner, now, now + LEADERSHIP)
        except Exception:  # the loop outlives a lost database; without it nobody leads
            self.failures += 1
            log.exception("periodic.lease_failed")
            return False

    async def _repeat(self, job: Job) -> None:
        while True:
            await self._leads.wait()
            try:
                await job.work()
            except Exception:  # the next round may work
                self.failures += 1
                log.exception("periodic.failed", extra={"job": job.name})
            await asyncio.sleep(job.every_s)
