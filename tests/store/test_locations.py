"""Locations in both databases: found by all their names, statuses laid over documents."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.locations import EvsePlace, EvseStatus, Location
from app.store.batch import apply
from app.store.locations import status_changes
from app.store.transaction import Store
from tests.support.roaming_objects import (
    CPO,
    EARLIER,
    NOON,
    THEIR_CPO,
    a_connector,
    a_location,
    an_evse,
)


async def put(store: Store, *locations: Location) -> None:
    async with store.transaction() as tx:
        for location in locations:
            await tx.locations.put(location)


async def test_a_location_comes_back_as_it_was(store: Store) -> None:
    location = a_location()
    await put(store, location, a_location("L2", party=THEIR_CPO, own=False, document="{}"))
    async with store.reading() as tx:
        assert await tx.locations.get(CPO, "L1") == location
        assert await tx.locations.get(CPO, "l1") == location
        assert await tx.locations.get(CPO, "L2") is None
        with pytest.raises(NotFound):
            await tx.locations.need(CPO, "L2")
        assert (await tx.locations.need(THEIR_CPO, "L2")).document == "{}"


async def test_equal_ids_of_two_owners_are_two_locations(store: Store) -> None:
    """C-118: objects of two owners with equal ids are separate."""
    theirs = a_location(party=THEIR_CPO, own=False, evses=(an_evse(station_id=None),))
    await put(store, a_location(), theirs)
    async with store.reading() as tx:
        assert (await tx.locations.need(CPO, "L1")).own
        assert not (await tx.locations.need(THEIR_CPO, "L1")).own


async def test_writing_again_keeps_the_place_in_lists_and_drops_evses(store: Store) -> None:
    await put(store, a_location("L1"), a_location("L2", evses=()))
    await put(store, a_location("L1", evses=(an_evse("E2", code="CODE0002"),), name="New"))
    async with store.reading() as tx:
        assert [one.id for one in await tx.locations.of_party(CPO)] == ["L1", "L2"]
        first = await tx.locations.need(CPO, "L1")
        assert (first.name, [e.uid for e in first.evses]) == ("New", ["E2"])
        assert len(await tx.locations.by_station("st-1")) == 1


async def test_a_status_raises_last_updated_upwards_once(store: Store) -> None:
    """C-126: a status change raises `last_updated` of the EVSE and its location."""
    await put(store, a_location())
    async with store.transaction() as tx:
        args = (CPO, "l1", "e1", EvseStatus.CHARGING)
        assert await tx.locations.set_status(*args, now=NOON)
        assert not await tx.locations.set_status(*args, now=NOON + timedelta(seconds=1))
        gone = (CPO, "L1", "E9", EvseStatus.CHARGING)
        assert not await tx.locations.set_status(*gone, now=NOON)
    async with store.reading() as tx:
        location = await tx.locations.need(CPO, "L1")
    assert location.last_updated == NOON
    assert [e.last_updated for e in location.evses] == [NOON, EARLIER]
    assert [e.status for e in location.evses] == [EvseStatus.CHARGING, EvseStatus.AVAILABLE]


async def test_a_late_status_does_not_turn_back_the_location(store: Store) -> None:
    await put(store, a_location(last_updated=NOON))
    async with store.transaction() as tx:
        before = NOON - timedelta(minutes=1)
        await tx.locations.set_status(CPO, "L1", "E1", EvseStatus.BLOCKED, now=before)
    async with store.reading() as tx:
        assert (await tx.locations.need(CPO, "L1")).last_updated == NOON


async def test_the_group_commit_writes_statuses_too(store: Store) -> None:
    location = a_location()
    await put(store, location)
    evse = location.evses[1]
    place = EvsePlace(location, evse, evse.connectors[0])
    async with store.transaction() as tx:
        await apply(tx.connection, status_changes(place, EvseStatus.RESERVED, NOON))
    async with store.reading() as tx:
        found = await tx.locations.need(CPO, "L1")
    assert (found.evses[1].status, found.last_updated) == (EvseStatus.RESERVED, NOON)


async def test_statuses_and_starts_do_not_wait_for_each_other_for_ever(store: Store) -> None:
    location = a_location()
    await put(store, location)
    evse = location.evses[0]
    place = EvsePlace(location, evse, evse.connectors[0])

    async def reports(number: int, status: EvseStatus) -> None:
        now = NOON + timedelta(seconds=number)
        async with store.transaction() as tx:
            await tx.locations.set_status(CPO, "L1", "E1", status, now=now)

    async def commits(number: int, status: EvseStatus) -> None:
        now = NOON + timedelta(seconds=number)
        async with store.transaction() as tx:
            await apply(tx.connection, status_changes(place, status, now))

    async def starts() -> None:
        async with store.transaction() as tx:
            await tx.locations.need(CPO, "L1", lock=True)
            await asyncio.sleep(0.001)

    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            status = (EvseStatus.CHARGING, EvseStatus.AVAILABLE)[number % 2]
            tasks.create_task(reports(number, status))
            tasks.create_task(commits(number, status))
            tasks.create_task(starts())


async def test_chargers_codes_and_evse_ids_lead_to_connectors(store: Store) -> None:
    plugs = (a_connector(id="2", number=2), a_connector())
    evses = (
        an_evse("E2", number=2, station_id="CP-1"),
        an_evse("E1", connectors=plugs, station_id="CP-1", code="ABCD1234"),
        an_evse("E3", station_id="CP-2"),
    )
    await put(store, a_location(evses=evses))
    async with store.reading() as tx:
        found = await tx.locations.by_station("cp-1")
        numbers = [(p.evse.uid, p.connector.number) for p in found]
        assert numbers == [("E1", 1), ("E1", 2), ("E2", 1)]
        assert [p.connector.id for p in await tx.locations.by_code("ABCD1234")] == ["2", "1"]
        assert await tx.locations.by_code("NOBODYS1") == []
        assert [p.evse.uid for p in await tx.locations.by_evse_id("nl rw1 e3*1")] == ["E3"]
        assert await tx.locations.by_evse_id("NL*RW1*E4") == []


async def test_who_names_a_tariff_is_known(store: Store) -> None:
    free = an_evse("E9", connectors=(a_connector(tariff_ids=()),))
    await put(store, a_location("L1"), a_location("L2", evses=(free,)))
    async with store.reading() as tx:
        assert await tx.locations.naming(CPO, "t1") == [(CPO, "L1")]
        assert await tx.locations.naming(THEIR_CPO, "T1") == []
    await put(store, a_location("L1", evses=(replace(free, uid="E8"),)))
    async with store.reading() as tx:
        assert await tx.locations.naming(CPO, "T1") == []
