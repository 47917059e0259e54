"""What a driver sees on the map and on a station's sheet: places with their status and prices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.bills import Bill
from app.domain.errors import ChargerRefused, InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, Evse, EvsePlace, EvseStatus, Location
from app.domain.quotes import PriceKind, PriceLine, describe, duration_of, estimate
from app.domain.tariffs import Tariff, price_list
from app.domain.units import Kw, Kwh
from app.store.transaction import Store, Transaction

MOST_PINS = 500
NORTH_POLE = Decimal(90)
DATE_LINE = Decimal(180)
Known = Mapping[str, Tariff]
"""A party's tariffs by id in lower case."""

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
    """A location on the map: `status` is the best of its EVSEs, `max_power` the most it gives.

    `headline` is its lowest price per kWh now, else another price of now; None when none is known.
    """

    location: Location
    free: int
    total: int
    status: EvseStatus
    max_power: Kw
    headline: PriceLine | None = None


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


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an energy costs at an EVSE now, and how long it takes at full power."""

    bill: Bill
    length: timedelta


class Map:
    """Reads places for people; unpublished ones do not exist here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def pins(self, box: Box, now: datetime) -> list[Pin]:
        """The locations in view, at most 500; raises InvalidInput for an impossible view."""
        if not (_on_earth(box) and box.south <= box.north):
            raise InvalidInput("bbox", "is south,west,north,east in degrees")
        async with self._store.reading() as tx:
            found = await tx.locations.in_box(
                box.south, box.west, box.north, box.east, limit=MOST_PINS
            )
            tariffs = await _tariffs(tx, found)
        pins = [_pin(place, tariffs.get(place.party, {}), now) for place in found]
        return [pin for pin in pins if pin is not None]

    async def sheet(self, party: PartyId, location_id: str, now: datetime) -> Sheet:
        """A location's sheet with the prices for contracts; raises NotFound."""
        async with self._store.reading() as tx:
            location = await tx.locations.need(party, location_id)
            if not location.publish:
                raise NotFound("location", location_id)
            return await _sheet(tx, location, now, guest=False)

    async def by_code(
        self, code: str, now: datetime, *, guest: bool = True
    ) -> tuple[Sheet, Point]:
        """The sheet and the EVSE behind a QR code, priced for a guest or for contracts.

        Raises NotFound. Letters count alike in both cases.
        """
        async with self._store.reading() as tx:
            places = await tx.locations.by_code(code.upper())
            if not places:
                raise NotFound("code", code)
            place: EvsePlace = places[0]
            sheet = await _sheet(tx, place.location, now, guest=guest)
        point = next((p for p in sheet.points if p.evse.uid == place.evse.uid), None)
        if point is None:
            raise NotFound("code", code)
        return sheet, point

    async def estimate(
        self, code: str, energy: Kwh, now: datetime, *, guest: bool = True
    ) -> Estimate:
        """What this energy costs at the EVSE behind a code, were it started now.

        Raises NotFound, and ChargerRefused when nobody knows the price.
        """
        sheet, point = await self.by_code(code, now, guest=guest)
        plug = next((p for p in point.plugs if p.tariff is not None), None)
        if plug is None or plug.tariff is None:
            raise ChargerRefused("price_unknown")
        power = plug.connector.power
        zone = sheet.location.time_zone
        bill = estimate(plug.tariff, zone=zone, start=now, energy=energy, power=power)
        return Estimate(bill, duration_of(energy, power))


def _on_earth(box: Box) -> bool:
    latitudes = all(abs(each) <= NORTH_POLE for each in (box.south, box.north))
    return latitudes and all(abs(each) <= DATE_LINE for each in (box.west, box.east))


def _pin(location: Location, tariffs: Known, now: datetime) -> Pin | None:
    shown = [evse for evse in location.evses if evse.status in SHOWN]
    if not shown:
        return None
    return Pin(
        location,
        free=sum(evse.status is EvseStatus.AVAILABLE for evse in shown),
        total=len(shown),
        status=min((evse.status for evse in shown), key=BEST_FIRST.index),
        max_power=max(_power(shown)),
        headline=_headline(location, shown, tariffs, now),
    )


def _headline(
    location: Location, shown: Iterable[Evse], tariffs: Known, now: datetime
) -> PriceLine | None:
    """The lowest price per kWh of now, else the first price of now."""
    connectors = {c.tariff_ids: c for evse in shown for c in evse.connectors}
    lines = [
        line
        for connector in connectors.values()
        for line in _plug(location, connector, tariffs, guest=False, now=now).prices
        if line.now
    ]
    per_kwh = [line for line in lines if line.kind is PriceKind.ENERGY]
    if per_kwh:
        return min(per_kwh, key=lambda line: line.amount.amount)
    return lines[0] if lines else None


def _power(evses: Iterable[Evse]) -> list[Kw]:
    return [connector.power for evse in evses for connector in evse.connectors] or [Kw(Decimal(0))]


async def _tariffs(tx: Transaction, places: Iterable[Location]) -> dict[PartyId, Known]:
    """The tariffs these places name, read once per party."""
    ids: dict[PartyId, set[str]] = {}
    for place in places:
        named = (t for _, connector in place.pairs() for t in connector.tariff_ids)
        ids.setdefault(place.party, set()).update(named)
    return {
        party: {t.id.casefold(): t for t in await tx.tariffs.many(party, sorted(of_party))}
        for party, of_party in ids.items()
    }


async def _sheet(tx: Transaction, location: Location, now: datetime, *, guest: bool) -> Sheet:
    known = (await _tariffs(tx, [location])).get(location.party, {})
    points = tuple(
        Point(
            evse,
            tuple(_plug(location, c, known, guest=guest, now=now) for c in evse.connectors),
        )
        for evse in location.evses
        if evse.status in SHOWN
    )
    return Sheet(location, points, location.operator_name, now)


def _plug(
    location: Location, connector: Connector, known: Known, *, guest: bool, now: datetime
) -> Plug:
    named = [known[t.casefold()] for t in connector.tariff_ids if t.casefold() in known]
    tariff = price_list(named, now, ad_hoc=guest)
    if tariff is None:
        return Plug(connector, None, ())
    return Plug(connector, tariff, describe(tariff, zone=location.time_zone, at=now))
