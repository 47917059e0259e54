"""Numbers, money, texts and owners between the domain and OCPI's fields.

Inside everything is exact; on the wire numbers are rounded half up to four decimals, once.
Source: OCPI 2.2.1, Types, number type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.domain.identifiers import PartyId
from app.domain.locations import GeoPoint
from app.domain.money import Money
from app.domain.money import Price as Amount
from app.domain.units import SECONDS_PER_HOUR, hours
from ocpi.models.common import DisplayText, Price
from ocpi.models.locations import GeoLocation

Json = dict[str, Any]

_WIRE_UNIT = Decimal("0.0001")
_DEGREE_DIGITS = (5, 7)
_MOST_SECONDS = 2**31
"""More than any wait or profile lasts; whoever takes it has a bound of its own."""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A partner's object exactly as it came: JSON text and the OCPI version it is in."""

    text: str
    version: str


def wire_number(value: Decimal) -> Decimal:
    """Rounded half up to the four decimals OCPI numbers have."""
    return value.quantize(_WIRE_UNIT, ROUND_HALF_UP)


def wire_hours(duration: timedelta) -> Decimal:
    """A duration in hours with four decimals."""
    return wire_number(hours(duration))


def read_span(seconds: int) -> timedelta:
    """Seconds of the wire, kept within what a time span can say."""
    return timedelta(seconds=min(max(seconds, -_MOST_SECONDS), _MOST_SECONDS))


def read_hours(hours: Decimal) -> timedelta:
    """Hours of the wire, kept within the same."""
    seconds = min(max(hours * SECONDS_PER_HOUR, Decimal(-_MOST_SECONDS)), Decimal(_MOST_SECONDS))
    return timedelta(microseconds=int(seconds * 1_000_000))


def write_price(amount: Amount) -> Json:
    """Net and, where taxes are known, one tax; sums stay right after rounding."""
    net = wire_number(amount.net.amount)
    gross = amount.gross
    if gross is None:
        return {"before_taxes": net}
    tax = wire_number(gross.amount) - net
    return {"before_taxes": net, "taxes": [{"name": "VAT", "amount": tax}]}


def read_price(price: Price, currency: str) -> Amount:
    """A price; without `taxes` they are unknown."""
    taxes = sum((tax.amount for tax in price.taxes), Decimal(0)) if price.taxes else None
    known = None if taxes is None else Money(taxes, currency)
    return Amount(Money(price.before_taxes, currency), known)


def write_texts(texts: Sequence[tuple[str, str]]) -> list[Json]:
    """(language, text) pairs as display texts."""
    return [{"language": language, "text": text} for language, text in texts]


def read_texts(texts: Sequence[DisplayText]) -> tuple[tuple[str, str], ...]:
    """Display texts as (language, text) pairs."""
    return tuple((text.language.lower(), text.text) for text in texts)


def write_owner(party: PartyId) -> Json:
    """The two fields that say whose an object is."""
    return {"country_code": party.country, "party_id": party.code}


def write_point(point: GeoPoint) -> Json:
    """Degrees with five to seven decimals. Source: OCPI 2.2.1, Locations, GeoLocation class."""
    return {"latitude": _degrees(point.latitude), "longitude": _degrees(point.longitude)}


def _degrees(degrees: Decimal) -> str:
    exponent = degrees.normalize().as_tuple().exponent
    given = -exponent if isinstance(exponent, int) else 0
    digits = min(max(given, _DEGREE_DIGITS[0]), _DEGREE_DIGITS[1])
    return format(degrees.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP), "f")


def read_point(place: GeoLocation) -> GeoPoint:
    """Degrees, exact."""
    return GeoPoint(Decimal(place.latitude), Decimal(place.longitude))


def present(document: Json) -> Json:
    """The document without absent values: None and empty lists are not sent."""
    return {
        key: value
        for key, value in document.items()
        if value is not None and value not in ([], ())
    }
