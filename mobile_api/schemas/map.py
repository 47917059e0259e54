"""What is in view of a map, and what a search finds.

A map of hundreds of pins is asked for at every move of a finger, so a pin is put into words once
and its words are kept with it until it changes.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from app.domain.distances import SCALE
from app.domain.locations import EvseStatus
from app.queries.map import Hit, MapView, Pin
from app.queries.map_facts import BEST_FIRST
from app.queries.map_grid import Sums
from mobile_api.price_wording import price_words
from mobile_api.schemas.values import PriceLineOut, Shape, number

HUNDRED = 100


class PinOut(Shape):
    """A location on the map; `status` is its best EVSE's, `price` its lowest per kWh now.

    With a filter `free`, `total` and `status` are of the EVSEs that fit it.
    """

    party: str
    id: str
    name: str
    latitude: float
    longitude: float
    free: int
    total: int
    status: EvseStatus
    max_power_kw: str
    price: PriceLineOut | None
    partner: bool

    @classmethod
    def of(cls, pin: Pin, language: str = "en") -> "PinOut":
        """As the map shows it."""
        line = pin.headline
        return cls(
            party=str(pin.party),
            id=pin.id,
            name=pin.name,
            latitude=float(pin.location.latitude),
            longitude=float(pin.location.longitude),
            free=pin.free,
            total=pin.total,
            status=pin.status,
            max_power_kw=number(pin.max_power.value) or "0",
            price=line and PriceLineOut.of(line, price_words(line, language)),
            partner=not pin.own,
        )


class BoundsOut(Shape):
    """A box in degrees."""

    south: float
    west: float
    north: float
    east: float


class ClusterOut(Shape):
    """Places that stand too close to be shown one by one, around their middle.

    `free` of `total` EVSEs are free, `free_percent` is their share; zooming to `bounds` shows all.
    """

    latitude: float
    longitude: float
    places: int
    free: int
    total: int
    free_percent: int
    status: EvseStatus
    bounds: BoundsOut

    @classmethod
    def of(cls, cluster: Sums) -> "ClusterOut":
        """As the map shows it."""
        south, west, north, east = map(degrees, cluster.bounds)
        return cls(
            latitude=degrees(cluster.middle[0]),
            longitude=degrees(cluster.middle[1]),
            places=cluster.places,
            free=cluster.free,
            total=cluster.total,
            free_percent=cluster.free * HUNDRED // cluster.total if cluster.total else 0,
            status=BEST_FIRST[cluster.rank],
            bounds=BoundsOut(south=south, west=west, north=north, east=east),
        )


class MapOut(Shape):
    """What is in view: places one by one, and clusters of those that stand close."""

    as_of: datetime
    pins: list[PinOut]
    clusters: list[ClusterOut]


class HitOut(Shape):
    """A place that a search found; `evse_uid` when the text was an EVSE's id."""

    place: PinOut
    address: str
    city: str
    distance_m: int | None
    evse_uid: str | None

    @classmethod
    def of(cls, hit: Hit, language: str = "en") -> "HitOut":
        """As a list shows it."""
        return cls(
            place=PinOut.of(hit.pin, language),
            address=hit.address,
            city=hit.city,
            distance_m=hit.distance_m,
            evse_uid=hit.evse_uid,
        )


class SearchOut(Shape):
    """What a search found, the best first."""

    as_of: datetime
    hits: list[HitOut]


def degrees(scaled: int) -> float:
    """Degrees of what is kept in ten-millionths."""
    return float(Decimal(scaled) / SCALE)


def map_json(view: MapView, as_of: datetime, language: str) -> bytes:
    """A `MapOut` as JSON, of the words that are kept."""
    pins = b",".join(_pin_words(pin, language) for pin in view.pins)
    clusters = _joined(ClusterOut.of(cluster) for cluster in view.clusters)
    moment = MapOut(as_of=as_of, pins=[], clusters=[]).model_dump_json(include={"as_of"})
    return b'%s,"pins":[%s],"clusters":[%s]}' % (moment[:-1].encode(), pins, clusters)


def _pin_words(pin: Pin, language: str) -> bytes:
    known = pin.words.get(language)
    if known is None:
        known = pin.words[language] = PinOut.of(pin, language).model_dump_json().encode()
    return known


def _joined(shapes: Iterable[Shape]) -> bytes:
    return ",".join(shape.model_dump_json() for shape in shapes).encode()
