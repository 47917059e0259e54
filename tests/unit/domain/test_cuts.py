"""Slices are cut wherever a restriction may change, and add up to themselves."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.domain.bills import Slice, SliceKind
from app.domain.cuts import Bounds, clock, cut, wall_marks
from app.domain.errors import InvalidInput
from app.domain.tariffs import Restrictions
from app.domain.units import Ampere, Kw, Kwh
from tests.support.priced import MINUTE, START, ZONE, some_slices

AMSTERDAM = ZoneInfo(ZONE)


def test_bounds_are_collected_once_and_in_order() -> None:
    bounds = Bounds.of(
        [
            Restrictions(start_time=time(20), end_time=time(6), min_kwh=Kwh.of(10)),
            Restrictions(weekdays=frozenset({6}), max_kwh=Kwh.of(10), max_duration=MINUTE),
            Restrictions(min_power=Kw.of(11), max_power=Kw.of(22), max_current=Ampere.of(32)),
        ]
    )
    assert bounds.times == (time(0), time(6), time(20))
    assert (bounds.durations, bounds.thresholds) == ((MINUTE,), (Decimal(10),))
    assert (bounds.powers, bounds.currents) == ((Kw.of(11), Kw.of(22)), (Ampere.of(32),))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput):
        clock(zone)


def test_marks_pass_through_the_doubled_hour() -> None:
    """02:30 comes twice, and so does the clock's change itself."""
    start = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    marks = wall_marks([time(2, 30)], AMSTERDAM, start, start + timedelta(hours=4))
    assert [each.isoformat()[11:16] for each in marks] == ["00:30", "01:00", "01:30"]


def test_marks_jump_over_the_skipped_hour() -> None:
    start = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    marks = wall_marks([time(2, 30), time(4)], AMSTERDAM, start, start + timedelta(hours=4))
    assert [each.isoformat()[11:16] for each in marks] == ["01:00", "02:00"]


def test_energy_is_spread_evenly_and_nothing_is_lost() -> None:
    [slice_] = some_slices((SliceKind.CHARGING, 90, "10"))
    bounds = Bounds(durations=(30 * MINUTE, 60 * MINUTE))
    pieces = list(cut([slice_], bounds, ZONE))
    assert [each.end - each.start for each in pieces] == [30 * MINUTE] * 3
    assert sum(each.energy.value for each in pieces) == 10
    assert pieces[0].energy == Kwh(Decimal("3.333333333"))
    assert [each.moment.elapsed for each in pieces] == [0 * MINUTE, 30 * MINUTE, 60 * MINUTE]


def test_a_threshold_is_met_exactly() -> None:
    slices = some_slices((SliceKind.CHARGING, 10, "3"), (SliceKind.CHARGING, 9, "7"))
    pieces = list(cut(slices, Bounds(thresholds=(Decimal(5), Decimal(10))), ZONE))
    assert [each.energy for each in pieces] == [Kwh.of(3), Kwh.of(2), Kwh.of(5)]
    assert [each.moment.energy for each in pieces] == [Kwh.of(0), Kwh.of(3), Kwh.of(5)]


def test_a_threshold_is_met_within_a_slice_of_no_length() -> None:
    slices = [Slice(START, START, SliceKind.CHARGING, Kwh.of(8))]
    pieces = list(cut(slices, Bounds(thresholds=(Decimal(5),)), ZONE))
    assert [each.energy for each in pieces] == [Kwh.of(5), Kwh.of(3)]
    assert pieces[0].moment.power is None


def test_an_instant_and_a_threshold_next_to_each_other_keep_their_order() -> None:
    """An energy far below the grain of interpolation never flows backwards."""
    [slice_] = some_slices((SliceKind.CHARGING, 600, "0.000000004"))
    threshold = Decimal("0.0000000019")
    pieces = list(cut([slice_], Bounds(durations=(300 * MINUTE,), thresholds=(threshold,)), ZONE))
    assert all(each.energy.value >= 0 for each in pieces)
    assert sum(each.energy.value for each in pieces) == Decimal("0.000000004")


def test_energy_given_back_meets_no_threshold() -> None:
    [slice_] = some_slices((SliceKind.CHARGING, 60, "-6"))
    bounds = Bounds(durations=(30 * MINUTE,), thresholds=(Decimal(-3), Decimal(3)))
    assert [each.energy for each in cut([slice_], bounds, ZONE)] == [Kwh.of(-3), Kwh.of(-3)]


def test_power_is_the_present_one_or_energy_over_time() -> None:
    [slice_] = some_slices((SliceKind.CHARGING, 30, "5"))
    known = replace(slice_, power=Kw.of(7), current=Ampere.of(30))
    moments = [next(cut([each], Bounds(), ZONE)).moment for each in (slice_, known)]
    assert [each.power for each in moments] == [Kw.of(10), Kw.of(7)]
    assert [each.current for each in moments] == [None, Ampere.of(30)]


def test_a_parked_vehicle_draws_no_current() -> None:
    slices = some_slices((SliceKind.PARKING, 30, "0"), (SliceKind.PARKING, 30, "0.1"))
    assert [each.moment.current for each in cut(slices, Bounds(), ZONE)] == [Ampere.of(0), None]


def test_a_session_starts_after_its_reservation() -> None:
    slices = some_slices((SliceKind.RESERVATION, 20, "0"), (SliceKind.CHARGING, 20, "3"))
    pieces = list(cut(slices, Bounds(durations=(10 * MINUTE,)), ZONE))
    elapsed = [each.moment.elapsed // MINUTE for each in pieces]
    assert elapsed == [0, 10, 0, 10]
