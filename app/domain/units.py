"""Exact quantities of charging (energy, power, current, time) and their only conversions."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Self

ONE = Decimal(1)
THOUSAND = Decimal(1000)
SECONDS_PER_HOUR = Decimal(3600)
MICROSECONDS_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class _Quantity:
    """One Decimal with a unit; two quantities of different units never mix."""

    value: Decimal

    @classmethod
    def of(cls, text: str | int) -> Self:
        """Read a number from text or an integer, exactly."""
        return cls(Decimal(text))

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + other.value)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.value - other.value)

    def __mul__(self, factor: Decimal | int) -> Self:
        return type(self)(self.value * factor)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __str__(self) -> str:
        return format(self.value.normalize(), "f")


@dataclass(frozen=True, slots=True, order=True)
class Kwh(_Quantity):
    """Energy in kilowatt-hours."""

    @classmethod
    def from_wh(cls, wh: Decimal | int) -> "Kwh":
        """Energy given in watt-hours."""
        return cls(Decimal(wh) / THOUSAND)

    @property
    def wh(self) -> Decimal:
        """The same energy in watt-hours."""
        return self.value * THOUSAND


@dataclass(frozen=True, slots=True, order=True)
class Kw(_Quantity):
    """Power in kilowatts; negative when the vehicle gives power back."""

    @classmethod
    def from_w(cls, watts: Decimal | int) -> "Kw":
        """Power given in watts."""
        return cls(Decimal(watts) / THOUSAND)

    @property
    def w(self) -> Decimal:
        """The same power in watts."""
        return self.value * THOUSAND


@dataclass(frozen=True, slots=True, order=True)
class Ampere(_Quantity):
    """Electric current in amperes, summed over the phases where a tariff asks for it."""


NO_ENERGY = Kwh(Decimal(0))


def plain(number: Decimal) -> Decimal:
    """The number without trailing zeros and without an exponent."""
    number = number.normalize()
    return number.quantize(ONE) if number == number.to_integral_value() else number


def seconds(duration: timedelta) -> Decimal:
    """The duration in seconds, exact to the microsecond."""
    whole = duration.days * 86_400 + duration.seconds
    return Decimal(whole) + Decimal(duration.microseconds) / MICROSECONDS_PER_SECOND


def hours(duration: timedelta) -> Decimal:
    """The duration in hours."""
    return seconds(duration) / SECONDS_PER_HOUR


def energy(power: Kw, duration: timedelta) -> Kwh:
    """What a constant power delivers in a duration."""
    return Kwh(power.value * hours(duration))
