"""The map for people: what is in view, one by one or in clusters, and what a search finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from heapq import nsmallest

from app.domain.distances import COSINE_ONE, SCALE, cosine, metres, scaled
from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus, GeoPoint
from app.domain.price_lines import PriceLine
from app.domain.units import Kw
from app.queries.map_facts import BEST_FIRST, ENDLESS, Count, Spot, cheapest
from app.queries.map_filters import Wanted
from app.queries.map_grid import Sums
from app.queries.map_index import EVERYTHING, MapIndex
from app.queries.map_rect import Rect
from app.queries.map_search import Found
from app.queries.mercator import HALF
from app.queries.station import Stations
from app.store.transaction import Store


@dataclass(frozen=True, slots=True)
class Box:
    """A map's view in degrees; west may be greater than east across the date line."""

    south: Decimal
    west: Decimal
    north: Decimal
    east: Decimal


@dataclass(slots=True, eq=False)
class Pin:
    """A place on the map: `status` is the best of its EVSEs, `max_power` the most it gives.

    With a filter only the EVSEs that fit it count. `headline` is the lowest price per kWh now,
    else another price of now; None when none is known. `words` is for whoever writes it down, by
    language; a pin is replaced as soon as anything of it changes.
    """

    key: str
    party: PartyId
    id: str
    name: str
    location: GeoPoint
    own: bool
    free: int
    total: int
    status: EvseStatus
    max_power: Kw
    headline: PriceLine | None
    until: datetime
    edition: int
    words: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapView:
    """What is in view."""

    pins: list[Pin]
    clusters: list[Sums]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that a search found; `distance_m` from the point that was given."""

    pin: Pin
    address: str
    city: str
    distance_m: int | None
    evse_uid: str | None


class Map(Stations):
    """Places for people; what is not published does not exist here."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._index = MapIndex(store)

    async def view(
        self, box: Box, now: datetime, *, wanted: Wanted = EVERYTHING, zoom: int | None = None
    ) -> MapView:
        """What is in a view, in clusters where places stand close.

        Without `zoom` it follows from how wide the view is. Raises InvalidInput for an impossible
        view.
        """
        if not (_on_earth(box) and box.south <= box.north):
            raise InvalidInput("bbox", "is south,west,north,east in degrees")
        await self._index.look()
        rect = Rect(scaled(box.south), scaled(box.west), scaled(box.north), scaled(box.east))
        single, clusters = self._index.view(rect, wanted, now, zoom=zoom)
        return MapView([self._pin(spot, count, now) for spot, count in single], clusters)

    async def search(
        self, text: str, now: datetime, *, near: GeoPoint | None = None, limit: int = 20
    ) -> list[Hit]:
        """The places that a text means, the best first, equally good ones by distance."""
        await self._index.look()
        found = self._index.find(text)
        square = (lambda _: 0) if near is None else _squares(near)
        best = nsmallest(limit, found, key=lambda each: _rank(each, square(each.spot)))
        return [self._hit(each, _way(each.spot, near), now) for each in best]

    async def plugs_of(self, vehicle_id: str, driver_id: str | None) -> frozenset[str]:
        """What fits a driver's vehicle; raises NotFound when it is not theirs."""
        async with self._store.reading() as tx:
            vehicle = await tx.drivers.vehicles.need(vehicle_id)
        if vehicle.driver_id != driver_id:
            raise NotFound("vehicle", vehicle_id)
        return frozenset(vehicle.plugs)

    async def pins_of(self, keys: Iterable[str], now: datetime) -> dict[str, Pin]:
        """The places of these keys that are shown."""
        await self._index.look()
        spots = (self._index.spot(key) for key in keys)
        return {s.key: self._pin(s, s.all, now) for s in spots if s is not None and s.all.total}

    def _hit(self, found: Found, way: int | None, now: datetime) -> Hit:
        spot = found.spot
        return Hit(self._pin(spot, spot.all, now), spot.address, spot.city, way, found.evse_uid)

    def _pin(self, spot: Spot, count: Count, now: datetime) -> Pin:
        """A place's pin; the one of the whole place is kept until anything changes."""
        kept = spot.pin
        edition = self._index.edition
        whole = count is spot.all
        if whole and isinstance(kept, Pin) and kept.edition == edition and now < kept.until:
            return kept
        pin = _made(spot, count, now, edition)
        if whole:
            spot.pin = pin
        return pin


def _made(spot: Spot, count: Count, now: datetime, edition: int) -> Pin:
    plugs = [plug for plugs in spot.profile.models for plug in plugs]
    tags = {id(plug.tag): plug.tag for plug in plugs}.values()
    headlines = [line for line in (tag.headline(now) for tag in tags) if line is not None]
    return Pin(
        spot.key,
        spot.party,
        spot.id,
        spot.name,
        GeoPoint(Decimal(spot.latitude) / SCALE, Decimal(spot.longitude) / SCALE),
        own=spot.profile.own,
        free=count.free,
        total=count.total,
        status=BEST_FIRST[count.rank],
        max_power=spot.profile.power,
        headline=cheapest(headlines),
        until=min((tag.until for tag in tags), default=ENDLESS),
        edition=edition,
    )


def _on_earth(box: Box) -> bool:
    corners = GeoPoint(box.south, box.west), GeoPoint(box.north, box.east)
    return all(corner.on_earth for corner in corners)


def _squares(near: GeoPoint) -> Callable[[Spot], int]:
    """The square of the distance from a point, in no unit but fast to work out."""
    latitude, longitude = scaled(near.latitude), scaled(near.longitude)
    shrunk = cosine(near.latitude)

    def square(spot: Spot) -> int:
        north = spot.latitude - latitude
        east = ((spot.longitude - longitude + HALF) % (2 * HALF) - HALF) * shrunk // COSINE_ONE
        return north * north + east * east

    return square


def _way(spot: Spot, near: GeoPoint | None) -> int | None:
    if near is None:
        return None
    there = GeoPoint(Decimal(spot.latitude) / SCALE, Decimal(spot.longitude) / SCALE)
    return metres(near, there)


def _rank(found: Found, square: int) -> tuple[int, int, str, str]:
    return -found.score, square, found.spot.name, found.spot.key
