"""Charging profiles and preferences between the domain and OCPI's objects.

Both versions that have the module say the same in it, so nothing is lifted or lowered.
Source: OCPI 2.2.1 and 2.3.0, ChargingProfiles; Sessions, ChargingPreferences.
"""

from datetime import timedelta
from decimal import Decimal

from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.preferences import Preferences, ProfileType
from app.domain.profiles import (
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    RateUnit,
    checked,
)
from app.domain.units import Kwh
from ocpi.models.common import write_datetime
from ocpi.models.profiles import (
    ActiveChargingProfile,
    ActiveChargingProfileResult,
    ChargingProfileResponse,
    ChargingProfileResult,
    ClearProfileResult,
)
from ocpi.models.profiles import ChargingProfile as WireProfile
from ocpi.models.sessions import ChargingPreferences
from ocpi.translate.values import Json, present, read_span, wire_number

_SECOND = timedelta(seconds=1)

_RESULTS = {
    CommandResult.ACCEPTED: "ACCEPTED",
    CommandResult.UNKNOWN_PROFILE: "UNKNOWN",
}
_OUTCOMES = {
    "ACCEPTED": CommandResult.ACCEPTED,
    "REJECTED": CommandResult.REJECTED,
    "UNKNOWN": CommandResult.UNKNOWN_PROFILE,
}
_REFUSALS = {
    "NOT_SUPPORTED": CommandResult.NOT_SUPPORTED,
    "REJECTED": CommandResult.REJECTED,
    "TOO_OFTEN": CommandResult.REJECTED,
    "UNKNOWN_SESSION": CommandResult.UNKNOWN_SESSION,
}


def read_profile(profile: WireProfile) -> ChargingProfile:
    """A profile with its limits to a tenth, in the order of time; raises InvalidInput."""
    periods = tuple(
        ProfilePeriod(read_span(period.start_period), period.limit)
        for period in profile.charging_profile_period
    )
    return checked(
        ChargingProfile(
            RateUnit(profile.charging_rate_unit),
            periods,
            start=profile.start_date_time,
            duration=None if profile.duration is None else read_span(profile.duration),
            min_rate=profile.min_charging_rate,
        )
    )


def write_profile(profile: ChargingProfile) -> Json:
    """A ChargingProfile."""
    return present(
        {
            "charging_rate_unit": profile.unit.value,
            "start_date_time": None if profile.start is None else write_datetime(profile.start),
            "duration": None if profile.duration is None else profile.duration // _SECOND,
            "min_charging_rate": _rate(profile.min_rate),
            "charging_profile_period": [
                {"start_period": period.start // _SECOND, "limit": _rate(period.limit)}
                for period in profile.periods
            ],
        }
    )


def _rate(limit: Decimal | None) -> Decimal | None:
    return None if limit is None else wire_number(limit)


def read_active(active: ActiveChargingProfile) -> ActiveProfile:
    """What a partner says is in force; raises InvalidInput."""
    return ActiveProfile(active.start_date_time, read_profile(active.charging_profile))


def write_active(active: ActiveProfile) -> Json:
    """An ActiveChargingProfile; its periods count from the moment of calculation."""
    return {
        "start_date_time": write_datetime(active.at),
        "charging_profile": write_profile(active.profile),
    }


def write_profile_result(command: Command, outcome: CommandOutcome) -> Json:
    """The result object of a GET, PUT or DELETE; `profile` only when it is accepted (C-221)."""
    result = {"result": _RESULTS.get(outcome.result, "REJECTED")}
    asked = command.kind is CommandKind.SCHEDULE
    if asked and outcome.accepted and outcome.schedule is not None:
        return {**result, "profile": write_active(outcome.schedule)}
    return result


def read_profile_result(kind: CommandKind, document: Json) -> CommandOutcome:
    """A partner's later word on a GET, PUT or DELETE of ours; raises InvalidInput."""
    if kind is CommandKind.SCHEDULE:
        told = ActiveChargingProfileResult.read(document)
        outcome = CommandOutcome(_OUTCOMES[told.result])
        if not outcome.accepted or told.profile is None:
            return outcome
        return CommandOutcome(outcome.result, schedule=read_active(told.profile))
    shape = ChargingProfileResult if kind is CommandKind.LIMIT else ClearProfileResult
    return CommandOutcome(_OUTCOMES[shape.read(document).result])


def read_profile_response(response: ChargingProfileResponse) -> CommandOutcome | None:
    """A partner's immediate answer; None when it was accepted and the result is to come."""
    if response.result == "ACCEPTED":
        return None
    return CommandOutcome(_REFUSALS[response.result], response.result)


def read_preferences(wish: ChargingPreferences) -> Preferences:
    """What a partner's driver wishes."""
    need = wish.energy_need
    return Preferences(
        ProfileType(wish.profile_type),
        wish.departure_time,
        None if need is None else Kwh(need),
        discharge_allowed=bool(wish.discharge_allowed),
    )


def write_preferences(wish: Preferences) -> Json:
    """ChargingPreferences."""
    need = wish.energy_need
    return present(
        {
            "profile_type": wish.profile_type.value,
            "departure_time": None if wish.departure is None else write_datetime(wish.departure),
            "energy_need": None if need is None else wire_number(need.value),
            "discharge_allowed": wish.discharge_allowed or None,
        }
    )
