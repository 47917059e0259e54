"""What pricing reads and writes: slices of a session, and a bill that explains itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.money import Money, Price
from app.domain.tariffs import Dimension
from app.domain.units import Ampere, Kw, Kwh


class SliceKind(StrEnum):
    """What the vehicle did in a slice of time.

    WAIVED is parking that nobody is to blame for, such as under a cable that cannot be unlocked.
    """

    CHARGING = "charging"
    PARKING = "parking"
    WAIVED = "waived"
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
    as in the tariff; `vat` a percentage or None; `element` the index in the tariff's list. A fee
    is of kind PARKING when its element prices parking only, else of the phase it was raised in.
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


MIN_PRICE = "min_price"
MAX_PRICE = "max_price"


@dataclass(frozen=True, slots=True)
class Bill:
    """A priced session: exact lines, measured quantities, and the total after min and max price.

    `tariff_id` None means that the price is unknown: the total is then zero with unknown taxes,
    which is not free. `limit_applied` is `min_price`, `max_price` or None. `taxes_inside` tells
    that prices hold taxes of a rate nobody stated: net amounts are then what is paid, taxes zero.
    """

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
    taxes_inside: bool = False

    @property
    def is_priced(self) -> bool:
        """Whether a tariff was known; a bill without one must never be shown as free."""
        return self.tariff_id is not None

    @property
    def fixed_cost(self) -> Price:
        """Fees of the charging phase. Source: OCPI 2.2.1, CDRs, total_fixed_cost."""
        return self._sum(
            line
            for line in self.lines
            if line.dimension is Dimension.FLAT and line.kind is SliceKind.CHARGING
        )

    @property
    def energy_cost(self) -> Price:
        """Source: OCPI 2.2.1, CDRs, total_energy_cost."""
        return self._sum(line for line in self.lines if line.dimension is Dimension.ENERGY)

    @property
    def time_cost(self) -> Price:
        """Charging time, without parking and reservation. Source: OCPI 2.2.1, total_time_cost."""
        return self._sum(
            line
            for line in self.lines
            if line.dimension is Dimension.TIME and line.kind is SliceKind.CHARGING
        )

    @property
    def parking_cost(self) -> Price:
        """Parking time with the fees of parking. Source: OCPI 2.2.1, CDRs, total_parking_cost."""
        return self._sum(
            line
            for line in self.lines
            if line.kind is SliceKind.PARKING and line.dimension is not Dimension.ENERGY
        )

    @property
    def reservation_cost(self) -> Price:
        """Time and fees of the reservation. Source: OCPI 2.2.1, CDRs, total_reservation_cost."""
        return self._sum(line for line in self.lines if line.kind is SliceKind.RESERVATION)

    @property
    def before_limits(self) -> Price:
        """The sum of all lines, before min and max price."""
        return self._sum(self.lines)

    def _sum(self, lines: Iterable[BillLine]) -> Price:
        nothing = Money.zero(self.currency)
        start = Price(nothing, None if self.total.taxes is None else nothing)
        return sum((line.price for line in lines), start)
