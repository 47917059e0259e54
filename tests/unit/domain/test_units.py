"""Quantities with units: exact, and converted in one place."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.units import Ampere, Kw, Kwh, energy, hours, plain, seconds


def test_conversions_are_exact() -> None:
    assert Kwh.from_wh(Decimal("115.2")) == Kwh.of("0.1152")
    assert Kwh.of("0.1152").wh == Decimal("115.2")
    assert Kw.from_w(11_040) == Kw.of("11.04")
    assert Kw.of("11.04").w == 11_040
    assert energy(Kw.of(11), timedelta(minutes=90)) == Kwh.of("16.5")


def test_arithmetic_keeps_the_unit() -> None:
    assert Kwh.of(3) + Kwh.of(4) - Kwh.of(1) == Kwh.of(2) * 3
    assert Ampere.of(6) < Ampere.of(16)
    assert Kw.of("0.0") == Kw.of(0)
    assert not Kw.of(0)


@pytest.mark.parametrize(("number", "text"), [("1E+1", "10"), ("2.500", "2.5"), ("0.0", "0")])
def test_numbers_are_written_plainly(number: str, text: str) -> None:
    assert str(Kwh.of(number)) == str(plain(Decimal(number))) == text


def test_durations_are_exact_to_the_microsecond() -> None:
    assert seconds(timedelta(days=2, seconds=3, microseconds=4)) == Decimal("172803.000004")
    assert seconds(timedelta(microseconds=-1)) == Decimal("-0.000001")
    assert hours(timedelta(minutes=90)) == Decimal("1.5")
