"""CDRs and the charging periods they share with sessions. Source: OCPI 2.3.0, CDRs, Bookings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ocpi.models.common import (
    Boolean,
    CiString2,
    CiString3,
    CiString32,
    CiString36,
    CiString39,
    CiString48,
    DateTime,
    Integer,
    Number,
    OcpiObject,
    Price,
    String3,
    String10,
    String45,
    String255,
    String512,
    String5000,
    Wire,
)
from ocpi.models.locations import ConnectorFormat, ConnectorType, GeoLocation, PowerType
from ocpi.models.tariffs import Tariff
from ocpi.models.tokens import TokenNames

AuthMethod = Annotated[Literal["AUTH_REQUEST", "COMMAND", "WHITELIST"], Wire("AuthMethod")]
CdrDimensionType = Annotated[
    Literal[
        "CURRENT", "ENERGY", "ENERGY_EXPORT", "ENERGY_IMPORT", "MAX_CURRENT", "MIN_CURRENT",
        "MAX_POWER", "MIN_POWER", "PARKING_TIME", "POWER", "RESERVATION_EXPIRES",
        "RESERVATION_OVERTIME", "RESERVATION_TIME", "STATE_OF_CHARGE", "TIME",
    ],
    Wire("CdrDimensionType"),
]  # fmt: skip

SESSION_ONLY_DIMENSIONS = frozenset(
    {"CURRENT", "ENERGY_EXPORT", "ENERGY_IMPORT", "POWER", "STATE_OF_CHARGE"}
)
"""Dimensions a CDR shall not contain. Source: OCPI 2.2.1, CDRs, CdrDimensionType enum."""


class CdrDimension(OcpiObject):
    """A quantity: kWh, hours, A, kW or percent, by its type."""

    type: CdrDimensionType
    volume: Number


class ChargingPeriod(OcpiObject):
    """A stretch of a session; it ends where the next one begins."""

    start_date_time: DateTime
    dimensions: list[CdrDimension] = Field(min_length=1)
    tariff_id: CiString36 | None = None


class CdrToken(TokenNames):
    """The token as it was at the start of the session."""


class CdrLocation(OcpiObject):
    """Where it happened. Text lengths as in Location, which the errata widened."""

    id: CiString36
    address: String255
    city: String45
    country: String3
    coordinates: GeoLocation
    evse_uid: CiString36
    evse_id: CiString48
    connector_id: CiString36
    connector_standard: ConnectorType
    connector_format: ConnectorFormat
    connector_power_type: PowerType
    name: String255 | None = None
    postal_code: String10 | None = None
    state: String45 | None = None


class SignedValue(OcpiObject):
    """One signed meter value; `signed_data` is base64."""

    nature: CiString32
    plain_data: String5000
    signed_data: String5000


class SignedData(OcpiObject):
    """What makes the bill verifiable by the driver."""

    encoding_method: CiString36
    signed_values: list[SignedValue] = Field(min_length=1)
    encoding_method_version: Integer | None = None
    public_key: String512 | None = None
    url: String512 | None = None


class CDR(OcpiObject):
    """The bill of one session; energies in kWh, times in hours."""

    country_code: CiString2
    party_id: CiString3
    id: CiString39
    start_date_time: DateTime
    end_date_time: DateTime
    cdr_token: CdrToken
    auth_method: AuthMethod
    cdr_location: CdrLocation
    currency: String3
    charging_periods: list[ChargingPeriod] = Field(min_length=1)
    total_cost: Price
    total_energy: Number
    total_time: Number
    last_updated: DateTime
    session_id: CiString36 | None = None
    authorization_reference: CiString36 | None = None
    meter_id: String255 | None = None
    tariffs: list[Tariff] = []
    signed_data: SignedData | None = None
    total_fixed_cost: Price | None = None
    total_energy_cost: Price | None = None
    total_time_cost: Price | None = None
    total_parking_time: Number | None = None
    total_parking_cost: Price | None = None
    total_reservation_cost: Price | None = None
    remark: String255 | None = None
    invoice_reference_id: CiString39 | None = None
    credit: Boolean | None = None
    credit_reference_id: CiString39 | None = None
    home_charging_compensation: Boolean | None = None
    booking_id: CiString36 | None = None

    @model_validator(mode="after")
    def _credit_names_original(self) -> Self:
        if self.credit and self.credit_reference_id is None:
            raise ValueError("credit_reference_id is required in a credit CDR")
        return self
