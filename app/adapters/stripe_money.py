"""Amounts as Stripe counts them."""

from app.domain.money import Money

_MORE_DIGITS = {"ISK": 100, "UGX": 100}
"""Currencies without decimals that Stripe counts in hundredths (Supported currencies)."""


def to_minor(amount: Money) -> int:
    """The amount as Stripe counts it."""
    return amount.minor * _MORE_DIGITS.get(amount.currency, 1)


def from_minor(minor: int, currency: str) -> Money:
    """The amount Stripe means."""
    name = currency.upper()
    return Money.from_minor(minor // _MORE_DIGITS.get(name, 1), name)
