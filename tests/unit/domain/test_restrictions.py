"""When an element applies: each restriction at its bounds."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from app.domain.restrictions import Moment, holds, in_window, wall_times
from app.domain.tariffs import ReservationPhase, Restrictions
from app.domain.units import Ampere, Kw, Kwh

MONDAY = datetime(2026, 3, 2, 17, 0)  # noqa: DTZ001 - a wall clock
NOW = Moment(MONDAY, Kwh.of(10), timedelta(minutes=30), Kw.of(11), Ampere.of(16))
HALF_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("restrictions", "expected"),
    [
        (Restrictions(), True),
        (Restrictions(min_kwh=Kwh.of(10)), True),
        (Restrictions(max_kwh=Kwh.of(10)), False),
        (Restrictions(min_kwh=Kwh.of(11)), False),
        (Restrictions(min_duration=HALF_HOUR), True),
        (Restrictions(max_duration=HALF_HOUR), False),
        (Restrictions(min_power=Kw.of(11), max_power=Kw.of(22)), True),
        (Restrictions(max_power=Kw.of(11)), False),
        (Restrictions(min_current=Ampere.of(16)), True),
        (Restrictions(max_current=Ampere.of(16)), False),
        (Restrictions(start_time=time(17)), True),
        (Restrictions(end_time=time(17)), False),
        (Restrictions(start_date=date(2026, 3, 2)), True),
        (Restrictions(end_date=date(2026, 3, 2)), False),
        (Restrictions(start_date=date(2026, 3, 3)), False),
        (Restrictions(weekdays=frozenset({1, 2})), True),
        (Restrictions(weekdays=frozenset({7})), False),
        (Restrictions(min_kwh=Kwh.of(1), weekdays=frozenset({7})), False),
        (Restrictions(reservation=ReservationPhase.RESERVATION), True),
    ],
)
def test_lower_bounds_include_and_upper_bounds_exclude(
    restrictions: Restrictions, *, expected: bool
) -> None:
    assert holds(restrictions, NOW) is expected


def test_what_is_unknown_contradicts_nothing() -> None:
    unknown = replace(NOW, local=None, power=None, current=None)
    assert holds(Restrictions(max_power=Kw.of(1), min_current=Ampere.of(99)), unknown)


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        (time(8), time(20), time(8), time(20)),
        (time(20), time(8), time(0), time(8)),
        (time(20), time(0), time(23, 59), time(0)),
        (time(20), None, time(23, 59), time(19, 59)),
        (None, time(8), time(0), time(8)),
    ],
)
def test_windows(start: time | None, end: time | None, inside: time, outside: time) -> None:
    """I-52."""
    assert in_window(inside, start, end)
    assert not in_window(outside, start, end)


@pytest.mark.parametrize("bound", [time(0), time(12)])
def test_equal_bounds_are_a_whole_day(bound: time) -> None:
    assert in_window(time(0), bound, bound)
    assert in_window(time(23, 59), bound, bound)


def test_times_at_which_something_may_change() -> None:
    assert wall_times(Restrictions(min_kwh=Kwh.of(1))) == set()
    assert wall_times(Restrictions(start_time=time(20))) == {time(20), time(0)}
    assert wall_times(Restrictions(end_date=date(2026, 3, 2))) == {time(0)}
