"""How busy a place is at which hour of the week, from samples of its EVSEs' statuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.cuts import clock
from app.domain.locations import EvseStatus

HOURS_OF_DAY, DAYS_OF_WEEK = 24, 7
HOURS_OF_WEEK = HOURS_OF_DAY * DAYS_OF_WEEK
USED = (EvseStatus.CHARGING, EvseStatus.BLOCKED, EvseStatus.RESERVED)
SEEN = (*USED, EvseStatus.AVAILABLE)
"""Statuses that say whether an EVSE is in use; of the others nobody knows."""

FEWEST = 4
"""With fewer samples than these an hour says nothing."""

HUNDRED = 100
Samples = Mapping[int, tuple[int, int]]
"""By UTC hour of the week from Monday 0:00: how many EVSEs were in use of how many seen."""


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """Percent in use, by day (Monday first) and local hour; None where too little is known."""

    days: tuple[tuple[int | None, ...], ...]
    now: int | None


def hour_of_week(moment: datetime) -> int:
    """The hour of the week that a moment lies in, by its own clock."""
    return moment.weekday() * HOURS_OF_DAY + moment.hour


def busy_times(samples: Samples, zone: str, now: datetime) -> BusyTimes:
    """The chart of a place by its own clock, as it is set now."""
    local = now.astimezone(clock(zone))
    shift = round((local.utcoffset() or timedelta()) / timedelta(hours=1))
    shares = [_share(samples, hour - shift) for hour in range(HOURS_OF_WEEK)]
    days = tuple(
        tuple(shares[day * HOURS_OF_DAY : (day + 1) * HOURS_OF_DAY]) for day in range(DAYS_OF_WEEK)
    )
    return BusyTimes(days, shares[hour_of_week(local)])


def _share(samples: Samples, hour: int) -> int | None:
    used, seen = samples.get(hour % HOURS_OF_WEEK, (0, 0))
    return used * HUNDRED // seen if seen >= FEWEST else None
