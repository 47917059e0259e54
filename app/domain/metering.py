"""Readings of a charger's meter, normalised, and what a session's energy is by them.

A register may count over the charger's life or from the session's start, and some chargers mix
both. It may stand still, step back by a rounding error, or jump back when the meter is changed.
Energy never falls while a session runs; what does not add up is flagged for a person, not billed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.signed_meters import SignedText
from app.domain.units import NO_ENERGY, Ampere, Kw, Kwh, energy


class ReadingContext(StrEnum):
    """Why a reading was taken, in the words both OCPP families share."""

    BEGIN = "begin"
    PERIODIC = "periodic"
    CLOCK = "clock"
    TRIGGER = "trigger"
    INTERRUPTION = "interruption"
    END = "end"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter showed at one moment (UTC); a value that was not reported is None.

    `register` is the total active import; `current` is summed over the phases; `soc` in percent;
    `signed` are the charger's signed meter texts, byte for byte. `interval` is the energy since
    the reading before; `bare` tells that the register came without a unit.
    """

    at: datetime
    register: Kwh | None = None
    power: Kw | None = None
    current: Ampere | None = None
    voltage: Decimal | None = None
    soc: Decimal | None = None
    context: ReadingContext = ReadingContext.PERIODIC
    signed: tuple[SignedText, ...] = ()
    interval: Kwh | None = None
    bare: bool = False


_NATURES = {ReadingContext.BEGIN: "Start", ReadingContext.END: "End"}
BOUNDS = frozenset(_NATURES.values())


def nature_of(reading: Reading, text: SignedText) -> str:
    """Which value of the session a text signs: as it says itself, else as it was reported.

    Source: OCPI 2.2.1, CDRs, SignedValue class, `nature`.
    """
    own = text.judgement.nature if text.judgement else None
    return own or _NATURES.get(reading.context, "Intermediate")


class MeterFlag(StrEnum):
    """What a person should look at; the names are among a session's `flags`."""

    ROLLBACK = "meter_rollback"
    ESTIMATED = "estimated"


TOLERANCE = Kwh(Decimal("0.010"))
TOLERATED_SHARE = Decimal("0.01")
FASTEST = Kw(Decimal(500))
ALLOWANCE = Kwh(Decimal(1))


@dataclass(frozen=True, slots=True)
class Meter:
    """A register in the course of one session.

    `start` is its first value, `base` the value that stands for no energy (another one than
    `start` when the register turned out to count from the session's start, or was set back),
    `register` the highest value so far and `low` the last one below it, `integrated` whether the
    energy comes from power or intervals for want of a register.
    """

    start: Kwh | None = None
    base: Kwh | None = None
    register: Kwh | None = None
    energy: Kwh = NO_ENERGY
    rolled_back: bool = False
    integrated: bool = False
    low: Kwh | None = None

    def read(self, register: Kwh, elapsed: timedelta) -> "Meter":
        """The next value, `elapsed` after the session's start."""
        if self.base is None or self.register is None:
            return replace(self, start=register, base=register, register=register)
        if register.value >= self.register.value:
            gained = Kwh(register.value - self.base.value)
            return self._risen(register, gained, elapsed)
        if self._is_rounding(self.register - register):
            return self
        if self.register == self.start and register <= _most(elapsed):
            return replace(
                self, base=NO_ENERGY, register=register, energy=register, integrated=False
            )
        return self._fallen(register)

    def _risen(self, register: Kwh, gained: Kwh, elapsed: timedelta) -> "Meter":
        """A mixed charger shows its meter's life again where the gain is more than can be."""
        if self.integrated and gained.value:
            return replace(self, register=register, energy=gained, integrated=False)
        if self.base is self.start or self.base == self.start:
            return replace(self, register=register, energy=max(gained, self.energy), low=None)
        over_life = register - (self.start or NO_ENERGY)
        if gained > _most(elapsed) >= over_life and over_life.value >= 0:
            return replace(self, energy=max(over_life, self.energy))
        return replace(self, register=register, energy=max(gained, self.energy), low=None)

    def _fallen(self, register: Kwh) -> "Meter":
        """A value below what was shown before: once it is a glitch, twice the meter was set back.

        From then on energy is counted from the first low value; what lies between is nobody's.
        """
        if self.low is None or register < self.low:
            return replace(self, rolled_back=True, low=register)
        base = Kwh(self.low.value - self.energy.value)
        gained = register - base
        return replace(
            self, base=base, register=register, energy=gained, rolled_back=True, low=None
        )

    def in_kwh(self, register: Kwh, elapsed: timedelta) -> Kwh:
        """A value without a unit: Wh as it should be, unless only kWh would go on from here.

        Source: OCPP 1.6, SampledValue, unit: Wh is the default.
        """
        if self.register is None or register >= self.register:
            return register
        meant = register * 1000
        fits = self.register <= meant <= self.register + _most(elapsed)
        return meant if fits else register

    def count(self, interval: Kwh) -> "Meter":
        """Energy told piece by piece, while no register has been seen to move."""
        if self.register != self.start or interval.value <= 0:
            return self
        return replace(self, energy=self.energy + interval, integrated=True)

    def integrate(self, power: Kw, duration: timedelta) -> "Meter":
        """Energy by power over time, while no register has been seen to move."""
        if self.register != self.start or power.value <= 0 or duration <= timedelta():
            return self
        return replace(self, energy=self.energy + energy(power, duration), integrated=True)

    def stop(self, register: Kwh) -> "Meter":
        """The final value: energy is this less the first one, wherever that can be."""
        if self.start is None or self.base is None:
            return replace(self, start=register, base=register, register=register)
        if self.base != self.start:
            return self._stop_rebased(register)
        gained = register - self.start
        if gained.value < 0:
            rounding = not self.energy and self._is_rounding(self.start - register)
            return self if rounding else replace(self, rolled_back=True)
        lost = self.energy - gained
        fell = not self.integrated and lost.value > 0 and not self._is_rounding(lost)
        return replace(
            self,
            register=register,
            energy=gained,
            rolled_back=self.rolled_back or fell,
            integrated=False,
        )

    def _stop_rebased(self, register: Kwh) -> "Meter":
        """A mixed charger's last value, over its life or since the start: the likelier one."""
        over_life = register - (self.start or NO_ENERGY)
        since_base = register - (self.base or NO_ENERGY)
        likely = (register, over_life, since_base)
        fitting = [e for e in likely if e + TOLERANCE >= self.energy]
        if not fitting:
            return replace(self, rolled_back=True)
        return replace(self, register=register, energy=max(min(fitting), self.energy))

    def _is_rounding(self, loss: Kwh) -> bool:
        return loss <= TOLERANCE or loss.value <= self.energy.value * TOLERATED_SHARE


def _most(elapsed: timedelta) -> Kwh:
    """More than any vehicle takes in this time."""
    return energy(FASTEST, max(elapsed, timedelta())) + ALLOWANCE


def belonging(readings: Iterable[Reading], *, to_transaction: bool) -> tuple[Reading, ...]:
    """The readings that speak of a session, oldest first.

    Clock-aligned values belong to the charger unless they come with the transaction's name.
    """
    own = (r for r in readings if to_transaction or r.context is not ReadingContext.CLOCK)
    return tuple(sorted(own, key=lambda r: r.at))
