"""Leases destinations and brings them what waits for them, in order, one at a time each."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from random import Random

from app.delivery.planner import DELIVERIES_SUBJECT
from app.delivery.settling import LEASE, Settling
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.ports.delivery import Done, Outcome, RefusedForGood, Retry, Sender
from app.store.correlation import correlation_id
from app.store.leasing import Lease, Pending
from app.store.transaction import Store

log = logging.getLogger(__name__)

KEEP_EVERY_S = 5.0
LOOK_AGAIN_S = 1.0

Leased = tuple[Lease, Pending | None]


class Worker:
    """Sends for as many destinations at once as `slots` allow; any number of workers may run.

    A lease lasts 15 s and is prolonged while it is served, so the destinations of a worker that
    was killed, or lost its database, are taken over soon. `owner` names this worker and stays the
    same when it starts again, which then takes back its own leases at once.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        bus: Bus,
        *,
        senders: Mapping[str, Sender],
        owner: str,
        random: Random,
        slots: int = 128,
        keep_every_s: float = KEEP_EVERY_S,
    ) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus
        self._senders = senders
        self._owner = owner
        self._settling = Settling(store, clock, random)
        self._keep_every_s = keep_every_s
        self._in_hand: set[str] = set()
        self._free = slots
        self._freed = asyncio.Event()
        self._hint = asyncio.Event()
        self.sent = 0
        self.failures = 0

    async def run(self) -> None:
        """Deliver until cancelled; what is under way then is tried again by whoever comes next."""
        async with self._store.transaction() as tx:
            await tx.deliveries.free(self._owner)
        hints = await self._bus.subscribe(DELIVERIES_SUBJECT, self._on_hint)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_leases())
                while True:
                    await self._until_free()
                    for leased in await self._next_leases():
                        self._free -= 1
                        tasks.create_task(self._serve(*leased))
        finally:
            await hints.close()

    async def _on_hint(self, _subject: str, _data: bytes) -> None:
        self._hint.set()

    async def _until_free(self) -> None:
        while not self._free:
            self._freed.clear()
            await self._freed.wait()

    async def _next_leases(self) -> list[Leased]:
        while True:
            hinted = self._hint.is_set()
            self._hint.clear()
            try:
                if leased := await self._lease(hinted=hinted):
                    return leased
            except Exception:  # the loop outlives a lost database
                self.failures += 1
                log.exception("worker.lease_failed")
            await self._wait()

    async def _lease(self, *, hinted: bool) -> list[Leased]:
        """Due destinations with the first that waits for each; without a hint, looks before."""
        now = self._clock.now()
        if not hinted and not await self._is_due(now):
            return []
        async with self._store.transaction() as tx:
            leases = await tx.deliveries.lease_many(
                self._owner, now, now + LEASE, limit=self._free
            )
            waiting = await tx.deliveries.first_of([lease.destination for lease in leases])
        return [(lease, waiting.get(lease.destination)) for lease in leases]

    async def _is_due(self, now: datetime) -> bool:
        async with self._store.reading() as tx:
            due = await tx.deliveries.next_due()
        return due is not None and due <= now

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._hint.wait()
        except TimeoutError:
            pass

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._keep_every_s)
            if not self._in_hand:
                continue
            try:
                async with self._store.transaction() as tx:
                    until = self._clock.now() + LEASE
                    await tx.deliveries.keep(self._owner, until, tuple(self._in_hand))
            except Exception:  # a lost lease costs a repetition, not a loss
                self.failures += 1
                log.exception("worker.keep_failed")

    async def _serve(self, lease: Lease, first: Pending | None) -> None:
        self._in_hand.add(lease.destination)
        try:
            await self._empty(lease, first)
        except Exception:  # the lease runs out and somebody tries again
            self.failures += 1
            log.exception("worker.failed", extra={"destination": lease.destination})
        finally:
            self._in_hand.discard(lease.destination)
            self._free += 1
            self._freed.set()

    async def _empty(self, lease: Lease, pending: Pending | None) -> None:
        """Send what waits for one destination until nothing does, or it does not take it."""
        held: Lease | None = lease
        while held is not None:
            outcome = Done() if pending is None else await self._send(pending)
            self._note(held, pending, outcome)
            held, pending = await self._settling.settle(held, pending, outcome)

    async def _send(self, pending: Pending) -> Outcome:
        delivery = pending.delivery
        sender = self._senders.get(delivery.kind.partition(".")[0])
        if sender is None:
            return RefusedForGood(f"nobody sends {delivery.kind}")
        token = correlation_id.set(pending.correlation)
        try:
            return await sender.send(delivery)
        except Exception as error:  # a sender's defect must not block the other destinations
            self.failures += 1
            log.exception("delivery.crashed", extra={"kind": delivery.kind})
            return Retry(f"{type(error).__name__}: {error}")
        finally:
            correlation_id.reset(token)

    def _note(self, lease: Lease, pending: Pending | None, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            self.sent += pending is not None
            return
        log.warning(
            "delivery.refused" if isinstance(outcome, RefusedForGood) else "delivery.retry",
            extra={
                "destination": lease.destination,
                "kind": pending.delivery.kind if pending else None,
                "subject": _shown_subject(pending),
                "why": outcome.why,
                "fails": lease.fails + 1,
            },
        )


def _shown_subject(pending: Pending | None) -> str | None:
    """What a delivery is about, but for tokens, whose names are secrets of their holders."""
    if pending is None or "token" in pending.delivery.kind:
        return None
    return pending.delivery.subject
