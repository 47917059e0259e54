"""step_size: quantities rounded up once per session, the surplus billed by the last component.

Source: OCPI 2.2.1, CDRs, Step Size. Energy is rounded once; of the time either the parking, when
there is any to bill, or else the charging; a reservation's time is rounded by itself. Nothing is
rounded where one component follows another, and a trailing free stretch is no component.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from app.domain.bills import SliceKind
from app.domain.tariffs import Dimension, PriceComponent
from app.domain.units import SECONDS_PER_HOUR, THOUSAND

# A component's price is per kWh or hour, its step_size in Wh or seconds.
STEPS_PER_UNIT = {
    Dimension.ENERGY: THOUSAND,
    Dimension.FLAT: Decimal(1),
    Dimension.PARKING_TIME: SECONDS_PER_HOUR,
    Dimension.TIME: SECONDS_PER_HOUR,
}

INEXACT = Decimal("0.001")
"""What is no quantity of its own, in Wh or seconds; a thousand times what a cut slice leaves."""


@dataclass(slots=True)
class Tally:
    """How much one price component has to bill, in Wh, seconds or times; grows piece by piece.

    `last_piece` is the number of the piece that was added last; `surplus` is what step_size adds.
    """

    element: int
    component: PriceComponent
    kind: SliceKind
    quantity: Decimal = Decimal(0)
    surplus: Decimal = Decimal(0)
    last_piece: int = -1

    @property
    def steps_per_unit(self) -> Decimal:
        """How many Wh or seconds make the kWh or hour of the price."""
        return STEPS_PER_UNIT[self.component.dimension]

    @property
    def measured(self) -> Decimal:
        """The quantity in kWh, hours or times."""
        return self.quantity / self.steps_per_unit

    @property
    def billed(self) -> Decimal:
        """The quantity with its surplus in kWh, hours or times."""
        return (self.quantity + self.surplus) / self.steps_per_unit


def round_up(tallies: Sequence[Tally]) -> None:
    """Give each tally that was active last in its group the group's surplus."""
    reserved = [tally for tally in tallies if tally.kind is SliceKind.RESERVATION]
    session = [tally for tally in tallies if tally.kind is not SliceKind.RESERVATION]
    _round_group(reserved, Dimension.TIME)
    _round_group(session, Dimension.ENERGY)
    parked = any(tally.component.dimension is Dimension.PARKING_TIME for tally in session)
    _round_group(session, Dimension.PARKING_TIME if parked else Dimension.TIME)


def _round_group(tallies: Sequence[Tally], dimension: Dimension) -> None:
    group = [tally for tally in tallies if tally.component.dimension is dimension]
    if not group:
        return
    last = max(group, key=lambda tally: tally.last_piece)
    last.surplus = surplus(sum((t.quantity for t in group), Decimal(0)), last.component.step_size)


def surplus(quantity: Decimal, step_size: int) -> Decimal:
    """What is missing to the next multiple of the step; nothing for step 0, or beside a multiple.

    Energy that was spread over time is not exact: it must not cost a step more.
    """
    if step_size <= 0 or quantity <= 0:
        return Decimal(0)
    steps = ((quantity - INEXACT) / step_size).to_integral_value(ROUND_CEILING)
    return max(steps * step_size - quantity, Decimal(0))
