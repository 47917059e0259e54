"""The log of chargers: what is found in it, and that it does not grow for ever."""

from dataclasses import dataclass
from datetime import timedelta

from app.store import station_log
from app.store.station_log import Entry, Sought
from app.store.transaction import Store
from tests.support.clock import NOON


@dataclass(frozen=True)
class Thing:
    """Something told."""

    number: int


async def test_what_is_found(store: Store) -> None:
    entries = [Entry(f"k{n % 2}", NOON + timedelta(seconds=n), Thing(n), n) for n in range(4)]
    async with store.transaction() as tx:
        await tx.station_log.add("CP1", "event", entries, now=NOON)
        await tx.station_log.add("CP2", "event", [Entry("k0", NOON, Thing(9))], now=NOON)
        await tx.station_log.add("CP1", "alarm", [], now=NOON)
    async with store.reading() as tx:
        log = tx.station_log
        everything = await log.find("cp1", "event", Sought())
        assert everything[0].document == '{"number":3}'
        assert [e.severity for e in await log.find("CP1", "event", Sought(severity=1))] == [1, 0]
        assert len(await log.find("CP1", "event", Sought(kind="k1", limit=1))) == 1
        late = Sought(since=NOON + timedelta(seconds=1), until=NOON + timedelta(seconds=2))
        assert [e.severity for e in await log.find("CP1", "event", late)] == [1]
        older = Sought(before=everything[2].id)
        assert [e.id for e in await log.find("CP1", "event", older)] == [everything[3].id]


async def test_the_oldest_go(store: Store) -> None:
    """Q-32: a flood of notices does not fill the database."""
    many = [Entry("k", NOON, Thing(n)) for n in range(station_log.MOST_KEPT + 5)]
    async with store.transaction() as tx:
        await tx.station_log.add("CP1", "alarm", [Entry("k", NOON, Thing(0))], now=NOON)
        await tx.station_log.add("CP1", "event", many, now=NOON)
    async with store.reading() as tx:
        kept = await tx.station_log.find("CP1", "event", Sought(limit=10_000))
        assert len(kept) == station_log.MOST_KEPT
        assert kept[-1].document == '{"number":5}'
        assert len(await tx.station_log.find("CP1", "alarm", Sought())) == 1
