"""The one price function: slices of a session and a tariff make a bill that explains itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.money import Price
from app.domain.tariffs import Dimension
from app.domain.units import Ampere, Kw, Kwh


class SliceKind(StrEnum):
    """What the vehicle did in a slice of time."""

    CHARGING = "charging"
    PARKING = "parking"
    RESERVATION = "reservation"


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of a session in which energy flowed evenly; slices follow each other without gaps.

    `power` and `current` are the present values where known, else power is energy over time.
    """

    start: datetime
    end: datetime
    kind: SliceKind
    energy: Kwh
    power: Kw | None = None
    current: Ampere | None = None


@dataclass(frozen=True, slots=True)
class BillLine:
    """What one price component costs.

    `measured` and `billed` (after step_size) are kWh, hours or 1; `unit_price` is per that unit,
    as in the tariff; `vat` a percentage or None.
    """

    dimension: Dimension
    kind: SliceKind
    measured: Decimal
    billed: Decimal
    unit_price: Decimal
    vat: Decimal | None
    price: Price
    step_size: int = 1
    element: int = 0


@dataclass(frozen=True, slots=True)
class BillPeriod:
    """A stretch in which the same price components were active: a charging period of a CDR."""

    start: datetime
    end: datetime
    kind: SliceKind
    energy: Kwh
    max_power: Kw | None = None
    soc: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """A priced session: exact lines, measured quantities, and the total after min and max price."""

    currency: str
    tariff_id: str | None
    lines: tuple[BillLine, ...]
    periods: tuple[BillPeriod, ...]
    total: Price
    energy: Kwh
    charging_time: timedelta
    parking_time: timedelta
    reservation_time: timedelta
    limit_applied: str | None = None
