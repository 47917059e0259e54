"""Charging profiles: in order, never more than asked for, and told when another course holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.errors import InvalidInput
from app.domain.profiles import (
    HORIZON,
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    RateUnit,
    capacity,
    checked,
    computed,
    is_news,
    lead_in,
    profile_number,
)
from app.domain.units import Kw
from tests.support.clock import NOON
from tests.support.roaming_objects import a_connector

MINUTE = timedelta(minutes=1)
CEILING = Decimal(22000)


def steps(*limits: tuple[int, str]) -> tuple[ProfilePeriod, ...]:
    """Minutes and limits."""
    return tuple(ProfilePeriod(MINUTE * start, Decimal(limit)) for start, limit in limits)


def watts(*limits: tuple[int, str]) -> ChargingProfile:
    return ChargingProfile(RateUnit.WATT, steps(*limits))


def told(active: ActiveProfile) -> list[tuple[int, str]]:
    """Minutes and limits again."""
    return [(p.start // MINUTE, f"{p.limit.normalize():f}") for p in active.profile.periods]


def test_a_profile_is_put_in_order_and_to_a_tenth() -> None:
    """P-145: rounded down, since a maximum may not grow."""
    given = replace(watts((60, "7.99"), (0, "4000.19")), min_rate=Decimal("6.06"))
    found = checked(given)
    assert found.periods == steps((0, "4000.1"), (60, "7.9"))
    assert found.min_rate == Decimal("6.0")
    assert checked(watts()).periods == ()


@pytest.mark.parametrize(
    "wrong",
    [
        watts((0, "1"), (0, "2")),
        watts((-1, "1")),
        watts((0, "-0.1")),
        watts((0, "1E10")),
        replace(watts((0, "1")), duration=timedelta()),
        replace(watts((0, "1")), duration=timedelta(days=36500)),
        replace(watts((0, "1")), min_rate=Decimal(-1)),
        watts(*((n, "1") for n in range(1025))),
        replace(watts((0, "1")), start=datetime.max.replace(tzinfo=UTC)),
        replace(watts((0, "1")), start=datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_what_is_no_profile(wrong: ChargingProfile) -> None:
    with pytest.raises(InvalidInput):
        checked(wrong)


def test_the_first_period_of_a_charger_begins_at_once() -> None:
    late = watts((5, "4000"))
    assert lead_in(late, CEILING).periods == steps((0, "22000"), (5, "4000"))
    assert lead_in(watts((0, "4000")), CEILING) == watts((0, "4000"))


def test_a_connectors_capacity_in_both_units() -> None:
    plug = a_connector(max_power=Kw.of("22.08"))
    assert capacity(plug, RateUnit.WATT) == Decimal("22080.0")
    assert capacity(plug, RateUnit.AMPERE) == 32


def test_numbers_are_the_same_every_time_and_fit() -> None:
    numbers = {profile_number(f"s-{n}") for n in range(1000)}
    assert len(numbers) == 1000
    assert all(0 < number < 2**31 for number in numbers)
    assert profile_number("s-1") == profile_number("s-1")


def active(
    profile: ChargingProfile | None, after: int = 0, horizon: timedelta = HORIZON
) -> ActiveProfile:
    """What is in force so many minutes after the session began at noon."""
    return computed(
        profile,
        unit=RateUnit.WATT,
        ceiling=CEILING,
        started_at=NOON,
        now=NOON + MINUTE * after,
        horizon=horizon,
    )


def test_without_a_profile_everything_there_is() -> None:
    """OCPI: no profile any more is told as the EVSE's capacity."""
    assert told(active(None)) == [(0, "22000")]
    assert active(None).profile.duration == HORIZON


def test_a_relative_profile_counts_from_the_sessions_start() -> None:
    profile = watts((0, "4000"), (30, "99999"), (50, "0"))
    assert told(active(profile)) == [(0, "4000"), (30, "22000"), (50, "0")]
    assert told(active(profile, 40)) == [(0, "22000"), (10, "0")]
    assert told(active(profile, 600)) == [(0, "0")]
    assert told(active(profile, 0, MINUTE * 30)) == [(0, "4000")]


def test_an_absolute_profile_has_a_before_and_an_after() -> None:
    profile = replace(
        watts((0, "4000"), (30, "5000")), start=NOON + 10 * MINUTE, duration=20 * MINUTE
    )
    assert told(active(profile)) == [(0, "22000"), (10, "4000"), (30, "22000")]
    assert told(active(profile, 45)) == [(0, "22000")]
    assert told(active(replace(profile, periods=()))) == [(0, "22000")]


def test_what_is_news() -> None:
    profile = watts((0, "4000"), (30, "8000"))
    known = active(profile)
    assert is_news(None, known, NOON)
    assert not is_news(known, active(profile, 10), NOON + 10 * MINUTE)
    assert is_news(known, active(None), NOON)
    assert is_news(known, active(watts((0, "4000"), (31, "8000"))), NOON)
    amperes = replace(known, profile=replace(known.profile, unit=RateUnit.AMPERE))
    assert is_news(known, amperes, NOON)


def test_a_second_more_or_less_is_no_news() -> None:
    """Chargers count in whole seconds from the moment they are asked."""
    known = active(watts((0, "4000"), (30, "8000")))
    seconds = timedelta(seconds=2)
    shifted = replace(known, at=known.at + seconds)
    assert not is_news(known, shifted, NOON + seconds)
    assert is_news(known, replace(known, at=known.at + 2 * seconds), NOON + 2 * seconds)


def test_what_was_told_is_told_again_before_it_ends() -> None:
    profile = watts((0, "4000"))
    known = active(profile)
    assert not is_news(known, active(profile, 29), NOON + 29 * MINUTE)
    assert is_news(known, active(profile, 31), NOON + 31 * MINUTE)
    short = active(profile, 31, 5 * MINUTE)
    assert not is_news(known, short, NOON + 31 * MINUTE)
