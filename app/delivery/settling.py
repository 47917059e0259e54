"""Writes down what became of deliveries, many of them in one transaction.

While one transaction commits, the outcomes that come in meanwhile wait together for the next, so
a fact that goes to many is settled in a few commits and not in one for each receiver.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from app.delivery.backoff import next_attempt
from app.ports.clock import Clock
from app.ports.delivery import Done, Outcome, RefusedForGood, Retry
from app.store.leasing import Lease, Pending
from app.store.transaction import Store, Transaction

LEASE = timedelta(seconds=15)

Next = tuple[Lease | None, Pending | None]
"""The destination, if it is still ours, and what is next for it."""


@dataclass(slots=True, eq=False)
class _Part:
    lease: Lease
    pending: Pending | None
    outcome: Outcome
    next: Next | None = None


class Settling:
    """Whoever has an outcome writes down all that wait; the others find theirs written."""

    def __init__(self, store: Store, clock: Clock, random: Random) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._parts: list[_Part] = []
        self._lock = asyncio.Lock()

    async def settle(self, lease: Lease, pending: Pending | None, outcome: Outcome) -> Next:
        """Write the outcome down and see what is next for the destination."""
        part = _Part(lease, pending, outcome)
        self._parts.append(part)
        try:
            async with self._lock:
                if part.next is None:
                    await self._write_all(part)
        finally:
            if part in self._parts:
                self._parts.remove(part)
        if part.next is None:
            raise RuntimeError("an outcome was written and not told")
        return part.next

    async def _write_all(self, mine: _Part) -> None:
        """All that wait; if that fails my own alone, since one of the others may be the cause."""
        parts = list(self._parts)
        try:
            await self._write(parts)
        except Exception:  # the others try for themselves
            if len(parts) == 1:
                raise
            await self._write([mine])
            parts = [mine]
        self._parts = [part for part in self._parts if part not in parts]

    async def _write(self, parts: Sequence[_Part]) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            following = await self._write_in(tx, parts, now)
        for part, coming in zip(parts, following, strict=True):
            part.next = coming

    async def _write_in(
        self, tx: Transaction, parts: Sequence[_Part], now: datetime
    ) -> list[Next]:
        arrived = [p.pending for p in parts if p.pending and isinstance(p.outcome, Done)]
        await tx.deliveries.settle_all(arrived)
        for part in parts:
            if isinstance(part.outcome, Retry):
                await self._back_off(tx, part.lease, part.outcome, now)
            elif isinstance(part.outcome, RefusedForGood) and part.pending is not None:
                await tx.deliveries.fail(part.pending, part.outcome.why, now)
        held = [part.lease for part in parts if not isinstance(part.outcome, Retry)]
        waiting = await tx.deliveries.first_of([lease.destination for lease in held])
        empty = [lease for lease in held if lease.destination not in waiting]
        gone = await tx.deliveries.release_all(empty)
        kept = [lease for lease in held if lease.destination not in gone]
        renewed = await tx.deliveries.renew_all(kept, now + LEASE)
        names = [part.lease.destination for part in parts]
        return [(renewed.get(name), waiting.get(name)) for name in names]

    async def _back_off(
        self, tx: Transaction, lease: Lease, outcome: Retry, now: datetime
    ) -> None:
        since = lease.failing_since or now
        due = next_attempt(lease.fails, since, now, wish=outcome.after, random=self._random)
        await tx.deliveries.back_off(lease, due, outcome.why, now)
