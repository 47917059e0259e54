"""The map in memory: clusters, filters, prices, search, and what others write.

Issue D1: "Map by viewport with server-side clusters, filters, search by name, address, EVSE id".
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.errors import InvalidInput
from app.domain.locations import (
    EvseStatus,
    GeoPoint,
    Location,
    OpeningHours,
    OpeningTimes,
)
from app.domain.units import Kw
from app.queries.map import Box, Map, MapView
from app.queries.map_filters import Wanted
from app.store.transaction import Store
from tests.support.clock import NOON
from tests.support.priced import a_tariff, energy_at
from tests.support.roaming_objects import CPO, THEIR_CPO, a_connector, a_location, an_evse

WORLD = Box(Decimal(-90), Decimal(-180), Decimal(90), Decimal(180))
FREE, BUSY = EvseStatus.AVAILABLE, EvseStatus.CHARGING


def a_place(
    name: str, latitude: str = "50.9", longitude: str = "6.9", **changes: object
) -> Location:
    """A place with one EVSE, free unless `evses` says otherwise."""
    given = {
        "coordinates": GeoPoint(Decimal(latitude), Decimal(longitude)),
        "evses": (an_evse(f"{name}E", evse_id=None, station_id=None),),
        "name": name,
        **changes,
    }
    return a_location(name, **given)


def evses(*statuses: EvseStatus, **changes: object) -> tuple[object, ...]:
    made = {"evse_id": None, "station_id": None, **changes}
    return tuple(an_evse(f"E{n}", status=s, **made) for n, s in enumerate(statuses))


async def put(store: Store, *locations: Location) -> None:
    async with store.transaction() as tx:
        for location in locations:
            await tx.locations.put(location)


def names(view: MapView) -> set[str]:
    return {pin.name for pin in view.pins}


def crowd(count: int) -> list[Location]:
    """Places on a line to the east, every other one busy."""
    return [
        a_place(f"P{n}", "50.9", f"{6 + n / 1000:.4f}", evses=evses(FREE if n % 2 else BUSY))
        for n in range(count)
    ]


async def test_hidden_are_the_removed_and_planned_is_shown(store: Store) -> None:
    places = Map(store)
    await put(store, a_place("A", evses=evses(EvseStatus.REMOVED)))
    assert names(await places.view(WORLD, NOON)) == set()
    await put(store, a_place("A", evses=evses(EvseStatus.REMOVED, EvseStatus.PLANNED)))
    [pin] = (await places.view(WORLD, NOON)).pins
    assert (pin.status, pin.total) == (EvseStatus.PLANNED, 1)
    await put(store, a_place("A", evses=evses(EvseStatus.REMOVED, EvseStatus.REMOVED)))
    assert names(await places.view(WORLD, NOON)) == set()


async def test_many_places_are_clusters_with_count_share_and_bounds(store: Store) -> None:
    """product §2.2: a cluster is a count with its share of free."""
    await put(store, *crowd(60))
    places = Map(store)
    view = await places.view(WORLD, NOON)
    assert view.pins == []
    [cluster] = view.clusters
    assert (cluster.places, cluster.free, cluster.total, cluster.rank) == (60, 30, 60, 0)
    assert cluster.bounds == (509_000_000, 60_000_000, 509_000_000, 60_590_000)
    async with store.transaction() as tx:
        await tx.locations.set_status(CPO, "P0", "E0", FREE, now=NOON)
    assert (await places.view(WORLD, NOON)).clusters[0].free == 31
    near = await places.view(WORLD, NOON, wanted=Wanted(free=True))
    assert names(near) == {"P0", *(f"P{n}" for n in range(1, 60, 2))}


async def test_clusters_fall_apart_when_the_view_comes_nearer(store: Store) -> None:
    await put(store, *crowd(100))
    places = Map(store)
    view = Box(Decimal("50.8"), Decimal("5.9"), Decimal(51), Decimal("6.2"))
    far, near = [await places.view(view, NOON, zoom=zoom) for zoom in (3, 12)]
    counted = [sum(c.places for c in v.clusters) + len(v.pins) for v in (far, near)]
    assert counted == [100, 100]
    assert len(far.clusters) == 1
    assert len(near.clusters) > 3
    street = Box(Decimal("50.8"), Decimal(6), Decimal(51), Decimal("6.02"))
    assert len((await places.view(street, NOON)).pins) == 21


async def test_the_edges_of_a_view_are_exact_and_may_cross_the_date_line(store: Store) -> None:
    await put(
        store,
        a_place("West", "-16.8", "179.9"),
        a_place("East", "-16.8", "-179.9"),
        a_place("Pole", "89.99", "0"),
        *crowd(45),
    )
    places = Map(store)

    async def seen(*corners: str) -> set[str]:
        view = await places.view(Box(*map(Decimal, corners)), NOON)
        clustered = {f"{c.places}" for c in view.clusters}
        return names(view) | clustered

    assert await seen("-17", "179", "-16", "-179") == {"West", "East"}
    assert await seen("-17", "179", "-16", "180") == {"West"}
    assert await seen("86", "-180", "90", "180") == {"Pole"}
    assert await seen("50.9", "6.0005", "50.9", "6.0035") == {"P1", "P2", "P3"}
    assert await seen("50.9", "7", "50.9", "6.001") == {"P0", "P1"}
    with pytest.raises(InvalidInput):
        await seen("53", "5", "52", "6")


FAST = {"standard": "IEC_62196_T2_COMBO", "max_power": Kw.of(150)}
NIGHT = OpeningTimes(
    always=False, regular=tuple(OpeningHours(day, "20:00", "23:00") for day in range(1, 8))
)


FILTERS: list[tuple[Wanted, set[str]]] = [
    (Wanted(), {"A", "B", "C", "D"}),
    (Wanted(free=True), {"A", "C", "D"}),
    (Wanted(min_power=Decimal(100)), {"B", "C"}),
    (Wanted(min_power=Decimal(100), free=True), {"C"}),
    (Wanted(plugs=frozenset({"IEC_62196_T2_COMBO"})), {"B", "C"}),
    (Wanted(plugs=frozenset({"IEC_62196_T2"}), min_power=Decimal(100)), set()),
    (Wanted(operators=frozenset({"fast lane"})), {"B"}),
    (Wanted(operators=frozenset({str(THEIR_CPO).casefold()})), {"D"}),
    (Wanted(facilities=frozenset({"CAFE"})), {"A", "B", "D"}),
    (Wanted(open_now=True), {"A", "B", "D"}),
    (Wanted(own=False), {"D"}),
    (Wanted(max_price=Decimal("0.60")), {"A"}),
    (Wanted(max_price=Decimal("0.60"), min_power=Decimal(100)), set()),
]


async def test_filters(store: Store) -> None:
    fast, cheap = a_connector(**FAST, tariff_ids=("T2",)), a_connector(tariff_ids=("T1",))
    mixed = (
        *evses(BUSY, connectors=(fast,)),
        *(replace(e, uid="S") for e in evses(EvseStatus.BLOCKED, connectors=(fast,))),
    )
    async with store.transaction() as tx:
        await tx.tariffs.put(a_tariff(energy_at("0.50"), party=CPO, id="T1"))
        await tx.tariffs.put(a_tariff(energy_at("0.80"), party=CPO, id="T2"))
    await put(
        store,
        a_place("A", evses=evses(FREE, connectors=(cheap,))),
        a_place("B", evses=mixed, operator_name="Fast Lane"),
        a_place("C", evses=evses(FREE, connectors=(fast,)), facilities=(), opening_times=NIGHT),
        a_place("D", party=THEIR_CPO, own=False),
    )
    places = Map(store)
    found = [
        (wanted, names(await places.view(WORLD, NOON, wanted=wanted))) for wanted, _ in FILTERS
    ]
    assert found == FILTERS


async def test_only_what_fits_a_filter_is_counted(store: Store) -> None:
    fast, slow = a_connector(**FAST), a_connector()
    both = (
        *evses(BUSY, BUSY, connectors=(fast,)),
        *(replace(e, uid=f"S{e.uid}") for e in evses(FREE, connectors=(slow,))),
    )
    await put(store, a_place("A", evses=both))
    places = Map(store)
    [pin] = (await places.view(WORLD, NOON)).pins
    assert (pin.free, pin.total, pin.status) == (1, 3, FREE)
    [pin] = (await places.view(WORLD, NOON, wanted=Wanted(min_power=Decimal(100)))).pins
    assert (pin.free, pin.total, pin.status) == (0, 2, BUSY)


async def test_a_price_is_kept_until_it_changes(store: Store, elsewhere: Store) -> None:
    """By the clock, and by whoever writes the tariff."""
    plug = a_connector(tariff_ids=("T1",))
    await put(store, a_place("A", evses=evses(FREE, connectors=(plug,)), time_zone="UTC"))
    late = (NOON + timedelta(hours=2)).time()
    places, cheap = Map(store), Wanted(max_price=Decimal("0.60"))

    async def price(**later: int) -> tuple[str, int]:
        now = NOON + timedelta(**later)
        [pin] = (await places.view(WORLD, now)).pins
        kept = (await places.view(WORLD, now)).pins[0]
        assert kept is pin
        fits = len((await places.view(WORLD, now, wanted=cheap)).pins)
        return "" if pin.headline is None else str(pin.headline.amount.amount), fits

    assert await price() == ("", 0)
    tariff = a_tariff(energy_at("0.70", start_time=late), energy_at("0.40"), party=CPO, id="T1")
    async with elsewhere.transaction() as tx:
        await tx.tariffs.put(tariff)
    assert await price() == ("0.48", 1)
    assert await price(hours=1, minutes=59) == ("0.48", 1)
    assert await price(hours=2) == ("0.84", 0)
    assert await price(hours=12) == ("0.48", 1)
    async with elsewhere.transaction() as tx:
        await tx.tariffs.delete(CPO, "T1")
    assert await price(hours=12) == ("", 0)


@pytest.fixture
async def named(store: Store) -> Map:
    """A map of places with names."""
    await put(
        store,
        a_place("Hauptbahnhof", address="Hauptstraße 1", city="Köln"),
        a_place("Stadtgarten", "51", "7", address="Gartenweg 7", city="München"),
        a_place(
            "Kölner Hof",
            "48.1",
            "11.5",
            address="Münchner Straße 3",
            city="München",
            operator_name="Blitz & Strom",
            evses=(an_evse("X1", evse_id="DE*ABC*E1234*1"),),
        ),
    )
    return Map(store)


SEARCHES = [
    ("hauptbahnhof", ["Hauptbahnhof"]),
    ("Haupt", ["Hauptbahnhof"]),
    ("KOELN", ["Hauptbahnhof", "Kölner Hof"]),
    ("koln", ["Hauptbahnhof", "Kölner Hof"]),
    ("Köln", ["Hauptbahnhof", "Kölner Hof"]),
    ("hauptstrasse 1", ["Hauptbahnhof"]),
    ("hauptstr köln", ["Hauptbahnhof"]),
    ("muenchen", ["Kölner Hof", "Stadtgarten"]),
    ("blitz", ["Kölner Hof"]),
    ("garten münchen", ["Stadtgarten"]),
    ("DE*ABC*E1234*1", ["Kölner Hof"]),
    ("deabce1234", ["Kölner Hof"]),
    ("DE-ABC-E1234-1", ["Kölner Hof"]),
    ("berlin", []),
    ("köln berlin", []),
    ("**", []),
]


async def test_search(named: Map) -> None:
    """Words by their beginnings, in both spellings; EVSE ids with and without separators."""
    found = [
        (text, [hit.pin.name for hit in await named.search(text, NOON)]) for text, _ in SEARCHES
    ]
    assert found == SEARCHES


async def test_of_equally_good_places_the_nearest_is_first(named: Map, store: Store) -> None:
    near = GeoPoint(Decimal(51), Decimal("7.01"))
    first, second = await named.search("münchen", NOON, near=near)
    assert (first.pin.name, first.distance_m) == ("Stadtgarten", 698)
    assert (second.pin.name, second.evse_uid) == ("Kölner Hof", None)
    [by_id] = await named.search("deabce12341", NOON)
    assert (by_id.evse_uid, by_id.city) == ("X1", "München")
    await put(store, a_place("Stadtgarten", city="Bonn"), a_place("Hauptbahnhof", publish=False))
    assert [hit.city for hit in await named.search("stadtgarten", NOON)] == ["Bonn"]
    assert await named.search("hauptbahnhof", NOON) == []


async def test_what_is_written_while_everything_is_read_is_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(store, *crowd(60))
    places = Map(store)
    await store.watch.look()
    read: Callable[..., object] = places._index._take
    written: list[bool] = []

    async def reading(rows: object) -> None:
        if not written:
            written.append(True)
            await put(store, a_place("P0", "0", "0"), a_place("New", "1", "1"))
            await store.watch.look()
        await read(rows)  # type: ignore[misc]

    monkeypatch.setattr(places._index, "_take", reading)
    box = Box(Decimal(-1), Decimal(-1), Decimal(2), Decimal(2))
    assert names(await places.view(box, NOON)) == {"P0", "New"}
