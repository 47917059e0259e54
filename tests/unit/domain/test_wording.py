"""Price lines in plain English."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from app.domain.money import Money
from app.domain.price_lines import PriceKind, PriceLine
from app.domain.tariffs import Restrictions
from app.domain.units import Ampere, Kw, Kwh
from app.domain.wording import FREE, PATTERNS, words

DASH = "\N{EN DASH}"
EURO = Money(Decimal("0.2"), "EUR")
MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.49", "EUR", "0.49 EUR per kWh"),
        ("0.5882", "EUR", "0.5882 EUR per kWh"),
        ("0.58825", "EUR", "0.5883 EUR per kWh"),
        ("1", "EUR", "1.00 EUR per kWh"),
        ("100", "JPY", "100 JPY per kWh"),
        ("0", "EUR", "energy free"),
    ],
)
def test_amounts(amount: str, currency: str, expected: str) -> None:
    line = PriceLine(PriceKind.ENERGY, Money(Decimal(amount), currency), taxed=True)
    assert words(line) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (Restrictions(start_time=time(8), end_time=time(20)), f"08:00{DASH}20:00"),
        (Restrictions(start_time=time(8, 30)), "from 08:30"),
        (Restrictions(end_time=time(20)), "until 20:00"),
        (Restrictions(weekdays=frozenset({1, 2, 3, 4, 5})), f"Mon{DASH}Fri"),
        (Restrictions(weekdays=frozenset({6, 7})), "Sat, Sun"),
        (Restrictions(weekdays=frozenset({1, 3, 5})), "Mon, Wed, Fri"),
        (Restrictions(start_date=date(2026, 7, 1)), "from 2026-07-01"),
        (Restrictions(end_date=date(2026, 7, 1)), "before 2026-07-01"),
        (Restrictions(min_kwh=Kwh.of(5), max_kwh=Kwh.of(10)), "from 5 to 10 kWh"),
        (Restrictions(max_kwh=Kwh.of("2.5")), "for the first 2.5 kWh"),
        (Restrictions(min_duration=60 * MINUTES), "after 60 min"),
        (Restrictions(max_duration=timedelta(seconds=90)), "for the first 90 s"),
        (Restrictions(min_power=Kw.of(50)), "from 50 kW"),
        (Restrictions(max_current=Ampere.of(32)), "below 32 A"),
    ],
)
def test_conditions(when: Restrictions, expected: str) -> None:
    line = PriceLine(PriceKind.IDLE, EURO, taxed=True, when=when)
    assert words(line) == f"0.20 EUR per minute idle, {expected}"


def test_everything_at_once() -> None:
    when = Restrictions(weekdays=frozenset({6}), start_time=time(8), min_duration=15 * MINUTES)
    line = PriceLine(PriceKind.IDLE, EURO, taxed=False, when=when, otherwise=True, step=300)
    assert words(line) == (
        "0.20 EUR per minute idle, otherwise, Sat, from 08:00, after 15 min, in steps of 5 min, "
        "taxes may be added"
    )


def test_steps_of_energy() -> None:
    line = PriceLine(PriceKind.ENERGY, EURO, taxed=True, step=500)
    assert words(line) == "0.20 EUR per kWh, in steps of 0.5 kWh"


def test_what_is_free_has_neither_steps_nor_taxes() -> None:
    line = PriceLine(PriceKind.IDLE, Money.zero("EUR"), taxed=False, step=300, otherwise=True)
    assert words(line) == "no idle fee, otherwise"


def test_every_kind_has_words() -> None:
    assert set(PATTERNS) == set(PriceKind)
    assert set(PriceKind) - set(FREE) == {PriceKind.MINIMUM, PriceKind.MAXIMUM}
    zero = PriceLine(PriceKind.MAXIMUM, Money.zero("EUR"), taxed=True)
    assert words(zero) == "at most 0.00 EUR in total"
