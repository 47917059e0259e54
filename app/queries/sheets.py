"""A station's sheet, with its prices, and what a QR code leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.bills import Bill
from app.domain.errors import ChargerRefused, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, Evse, EvsePlace, Location
from app.domain.price_lines import PriceLine, describe
from app.domain.quotes import duration_of, estimate
from app.domain.tariffs import Tariff, price_list
from app.domain.units import Kwh
from app.queries.map_facts import SHOWN
from app.store.quoting import Quoting
from app.store.transaction import Store, Transaction

Known = Mapping[str, Tariff]
"""A party's tariffs by id in lower case."""


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


class Sheets:
    """Reads stations for people; what is not published does not exist here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def sheet(self, party: PartyId, location_id: str, now: datetime) -> Sheet:
        """A location's sheet with the prices for contracts; raises NotFound."""
        async with self._store.reading() as tx:
            location = await tx.locations.need(party, location_id)
            if not location.publish:
                raise NotFound("location", location_id)
            return await read_sheet(tx, location, now, guest=False)

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
            sheet = await read_sheet(tx, place.location, now, guest=guest)
        point = next((p for p in sheet.points if p.evse.uid == place.evse.uid), None)
        if point is None:
            raise NotFound("code", code)
        return sheet, point

    async def named(self, code: str) -> tuple[PartyId, str, str]:
        """Party, location and EVSE (in lower case) of a QR code; raises NotFound."""
        found = await Quoting(self._store).by_code(code)
        if found is None:
            raise NotFound("code", code)
        return found.location.party, found.location.id, found.evse_uid

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


async def tariffs_of(tx: Transaction, location: Location) -> Known:
    """The tariffs that a location names."""
    named = {t for _, connector in location.pairs() for t in connector.tariff_ids}
    found = await tx.tariffs.many(location.party, sorted(named)) if named else []
    return {tariff.id.casefold(): tariff for tariff in found}


async def read_sheet(tx: Transaction, location: Location, now: datetime, *, guest: bool) -> Sheet:
    """The sheet of a location, priced for a guest or for contracts."""
    known = await tariffs_of(tx, location)
    points = tuple(
        Point(
            evse,
            tuple(plug_of(location, c, known, guest=guest, now=now) for c in evse.connectors),
        )
        for evse in location.evses
        if evse.status in SHOWN
    )
    return Sheet(location, points, location.operator_name, now)


def plug_of(
    location: Location, connector: Connector, known: Known, *, guest: bool, now: datetime
) -> Plug:
    """A connector with the tariff that counts now, of those that its location names."""
    named = [known[t.casefold()] for t in connector.tariff_ids if t.casefold() in known]
    tariff = price_list(named, now, ad_hoc=guest)
    if tariff is None:
        return Plug(connector, None, ())
    return Plug(connector, tariff, describe(tariff, zone=location.time_zone, at=now))
