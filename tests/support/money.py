"""Amounts of money, as short as tests want them."""

from decimal import Decimal

from app.domain.money import Money


def eur(amount: str) -> Money:
    """So many euros."""
    return Money(Decimal(amount), "EUR")
