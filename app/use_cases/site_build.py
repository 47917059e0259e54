"""Turns a site file's shapes into domain objects, with what the file leaves out filled in."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from app.domain.identifiers import PartyId
from app.domain.locations import (
    Connector,
    Evse,
    EvseStatus,
    ExceptionalPeriod,
    GeoPoint,
    Location,
    OpeningHours,
    OpeningTimes,
)
from app.domain.operators import Operator
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffElement,
)
from app.domain.units import Ampere, Kw, Kwh
from app.use_cases.site_models import (
    WEEKDAYS,
    ConnectorShape,
    ElementShape,
    EvseShape,
    LimitShape,
    LocationShape,
    OpeningShape,
    OperatorShape,
    PeriodShape,
    RestrictionsShape,
    StationShape,
    TariffShape,
)

CAPABILITIES = ("REMOTE_START_STOP_CAPABLE",)
"""What every charger here can do, whether or not the file says so."""


def build_operator(shape: OperatorShape, now: datetime) -> Operator:
    """The operator of a file."""
    return Operator(
        party=PartyId.parse(shape.party),
        name=shape.name,
        created_at=now,
        website=shape.website,
        help_phone=shape.help_phone,
    )


def build_tariff(shape: TariffShape, party: PartyId, now: datetime) -> Tariff:
    """A tariff; components without a VAT rate take the tariff's."""
    return Tariff(
        party=party,
        id=shape.id,
        currency=shape.currency,
        elements=tuple(_element(element, shape.vat) for element in shape.elements),
        last_updated=now,
        type=shape.type,
        min_price=_limit(shape.min_price),
        max_price=_limit(shape.max_price),
        start=_utc(shape.start),
        end=_utc(shape.end),
        tax_included=shape.tax_included,
        alt_text=tuple(shape.description.items()),
        alt_url=shape.url,
    )


def _element(shape: ElementShape, vat: Decimal | None) -> TariffElement:
    prices = {
        Dimension.ENERGY: shape.energy,
        Dimension.TIME: shape.time,
        Dimension.PARKING_TIME: shape.parking_time,
        Dimension.FLAT: shape.flat,
    }
    components = tuple(
        PriceComponent(
            dimension=dimension,
            price=price.price,
            vat=vat if price.vat is None else price.vat,
            step_size=price.step_size,
        )
        for dimension, price in prices.items()
        if price is not None
    )
    if shape.restrictions is None:
        return TariffElement(components)
    return TariffElement(components, _restrictions(shape.restrictions))


def _restrictions(shape: RestrictionsShape) -> Restrictions:
    return Restrictions(
        start_time=_local(shape.start_time),
        end_time=_local(shape.end_time),
        start_date=shape.start_date,
        end_date=shape.end_date,
        min_kwh=None if shape.min_kwh is None else Kwh(shape.min_kwh),
        max_kwh=None if shape.max_kwh is None else Kwh(shape.max_kwh),
        min_current=None if shape.min_current is None else Ampere(shape.min_current),
        max_current=None if shape.max_current is None else Ampere(shape.max_current),
        min_power=None if shape.min_power is None else Kw(shape.min_power),
        max_power=None if shape.max_power is None else Kw(shape.max_power),
        min_duration=_seconds(shape.min_duration),
        max_duration=_seconds(shape.max_duration),
        weekdays=frozenset(WEEKDAYS.index(day) + 1 for day in shape.day_of_week or ()),
        reservation=shape.reservation,
    )


def _limit(shape: LimitShape | None) -> PriceLimit | None:
    return None if shape is None else PriceLimit(shape.net, shape.gross)


def _local(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def build_location(shape: LocationShape, operator: Operator, now: datetime) -> Location:
    """A location with every charger's EVSEs; statuses and QR codes come from `publishing`."""
    return Location(
        party=operator.party,
        id=shape.id,
        address=shape.address,
        city=shape.city,
        country=shape.country,
        coordinates=GeoPoint(shape.latitude, shape.longitude),
        time_zone=shape.time_zone,
        last_updated=now,
        evses=tuple(evse for station in shape.stations for evse in _evses(station, now)),
        name=shape.name,
        postal_code=shape.postal_code,
        state=shape.state,
        parking_type=shape.parking_type,
        operator_name=operator.name,
        directions=tuple(shape.directions.items()),
        facilities=tuple(shape.facilities),
        opening_times=_opening(shape.opening_times),
        publish=shape.publish,
        help_phone=shape.help_phone or operator.help_phone,
    )


def evse_number(shape: EvseShape, index: int) -> int:
    """How the charger numbers an EVSE: as the file says, else by its place in the list."""
    return shape.number or index + 1


def evse_uid(station: StationShape, index: int) -> str:
    """The uid of an EVSE: as the file says, else the charger's name and the EVSE's number."""
    shape = station.evses[index]
    return shape.uid or f"{station.id}-{evse_number(shape, index)}"


def connector_id(shape: ConnectorShape, index: int) -> str:
    """The id of a connector: as the file says, else its number."""
    return shape.id or str(shape.number or index + 1)


def _evses(station: StationShape, now: datetime) -> list[Evse]:
    return [
        Evse(
            uid=evse_uid(station, index),
            status=EvseStatus.UNKNOWN,
            connectors=tuple(_connector(c, i, now) for i, c in enumerate(shape.connectors)),
            last_updated=now,
            evse_id=shape.evse_id,
            capabilities=tuple(dict.fromkeys((*CAPABILITIES, *shape.capabilities))),
            physical_reference=shape.physical_reference,
            floor_level=shape.floor_level,
            station_id=station.id,
            number=evse_number(shape, index),
        )
        for index, shape in enumerate(station.evses)
    ]


def _connector(shape: ConnectorShape, index: int, now: datetime) -> Connector:
    return Connector(
        id=connector_id(shape, index),
        standard=shape.standard,
        format=shape.format,
        power_type=shape.power_type,
        max_voltage=shape.max_voltage,
        max_amperage=shape.max_amperage,
        last_updated=now,
        max_power=None if shape.max_power_kw is None else Kw(shape.max_power_kw),
        tariff_ids=tuple(shape.tariffs),
        number=shape.number or index + 1,
    )


def _opening(shape: OpeningShape | None) -> OpeningTimes | None:
    if shape is None:
        return None
    return OpeningTimes(
        always=not shape.regular,
        regular=tuple(
            OpeningHours(WEEKDAYS.index(hours.day) + 1, hours.begin, hours.end)
            for hours in shape.regular
        ),
        openings=_periods(shape.openings),
        closings=_periods(shape.closings),
    )


def _periods(shapes: list[PeriodShape]) -> tuple[ExceptionalPeriod, ...]:
    return tuple(
        ExceptionalPeriod(shape.begin.astimezone(UTC), shape.end.astimezone(UTC))
        for shape in shapes
    )
