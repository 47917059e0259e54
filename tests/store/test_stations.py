"""Stations: who owns the socket, who is silent, what connectors last showed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.stations import Address, BootFacts, ConnectorState, Station, StationState
from app.store.batch import apply
from app.store.stations import Reported, seen, shown
from app.store.transaction import Store
from tests.support.chargers import CPO

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STATION = Station("Cp1", CPO, "hash", facts=BootFacts("RW", "One", serial="s"), booted_at=NOW)


async def test_a_station_comes_back_by_any_spelling(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.stations.add(STATION)
    async with store.reading() as tx:
        assert await tx.stations.get("CP1") == STATION
        assert await tx.stations.of_party(CPO) == [STATION]
        with pytest.raises(NotFound):
            await tx.stations.need("CP2")
    retired = replace(STATION, state=StationState.RETIRED)
    async with store.transaction() as tx:
        await tx.stations.put(retired)
        assert await tx.stations.get("cp1", lock=True) == retired


async def test_only_the_present_connection_writes(store: Store) -> None:
    first = replace(STATION, node="a", epoch=1, seen_at=NOW)
    second = replace(STATION, node="b", epoch=2, seen_at=NOW)
    async with store.transaction() as tx:
        await tx.stations.add(STATION)
        await tx.stations.connected(first)
        await tx.stations.connected(second)
        assert not await tx.stations.disconnected(first, NOW + MINUTE)
        await apply(tx.connection, [seen(first, NOW + MINUTE)])
        assert await tx.stations.need("CP1") == second
        await apply(tx.connection, [seen(second, NOW + MINUTE)])
        assert (await tx.stations.need("CP1")).seen_at == NOW + MINUTE
        assert await tx.stations.disconnected(second, NOW + 2 * MINUTE)
        gone = await tx.stations.need("CP1")
    assert (gone.node, gone.epoch, gone.seen_at) == (None, 2, NOW + 2 * MINUTE)


async def test_each_silent_station_is_lost_once(store: Store) -> None:
    stations = [
        Station(f"CP{i}", CPO, "", seen_at=None if i == 0 else NOW + i * MINUTE) for i in range(4)
    ]
    async with store.transaction() as tx:
        for station in stations:
            await tx.stations.add(station)
        assert [s.id for s in await tx.stations.lose(NOW + 3 * MINUTE, 1)] == ["CP1"]
        assert [s.id for s in await tx.stations.lose(NOW + 3 * MINUTE, 9)] == ["CP2"]
        assert await tx.stations.lose(NOW + 3 * MINUTE, 9) == []
        await tx.stations.connected(stations[1])
        assert [s.id for s in await tx.stations.lose(NOW + 3 * MINUTE, 9)] == ["CP1"]


async def test_the_last_state_of_a_connector(store: Store) -> None:
    one = Reported(Address(1, 1), ConnectorState.FAULTED, NOW, "GroundFailure", "E1", "x" * 300)
    two = Reported(Address(1, 1), ConnectorState.AVAILABLE, NOW + MINUTE)
    whole = Reported(Address(0, 0), ConnectorState.AVAILABLE, NOW)
    async with store.transaction() as tx:
        await apply(tx.connection, [shown("Cp1", one)])
        (kept,) = await tx.stations.connectors("CP1")
        assert kept == one._replace(info="x" * 255)
        await apply(tx.connection, [shown("CP1", two), shown("CP1", whole)])
        assert sorted(await tx.stations.connectors("cp1")) == [whole, two]
