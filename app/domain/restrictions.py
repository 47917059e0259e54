"""When a tariff element applies: its restrictions, held against one moment of a session."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar

from app.domain.tariffs import Restrictions
from app.domain.units import Ampere, Kw, Kwh

MIDNIGHT = time(0, 0)

_Bound = TypeVar("_Bound", Kwh, timedelta, Kw, Ampere)


@dataclass(frozen=True, slots=True)
class Moment:
    """What restrictions look at, at the start of a stretch in which none of it crosses a bound.

    `local` is the wall clock at the location, None when no restriction asks for it; `elapsed` is
    since the start of the session (of the reservation, while reserved); `energy` so far. An
    unknown `power` or `current` (None) contradicts no restriction.
    """

    local: datetime | None
    energy: Kwh
    elapsed: timedelta
    power: Kw | None
    current: Ampere | None


def wall_times(restrictions: Restrictions) -> set[time]:
    """The local times of day at which the restrictions may start or stop to hold."""
    times: set[time] = set()
    if restrictions.start_time is not None or restrictions.end_time is not None:
        times |= {restrictions.start_time or MIDNIGHT, restrictions.end_time or MIDNIGHT}
    if restrictions.start_date or restrictions.end_date or restrictions.weekdays:
        times.add(MIDNIGHT)
    return times


def holds(restrictions: Restrictions, moment: Moment) -> bool:
    """Whether all restrictions but the reservation phase are fulfilled.

    Source: OCPI 2.2.1, Tariffs, TariffRestrictions class. Lower bounds include, upper exclude.
    """
    return (
        _between(restrictions.min_kwh, moment.energy, restrictions.max_kwh)
        and _between(restrictions.min_duration, moment.elapsed, restrictions.max_duration)
        and _between(restrictions.min_power, moment.power, restrictions.max_power)
        and _between(restrictions.min_current, moment.current, restrictions.max_current)
        and (moment.local is None or _holds_locally(restrictions, moment.local))
    )


def _between(low: _Bound | None, value: _Bound | None, high: _Bound | None) -> bool:
    """Whether low ≤ value < high, where a missing bound or value never contradicts."""
    if value is None:
        return True
    return (low is None or low <= value) and (high is None or value < high)


def _holds_locally(restrictions: Restrictions, local: datetime) -> bool:
    """Time window, dates and weekday, each asked of the instant itself.

    The weekday of a window over midnight is that of the instant, not of the window's start.
    """
    today = local.date()
    return (
        (not restrictions.weekdays or local.isoweekday() in restrictions.weekdays)
        and (restrictions.start_date is None or restrictions.start_date <= today)
        and (restrictions.end_date is None or today < restrictions.end_date)
        and in_window(local.time(), restrictions.start_time, restrictions.end_time)
    )


def in_window(now: time, start: time | None, end: time | None) -> bool:
    """Whether a local time lies in a window; a missing bound is midnight, equal ones a whole day.

    A window whose end comes before its start goes over midnight.
    """
    first, last = start or MIDNIGHT, end or MIDNIGHT
    if first == last:
        return True
    if first < last:
        return first <= now < last
    return now >= first or now < last
