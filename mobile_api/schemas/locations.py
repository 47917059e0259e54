"""Station sheets."""

from datetime import datetime

from app.domain.locations import EvseStatus, OpeningTimes
from app.queries.sheets import Plug, Point, Sheet
from mobile_api.price_wording import price_words
from mobile_api.schemas.values import PriceLineOut, Shape, number


class ConnectorOut(Shape):
    """A plug; `prices` is empty when the price is unknown, which never means free.

    A partner's price is set by the station's `operator`, as it stands since `price_set_at`.
    """

    id: str
    standard: str
    format: str
    power_type: str
    max_power_kw: str
    price_known: bool
    prices: list[PriceLineOut]
    price_set_at: datetime | None

    @classmethod
    def of(cls, plug: Plug, language: str = "en") -> "ConnectorOut":
        """With its prices in words."""
        prices = [PriceLineOut.of(line, price_words(line, language)) for line in plug.prices]
        return cls(
            id=plug.connector.id,
            standard=plug.connector.standard,
            format=plug.connector.format,
            power_type=plug.connector.power_type,
            max_power_kw=number(plug.connector.power.value) or "0",
            price_known=plug.tariff is not None,
            prices=prices,
            price_set_at=None if plug.tariff is None else plug.tariff.last_updated,
        )


class EvseOut(Shape):
    """An EVSE; `label` is what is printed at it, `updated_at` how old its status is."""

    uid: str
    evse_id: str | None
    label: str
    code: str | None
    status: EvseStatus
    updated_at: datetime
    floor: str | None
    capabilities: list[str]
    connectors: list[ConnectorOut]

    @classmethod
    def of(cls, point: Point, language: str = "en") -> "EvseOut":
        """With its plugs."""
        evse = point.evse
        return cls(
            uid=evse.uid,
            evse_id=evse.evse_id,
            label=evse.physical_reference or evse.evse_id or evse.uid,
            code=evse.code,
            status=evse.status,
            updated_at=evse.last_updated,
            floor=evse.floor_level,
            capabilities=list(evse.capabilities),
            connectors=[ConnectorOut.of(plug, language) for plug in point.plugs],
        )


class HoursOut(Shape):
    """Open on a weekday (1 = Monday) between two local times."""

    weekday: int
    begin: str
    end: str


class OpeningOut(Shape):
    """When the place can be entered."""

    always: bool
    regular: list[HoursOut]

    @classmethod
    def of(cls, times: OpeningTimes | None) -> "OpeningOut | None":
        """Nothing when it is not known."""
        if times is None:
            return None
        regular = [HoursOut(weekday=h.weekday, begin=h.begin, end=h.end) for h in times.regular]
        return cls(always=times.always, regular=regular)


class SheetOut(Shape):
    """A station's sheet: `free` of `total` EVSEs at `as_of`, each status with its own age."""

    party: str
    id: str
    name: str
    operator: str | None
    partner: bool
    address: str
    city: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    opening: OpeningOut | None
    help_phone: str | None
    free: int
    total: int
    as_of: datetime
    evses: list[EvseOut]

    @classmethod
    def of(cls, sheet: Sheet, language: str = "en") -> "SheetOut":
        """Everything a driver decides by."""
        place = sheet.location
        return cls(
            party=str(place.party),
            id=place.id,
            name=place.name or place.address,
            operator=sheet.operator_name,
            partner=sheet.partner,
            address=place.address,
            city=place.city,
            country=place.country,
            latitude=float(place.coordinates.latitude),
            longitude=float(place.coordinates.longitude),
            time_zone=place.time_zone,
            opening=OpeningOut.of(place.opening_times),
            help_phone=place.help_phone,
            free=sum(point.evse.status is EvseStatus.AVAILABLE for point in sheet.points),
            total=len(sheet.points),
            as_of=sheet.as_of,
            evses=[EvseOut.of(point, language) for point in sheet.points],
        )


class CodeOut(Shape):
    """What a QR code leads to."""

    station: SheetOut
    evse: EvseOut
