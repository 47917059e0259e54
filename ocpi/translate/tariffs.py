"""Tariffs, exact in both directions: a price list means the same to us and to a partner."""

from datetime import date, time, timedelta
from decimal import Decimal

from app.domain.identifiers import PartyId
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
    TariffType,
    TaxIncluded,
)
from app.domain.units import Ampere, Kw, Kwh
from ocpi.models.common import write_datetime
from ocpi.models.tariffs import PriceLimit as WireLimit
from ocpi.models.tariffs import Tariff as WireTariff
from ocpi.models.tariffs import TariffElement as WireElement
from ocpi.models.tariffs import TariffRestrictions
from ocpi.translate.values import (
    Json,
    Verbatim,
    present,
    read_span,
    read_texts,
    write_owner,
    write_texts,
)

_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_MIDNIGHT = "24:00"


def write_tariff(tariff: Tariff) -> Json:
    """Our tariff in canonical form."""
    return present(
        {
            **write_owner(tariff.party),
            "id": tariff.id,
            "currency": tariff.currency,
            "type": tariff.type.value if tariff.type else None,
            "tariff_alt_text": write_texts(tariff.alt_text),
            "tariff_alt_url": tariff.alt_url,
            "min_price": _write_limit(tariff.min_price),
            "max_price": _write_limit(tariff.max_price),
            "elements": [_write_element(element) for element in tariff.elements],
            "tax_included": tariff.tax_included.value,
            "start_date_time": write_datetime(tariff.start) if tariff.start else None,
            "end_date_time": write_datetime(tariff.end) if tariff.end else None,
            "last_updated": write_datetime(tariff.last_updated),
        }
    )


def _write_limit(limit: PriceLimit | None) -> Json | None:
    if limit is None:
        return None
    return present({"before_taxes": limit.net, "after_taxes": limit.gross})


def _write_element(element: TariffElement) -> Json:
    components = [_write_component(component) for component in element.components]
    restrictions = _write_restrictions(element.restrictions)
    return present({"price_components": components, "restrictions": restrictions or None})


def _write_component(component: PriceComponent) -> Json:
    return present(
        {
            "type": component.dimension.value,
            "price": component.price,
            "vat": component.vat,
            "step_size": component.step_size,
        }
    )


def _write_restrictions(rules: Restrictions) -> Json:
    return present(
        {
            "start_time": _clock(rules.start_time),
            "end_time": _clock(rules.end_time),
            "start_date": rules.start_date.isoformat() if rules.start_date else None,
            "end_date": rules.end_date.isoformat() if rules.end_date else None,
            "min_kwh": _value(rules.min_kwh),
            "max_kwh": _value(rules.max_kwh),
            "min_current": _value(rules.min_current),
            "max_current": _value(rules.max_current),
            "min_power": _value(rules.min_power),
            "max_power": _value(rules.max_power),
            "min_duration": _seconds(rules.min_duration),
            "max_duration": _seconds(rules.max_duration),
            "day_of_week": [_WEEKDAYS[day - 1] for day in sorted(rules.weekdays)],
            "reservation": rules.reservation.value if rules.reservation else None,
        }
    )


def _clock(moment: time | None) -> str | None:
    return moment.strftime("%H:%M") if moment is not None else None


def _value(quantity: Kwh | Kw | Ampere | None) -> Decimal | None:
    return quantity.value if quantity is not None else None


def _seconds(duration: timedelta | None) -> int | None:
    return int(duration.total_seconds()) if duration is not None else None


def read_tariff(tariff: WireTariff, source: Verbatim | None = None) -> Tariff:
    """A partner's tariff; one inside a CDR has no source of its own."""
    return Tariff(
        party=PartyId.of(tariff.country_code, tariff.party_id),
        id=tariff.id,
        currency=tariff.currency.upper(),
        elements=tuple(_read_element(element) for element in tariff.elements),
        last_updated=tariff.last_updated,
        type=TariffType(tariff.type) if tariff.type else None,
        min_price=_read_limit(tariff.min_price),
        max_price=_read_limit(tariff.max_price),
        start=tariff.start_date_time,
        end=tariff.end_date_time,
        tax_included=TaxIncluded(tariff.tax_included),
        alt_text=read_texts(tariff.tariff_alt_text),
        alt_url=tariff.tariff_alt_url,
        own=False,
        document=source.text if source else None,
        version=source.version if source else None,
    )


def _read_limit(limit: WireLimit | None) -> PriceLimit | None:
    return PriceLimit(limit.before_taxes, limit.after_taxes) if limit else None


def _read_element(element: WireElement) -> TariffElement:
    components = tuple(
        PriceComponent(Dimension(c.type), c.price, c.vat, c.step_size)
        for c in element.price_components
    )
    if element.restrictions is None:
        return TariffElement(components)
    return TariffElement(components, _read_restrictions(element.restrictions))


def _read_restrictions(rules: TariffRestrictions) -> Restrictions:
    return Restrictions(
        start_time=_read_clock(rules.start_time),
        end_time=_read_clock(rules.end_time),
        start_date=date.fromisoformat(rules.start_date) if rules.start_date else None,
        end_date=date.fromisoformat(rules.end_date) if rules.end_date else None,
        min_kwh=Kwh(rules.min_kwh) if rules.min_kwh is not None else None,
        max_kwh=Kwh(rules.max_kwh) if rules.max_kwh is not None else None,
        min_current=Ampere(rules.min_current) if rules.min_current is not None else None,
        max_current=Ampere(rules.max_current) if rules.max_current is not None else None,
        min_power=Kw(rules.min_power) if rules.min_power is not None else None,
        max_power=Kw(rules.max_power) if rules.max_power is not None else None,
        min_duration=_duration(rules.min_duration),
        max_duration=_duration(rules.max_duration),
        weekdays=frozenset(_WEEKDAYS.index(day) + 1 for day in rules.day_of_week),
        reservation=ReservationPhase(rules.reservation) if rules.reservation else None,
    )


def _read_clock(text: str | None) -> time | None:
    """`24:00`, which some write for the end of the day, is midnight (`00:00`) as well."""
    if text is None:
        return None
    return time() if text == _MIDNIGHT else time.fromisoformat(text)


def _duration(seconds: int | None) -> timedelta | None:
    return read_span(seconds) if seconds is not None else None
