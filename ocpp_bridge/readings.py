"""Meter samples of both OCPP families → one Reading a moment: units, phases, signatures.

A charger reports one moment as a list of samples, each one measurand of one phase in some unit.
Samples of different contexts (transaction begin and end in one list) make different readings.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from app.domain.metering import Reading, ReadingContext
from app.domain.signed_meters import SignedText
from app.domain.units import Ampere, Kw, Kwh
from ocpp_bridge.vocabulary import (
    CHARGE,
    CONTEXTS,
    CURRENT,
    ENERGY,
    INTERVAL,
    MEASURANDS,
    POWER_IN,
    POWER_OUT,
    UNITS,
    VOLTAGE,
)

ABSURD = Decimal(10) ** 12
MAX_MULTIPLIER = 12
ROOT_OF_THREE = Decimal(3).sqrt()
TENTH = Decimal("0.1")

WHOLE = ""
_LINES = ("L1", "L2", "L3")
_PHASES = {"L1-N": "L1", "L2-N": "L2", "L3-N": "L3"}
_LINE_TO_LINE = ("L1-L2", "L2-L3", "L3-L1")
_OUTLET = frozenset({None, "Outlet"})


def read_number(text: str) -> Decimal | None:
    """A sampled value as chargers write it: blanks, quotes and a decimal comma are forgiven.

    None for what is no finite number of a physical size.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        try:
            number = Decimal(text.strip(" \t\r\n'\"").replace(",", "."))
        except InvalidOperation:
            return None
    return number if number.is_finite() and abs(number) < ABSURD else None


class Samples:
    """The samples of one moment and one context on their way to a Reading."""

    __slots__ = ("_bare", "_context", "_elsewhere", "_values", "signed")

    def __init__(self, context: ReadingContext) -> None:
        self._context = context
        self._values: dict[tuple[str, str], Decimal] = {}
        self._elsewhere: set[tuple[str, str]] = set()
        self._bare = False
        self.signed: tuple[SignedText, ...] = ()

    def add(
        self,
        measurand: str,
        value: Decimal,
        *,
        unit: str,
        phase: str | None = None,
        location: str | None = None,
    ) -> None:
        """Take one sample; what was measured at the outlet wins over any other place."""
        factor = UNITS[measurand].get(unit)
        if factor is None:
            factor = UNITS[measurand].get(unit.strip().lower())
            if factor is None:
                return
        key = (measurand, _PHASES.get(phase, phase) if phase else WHOLE)
        if location not in _OUTLET:
            if key in self._values and key not in self._elsewhere:
                return
            self._elsewhere.add(key)
        else:
            self._elsewhere.discard(key)
        self._values[key] = value * factor
        if not unit and measurand == ENERGY and value % 1:
            self._bare = True

    def sign(self, text: SignedText) -> None:
        """Keep a signed text, once: a charger may put it beside each of the values it signs."""
        if text not in self.signed:
            self.signed = (*self.signed, text)

    def _total(self, measurand: str) -> Decimal | None:
        values = self._values
        whole = values.get((measurand, WHOLE))
        if whole is not None:
            return whole
        lines = [values[measurand, line] for line in _LINES if (measurand, line) in values]
        return sum(lines, Decimal(0)) if lines else None

    def _interval(self) -> Kwh | None:
        counted = self._total(INTERVAL)
        return None if counted is None else Kwh(counted)

    def _voltage(self) -> Decimal | None:
        values = self._values
        whole = values.get((VOLTAGE, WHOLE))
        if whole is not None:
            return whole
        found = [values[VOLTAGE, line] for line in _LINES if (VOLTAGE, line) in values]
        between = [values[VOLTAGE, pair] for pair in _LINE_TO_LINE if (VOLTAGE, pair) in values]
        found = found or [value / ROOT_OF_THREE for value in between]
        return (sum(found, Decimal(0)) / len(found)).quantize(TENTH) if found else None

    def _power(self) -> Decimal | None:
        taken, given = self._total(POWER_IN), self._total(POWER_OUT)
        if given is None:
            return taken
        return (taken or Decimal(0)) - given

    def reading(self, at: datetime) -> Reading | None:
        """The Reading of this moment (UTC), or None when no sample was of use."""
        if not self._values and not self.signed:
            return None
        register, power = self._total(ENERGY), self._power()
        current = self._total(CURRENT)
        return Reading(
            at,
            register=None if register is None else Kwh(register),
            power=None if power is None else Kw(power),
            current=None if current is None else Ampere(current),
            voltage=self._voltage(),
            soc=self._values.get((CHARGE, WHOLE)),
            context=self._context,
            signed=self.signed,
            interval=self._interval() if register is None else None,
            bare=self._bare,
        )


class Moment:
    """All samples of one moment, kept apart by context."""

    __slots__ = ("_by_context",)

    def __init__(self) -> None:
        self._by_context: dict[ReadingContext, Samples] = {}

    def of(self, context: str | None) -> Samples:
        """The samples of one of OCPP's contexts, by its word; None is the default, periodic."""
        if context is None:
            known = ReadingContext.PERIODIC
        else:
            known = CONTEXTS.get(context, ReadingContext.OTHER)
        samples = self._by_context.get(known)
        if samples is None:
            samples = self._by_context[known] = Samples(known)
        return samples

    def readings(self, at: datetime) -> Iterable[Reading]:
        """One Reading per context that had anything of use."""
        for samples in self._by_context.values():
            reading = samples.reading(at)
            if reading is not None:
                yield reading


def matters(measurand: str) -> bool:
    """Whether a measurand becomes part of a Reading."""
    return measurand in MEASURANDS


def scaled(value: Decimal, multiplier: int) -> Decimal | None:
    """A value times ten to the power of `multiplier`, or None beyond any physical size."""
    if multiplier:
        if not -MAX_MULTIPLIER <= multiplier <= MAX_MULTIPLIER:
            return None
        value = value.scaleb(multiplier)
    return value if abs(value) < ABSURD else None
