"""Own locations and tariffs in the words of a site file, so that what is read can be sent back."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from app.domain.locations import (
    Connector,
    Evse,
    EvseStatus,
    ExceptionalPeriod,
    Location,
    OpeningTimes,
)
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
    HoursShape,
    LimitShape,
    LocationShape,
    OpeningShape,
    PeriodShape,
    PriceShape,
    RestrictionsShape,
    StationShape,
    TariffShape,
)


def render_location(location: Location) -> LocationShape:
    """A location as it stands in a file; EVSEs that were removed and passwords are not in it."""
    return LocationShape.model_construct(
        id=location.id,
        name=location.name,
        address=location.address,
        city=location.city,
        postal_code=location.postal_code,
        state=location.state,
        country=location.country,
        latitude=location.coordinates.latitude,
        longitude=location.coordinates.longitude,
        time_zone=location.time_zone,
        parking_type=location.parking_type,
        directions=dict(location.directions),
        facilities=list(location.facilities),
        opening_times=_opening(location.opening_times),
        publish=location.publish,
        help_phone=location.help_phone,
        stations=_stations(location.evses),
    )


def _stations(evses: Iterable[Evse]) -> list[StationShape]:
    present = [evse for evse in evses if evse.status is not EvseStatus.REMOVED]
    return [
        StationShape.model_construct(id=station, evses=[_evse(evse) for evse in mine])
        for station, mine in groupby(present, key=lambda evse: evse.station_id)
    ]


def _evse(evse: Evse) -> EvseShape:
    return EvseShape.model_construct(
        uid=evse.uid,
        number=evse.number,
        evse_id=evse.evse_id,
        physical_reference=evse.physical_reference,
        floor_level=evse.floor_level,
        capabilities=list(evse.capabilities),
        connectors=[_connector(connector) for connector in evse.connectors],
    )


def _connector(connector: Connector) -> ConnectorShape:
    return ConnectorShape.model_construct(
        id=connector.id,
        number=connector.number,
        standard=connector.standard,
        format=connector.format,
        power_type=connector.power_type,
        max_voltage=connector.max_voltage,
        max_amperage=connector.max_amperage,
        max_power_kw=connector.max_power.value if connector.max_power else None,
        tariffs=list(connector.tariff_ids),
    )


def _opening(times: OpeningTimes | None) -> OpeningShape | None:
    if times is None:
        return None
    return OpeningShape.model_construct(
        regular=[
            HoursShape.model_construct(day=WEEKDAYS[h.weekday - 1], begin=h.begin, end=h.end)
            for h in times.regular
        ],
        openings=_periods(times.openings),
        closings=_periods(times.closings),
    )


def _periods(periods: Iterable[ExceptionalPeriod]) -> list[PeriodShape]:
    return [PeriodShape.model_construct(begin=p.begin, end=p.end) for p in periods]


def render_tariff(tariff: Tariff) -> TariffShape:
    """A tariff as it stands in a file, every price with its own VAT rate."""
    return TariffShape.model_construct(
        id=tariff.id,
        currency=tariff.currency,
        type=tariff.type,
        tax_included=tariff.tax_included,
        elements=[_element(element) for element in tariff.elements],
        min_price=_limit(tariff.min_price),
        max_price=_limit(tariff.max_price),
        start=tariff.start,
        end=tariff.end,
        description=dict(tariff.alt_text),
        url=tariff.alt_url,
    )


def _element(element: TariffElement) -> ElementShape:
    prices = {component.dimension: _price(component) for component in element.components}
    return ElementShape.model_construct(
        energy=prices.get(Dimension.ENERGY),
        time=prices.get(Dimension.TIME),
        parking_time=prices.get(Dimension.PARKING_TIME),
        flat=prices.get(Dimension.FLAT),
        restrictions=_restrictions(element.restrictions),
    )


def _price(component: PriceComponent) -> PriceShape:
    return PriceShape.model_construct(
        price=component.price, vat=component.vat, step_size=component.step_size
    )


def _restrictions(given: Restrictions) -> RestrictionsShape | None:
    if given == Restrictions():
        return None
    return RestrictionsShape.model_construct(
        start_time=given.start_time.strftime("%H:%M") if given.start_time else None,
        end_time=given.end_time.strftime("%H:%M") if given.end_time else None,
        start_date=given.start_date,
        end_date=given.end_date,
        min_kwh=_number(given.min_kwh),
        max_kwh=_number(given.max_kwh),
        min_current=_number(given.min_current),
        max_current=_number(given.max_current),
        min_power=_number(given.min_power),
        max_power=_number(given.max_power),
        min_duration=_seconds(given.min_duration),
        max_duration=_seconds(given.max_duration),
        day_of_week=[WEEKDAYS[day - 1] for day in sorted(given.weekdays)] or None,
        reservation=given.reservation,
    )


def _number(quantity: Kwh | Kw | Ampere | None) -> Decimal | None:
    return None if quantity is None else quantity.value


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else duration // timedelta(seconds=1)


def _limit(limit: PriceLimit | None) -> LimitShape | None:
    if limit is None:
        return None
    return LimitShape.model_construct(net=limit.net, gross=limit.gross)
