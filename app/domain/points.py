"""The points of a session's timeline: few enough to keep, enough to price from."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.metering import Meter, Reading
from app.domain.stations import Activity
from app.domain.units import Ampere, Kw, Kwh

EVERY = timedelta(seconds=60)
POWER_SHARE = Decimal("0.1")
POWER_STEP = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Point:
    """What a session looked like at one moment; `energy` since its start.

    `activity`, `power` and `current` hold from this moment until the next point.
    """

    at: datetime
    energy: Kwh
    activity: Activity
    power: Kw | None = None
    current: Ampere | None = None


def extended(timeline: tuple[Point, ...], point: Point) -> tuple[Point, ...]:
    """The timeline with one more point.

    The last point is always there; once another follows, it stays only if it `tells` something.
    Time does not go back: a point with an older time is taken for one of the last point's time.
    """
    last = timeline[-1]
    if point.at < last.at:
        point = replace(point, at=last.at)
    if point.at == last.at or (len(timeline) > 1 and not tells(timeline[-2], last)):
        return (*timeline[:-1], point)
    return (*timeline, point)


def tells(kept: Point, point: Point) -> bool:
    """Whether a point must stay: another activity, another power, or a minute on."""
    if point.activity is not kept.activity or point.at - kept.at >= EVERY:
        return True
    if point.power is None or kept.power is None:
        return point.power is not kept.power
    change = abs(point.power.value - kept.power.value)
    return change > POWER_STEP and change > abs(kept.power.value) * POWER_SHARE


def is_settled(timeline: tuple[Point, ...]) -> bool:
    """Whether the last point will stay when another follows."""
    return len(timeline) == 1 or tells(timeline[-2], timeline[-1])


def is_late(reading: Reading, meter: Meter, timeline: tuple[Point, ...]) -> bool:
    """Whether the reading is an older one that came after newer ones, not a step back."""
    if reading.at >= timeline[-1].at or meter.register is None or reading.register is None:
        return False
    return reading.register.value < meter.register.value


def filled(timeline: tuple[Point, ...], reading: Reading, meter: Meter) -> tuple[Point, ...]:
    """The timeline with a late reading in its place, if it is a minute from its neighbours."""
    if meter.base is None or reading.register is None:
        return timeline
    after = next((i for i, p in enumerate(timeline) if p.at > reading.at), len(timeline))
    if not 0 < after < len(timeline):
        return timeline
    before, then = timeline[after - 1], timeline[after]
    energy = Kwh(reading.register.value - meter.base.value)
    apart = reading.at - before.at >= EVERY and then.at - reading.at >= EVERY
    if not apart or not before.energy <= energy <= then.energy:
        return timeline
    point = Point(reading.at, energy, before.activity, reading.power, reading.current)
    return (*timeline[:after], point, *timeline[after:])
