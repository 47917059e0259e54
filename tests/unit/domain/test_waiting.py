"""The queue for a charger that is taken, opening times, and how busy a place is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.busy_times import busy_times, hour_of_week
from app.domain.locations import Evse, ExceptionalPeriod, OpeningHours, OpeningTimes
from app.domain.opening import open_state
from app.domain.waiting import TURN, Waiting, next_round
from tests.support.clock import NOON
from tests.support.roaming_objects import CPO, a_connector, an_evse

MINUTE = timedelta(minutes=1)
CCS = "IEC_62196_T2_COMBO"


def a_waiting(name: str, came: int = 0, **fields: object) -> Waiting:
    """Somebody who came so many minutes after noon."""
    at = NOON + came * MINUTE
    return replace(Waiting(name, f"d-{name}", CPO, "L1", at, at + timedelta(hours=4)), **fields)


def free(*uids: str, standard: str = "IEC_62196_T2") -> list[Evse]:
    return [an_evse(uid, connectors=(a_connector(standard=standard),)) for uid in uids]


def names(waitings: list[Waiting]) -> str:
    return "".join(each.id for each in waitings)


TURNING = {"turn_until": NOON + TURN, "turns": 1}


@pytest.mark.parametrize(
    ("queue", "evses", "minute", "expected"),
    [
        ([a_waiting("b", 2), a_waiting("a", 1)], free("E1"), 3, ("", "", "a")),
        ([a_waiting("b", 2), a_waiting("a", 1)], free("E1", "E2"), 3, ("", "", "ab")),
        ([a_waiting("a"), a_waiting("b", 2)], free(), 3, ("", "", "")),
        ([a_waiting("a", evse_uid="E2"), a_waiting("b", 1)], free("E1"), 3, ("", "", "b")),
        ([a_waiting("a", plug=CCS), a_waiting("b", 1)], free("E1"), 3, ("", "", "b")),
        ([a_waiting("a", plug=CCS)], free("E1", standard=CCS), 3, ("", "", "a")),
        ([a_waiting("a", **TURNING), a_waiting("b", 1)], free("E1"), 3, ("", "", "")),
        ([a_waiting("a", **TURNING), a_waiting("b", 1)], free("E1"), 5, ("a", "", "b")),
        ([a_waiting("a", **TURNING), a_waiting("b", 1)], free(), 3, ("", "a", "")),
        ([a_waiting("a")], free("E1"), 240, ("a", "", "")),
    ],
)
def test_whose_turn_it_is(
    queue: list[Waiting], evses: list[Evse], minute: int, expected: tuple[str, str, str]
) -> None:
    """product §1.6, waitlist.turn: first come, first told; five minutes; then the next."""
    made = next_round(queue, evses, NOON + minute * MINUTE)
    assert (names(made.over), names(made.withdrawn), names(made.called)) == expected
    for each in made.called:
        assert (each.turn_until, each.turns) == (NOON + minute * MINUTE + TURN, 1)
    assert all(each.turn_until is None for each in made.withdrawn)


def test_a_chart_is_by_the_places_own_clock() -> None:
    """product §2.9: utilisation by hour and weekday."""
    monday = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
    samples = {hour_of_week(monday): (3, 12), 167: (1, 3), 8: (5, 4)}
    busy = busy_times(samples, "Europe/Berlin", monday)
    assert (busy.days[0][9], busy.now) == (25, 25)
    assert sum(share is not None for day in busy.days for share in day) == 2
    assert busy_times(samples, "Asia/Tokyo", monday).days[0][16] == 25
    assert busy_times({}, "UTC", monday).now is None


def at(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


NO = False
WEEKDAYS = tuple(OpeningHours(day, "08:00", "20:00") for day in range(1, 6))
NIGHTS = tuple(OpeningHours(day, "22:00", "02:00") for day in (5, 6))
SHUT = (ExceptionalPeriod(at(1, 8), at(1, 10)),)
EXTRA = (ExceptionalPeriod(at(6, 8), at(6, 10)),)


@pytest.mark.parametrize(
    ("times", "now", "expected"),
    [
        (None, at(1, 8), (None, None)),
        (OpeningTimes(), at(1, 8), (True, None)),
        (OpeningTimes(closings=SHUT), at(1, 9), (False, at(1, 10))),
        (OpeningTimes(closings=SHUT), at(1, 7), (True, at(1, 8))),
        (OpeningTimes(NO, WEEKDAYS), at(1, 5, 59), (False, at(1, 6))),
        (OpeningTimes(NO, WEEKDAYS), at(1, 6), (True, at(1, 18))),
        (OpeningTimes(NO, WEEKDAYS), at(5, 18), (False, at(8, 6))),
        (OpeningTimes(NO, WEEKDAYS, EXTRA), at(6, 9), (True, at(6, 10))),
        (OpeningTimes(NO, WEEKDAYS, closings=SHUT), at(1, 8, 30), (False, at(1, 10))),
        (OpeningTimes(NO, NIGHTS), at(6, 23, 30), (True, at(7, 0))),
        (OpeningTimes(NO, NIGHTS), at(5, 23), (True, at(6, 0))),
        (OpeningTimes(NO, (OpeningHours(1, "20:00", "00:00"),)), at(1, 21), (True, at(1, 22))),
        (OpeningTimes(NO, WEEKDAYS), at(2, 7, month=11), (True, at(2, 19, month=11))),
        (OpeningTimes(NO), at(1, 8), (False, None)),
    ],
)
def test_open_and_until_when(
    times: OpeningTimes | None, now: datetime, expected: tuple[bool | None, datetime | None]
) -> None:
    state = open_state(times, "Europe/Berlin", now)
    assert (state.open, state.until) == expected
