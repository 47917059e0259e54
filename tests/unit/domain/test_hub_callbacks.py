"""How long addresses of the hub can be called."""

from datetime import timedelta

import pytest

from app.domain.hub_callbacks import (
    LONGEST_RESERVATION,
    LONGEST_WAIT,
    MARGIN,
    USUAL_WAIT,
    CallbackKind,
    Reservation,
    result_expiry,
)
from tests.support.clock import NOON
from tests.support.passing import a_callback

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("promised", "waits"),
    [
        (timedelta(seconds=-1), USUAL_WAIT),
        (timedelta(seconds=30), USUAL_WAIT),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=400), LONGEST_WAIT),
    ],
)
def test_a_result_may_come_later_than_promised(promised: timedelta, waits: timedelta) -> None:
    assert result_expiry(NOON, promised=promised) == NOON + waits + MARGIN


@pytest.mark.parametrize(
    ("until", "last"),
    [
        (NOON - DAY, NOON + USUAL_WAIT),
        (NOON + 3 * DAY, NOON + 3 * DAY),
        (NOON + 4000 * DAY, NOON + LONGEST_RESERVATION),
    ],
)
def test_the_address_of_a_reservation_lives_as_long_as_it(until: object, last: object) -> None:
    """C-259."""
    reserved = Reservation("R-1", until)  # type: ignore[arg-type]
    assert result_expiry(NOON, reserved=reserved) == last + MARGIN  # type: ignore[operator]


def test_an_address_can_be_called_until_it_expires() -> None:
    callback = a_callback()
    assert callback.lasts(callback.expires_at - timedelta(microseconds=1))
    assert not callback.lasts(callback.expires_at)


def test_each_kind_has_its_method() -> None:
    assert [(kind, kind.method) for kind in CallbackKind] == [
        (CallbackKind.RESULT, "POST"),
        (CallbackKind.OBJECT, "GET"),
    ]
