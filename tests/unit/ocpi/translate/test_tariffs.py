"""Tariffs are exact in both directions."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from app.domain.errors import InvalidInput
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    TariffElement,
    TariffType,
    TaxIncluded,
)
from app.domain.units import Ampere, Kw, Kwh
from ocpi.models.tariffs import Tariff as WireTariff
from ocpi.translate.tariffs import read_tariff, write_tariff
from ocpi.translate.values import Verbatim
from tests.support.roaming_objects import a_tariff

EVERYTHING = Restrictions(
    start_time=time(22, 0),
    end_time=time(6, 0),
    start_date=date(2026, 1, 1),
    end_date=date(2027, 1, 1),
    min_kwh=Kwh.of("1.5"),
    max_kwh=Kwh.of("20"),
    min_current=Ampere.of("16"),
    max_current=Ampere.of("32"),
    min_power=Kw.of("4.2"),
    max_power=Kw.of("22"),
    min_duration=timedelta(seconds=60),
    max_duration=timedelta(hours=4),
    weekdays=frozenset({1, 7}),
    reservation=ReservationPhase.RESERVATION,
)
FULL = a_tariff(
    elements=(
        TariffElement(
            (PriceComponent(Dimension.TIME, Decimal("1.23456789"), None, 0),), EVERYTHING
        ),
        TariffElement((PriceComponent(Dimension.FLAT, Decimal("0.00"), Decimal("0.0")),)),
    ),
    type=TariffType.REGULAR,
    min_price=PriceLimit(Decimal("0.5"), Decimal("0.6")),
    max_price=PriceLimit(Decimal(50)),
    start=datetime(2026, 1, 1, tzinfo=UTC),
    end=datetime(2027, 1, 1, tzinfo=UTC),
    tax_included=TaxIncluded.NOT_APPLICABLE,
    alt_text=(("de", "Günstig"),),
    alt_url="https://cpo.example/t",
)


@pytest.mark.parametrize("tariff", [a_tariff(), FULL], ids=["plain", "full"])
def test_a_tariff_comes_back_as_it_was(tariff: object) -> None:
    document = write_tariff(tariff)  # type: ignore[arg-type]
    assert replace(read_tariff(WireTariff.read(document)), own=True) == tariff


def test_an_element_without_restrictions_has_none() -> None:
    assert "restrictions" not in write_tariff(FULL)["elements"][1]


def test_what_it_came_from_is_kept() -> None:
    wire = WireTariff.read(write_tariff(FULL))
    tariff = read_tariff(wire, Verbatim("{}", "2.2.1"))
    assert (tariff.document, tariff.version, tariff.own) == ("{}", "2.2.1", False)


def test_the_end_of_the_day_is_midnight() -> None:
    document = write_tariff(FULL)
    document["elements"][0]["restrictions"]["end_time"] = "24:00"
    tariff = read_tariff(WireTariff.read(document))
    assert tariff.elements[0].restrictions.end_time == time(0, 0)


@pytest.mark.parametrize(
    ("field", "value"), [("start_date", "2026-02-30"), ("start_time", "24:30")]
)
def test_days_and_times_that_are_none(field: str, value: str) -> None:
    """Refused with the field's name, not by falling over it: a pull goes on without the tariff."""
    document = write_tariff(FULL)
    document["elements"][0]["restrictions"][field] = value
    with pytest.raises(InvalidInput) as refused:
        WireTariff.read(document)
    assert refused.value.path.endswith(field)


def test_a_duration_longer_than_any() -> None:
    document = write_tariff(FULL)
    document["elements"][0]["restrictions"]["min_duration"] = 9 * 10**13
    restrictions = read_tariff(WireTariff.read(document)).elements[0].restrictions
    assert restrictions.min_duration is not None
    assert restrictions.min_duration > timedelta(days=365)
