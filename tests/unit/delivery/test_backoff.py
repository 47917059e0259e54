"""When a failing destination is tried again."""

from datetime import UTC, datetime, timedelta
from random import Random

from app.delivery.backoff import LONGEST, PARK_AFTER, next_attempt

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def attempt(fails: int, *, since: datetime = NOW, wish: timedelta | None = None) -> timedelta:
    due = next_attempt(fails, since, NOW, wish=wish, random=Random(7))
    assert due is not None
    return due - NOW


def test_waits_double_and_stop_growing() -> None:
    waits = [attempt(fails).total_seconds() for fails in range(12)]
    for fails, wait in enumerate(waits[:9]):
        assert 2**fails <= wait <= 2**fails * 1.25
    assert all(300 <= wait <= 375 for wait in waits[9:])


def test_the_receivers_wish_counts_when_it_is_longer() -> None:
    assert attempt(0, wish=timedelta(seconds=90)) == timedelta(seconds=90)
    assert attempt(11, wish=timedelta(seconds=1)) >= LONGEST


def test_after_a_day_of_failures_a_person_must_look() -> None:
    since = NOW - PARK_AFTER
    assert next_attempt(40, since, NOW, wish=None, random=Random(1)) is None
