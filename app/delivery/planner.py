"""Takes events that nobody was asked about, asks every audience, and queues what they want."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from app.domain.events import DomainEvent
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.ports.delivery import Audience, Delivery
from app.store.events import Recorded
from app.store.transaction import Store

log = logging.getLogger(__name__)

EVENTS_SUBJECT = "events"
DELIVERIES_SUBJECT = "deliveries"
AT_ONCE = 1_000
"""So many that a busy process, where each statement waits its turn, keeps up with its chargers."""
LOOK_AGAIN_S = 1.0
BURST_S = 0.005
"""Events come in bursts, and who committed the first of one has more urgent things to do."""
CROWD_S = 0.02
SEVERAL = 8
"""After a batch of more events than this many more are on their way: let them come together."""


class Planner:
    """Any number may run; one of them claims an event in the transaction that queues for it.

    Claims go by `planned_at IS NULL`, never by "id greater than the last": on PostgreSQL a lower
    id can commit later and would be skipped.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        bus: Bus,
        audiences: Sequence[Audience],
        *,
        before_batch: Callable[[], None] = lambda: None,
    ) -> None:
        """`before_batch` lets audiences forget what they know from the last batch."""
        self._store = store
        self._clock = clock
        self._bus = bus
        self._audiences = audiences
        self._before_batch = before_batch
        self._hint = asyncio.Event()
        self.failures = 0

    async def run(self) -> None:
        """Plan whenever the bus says that something is new, and every second all the same."""
        hints = await self._bus.subscribe(EVENTS_SUBJECT, self._on_hint)
        try:
            while True:
                self._hint.clear()
                claimed = await self._plan_safely()
                if not claimed:
                    await self._wait()
                await asyncio.sleep(CROWD_S if claimed > SEVERAL else BURST_S)
        finally:
            await hints.close()

    async def _on_hint(self, _subject: str, _data: bytes) -> None:
        self._hint.set()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._hint.wait()
        except TimeoutError:
            pass

    async def _plan_safely(self) -> int:
        try:
            return await self.plan()
        except Exception:  # the loop outlives a lost database; the events stay in the log
            self.failures += 1
            log.exception("planner.failed")
            return 0

    async def plan(self) -> int:
        """Plan one batch of events; gives how many were claimed."""
        self._before_batch()
        async with self._store.reading() as tx:
            recorded = await tx.events.unplanned(AT_ONCE)
        wanted = [(r, d) for r in recorded if (d := await self._ask(r.event)) is not None]
        if not wanted:
            return 0
        return await self._queue(wanted)

    async def _ask(self, event: DomainEvent) -> list[Delivery] | None:
        """What all audiences want, or None when one of them failed: the event waits then."""
        try:
            return [d for audience in self._audiences for d in await audience.plan(event)]
        except Exception:  # one audience's trouble with one event must not stop the others'
            self.failures += 1
            log.exception("planner.audience_failed", extra={"event": event.kind})
            return None

    async def _queue(self, wanted: Sequence[tuple[Recorded, list[Delivery]]]) -> int:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            claimed = await tx.events.claim([r.id for r, _ in wanted], now)
            queued = [(d, r.correlation) for r, ds in wanted if r.id in claimed for d in ds]
            await tx.deliveries.add(
                [delivery for delivery, _ in queued],
                now,
                correlations=[correlation for _, correlation in queued],
            )
        if queued:
            await self._bus.publish(DELIVERIES_SUBJECT)
        return len(claimed)
