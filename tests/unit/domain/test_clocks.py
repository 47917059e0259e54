"""How far a charger's clock is from ours."""

from datetime import timedelta

import pytest

from app.domain.clocks import ClockTold, ClockWatch
from tests.support.clock import NOON


def hears(*offsets_s: float) -> list[ClockTold | None]:
    watch = ClockWatch()
    return [watch.hear(NOON + timedelta(seconds=s), NOON) for s in offsets_s]


@pytest.mark.parametrize(
    ("offsets", "told"),
    [
        ((0, 2, -3), [ClockTold(0, off=False), None, None]),
        ((7200,), [ClockTold(7200, off=True)]),
        ((-7200,), [None]),
        ((-7200, -3600, -3600), [None, None, ClockTold(-3600, off=True)]),
        ((-7200, 0), [None, ClockTold(0, off=False)]),
        ((0, 30), [ClockTold(0, off=False), ClockTold(30, off=False)]),
    ],
)
def test_one_that_is_late_proves_nothing(
    offsets: tuple[float, ...], told: list[ClockTold | None]
) -> None:
    assert hears(*offsets) == told


def test_a_clock_that_was_set_right_is_told_of_in_time() -> None:
    assert hears(300, *([0] * 8))[-1] == ClockTold(0, off=False)
