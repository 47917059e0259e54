"""Builders for prices: tariffs, slices and sessions, valid by default."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.bills import Bill, Slice, SliceKind
from app.domain.identifiers import PartyId
from app.domain.points import Point
from app.domain.pricing import price
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    Restrictions,
    Tariff,
    TariffElement,
)
from app.domain.tokens import TokenRef, TokenType
from app.domain.units import NO_ENERGY, Kwh

PARTY = PartyId("NL", "RWT")
ZONE = "Europe/Amsterdam"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, 10:00 on the wall
MINUTE = timedelta(minutes=1)


def a_component(
    dimension: Dimension, amount: str, vat: str | None = "20", step_size: int = 1
) -> PriceComponent:
    """A price with 20 % VAT."""
    rate = None if vat is None else Decimal(vat)
    return PriceComponent(dimension, Decimal(amount), rate, step_size)


def energy_at(amount: str, **when: Any) -> TariffElement:
    """An element with a price per kWh."""
    return TariffElement((a_component(Dimension.ENERGY, amount),), Restrictions(**when))


def a_tariff(*elements: TariffElement, **fields: Any) -> Tariff:
    """A tariff in EUR; 0.30 per kWh unless elements are given."""
    return Tariff(
        **{
            "party": PARTY,
            "id": "T1",
            "currency": "EUR",
            "elements": elements or (energy_at("0.30"),),
            "last_updated": START,
            **fields,
        }
    )


def some_slices(*parts: tuple[SliceKind, int, str], start: datetime = START) -> list[Slice]:
    """Slices in a row, each of a kind, so many minutes and so many kWh."""
    result = []
    for kind, minutes, kwh in parts:
        end = start + minutes * MINUTE
        result.append(Slice(start, end, kind, Kwh.of(kwh)))
        start = end
    return result


def a_bill(tariff: Tariff, *parts: tuple[SliceKind, int, str]) -> Bill:
    """The bill of such slices; an hour with 10 kWh unless parts are given."""
    slices = some_slices(*(parts or ((SliceKind.CHARGING, 60, "10"),)))
    return price(slices, tariff, zone=ZONE, currency=tariff.currency)


def a_point(minute: int, kwh: str, activity: Activity = Activity.CHARGING, **fields: Any) -> Point:
    """A point so many minutes after the start."""
    return Point(START + minute * MINUTE, Kwh.of(kwh), activity, **fields)


def a_session(*points: Point, ended: int | None = None, **fields: Any) -> Session:
    """A session from START on, ended after so many minutes."""
    return Session(
        **{
            "id": "S1",
            "party": PARTY,
            "status": SessionStatus.ACTIVE if ended is None else SessionStatus.COMPLETED,
            "started_at": START,
            "last_updated": START,
            "currency": "EUR",
            "zone": ZONE,
            "token": TokenRef(PartyId("NL", "TNM"), "0412", TokenType.RFID, "NL-TNM-C00000001-X"),
            "tariff": a_tariff(),
            "ended_at": None if ended is None else START + ended * MINUTE,
            "energy": points[-1].energy if points else NO_ENERGY,
            "timeline": points,
            **fields,
        }
    )
