"""The time an EVSE was reserved in a session's slices and price, to the cent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.bills import SliceKind
from app.domain.money import Money
from app.domain.points import Point
from app.domain.pricing import price
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.timeline import slices
from app.domain.units import NO_ENERGY
from tests.support.reserving import prices
from tests.support.roaming_objects import NOON, a_session

HALF = timedelta(minutes=30)


def unused(**changes: object) -> Session:
    """Reserved at noon; nobody has come."""
    blank = a_session(started_at=NOON, last_updated=NOON, timeline=(), ended_at=None)
    kept = replace(blank, status=SessionStatus.RESERVATION, reserved_at=NOON, own=True)
    return replace(kept, **changes)  # type: ignore[arg-type]


def test_nobody_has_come_yet() -> None:
    (one,) = slices(unused(), NOON + HALF)
    assert (one.kind, one.start, one.end) == (SliceKind.RESERVATION, NOON, NOON + HALF)


def test_it_ends_when_the_reservation_does() -> None:
    over = unused(ended_at=NOON + HALF)
    (one,) = slices(over, NOON + timedelta(days=1))
    assert one.end == NOON + HALF


@pytest.mark.parametrize(("expired", "due"), [(True, "8.40"), (False, "1.80")])
def test_the_price_depends_on_how_it_ended(*, expired: bool, due: str) -> None:
    """4.00 + 3.00 when it expired, else 1.50; plus 20 %."""
    over = unused(ended_at=NOON + HALF, reservation_expired=expired)
    bill = price(
        slices(over, NOON), prices(), zone=over.zone, currency="EUR", reservation_expired=expired
    )
    assert bill.total.due == Money(Decimal(due), "EUR")


def test_the_reserved_time_comes_first() -> None:
    later = NOON + HALF
    first_point = Point(later, NO_ENERGY, Activity.CHARGING)
    begun = unused(status=SessionStatus.ACTIVE, started_at=later, timeline=(first_point,))
    first, second = slices(begun, later + HALF)
    assert (first.kind, first.end) == (SliceKind.RESERVATION, later)
    assert (second.kind, second.start) == (SliceKind.CHARGING, later)


def test_nothing_is_reserved_after_the_start() -> None:
    """A clock that went back makes no negative time."""
    begun = unused(started_at=NOON - HALF)
    (one,) = slices(begun, NOON - HALF)
    assert one.start == one.end == NOON
