"""What a session's points mean for its price, and how few of them are enough."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bills import SliceKind
from app.domain.cuts import Bounds
from app.domain.plans import bounds_of
from app.domain.points import Point
from app.domain.pricing import price
from app.domain.sessions import Session
from app.domain.stations import Activity
from app.domain.tariffs import Dimension, Restrictions, Tariff, TariffElement
from app.domain.timeline import condensed, extend, slices
from app.domain.units import NO_ENERGY, Ampere, Kw, Kwh
from tests.support.priced import (
    MINUTE,
    START,
    ZONE,
    a_component,
    a_point,
    a_session,
    a_tariff,
    energy_at,
)

CHARGING, PARKING = SliceKind.CHARGING, SliceKind.PARKING


def told(session: Session, minute: int = 120) -> list[tuple[SliceKind, int, str]]:
    """The slices as kind, minutes and kWh."""
    return [
        (each.kind, (each.end - each.start) // MINUTE, str(each.energy))
        for each in slices(session, START + minute * MINUTE)
    ]


def test_idle_time_is_what_the_vehicle_causes() -> None:
    """P-123: SUSPENDED_EV is idle time, SUSPENDED_EVSE never; P-190 for the 2.x states."""
    session = a_session(
        a_point(0, "0", Activity.CONNECTED),
        a_point(5, "0"),
        a_point(30, "5", Activity.SUSPENDED_EVSE),
        a_point(40, "5"),
        a_point(60, "9", Activity.SUSPENDED_EV),
        a_point(80, "9", Activity.IDLE),
        ended=90,
        energy=Kwh.of("9.1"),
    )
    assert told(session) == [
        (CHARGING, 5, "0"),
        (CHARGING, 25, "5"),
        (CHARGING, 10, "0"),
        (CHARGING, 20, "4"),
        (PARKING, 20, "0"),
        (PARKING, 10, "0.1"),
    ]


def test_waiting_for_the_plug_is_no_idle_time() -> None:
    session = a_session(a_point(0, "0", Activity.IDLE), a_point(3, "0"), energy=Kwh.of(1))
    assert told(session, 10) == [(CHARGING, 3, "0"), (CHARGING, 7, "1")]


def test_staying_plugged_in_after_charging_is_idle_time() -> None:
    session = a_session(a_point(0, "0"), a_point(30, "5", Activity.CONNECTED), ended=60)
    assert told(session) == [(CHARGING, 30, "5"), (PARKING, 30, "0")]


def test_nobody_pays_for_idling_on_a_guess() -> None:
    """A station that never says what the vehicle does: a still meter proves nothing."""
    session = a_session(
        a_point(0, "0", Activity.CONNECTED), a_point(30, "5", Activity.CONNECTED), ended=60
    )
    assert told(session) == [(CHARGING, 30, "5"), (CHARGING, 30, "0")]


def test_connected_with_energy_is_charging() -> None:
    session = a_session(a_point(0, "0"), a_point(30, "5", Activity.CONNECTED), energy=Kwh.of(8))
    assert told(session, 60) == [(CHARGING, 30, "5"), (CHARGING, 30, "3")]


def test_a_session_without_points_is_one_slice() -> None:
    session = a_session(ended=60, energy=Kwh.of(7), activity=Activity.CHARGING)
    assert told(session) == [(CHARGING, 60, "7")]


def test_the_time_before_the_first_point_counts() -> None:
    assert told(a_session(a_point(10, "2")), 20) == [(CHARGING, 10, "2"), (CHARGING, 10, "0")]


def test_a_session_that_just_began_has_a_slice_of_no_length() -> None:
    [only] = slices(a_session(a_point(0, "0")), START)
    assert (only.start, only.end, only.energy) == (START, START, NO_ENERGY)


def test_points_that_go_back_stand_still() -> None:
    session = a_session(a_point(10, "5"), a_point(5, "3"), a_point(20, "6"), energy=NO_ENERGY)
    assert told(session, 15) == [(CHARGING, 10, "5"), (CHARGING, 10, "1")]


def test_power_and_current_go_with_the_slice() -> None:
    session = a_session(a_point(0, "0", power=Kw.of(11), current=Ampere.of(48)))
    [only] = slices(session, START + MINUTE)
    assert (only.power, only.current) == (Kw.of(11), Ampere.of(48))


# ---- fewer points, same price


def grown(session: Session, points: list[Point], bounds: Bounds) -> Session:
    """The session after these points were added one by one."""
    for point in points:
        timeline = extend(session, point, bounds)
        session = replace(session, timeline=timeline, energy=point.energy)
    return session


def a_minute_apart(count: int) -> list[Point]:
    return [a_point(n, str(n / 8)) for n in range(count)]


def test_an_even_session_keeps_two_points() -> None:
    points = [
        replace(each, power=Kw.of(number))
        for number, each in enumerate(a_minute_apart(100), start=1)
    ]
    session = grown(a_session(), points, bounds_of(a_tariff()))
    assert [each.at for each in session.timeline] == [START, START + 99 * MINUTE]
    assert session.timeline[0].power == Kw.of(99)


def test_points_stay_where_the_activity_changes() -> None:
    points = [*a_minute_apart(5), a_point(5, "1", Activity.SUSPENDED_EV), a_point(6, "1")]
    kept = grown(a_session(), points, Bounds()).timeline
    assert [(each.at - START) // MINUTE for each in kept] == [0, 5, 6]


def test_points_stay_where_energy_begins_to_flow_unannounced() -> None:
    amounts = ["0", "0", "0", "1", "2", "2", "2"]
    points = [a_point(n, kwh, Activity.CONNECTED) for n, kwh in enumerate(amounts)]
    kept = grown(a_session(), points, Bounds()).timeline
    assert [(each.at - START) // MINUTE for each in kept] == [0, 2, 4, 6]


def test_the_first_energy_of_an_idle_vehicle_decides_what_follows() -> None:
    points = [a_point(n, str(n), Activity.IDLE) for n in range(5)]
    kept = grown(a_session(), points, Bounds()).timeline
    assert [(each.at - START) // MINUTE for each in kept] == [0, 1, 4]


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(durations=(50 * MINUTE + timedelta(seconds=30),)),
        Bounds(times=((START + 110 * MINUTE + timedelta(seconds=30)).time(),)),
        Bounds(thresholds=(Kwh.of("6.3").value,)),
    ],
)
def test_points_stay_around_a_bound(bounds: Bounds) -> None:
    """50.5 minutes after the start, which is 10:00 on the wall; 6.3 kWh flow at about then."""
    kept = grown(a_session(), a_minute_apart(100), bounds).timeline
    assert [(each.at - START) // MINUTE for each in kept] == [0, 50, 51, 99]


def test_the_point_at_which_a_threshold_is_reached_stays() -> None:
    """When it was reached decides what the time after it costs."""
    points = [a_point(n, kwh) for n, kwh in enumerate(["0", "3", "5", "5", "5"])]
    kept = grown(a_session(), points, Bounds(thresholds=(Kwh.of(5).value,))).timeline
    assert [(each.at - START) // MINUTE for each in kept] == [0, 1, 2, 4]


def test_points_stay_where_the_power_enters_another_band() -> None:
    points = [
        replace(each, power=Kw.of(5 if number < 4 else 20))
        for number, each in enumerate(a_minute_apart(8))
    ]
    bounds = Bounds(powers=(Kw.of(11),))
    kept = grown(a_session(), points, bounds).timeline
    assert [(each.at - START) // MINUTE for each in kept] == [0, 4, 7]
    unknown = grown(a_session(), a_minute_apart(8), bounds).timeline
    assert len(unknown) == 8


def test_points_that_go_back_are_kept() -> None:
    points = [a_point(0, "0"), a_point(2, "1"), a_point(1, "1"), a_point(3, "0")]
    assert grown(a_session(), points, Bounds()).timeline == tuple(points)


activities = st.sampled_from([Activity.CHARGING, Activity.CONNECTED, Activity.IDLE])
steps = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 8), activities), min_size=1, max_size=25
)
all_prices = tuple(a_component(each, "1.20", step_size=0) for each in Dimension)
TARIFFS = [
    a_tariff(TariffElement(all_prices)),
    a_tariff(TariffElement(all_prices, Restrictions(max_duration=45 * MINUTE)), energy_at("0.5")),
    a_tariff(energy_at("0.2", max_kwh=Kwh.of(5)), TariffElement(all_prices)),
    a_tariff(
        TariffElement(all_prices, Restrictions(start_time=(START + 90 * MINUTE).time())),
        energy_at("0.5"),
    ),
]


@given(st.sampled_from(TARIFFS), steps)
def test_thinning_never_changes_the_price(
    tariff: Tariff, moves: list[tuple[int, int, Activity]]
) -> None:
    points, minute, quarters = [], 0, 0
    for minutes, more, activity in moves:
        minute, quarters = minute + minutes, quarters + more
        points.append(Point(START + minute * MINUTE, Kwh.from_wh(250 * quarters), activity))
    thin = grown(a_session(), points, bounds_of(tariff))
    full = replace(thin, timeline=tuple(points))
    assert condensed(full, bounds_of(tariff)) == thin
    until = START + (minute + 7) * MINUTE
    bills = [
        price(slices(each, until), tariff, zone=ZONE, currency="EUR") for each in (thin, full)
    ]
    assert bills[0].total == bills[1].total
    assert bills[0].periods == bills[1].periods
