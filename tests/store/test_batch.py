"""The group commit: all or nothing for each writer, and nobody is told too early."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import Unavailable
from app.domain.events import EvseStatusChanged
from app.domain.stations import Station
from app.store.batch import Batch, Change, apply
from app.store.database import Database
from app.store.events import APPEND, event_values
from app.store.ids import new_id
from app.store.station_log import LOG, Sought
from app.store.stations import seen
from app.store.transaction import Store
from tests.support.chargers import CPO

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
NOTE = insert(LOG)


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[tuple[Batch, list[int]]]:
    """A batch at work, and how often it woke the delivery machine."""
    woken: list[int] = []

    async def wake() -> None:
        woken.append(1)

    batch = Batch(database, wake)
    task = asyncio.create_task(batch.run())
    try:
        yield batch, woken
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def notice(text: str) -> Change:
    return Change(NOTE, a_line(kind=text))


def a_line(**values: object) -> dict[str, object]:
    line = {"id": new_id(), "station": "cp1", "topic": "test", "kind": "bad", "severity": None}
    return line | {"at": NOW, "heard_at": NOW, "document": "{}"} | values


def broken() -> Change:
    return Change(NOTE, a_line(station=None))


async def kept(store: Store) -> list[str]:
    async with store.reading() as tx:
        found = await tx.station_log.find("CP1", "test", Sought(limit=1_000))
        return sorted(each.kind for each in found)


async def test_many_writers_share_a_commit(database: Database, store: Store) -> None:
    async with running(database) as (batch, woken):
        await asyncio.gather(*(batch.write([notice(str(i))]) for i in range(200)))
        assert len(await kept(store)) == 200
        assert batch.commits < 20
        assert woken == []


async def test_it_wakes_who_plans_events(database: Database) -> None:
    async with running(database) as (batch, woken):
        event = EvseStatusChanged(CPO, "L1", "E1")
        await batch.write([notice("one"), Change(APPEND, event_values(event, NOW))])
        await batch.write([notice("two")])
        assert len(woken) == 1


async def test_who_comes_after_its_end_is_told_so(database: Database) -> None:
    async with running(database) as (batch, _):
        await batch.write([notice("in time")])
    with pytest.raises(Unavailable):
        await batch.write([notice("late")])


async def test_a_writer_is_told_after_the_commit(database: Database, store: Store) -> None:
    async with running(database) as (batch, _):
        await batch.write([notice("one"), notice("two")])
        assert await kept(store) == ["one", "two"]


async def test_a_bad_message_fails_alone_and_whole(database: Database, store: Store) -> None:
    async with running(database) as (batch, _):
        results = await asyncio.gather(
            batch.write([notice("good")]),
            batch.write([notice("half"), broken()]),
            batch.write([notice("better")]),
            return_exceptions=True,
        )
        assert [isinstance(r, SQLAlchemyError) for r in results] == [False, True, False]
        assert await kept(store) == ["better", "good"]
        await batch.write([notice("next")])
        assert "next" in await kept(store)


@pytest.mark.parametrize(
    "values",
    [
        {"document": "half \ud800"},
        {"document": "nul \x00"},
        {"at": datetime(2026, 5, 4)},  # noqa: DTZ001 - a time without a zone
        {"at": "soon"},
        {"station": 10**30},
    ],
    ids=str,
)
async def test_no_value_ends_the_group_commit(
    database: Database, store: Store, values: dict[str, object]
) -> None:
    """Whatever one charger's message holds, the others' are written."""
    async with running(database) as (batch, _):
        await asyncio.gather(
            batch.write([notice("good")]),
            batch.write([Change(NOTE, a_line(**values))]),
            return_exceptions=True,
        )
        await batch.write([notice("next")])
        assert {"good", "next"} <= set(await kept(store))


async def test_what_has_arrived_is_written_at_the_end(database: Database, store: Store) -> None:
    async with running(database) as (batch, _):
        waiting = asyncio.create_task(batch.write([notice("last")]))
        await asyncio.sleep(0)
    await waiting
    assert await kept(store) == ["last"]


async def test_a_writer_that_gave_up_harms_nobody(database: Database, store: Store) -> None:
    async with running(database) as (batch, _):
        impatient = asyncio.create_task(batch.write([notice("impatient")]))
        await asyncio.sleep(0)
        impatient.cancel()
        await batch.write([notice("patient")])
        with pytest.raises(asyncio.CancelledError):
            await impatient
        assert await kept(store) == ["impatient", "patient"]


async def test_changes_inside_a_transaction(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.stations.add(Station("CP1", CPO, ""))
        await apply(tx.connection, [notice("a"), seen(Station("CP1", CPO, "", epoch=0), NOW)])
    async with store.reading() as tx:
        assert (await tx.stations.need("CP1")).seen_at == NOW
    assert await kept(store) == ["a"]


async def test_while_the_database_is_gone_writers_are_told() -> None:
    """And the batch goes on: the next try may find it again."""
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    async with running(gone) as (batch, _):
        for _ in range(2):
            with pytest.raises(OSError, match="Connect"):
                await batch.write([notice("lost")])
    await gone.close()


async def test_it_outlives_a_database_without_a_free_connection(postgres_url: str) -> None:
    database = Database(postgres_url, pool_size=1, patience_s=0.05)
    try:
        async with running(database) as (batch, _):
            async with database.writing(), database.writing():
                with pytest.raises(SQLAlchemyError):
                    await batch.write([])
            await batch.write([])
            assert batch.commits == 1
    finally:
        await database.close()
