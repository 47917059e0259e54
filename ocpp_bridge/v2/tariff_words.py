"""A tariff of OCPI in the words of OCPP 2.1 (TariffType). Pure.

OCPP has prices without tax by the minute, one set of taxes for a dimension, and no step sizes. A
tariff that needs more cannot be shown by a charger; it is refused rather than bent.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TaxIncluded,
)
from ocpp_bridge.exchange import Payload
from ocpp_bridge.timestamps import write_time

LONGEST_ID = 60
_MINUTES, _HUNDRED = Decimal(60), Decimal(100)
_EXACT = Decimal("0.000001")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_PRICES = {
    Dimension.ENERGY: ("energy", "priceKwh"),
    Dimension.TIME: ("chargingTime", "priceMinute"),
    Dimension.PARKING_TIME: ("idleTime", "priceMinute"),
    Dimension.FLAT: ("fixedFee", "priceFixed"),
}
_RESERVED = {
    Dimension.TIME: ("reservationTime", "priceMinute"),
    Dimension.FLAT: ("reservationFixed", "priceFixed"),
}
_FIXED = frozenset({"fixedFee", "reservationFixed"})
_SECOND = timedelta(seconds=1)


class Inexpressible(Exception):
    """OCPP 2.1 has no words for this tariff."""


def write_tariff(tariff: Tariff) -> Payload:
    """TariffType; raises Inexpressible."""
    if len(tariff.id) > LONGEST_ID:
        raise Inexpressible(f"a tariff's id has at most {LONGEST_ID} characters")
    parts: dict[str, Payload] = {}
    for element in tariff.elements:
        for component in element.components:
            _add(parts, component, element.restrictions, tariff)
    said: Payload = {"tariffId": tariff.id, "currency": tariff.currency, **parts}
    if tariff.start is not None:
        said["validFrom"] = write_time(tariff.start)
    for name, limit in (("minCost", tariff.min_price), ("maxCost", tariff.max_price)):
        if limit is not None:
            said[name] = _limit(limit)
    if tariff.alt_text:
        said["description"] = [
            {"format": "UTF8", "language": language, "content": text[:1024]}
            for language, text in tariff.alt_text[:10]
        ]
    return said


def _add(
    parts: dict[str, Payload], component: PriceComponent, when: Restrictions, tariff: Tariff
) -> None:
    if when.reservation is ReservationPhase.RESERVATION_EXPIRES:
        raise Inexpressible("no price for reservations that expire")
    known = _PRICES if when.reservation is None else _RESERVED
    if component.dimension not in known:
        raise Inexpressible(f"no price of {component.dimension} for reservations")
    name, price_name = known[component.dimension]
    price: Payload = {price_name: float(_price(component, tariff, price_name))}
    conditions = _conditions(when, fixed=name in _FIXED)
    if conditions:
        price["conditions"] = conditions
    part = parts.setdefault(name, {"prices": [], **_taxes(component)})
    if part.get("taxRates") != _taxes(component).get("taxRates"):
        raise Inexpressible(f"two rates of tax in {name}")
    part["prices"].append(price)


def _price(component: PriceComponent, tariff: Tariff, name: str) -> Decimal:
    """Without tax, and by the minute where OCPI has it by the hour; to a millionth."""
    price = component.price
    if tariff.tax_included is TaxIncluded.YES and component.vat:
        price = price / (1 + component.vat / _HUNDRED)
    if name == "priceMinute":
        price /= _MINUTES
    return price.quantize(_EXACT)


def _taxes(component: PriceComponent) -> dict[str, Any]:
    if not component.vat:
        return {}
    return {"taxRates": [{"type": "VAT", "tax": float(component.vat)}]}


def _limit(limit: PriceLimit) -> Payload:
    said: Payload = {"exclTax": float(limit.net)}
    if limit.gross is not None:
        said["inclTax"] = float(limit.gross)
    return said


def _conditions(when: Restrictions, *, fixed: bool) -> Payload:
    measured = _measured(when)
    if fixed and measured:
        raise Inexpressible("a flat price on conditions that are measured")
    given: dict[str, Any] = {
        "startTimeOfDay": None if when.start_time is None else f"{when.start_time:%H:%M}",
        "endTimeOfDay": None if when.end_time is None else f"{when.end_time:%H:%M}",
        "validFromDate": None if when.start_date is None else when.start_date.isoformat(),
        "validToDate": None if when.end_date is None else when.end_date.isoformat(),
        "dayOfWeek": [_DAYS[day - 1] for day in sorted(when.weekdays)] or None,
    }
    return {name: value for name, value in given.items() if value is not None} | measured


def _measured(when: Restrictions) -> Payload:
    """Bounds in Wh, W, A and seconds."""
    given: dict[str, Any] = {
        "minEnergy": None if when.min_kwh is None else float(when.min_kwh.wh),
        "maxEnergy": None if when.max_kwh is None else float(when.max_kwh.wh),
        "minCurrent": None if when.min_current is None else float(when.min_current.value),
        "maxCurrent": None if when.max_current is None else float(when.max_current.value),
        "minPower": None if when.min_power is None else float(when.min_power.w),
        "maxPower": None if when.max_power is None else float(when.max_power.w),
        "minTime": None if when.min_duration is None else when.min_duration // _SECOND,
        "maxTime": None if when.max_duration is None else when.max_duration // _SECOND,
    }
    return {name: value for name, value in given.items() if value is not None}
