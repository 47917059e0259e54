"""Charging profiles. Source: OCPI 2.3.0, ChargingProfiles module."""

from typing import Annotated, Literal

from ocpi.models.common import DateTime, Integer, Number, OcpiObject, Url, Wire

ChargingRateUnit = Annotated[Literal["W", "A"], Wire("ChargingRateUnit")]
ChargingProfileResponseType = Annotated[
    Literal["ACCEPTED", "NOT_SUPPORTED", "REJECTED", "TOO_OFTEN", "UNKNOWN_SESSION"],
    Wire("ChargingProfileResponseType"),
]
ChargingProfileResultType = Annotated[
    Literal["ACCEPTED", "REJECTED", "UNKNOWN"], Wire("ChargingProfileResultType")
]


class ChargingProfilePeriod(OcpiObject):
    """A limit from `start_period` seconds after the profile's start, in the profile's unit."""

    start_period: Integer
    limit: Number


class ChargingProfile(OcpiObject):
    """Upper limits over time; without a start it is relative to the start of charging."""

    charging_rate_unit: ChargingRateUnit
    start_date_time: DateTime | None = None
    duration: Integer | None = None
    min_charging_rate: Number | None = None
    charging_profile_period: list[ChargingProfilePeriod] = []


class SetChargingProfile(OcpiObject):
    """Put a profile on a running session."""

    charging_profile: ChargingProfile
    response_url: Url


class ActiveChargingProfile(OcpiObject):
    """The profile in force, calculated at `start_date_time`."""

    start_date_time: DateTime
    charging_profile: ChargingProfile


class ChargingProfileResponse(OcpiObject):
    """The immediate answer; `timeout` in seconds."""

    result: ChargingProfileResponseType
    timeout: Integer


class ActiveChargingProfileResult(OcpiObject):
    """The answer to a GET; the profile comes only when accepted."""

    result: ChargingProfileResultType
    profile: ActiveChargingProfile | None = None


class ChargingProfileResult(OcpiObject):
    """The answer to a PUT."""

    result: ChargingProfileResultType


class ClearProfileResult(OcpiObject):
    """The answer to a DELETE."""

    result: ChargingProfileResultType
