"""Profiles and preferences between the domain and the wire: exact, and the same both ways."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.commands import CommandKind, CommandResult
from app.domain.errors import InvalidInput
from app.domain.preferences import Preferences, ProfileType
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit
from app.domain.units import Kwh
from ocpi.models.profiles import ActiveChargingProfile, ChargingProfileResponse
from ocpi.models.profiles import ChargingProfile as WireProfile
from ocpi.models.sessions import ChargingPreferences
from ocpi.translate.profiles import (
    read_active,
    read_preferences,
    read_profile,
    read_profile_response,
    read_profile_result,
    write_active,
    write_preferences,
    write_profile,
)
from tests.support.clock import NOON

DOCUMENT: dict[str, Any] = {
    "charging_rate_unit": "A",
    "start_date_time": "2026-05-04T12:00:00Z",
    "duration": 900,
    "min_charging_rate": Decimal("6.5"),
    "charging_profile_period": [
        {"start_period": 0, "limit": Decimal("16.1")},
        {"start_period": 60, "limit": Decimal(0)},
    ],
}
PROFILE = ChargingProfile(
    RateUnit.AMPERE,
    (
        ProfilePeriod(timedelta(), Decimal("16.1")),
        ProfilePeriod(timedelta(minutes=1), Decimal("0.0")),
    ),
    start=NOON,
    duration=timedelta(minutes=15),
    min_rate=Decimal("6.5"),
)


def test_a_profile_both_ways() -> None:
    assert read_profile(WireProfile.read(DOCUMENT)) == PROFILE
    assert write_profile(PROFILE) == DOCUMENT


def test_what_is_left_out_is_left_out() -> None:
    bare = {"charging_rate_unit": "W"}
    profile = read_profile(WireProfile.read(bare))
    assert profile == ChargingProfile(RateUnit.WATT, ())
    assert write_profile(profile) == bare


def test_what_is_in_force_both_ways() -> None:
    document = {"start_date_time": "2026-05-04T12:00:00Z", "charging_profile": DOCUMENT}
    active = read_active(ActiveChargingProfile.read(document))
    assert (active.at, active.profile) == (NOON, PROFILE)
    assert write_active(active) == document


@pytest.mark.parametrize("seconds", [10**30, -(10**30)])
def test_spans_beyond_all_measure(seconds: int) -> None:
    with pytest.raises(InvalidInput):
        read_profile(WireProfile.read({**DOCUMENT, "duration": seconds}))


@pytest.mark.parametrize(
    ("kind", "said", "result"),
    [
        (CommandKind.LIMIT, "ACCEPTED", CommandResult.ACCEPTED),
        (CommandKind.LIMIT, "REJECTED", CommandResult.REJECTED),
        (CommandKind.UNLIMIT, "UNKNOWN", CommandResult.UNKNOWN_PROFILE),
        (CommandKind.SCHEDULE, "REJECTED", CommandResult.REJECTED),
        (CommandKind.SCHEDULE, "ACCEPTED", CommandResult.ACCEPTED),
    ],
)
def test_a_partners_result(kind: CommandKind, said: str, result: CommandResult) -> None:
    outcome = read_profile_result(kind, {"result": said})
    assert (outcome.result, outcome.schedule) == (result, None)


def test_a_profile_counts_in_a_good_result_only() -> None:
    """C-221 as eMSP."""
    told = {"start_date_time": "2026-05-04T12:00:00Z", "charging_profile": DOCUMENT}
    good = read_profile_result(CommandKind.SCHEDULE, {"result": "ACCEPTED", "profile": told})
    assert good.schedule is not None
    bad = read_profile_result(CommandKind.SCHEDULE, {"result": "REJECTED", "profile": told})
    assert bad.schedule is None


def test_an_accepted_response_is_no_outcome_yet() -> None:
    response = ChargingProfileResponse.read({"result": "ACCEPTED", "timeout": 30})
    assert read_profile_response(response) is None


def test_preferences_both_ways() -> None:
    document = {
        "profile_type": "CHEAP",
        "departure_time": "2026-05-04T12:00:00Z",
        "energy_need": Decimal("12.5"),
        "discharge_allowed": True,
    }
    wish = read_preferences(ChargingPreferences.read(document))
    assert wish == Preferences(ProfileType.CHEAP, NOON, Kwh.of("12.5"), discharge_allowed=True)
    assert write_preferences(wish) == document
    assert write_preferences(Preferences(ProfileType.FAST)) == {"profile_type": "FAST"}
