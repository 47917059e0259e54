"""The map's memory follows what any process writes, on both databases."""

from dataclasses import replace
from decimal import Decimal

from app.domain.locations import EvseStatus, GeoPoint, Location
from app.queries.map import Box, Map, MapView
from app.store.transaction import Store
from tests.support.clock import NOON
from tests.support.roaming_objects import CPO, THEIR_CPO, a_location, an_evse

WORLD = Box(Decimal(-90), Decimal(-180), Decimal(90), Decimal(180))
BUSY = EvseStatus.CHARGING


def a_place(name: str, latitude: str = "50.9", **changes: object) -> Location:
    """A place with one free EVSE."""
    evse = an_evse(f"{name}E", evse_id=None, station_id=None)
    where = GeoPoint(Decimal(latitude), Decimal("6.9"))
    return replace(a_location(name, coordinates=where, evses=(evse,), name=name), **changes)


async def put(store: Store, *locations: Location) -> None:
    async with store.transaction() as tx:
        for location in locations:
            await tx.locations.put(location)


def names(view: MapView) -> set[str]:
    return {pin.name for pin in view.pins}


async def test_what_is_written_anywhere_shows_at_the_next_look(
    store: Store, elsewhere: Store
) -> None:
    """Also by another process, and again after a restart."""
    places = Map(store)
    assert names(await places.view(WORLD, NOON)) == set()
    await put(elsewhere, a_place("A"), a_place("B", party=THEIR_CPO, own=False))
    assert names(await places.view(WORLD, NOON)) == {"A", "B"}
    async with elsewhere.transaction() as tx:
        await tx.locations.set_status(CPO, "A", "AE", BUSY, now=NOON)
    [first] = [pin for pin in (await places.view(WORLD, NOON)).pins if pin.name == "A"]
    assert (first.free, first.total, first.status) == (0, 1, BUSY)
    await put(
        elsewhere, a_place("A", publish=False), a_place("B", "10", party=THEIR_CPO, own=False)
    )
    view = await places.view(WORLD, NOON)
    assert names(view) == {"B"}
    assert names(view) == names(await Map(elsewhere).view(WORLD, NOON))
