"""What a driver sees on the map and on a station's sheet: places with their status and prices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, Evse, EvsePlace, EvseStatus, Location
from app.domain.quotes import PriceLine, describe
from app.domain.tariffs import Tariff, TariffType, choose
from app.domain.units import Kw
from app.store.transaction import Store, Transaction

MOST_PINS = 500
BEST_FIRST = (
    EvseStatus.AVAILABLE,
    EvseStatus.CHARGING,
    EvseStatus.BLOCKED,
    EvseStatus.RESERVED,
    EvseStatus.OUTOFORDER,
    EvseStatus.INOPERATIVE,
    EvseStatus.UNKNOWN,
    EvseStatus.PLANNED,
)
SHOWN = frozenset(BEST_FIRST)


@dataclass(frozen=True, slots=True)
class Box:
    """A map's view in degrees; west may be greater than east across the date line."""

    south: Decimal
    west: Decimal
    north: Decimal
    east: Decimal


@dataclass(frozen=True, slots=True)
class Pin:
    """A location on the map: `status` is the best of its EVSEs, `max_power` the most it gives."""

    location: Location
    free: int
    total: int
    status: EvseStatus
    max_power: Kw


@dataclass(frozen=True, slots=True)
class Plug:
    """A connector with its price; `prices` is empty when nobody knows it, which is not free."""

    connector: Connector
    tariff: Tariff | None
    prices: tuple[PriceLine, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """An EVSE with its plugs."""

    evse: Evse
    plugs: tuple[Plug, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A station's sheet; `partner` tells that somebody else's platform runs it."""

    location: Location
    points: tuple[Point, ...]
    operator_name: str | None
    as_of: datetime

    @property
    def partner(self) -> bool:
        """Whether it is a roaming partner's."""
        return not self.location.own


class Map:
    """Reads places for people; unpublished ones do not exist here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def pins(self, box: Box) -> list[Pin]:
        """The locations in view, at most 500; raises InvalidInput for an impossible view."""
        if not -90 <= box.south <= box.north <= 90:  # noqa: PLR2004 - degrees
            raise InvalidInput("bbox", "is south,west,north,east in degrees")
        async with self._store.reading() as tx:
            views = [(box.west, box.east)] if box.west <= box.east else _split(box)
            found = [
                location
                for west, east in views
                for location in await tx.locations.in_box(
                    box.south, west, box.north, east, limit=MOST_PINS
                )
            ]
        return [pin for location in found if location.publish and (pin := _pin(location))]

    async def sheet(self, party: PartyId, location_id: str, now: datetime) -> Sheet:
        """A location's sheet; raises NotFound."""
        async with self._store.reading() as tx:
            location = await tx.locations.need(party, location_id)
            if not location.publish:
                raise NotFound("location", location_id)
            return await _sheet(tx, location, TariffType.REGULAR, now)

    async def by_code(self, code: str, now: datetime) -> tuple[Sheet, Point]:
        """The sheet and the EVSE behind a QR code, priced for a guest; raises NotFound."""
        async with self._store.reading() as tx:
            places = await tx.locations.by_code(code.upper())
            if not places:
                raise NotFound("code", code)
            place: EvsePlace = places[0]
            sheet = await _sheet(tx, place.location, TariffType.AD_HOC_PAYMENT, now)
        point = next(p for p in sheet.points if p.evse.uid == place.evse.uid)
        return sheet, point


def _split(box: Box) -> list[tuple[Decimal, Decimal]]:
    return [(box.west, Decimal(180)), (Decimal(-180), box.east)]


def _pin(location: Location) -> Pin | None:
    shown = [evse for evse in location.evses if evse.status in SHOWN]
    if not shown:
        return None
    return Pin(
        location,
        free=sum(evse.status is EvseStatus.AVAILABLE for evse in shown),
        total=len(shown),
        status=min((evse.status for evse in shown), key=BEST_FIRST.index),
        max_power=max(_power(shown)),
    )


def _power(evses: Iterable[Evse]) -> list[Kw]:
    return [connector.power for evse in evses for connector in evse.connectors] or [Kw(Decimal(0))]


async def _sheet(tx: Transaction, location: Location, wanted: TariffType, now: datetime) -> Sheet:
    ids = sorted({t for _, connector in location.pairs() for t in connector.tariff_ids})
    known = {t.id.casefold(): t for t in await tx.tariffs.many(location.party, ids)}
    points = tuple(
        Point(
            evse,
            tuple(
                _plug(location, c, known=known, wanted=wanted, now=now) for c in evse.connectors
            ),
        )
        for evse in location.evses
        if evse.status in SHOWN
    )
    return Sheet(location, points, location.operator_name, now)


def _plug(
    location: Location,
    connector: Connector,
    *,
    known: dict[str, Tariff],
    wanted: TariffType,
    now: datetime,
) -> Plug:
    named: Sequence[Tariff] = [
        known[t.casefold()] for t in connector.tariff_ids if t.casefold() in known
    ]
    tariff = choose(named, wanted, now)
    if tariff is None:
        return Plug(connector, None, ())
    return Plug(connector, tariff, describe(tariff, zone=location.time_zone, at=now))
