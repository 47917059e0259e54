"""Bookings of charging time ahead. Source: OCPI 2.3.0, Bookings extension 1.1."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ocpi.models.common import (
    Boolean,
    CiString2,
    CiString3,
    CiString36,
    DateTime,
    Integer,
    Number,
    OcpiObject,
    Text,
    Url,
    Wire,
)
from ocpi.models.locations import (
    ConnectorFormat,
    ConnectorType,
    EVSEPosition,
    PowerType,
    VehicleType,
)
from ocpi.models.tokens import TokenNames

AccessMethod = Annotated[
    Literal["OPEN", "TOKEN", "LICENSE_PLATE", "ACCESS_CODE", "INTERCOM", "PARKING_TICKET"],
    Wire("AccessMethod"),
]
CanceledReason = Annotated[
    Literal[
        "POWER_OUTAGE", "BROKEN_CHARGER", "FULL", "BLOCKED", "TRAFFIC", "BROKEN_VEHICLE",
        "NO_CANCELED", "UNKNOWN",
    ],
    Wire("CanceledReason"),
]  # fmt: skip
PartyRole = Annotated[Literal["CPO", "EMSP", "NAP", "NSP", "OTHER", "SCSP"], Wire("Role")]
"""Without the HUB of older versions, which have no bookings."""

ReservationRequestStatus = Annotated[
    Literal["PENDING", "ACCEPTED", "DECLINED", "FAILED"], Wire("ReservationRequestStatus")
]
ReservationStatus = Annotated[
    Literal[
        "PENDING", "RESERVED", "CANCELED", "FAILED", "NO_SHOW", "FULFILLED", "REJECTED", "UNKNOWN",
    ],
    Wire("ReservationStatus"),
]  # fmt: skip


class Period(OcpiObject):
    """From when until when."""

    start_date_time: DateTime
    end_date_time: DateTime

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.end_date_time <= self.start_date_time:
            raise ValueError("end_date_time has to be after start_date_time")
        return self


class Timeslot(Period):
    """A time that can be booked; power in W."""

    min_power: Number | None = None
    max_power: Number | None = None
    green_energy_support: Boolean | None = None


class Calendar(OcpiObject):
    """The bookable times of a stretch of days; slots begin every `timeslot_increment` minutes."""

    id: CiString36
    begin_from: DateTime
    end_before: DateTime
    available_timeslots: list[Timeslot] = Field(min_length=1)
    last_updated: DateTime
    timeslot_increment: Integer | None = None


class BookingOption(OcpiObject):
    """What is booked: an EVSE, a connector, a place for a kind of vehicle; kg and cm."""

    evse_uid: CiString36 | None = None
    connector_id: CiString36 | None = None
    parking_id: CiString36 | None = None
    evse_position: list[EVSEPosition] = []
    vehicle_types: list[VehicleType] = []
    connector_format: list[ConnectorFormat] = []
    connector_types: list[ConnectorType] = []
    power_types: list[PowerType] = []
    max_vehicle_weight: Number | None = None
    max_vehicle_height: Number | None = None
    max_vehicle_length: Number | None = None
    max_vehicle_width: Number | None = None
    min_parking_space_length: Number | None = None
    min_parking_space_width: Number | None = None
    dangerous_goods_allowed: Boolean | None = None
    drive_through: Boolean | None = None
    refrigeration_outlet: Boolean | None = None


class BookingToken(TokenNames):
    """A token that may use the booking."""


class AccessInformation(OcpiObject):
    """How the driver gets in; `value` is the code or the licence plate."""

    method: AccessMethod
    value: Text | None = None


class Cancellation(OcpiObject):
    """Who gave a booking up, and why."""

    cancellation_reason: CanceledReason
    who_canceled: PartyRole


class Policy(OcpiObject):
    """Whether one may charge here without a booking."""

    reservation_required: Boolean
    ad_hoc: Number | None = None


class BookingTerms(OcpiObject):
    """The rules of a booking; times in minutes."""

    supported_access_methods: list[AccessMethod] = Field(min_length=1)
    change_until_minutes: Number
    cancel_until_minutes: Number
    rfid_auth_required: Boolean | None = None
    token_groups_supported: Boolean | None = None
    remote_auth_supported: Boolean | None = None
    change_not_allowed: Boolean | None = None
    early_start_allowed: Boolean | None = None
    early_start_time: Number | None = None
    noshow_timeout: Number | None = None
    noshow_fee: Boolean | None = None
    late_stop_allowed: Boolean | None = None
    late_stop_time: Number | None = None
    overlapping_bookings_allowed: Boolean | None = None
    min_booking_duration: Number | None = None
    max_booking_duration: Number | None = None
    booking_terms: Url | None = None


class BookingLocation(OcpiObject):
    """What can be booked at a location, when, and under which terms."""

    country_code: CiString2
    party_id: CiString3
    id: CiString36
    location_id: CiString36
    last_updated: DateTime
    booking_option: BookingOption | None = None
    policy: Policy | None = None
    tariff_ids: list[CiString36] = []
    booking_terms: BookingTerms | None = None
    calendars: list[Calendar] = []


class BookingRequest(OcpiObject):
    """A provider's wish; the same `request_id` again changes it, `canceled` gives it up. kW."""

    country_code: CiString2
    party_id: CiString3
    request_id: CiString36
    location_id: CiString36
    booking_location_id: CiString36
    period: Period
    authorization_reference: CiString36
    booking_option: BookingOption | None = None
    tokens: list[BookingToken] = []
    access_information: list[AccessInformation] = []
    power_required: Integer | None = None
    canceled: Cancellation | None = None


class BookingRequestStatus(OcpiObject):
    """One request as it came, and what became of it."""

    request_status: ReservationRequestStatus
    booking_request: BookingRequest
    request_received: DateTime


class Booking(OcpiObject):
    """A booking of the operator's, with every request that made it what it is."""

    country_code: CiString2
    party_id: CiString3
    id: CiString36
    request_id: CiString36
    location_id: CiString36
    period: Timeslot
    reservation_status: ReservationStatus
    authorization_reference: CiString36
    booking_terms: BookingTerms
    booking_requests: list[BookingRequestStatus] = Field(min_length=1)
    last_updated: DateTime
    booking_option: BookingOption | None = None
    booking_tokens: list[BookingToken] = []
    tariff_ids: list[CiString36] = []
    canceled: Cancellation | None = None
    access_information: list[AccessInformation] = []
