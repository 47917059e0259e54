"""Money: exact, in one currency, rounded once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money, Price, minor_digits

EURO = Money(Decimal("1.005"), "EUR")


def test_digits_of_the_smallest_unit() -> None:
    assert [minor_digits(each) for each in ("EUR", "JPY", "KWD", "XXX")] == [2, 0, 3, 2]


def test_payable_is_rounded_half_up_once() -> None:
    assert str(EURO) == "1.01 EUR"
    assert (EURO.minor, Money(Decimal("0.5"), "JPY").minor) == (101, 1)
    assert (-EURO).minor == -101


@given(st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_minor_units_there_and_back(minor: int, currency: str) -> None:
    assert Money.from_minor(minor, currency).minor == minor


def test_arithmetic() -> None:
    cent = Money.from_minor(1, "EUR")
    assert (EURO + cent).amount == Decimal("1.015")
    assert (EURO - cent).amount == Decimal("0.995")
    assert (cent * 3).minor == 3
    assert cent < EURO
    assert cent <= cent  # noqa: PLR0124 - equal amounts are in order
    assert not Money.zero("EUR")


def test_two_currencies_do_not_mix() -> None:
    for operation in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__):
        with pytest.raises(ValueError, match="do not add up"):
            operation(EURO, Money(Decimal(1), "SEK"))


def test_unknown_taxes_are_not_zero() -> None:
    known = Price(EURO, Money(Decimal("0.2"), "EUR"))
    unknown = Price(EURO, None)
    assert known.gross == known.due == Money(Decimal("1.205"), "EUR")
    assert (unknown.gross, unknown.due) == (None, EURO)
    assert (known + unknown).taxes is (unknown + known).taxes is None
    assert (known + known).gross == Money(Decimal("2.410"), "EUR")
    assert -known == Price(-EURO, Money(Decimal("-0.2"), "EUR"))
    assert (-unknown).taxes is None


def test_a_total_of_nothing_with_known_taxes_is_free() -> None:
    """A gross amount of zero is an amount: what is due must not fall back to the net one."""
    odd = Price(EURO, -EURO)
    assert odd.due == Price.zero("EUR").due == Money.zero("EUR")
