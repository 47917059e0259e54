"""What is left of a limit, and which parts of it are told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.groups import (
    Group,
    GroupKind,
    Member,
    MemberState,
    Spent,
    crossed,
    left_of,
    limit_of,
    month_of,
)
from app.domain.money import Money
from tests.support.clock import NOON

GROUP = Group("g-1", "d-1", GroupKind.FLEET, "Vans", "EUR", "Europe/Amsterdam", NOON)
MEMBER = Member("m-1", "g-1", MemberState.ACTIVE, NOON, NOON)


def euro(minor: int) -> Money:
    return Money.from_minor(minor, "EUR")


def test_months_begin_where_the_owner_lives() -> None:
    late = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    assert month_of(late, "Europe/Amsterdam") == "2026-06"
    assert month_of(late, "America/New_York") == "2026-05"


def test_what_runs_is_no_longer_there_to_spend() -> None:
    spent = Spent(booked=euro(300), reserved=euro(500))
    assert left_of(None, spent) is None
    assert left_of(euro(1_000), spent) == euro(200)
    assert left_of(euro(700), spent) == euro(0)


def test_a_members_own_limit_comes_first() -> None:
    assert limit_of(GROUP, MEMBER) is None
    of_group = Group(**{**_fields(GROUP), "member_limit": euro(5)})
    assert limit_of(of_group, MEMBER) == euro(5)
    assert limit_of(of_group, Member(**{**_fields(MEMBER), "limit": euro(0)})) == euro(0)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


@pytest.mark.parametrize(
    ("limit", "before", "after", "told"),
    [
        (None, 0, 9_999, []),
        (0, 0, 100, []),
        (1_000, 0, 799, []),
        (1_000, 0, 800, [80]),
        (1_000, 800, 999, []),
        (1_000, 799, 1_200, [80, 100]),
        (1_000, 1_000, 1_100, []),
    ],
)
def test_80_and_100_percent_are_told_when_they_are_reached(
    limit: int | None, before: int, after: int, told: list[int]
) -> None:
    bound = None if limit is None else euro(limit)
    assert crossed(bound, euro(before), euro(after)) == told
