"""Tariffs. Source: OCPI 2.3.0, Tariffs module, with what Payments and Bookings add to it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ocpi.models.common import (
    CiString2,
    CiString3,
    CiString36,
    DateTime,
    DisplayText,
    Integer,
    Number,
    OcpiObject,
    String3,
    String5,
    String10,
    Url,
    Wire,
)
from ocpi.models.locations import EnergyMix

DayOfWeek = Annotated[
    Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"],
    Wire("DayOfWeek"),
]
BookingRestrictionType = Annotated[
    Literal["BOOKING", "BOOKING_EXPIRES", "BOOKING_CANCELLATION_FEES", "BOOKING_OVERTIME"],
    Wire("BookingRestrictionType"),
]
ReservationRestrictionType = Annotated[
    Literal["RESERVATION", "RESERVATION_EXPIRES"], Wire("ReservationRestrictionType")
]
TariffDimensionType = Annotated[
    Literal["ENERGY", "FLAT", "PARKING_TIME", "TIME"], Wire("TariffDimensionType")
]
TariffType = Annotated[
    Literal["AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"],
    Wire("TariffType"),
]
TaxIncluded = Annotated[Literal["YES", "NO", "N/A"], Wire("TaxIncluded")]


def _is_a_day(text: str) -> str:
    date.fromisoformat(text)  # raises ValueError, which is what pydantic expects
    return text


ClockTime = Annotated[String5, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
CalendarDate = Annotated[
    String10,
    Field(pattern=r"^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$"),
    AfterValidator(_is_a_day),
]


class PriceComponent(OcpiObject):
    """A price per kWh, hour or session; `vat` in percent; `step_size` in Wh or seconds."""

    type: TariffDimensionType
    price: Number
    step_size: Annotated[Integer, Field(ge=0)]
    vat: Number | None = None


class PriceLimit(OcpiObject):
    """A bound on a session's total, before and after taxes independently."""

    before_taxes: Number
    after_taxes: Number | None = None


class TariffRestrictions(OcpiObject):
    """When an element applies; durations in seconds since the start of the session."""

    start_time: ClockTime | None = None
    end_time: ClockTime | None = None
    start_date: CalendarDate | None = None
    end_date: CalendarDate | None = None
    min_kwh: Number | None = None
    max_kwh: Number | None = None
    min_current: Number | None = None
    max_current: Number | None = None
    min_power: Number | None = None
    max_power: Number | None = None
    min_duration: Integer | None = None
    max_duration: Integer | None = None
    day_of_week: list[DayOfWeek] = []
    reservation: ReservationRestrictionType | None = None
    booking: BookingRestrictionType | None = None


class TariffElement(OcpiObject):
    """Price components that apply while the restrictions hold."""

    price_components: list[PriceComponent] = Field(min_length=1)
    restrictions: TariffRestrictions | None = None


class Tariff(OcpiObject):
    """A price list of one CPO; the first matching element counts, per dimension."""

    country_code: CiString2
    party_id: CiString3
    id: CiString36
    currency: String3
    elements: list[TariffElement] = Field(min_length=1)
    tax_included: TaxIncluded
    last_updated: DateTime
    type: TariffType | None = None
    tariff_alt_text: list[DisplayText] = []
    tariff_alt_url: Url | None = None
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    preauthorize_amount: Number | None = None
    start_date_time: DateTime | None = None
    end_date_time: DateTime | None = None
    energy_mix: EnergyMix | None = None
