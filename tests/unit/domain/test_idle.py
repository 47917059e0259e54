"""The idle clock: when staying begins to cost, what a minute costs, quiet hours, and the cap."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.bills import SliceKind
from app.domain.charging_triggers import NoticeKind
from app.domain.excuses import Excuse, failed, worked
from app.domain.idle import IdleClock, idle_clock, idle_news, idle_next
from app.domain.money import Money
from app.domain.points import Point
from app.domain.pricing import price
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.tariffs import Dimension, PriceLimit, Restrictions, Tariff, TariffElement
from app.domain.timeline import slices
from app.domain.units import Kwh
from tests.support.priced import ZONE, a_component, a_tariff, energy_at

K = NoticeKind
MINUTE = timedelta(minutes=1)
EVENING = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # 19:00 on the wall


def parking_at(amount: str, **when: Any) -> TariffElement:
    """An element with a price per hour of idling."""
    return TariffElement((a_component(Dimension.PARKING_TIME, amount),), Restrictions(**when))


def quiet_tariff(**fields: Any) -> Tariff:
    """0.20 a minute with taxes, free from 20 to 8."""
    day = {"start_time": time(8), "end_time": time(20)}
    return a_tariff(energy_at("0.50"), parking_at("10", **day), **fields)


def parked(since: datetime, *, charged_for: timedelta = 60 * MINUTE, **fields: Any) -> Session:
    """Ten kWh within an hour, and full since then."""
    start = since - charged_for
    ten = Kwh(Decimal(10))
    session = Session(
        id="s-1",
        party=quiet_tariff().party,
        status=SessionStatus.ACTIVE,
        started_at=start,
        last_updated=since,
        currency="EUR",
        zone=ZONE,
        energy=ten,
        activity=Activity.SUSPENDED_EV,
        timeline=(
            Point(start, Kwh(Decimal(0)), Activity.CHARGING),
            Point(since, ten, Activity.SUSPENDED_EV),
        ),
    )
    return replace(session, **fields)


def look(session: Session, tariff: Tariff, now: datetime) -> IdleClock:
    clock = idle_clock(session, tariff, now=now)
    assert clock is not None
    return clock


def test_idle_time_that_costs_nothing_has_no_clock() -> None:
    assert idle_clock(parked(EVENING), a_tariff(), now=EVENING) is None
    free = a_tariff(energy_at("0.50"), parking_at("0"))
    assert idle_clock(parked(EVENING), free, now=EVENING) is None


def test_it_runs_until_the_quiet_hours_and_again_after_them() -> None:
    """Product §3 case 24: quiet hours."""
    now = EVENING + 10 * MINUTE
    clock = look(parked(EVENING), quiet_tariff(), now)
    assert clock.running is not None
    assert clock.running.end == datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
    assert clock.per_minute == Money(Decimal("0.2"), "EUR")
    assert clock.free_until is None
    night = look(parked(EVENING), quiet_tariff(), datetime(2026, 5, 4, 22, 0, tzinfo=UTC))
    assert night.running is None
    assert night.free_until == datetime(2026, 5, 5, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parked_at", "starts"),
    [
        (datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ],
)
def test_the_quiet_hours_end_by_the_wall_clock(parked_at: datetime, starts: datetime) -> None:
    """Product §3 case 24: DST; eight o'clock is eight o'clock on the day the clocks change."""
    clock = look(parked(parked_at), quiet_tariff(), parked_at + MINUTE)
    assert clock.free_until == starts


def test_the_clock_says_what_the_bill_will_say() -> None:
    """Product §3 case 24: not a minute is billed before `free_until`, and each one after it."""
    session, tariff = parked(EVENING + 50 * MINUTE), quiet_tariff()
    clock = look(session, tariff, EVENING + 50 * MINUTE)
    assert clock.running is not None
    for minutes in (5, 10, 30, 12 * 60):
        until = EVENING + (50 + minutes) * MINUTE
        bill = price(slices(session, until), tariff, zone=ZONE, currency="EUR")
        paid = sum(
            (min(s.end, until) - s.start for s in clock.stretches if s.start < until),
            timedelta(),
        )
        assert bill.parking_cost.due == Money(Decimal("0.2") * (paid // MINUTE), "EUR")


def test_the_cap_is_where_the_bill_stops_growing() -> None:
    """Product §3 case 24: the cap is reached."""
    tariff = a_tariff(
        energy_at("0.50"),
        parking_at("10"),
        max_price=PriceLimit(Decimal(10), Decimal(12)),
    )
    session = parked(EVENING)
    before = look(session, tariff, EVENING + MINUTE)
    assert before.capped_at == EVENING + 30 * MINUTE
    assert before.cap == Money(Decimal(12), "EUR")
    assert not before.is_capped
    after = look(session, tariff, EVENING + 31 * MINUTE)
    assert (after.running, after.free_until, after.is_capped) == (None, None, True)
    assert idle_news(after) == [(K.IDLE_CAP, "idle.cap")]
    assert idle_next(after) is None


def test_a_fee_after_a_time_is_warned_of_twice_and_told_every_half_hour() -> None:
    """Product §1.6: T-15, T-5, T, then every 30 minutes."""
    tariff = a_tariff(energy_at("0.50"), parking_at("10", min_duration=120 * MINUTE))
    session = parked(EVENING)
    seen: list[str] = []
    now = EVENING
    for _ in range(12):
        clock = look(session, tariff, now)
        seen += [mark for _, mark in idle_news(clock) if mark not in seen]
        following = idle_next(clock)
        if following is None or following > EVENING + 125 * MINUTE:
            break
        now = following
    assert seen == [
        "idle.warning:1:early",
        "idle.warning:1:late",
        "idle.started:041800",
        "idle.running:041800:1",
        "idle.running:041800:2",
    ]


def test_while_it_charges_the_fee_is_expected_after_the_end() -> None:
    session = replace(parked(EVENING), activity=Activity.CHARGING)
    session = replace(session, timeline=session.timeline[:1])
    tariff = a_tariff(energy_at("0.50"), parking_at("10"))
    unknown = look(session, tariff, EVENING)
    assert (unknown.since, unknown.free_until, unknown.per_minute) == (None, None, None)
    ends = EVENING + 12 * MINUTE
    clock = idle_clock(session, tariff, now=EVENING, ends=ends)
    assert clock is not None
    assert (clock.since, clock.free_until, clock.running) == (None, ends, None)
    assert idle_news(clock) == [(K.IDLE_WARNING, "idle.warning:1:early")]


def test_nothing_is_counted_while_the_cable_cannot_be_unlocked() -> None:
    """Product §1.5 cable stuck: the idle clock stops while an unlock attempt is failing."""
    tariff = a_tariff(energy_at("0.50"), parking_at("10"))
    stuck = failed(failed((), EVENING + 5 * MINUTE), EVENING + 15 * MINUTE)
    assert stuck == (Excuse(EVENING + 5 * MINUTE, EVENING + 30 * MINUTE),)
    session = parked(EVENING, excuses=stuck)
    clock = look(session, tariff, EVENING + 20 * MINUTE)
    assert (clock.held, clock.running) == (True, None)
    assert clock.free_until == EVENING + 30 * MINUTE
    assert idle_news(clock) == []
    freed = replace(session, excuses=worked(stuck, EVENING + 20 * MINUTE))
    again = look(freed, tariff, EVENING + 25 * MINUTE)
    assert again.running is not None
    parts = slices(freed, EVENING + 30 * MINUTE)
    assert [part.kind for part in parts] == [
        SliceKind.CHARGING, SliceKind.PARKING, SliceKind.WAIVED, SliceKind.PARKING,
    ]  # fmt: skip
    bill = price(parts, tariff, zone=ZONE, currency="EUR")
    assert bill.parking_cost.due == Money(Decimal("3.0"), "EUR")
    assert bill.parking_time == 30 * MINUTE


def test_an_unlock_that_works_late_or_first_changes_nothing() -> None:
    assert worked((), EVENING) == ()
    old = failed((), EVENING)
    assert worked(old, EVENING + 20 * MINUTE) == old
    assert len(failed(old, EVENING + 20 * MINUTE)) == 2
