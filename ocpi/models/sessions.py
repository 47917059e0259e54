"""Sessions and charging preferences. Source: OCPI 2.3.0, Sessions module."""

from typing import Annotated, Literal

from ocpi.models.cdrs import AuthMethod, CdrToken, ChargingPeriod
from ocpi.models.common import (
    Boolean,
    CiString2,
    CiString3,
    CiString36,
    DateTime,
    Number,
    OcpiObject,
    Price,
    String3,
    String255,
    Wire,
)
from ocpi.models.tokens import ProfileType

ChargingPreferencesResponse = Annotated[
    Literal[
        "ACCEPTED", "DEPARTURE_REQUIRED", "ENERGY_NEED_REQUIRED", "NOT_POSSIBLE",
        "PROFILE_TYPE_NOT_SUPPORTED",
    ],
    Wire("ChargingPreferencesResponse"),
]  # fmt: skip
SessionStatus = Annotated[
    Literal["ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION"], Wire("SessionStatus")
]


class Session(OcpiObject):
    """A session as it goes; without `total_cost` the price is unknown, not zero."""

    country_code: CiString2
    party_id: CiString3
    id: CiString36
    start_date_time: DateTime
    kwh: Number
    cdr_token: CdrToken
    auth_method: AuthMethod
    location_id: CiString36
    evse_uid: CiString36
    connector_id: CiString36
    currency: String3
    status: SessionStatus
    last_updated: DateTime
    end_date_time: DateTime | None = None
    authorization_reference: CiString36 | None = None
    meter_id: String255 | None = None
    charging_periods: list[ChargingPeriod] = []
    total_cost: Price | None = None


class ChargingPreferences(OcpiObject):
    """What the driver wishes; energy in kWh."""

    profile_type: ProfileType
    departure_time: DateTime | None = None
    energy_need: Number | None = None
    discharge_allowed: Boolean | None = None
