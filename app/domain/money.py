"""Amounts of money that know their currency, exact until they are paid."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217: currencies whose minor unit is not the hundredth; every other one has two digits.
MINOR_DIGITS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


def minor_digits(currency: str) -> int:
    """How many decimals the currency's smallest payable unit has."""
    return MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency (ISO 4217, upper case).

    Adding or comparing two currencies raises ValueError.
    """

    amount: Decimal
    currency: str

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in a currency."""
        return cls(Decimal(0), currency)

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> "Money":
        """An amount given in the smallest payable unit, e.g. cents."""
        return cls(Decimal(minor).scaleb(-minor_digits(currency)), currency)

    @property
    def minor(self) -> int:
        """The amount in the smallest payable unit, rounded half up once."""
        return int(self.payable().amount.scaleb(minor_digits(self.currency)))

    def payable(self) -> "Money":
        """The amount rounded half up to what can be paid."""
        unit = Decimal(1).scaleb(-minor_digits(self.currency))
        return Money(self.amount.quantize(unit, ROUND_HALF_UP), self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.payable().amount} {self.currency}"


@dataclass(frozen=True, slots=True)
class Price:
    """A net amount with its taxes; `taxes` is None when they are unknown, which is not zero."""

    net: Money
    taxes: Money | None

    @classmethod
    def zero(cls, currency: str) -> "Price":
        """Free, and known to be so."""
        return cls(Money.zero(currency), Money.zero(currency))

    @property
    def gross(self) -> Money | None:
        """Net plus taxes, or None when the taxes are unknown."""
        return None if self.taxes is None else self.net + self.taxes

    @property
    def due(self) -> Money:
        """What a person pays: the gross amount, or the net one when no taxes are known."""
        return self.net if self.taxes is None else self.net + self.taxes

    def __add__(self, other: "Price") -> "Price":
        net = self.net + other.net
        if self.taxes is None or other.taxes is None:
            return Price(net, None)
        return Price(net, self.taxes + other.taxes)

    def __neg__(self) -> "Price":
        return Price(-self.net, None if self.taxes is None else -self.taxes)
