"""Whose the ids are that passed the hub: noted durably, found again, forgotten in time.

What was noted lately is remembered, so that a location that is told of every minute is written
once a day. Notes that come at the same time are written in one transaction.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from app.domain.hub_index import KEEPING, Keeping, Kind, Known
from app.domain.identifiers import PartyId
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.portions import in_portions

AGAIN_AFTER = timedelta(days=1)
"""A thing that is seen again is written again after so long."""

REMEMBERED = 100_000
FORGET_AT_ONCE = 200
WRITE_AT_ONCE = 500

_Key = tuple[Kind, str, PartyId]


class HubIndex:
    """Things by their ids."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        keeping: Mapping[Kind, Keeping] = KEEPING,
        most_waiting: int = REMEMBERED,
    ) -> None:
        """`most_waiting`: how many notes wait for a database that is gone; then the oldest go."""
        self._most_waiting = most_waiting
        self._store = store
        self._clock = clock
        self._keeping = keeping
        self._written: OrderedDict[_Key, tuple[PartyId | None, datetime]] = OrderedDict()
        self._pending: dict[_Key, Known] = {}
        self._lock = asyncio.Lock()

    async def note(self, things: Iterable[Known]) -> None:
        """That these were seen; on return it is durable.

        What could not be written waits, and is written with the next of this process.
        """
        now = self._clock.now()
        fresh = {_key(each): each for each in things if not self._is_written(each, now)}
        if not fresh:
            return
        self._pending |= fresh
        while len(self._pending) > self._most_waiting:
            self._pending.pop(next(iter(self._pending)))
        async with self._lock:
            while any(self._pending.get(key) is each for key, each in fresh.items()):
                await self._write(now)

    def is_news(self, things: Iterable[Known]) -> bool:
        """Whether noting these would write anything."""
        now = self._clock.now()
        return not all(self._is_written(each, now) for each in things)

    async def _write(self, now: datetime) -> None:
        """Everybody's notes that wait; they wait on if it fails."""
        writing = dict(list(self._pending.items())[:WRITE_AT_ONCE])
        async with self._store.transaction() as tx:
            await tx.hub_index.put(list(writing.values()), now)
        for key, each in writing.items():
            if self._pending.get(key) is each:
                del self._pending[key]
            self._written[key] = (each.other, now)
            self._written.move_to_end(key)
        while len(self._written) > REMEMBERED:
            self._written.popitem(last=False)

    def _is_written(self, known: Known, now: datetime) -> bool:
        written = self._written.get(_key(known))
        if written is None:
            return False
        other, at = written
        return other == known.other and now - at < AGAIN_AFTER

    async def find(self, kind: Kind, name: str | None) -> list[Known]:
        """Everybody whose thing has this id, the latest seen first."""
        if name is None:
            return []
        async with self._store.reading() as tx:
            return await tx.hub_index.find(kind, name, self._clock.now())

    async def forget(self) -> int:
        """Delete what expired or is too much, little by little; gives how many that were."""
        now, forgotten = self._clock.now(), 0
        for kind, keeping in self._keeping.items():
            forgotten += await self._forget_expired(kind, now)
            async with self._store.reading() as tx:
                surplus = await tx.hub_index.count(kind) - keeping.most
            forgotten += await self._forget_surplus(kind, surplus)
        return forgotten

    async def _forget_expired(self, kind: Kind, now: datetime) -> int:
        async def forget(tx: Transaction) -> int:
            return await tx.hub_index.forget_before(kind, now, FORGET_AT_ONCE)

        return await in_portions(self._store, forget, FORGET_AT_ONCE)

    async def _forget_surplus(self, kind: Kind, surplus: int) -> int:
        left = surplus
        while left > 0:
            async with self._store.transaction() as tx:
                count = await tx.hub_index.forget_oldest(kind, min(left, FORGET_AT_ONCE))
            left = left - count if count else 0
            await asyncio.sleep(0)
        return max(surplus, 0)


def _key(known: Known) -> _Key:
    return known.kind, known.name, known.owner
