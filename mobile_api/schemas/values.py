"""Small values shared by the schemas: money, prices, decimals as text."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.domain.money import Money
from app.domain.price_lines import PriceLine

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
"""ISO 639-1."""


class Shape(BaseModel):
    """Base of everything that goes in or out: unknown input fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MoneyOut(Shape):
    """An amount as it is paid: in minor units, and written out."""

    minor: int
    currency: str
    text: str

    @classmethod
    def of(cls, money: Money) -> "MoneyOut":
        """The payable amount."""
        return cls(minor=money.minor, currency=money.currency, text=str(money))


def shown(money: Money | None) -> MoneyOut | None:
    """The payable amount, or nothing."""
    return None if money is None else MoneyOut.of(money)


def number(value: Decimal | None) -> str | None:
    """A decimal as plain text, without an exponent and superfluous zeros."""
    return None if value is None else format(value.normalize(), "f")


class PriceLineOut(Shape):
    """One price, in the order kWh, minute, session, other (AFIR, Article 5)."""

    kind: str
    unit: str
    amount: str
    currency: str
    tax_included: bool
    applies_now: bool | None
    words: str

    @classmethod
    def of(cls, line: PriceLine, words: str) -> "PriceLineOut":
        """A line with its wording."""
        return cls(
            kind=line.kind,
            unit=line.unit,
            amount=format(line.amount.amount.normalize(), "f"),
            currency=line.amount.currency,
            tax_included=line.taxed,
            applies_now=line.now,
            words=words,
        )
