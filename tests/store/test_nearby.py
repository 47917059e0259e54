"""The next-best charger, on both databases (product §1.5 "Charger offline before start")."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.distances import cosine, metres
from app.domain.locations import EvsePlace, EvseStatus, GeoPoint, Location
from app.domain.units import Kw
from app.store.nearby import nearest_free, next_best
from app.store.transaction import Store
from tests.support.roaming_objects import a_connector, a_location, an_evse

HERE = GeoPoint(Decimal("50.937531"), Decimal("6.960279"))


def at(latitude: str, longitude: str) -> GeoPoint:
    return GeoPoint(Decimal(latitude), Decimal(longitude))


def a_site(name: str, where: GeoPoint = HERE, **changes: object) -> Location:
    """A location with one free EVSE of one type 2 socket."""
    evse = an_evse(f"{name}E1", station_id=None, evse_id=None, **changes)
    return a_location(name, coordinates=where, evses=(evse,))


async def put(store: Store, *locations: Location) -> None:
    async with store.transaction() as tx:
        for location in locations:
            await tx.locations.put(location)


def place_of(location: Location) -> EvsePlace:
    evse = location.evses[0]
    return EvsePlace(location, evse, evse.connectors[0])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (at("0", "0"), at("1", "0"), 111_195),
        (at("60", "10"), at("60", "11"), 55_597),
        (at("0", "179.9"), at("0", "-179.9"), 22_239),
        (at("90", "0"), at("90", "90"), 0),
        (HERE, HERE, 0),
    ],
)
def test_distances(one: GeoPoint, other: GeoPoint, expected: int) -> None:
    assert metres(one, other) == metres(other, one) == pytest.approx(expected, abs=2)
    assert cosine(Decimal(60)) == 5000


async def test_first_the_neighbour_then_what_is_nearest(store: Store) -> None:
    """product §1.5: "Try #2 (free, 20 m)"."""
    first = an_evse("E1", status=EvseStatus.OUTOFORDER)
    here = a_location("L1", coordinates=HERE, evses=(first, an_evse("E2", number=2)))
    near = a_site("L2", at("50.94", "6.97"))
    far = a_site("L3", at("50.97", "6.97"))
    await put(store, far, near, here)
    async with store.reading() as tx:
        found = await nearest_free(tx, place_of(here), limit=5)
        best = await next_best(tx, place_of(here))
    assert [f.place.location.id for f in found] == ["L1", "L2", "L3"]
    assert best is not None
    assert (best.place.evse.uid, best.distance_m, best.free) == ("E2", 0, 1)
    assert found[1].distance_m == pytest.approx(733, abs=5)


async def test_what_is_taken_hidden_or_of_another_plug_does_not_count(store: Store) -> None:
    here = a_site("L1", status=EvseStatus.CHARGING)
    ccs = (a_connector(standard="IEC_62196_T2_COMBO"),)
    await put(
        store,
        here,
        a_site("L2", at("50.94", "6.97"), status=EvseStatus.CHARGING),
        a_site("L3", at("50.94", "6.97"), connectors=ccs),
        replace(a_site("L4", at("50.94", "6.97")), publish=False),
    )
    async with store.reading() as tx:
        assert await next_best(tx, place_of(here)) is None
    await put(store, a_site("L5", at("51.3", "6.97")))
    async with store.reading() as tx:
        best = await next_best(tx, place_of(here))
    assert best is not None
    assert best.place.location.id == "L5"


async def test_the_power_is_like_what_was_wanted(store: Store) -> None:
    here = a_site(
        "L1", status=EvseStatus.CHARGING, connectors=(a_connector(max_power=Kw.of("22")),)
    )
    slow = an_evse("S1", connectors=(a_connector(max_power=Kw.of("3.7")),), evse_id=None)
    like = an_evse("S2", connectors=(a_connector(max_power=Kw.of("22")),), evse_id=None, number=2)
    other = a_location("L2", coordinates=at("50.94", "6.97"), evses=(slow, like))
    await put(store, here, other)
    async with store.reading() as tx:
        best = await next_best(tx, place_of(here))
    assert best is not None
    assert best.place.evse.uid == "S2"


async def test_the_date_line_and_the_poles_are_no_edge(store: Store) -> None:
    here = a_site("L1", at("-16.8", "179.99"), status=EvseStatus.CHARGING)
    await put(store, here, a_site("L2", at("-16.8", "-179.99")), a_site("L3", at("89.99", "100")))
    pole = a_site("L4", at("90", "-80"), status=EvseStatus.CHARGING)
    async with store.reading() as tx:
        across = await next_best(tx, place_of(here))
        top = await next_best(tx, place_of(pole))
    assert across is not None
    assert (across.place.location.id, across.distance_m) == ("L2", 2127)
    assert top is not None
    assert top.place.location.id == "L3"
