"""Readings of a charger's meter, normalised: energy register, power, current, state of charge."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.units import Ampere, Kw, Kwh


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
    `signed` is the charger's signed meter text, byte for byte.
    """

    at: datetime
    register: Kwh | None = None
    power: Kw | None = None
    current: Ampere | None = None
    voltage: Decimal | None = None
    soc: Decimal | None = None
    context: ReadingContext = ReadingContext.PERIODIC
    signed: str | None = None
