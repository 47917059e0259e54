"""The shapes of a site file (see `docs/import.md`): an operator, its tariffs, its locations."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId, is_evse_id, is_station_id
from app.domain.tariffs import ReservationPhase, TariffType, TaxIncluded

WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
FORMATS = ("SOCKET", "CABLE")
POWER_TYPES = ("AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC")
LONGEST_S = 366 * 86_400
"""Seconds; no charging takes longer than a year."""

_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _matching(pattern: re.Pattern[str], otherwise: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(otherwise)
        return value

    return AfterValidator(check)


def _station(value: str) -> str:
    if not is_station_id(value):
        raise ValueError("no OCPP charger identity")
    return value


def _one_of(words: Sequence[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"none of {', '.join(words)}")
        return value

    return AfterValidator(check)


def _party(value: str) -> str:
    try:
        return str(PartyId.parse(value))
    except InvalidInput as error:
        raise ValueError(error.reason) from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no time zone such as Europe/Amsterdam") from error
    return value


def _evse_id(value: str) -> str:
    if not is_evse_id(value):
        raise ValueError("no EVSE id such as NL*RW1*E0001*1")
    return value


def _whole_price(value: Any) -> Any:
    return {"price": value} if isinstance(value, int | Decimal) else value


Id = Annotated[
    str, Field(min_length=1, max_length=36), _matching(_PRINTABLE, "printable ASCII, no spaces")
]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Url = Annotated[
    str, Field(max_length=255), _matching(re.compile(r"^https?://\S+$"), "no http(s) address")
]
Texts = dict[Annotated[str, _matching(re.compile("^[a-z]{2}$"), "no language such as en")], Name]
Local = Annotated[str, _matching(_TIME, "no time such as 07:30")]
Amount = Annotated[Decimal, Field(ge=0, lt=1_000_000, decimal_places=4)]
Weekday = Annotated[str, _one_of(WEEKDAYS)]


class Shape(BaseModel):
    """Unknown fields are mistakes, and words are not taken for numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OperatorShape(Shape):
    """Who runs the chargers."""

    party: Annotated[str, AfterValidator(_party)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    website: Url | None = None
    help_phone: Annotated[str, Field(max_length=25)] | None = None


class PriceShape(Shape):
    """One price per kWh, per hour or flat; `vat` in percent, without it the tariff's."""

    price: Amount
    vat: Annotated[Decimal, Field(ge=0, lt=100)] | None = None
    step_size: Annotated[int, Field(ge=0, strict=True)] = 1


Seconds = Annotated[int, Field(ge=0, le=LONGEST_S, strict=True)]
Priced = Annotated[PriceShape, BeforeValidator(_whole_price)]


class RestrictionsShape(Shape):
    """When an element applies. Source: OCPI 2.2.1, Tariffs, TariffRestrictions class."""

    start_time: Local | None = None
    end_time: Local | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Amount | None = None
    max_kwh: Amount | None = None
    min_current: Amount | None = None
    max_current: Amount | None = None
    min_power: Amount | None = None
    max_power: Amount | None = None
    min_duration: Seconds | None = None
    max_duration: Seconds | None = None
    day_of_week: Annotated[list[Weekday], Field(min_length=1)] | None = None
    reservation: ReservationPhase | None = None


class ElementShape(Shape):
    """Prices that apply together."""

    energy: Priced | None = None
    time: Priced | None = None
    parking_time: Priced | None = None
    flat: Priced | None = None
    restrictions: RestrictionsShape | None = None

    @model_validator(mode="after")
    def _has_price(self) -> "ElementShape":
        if not any((self.energy, self.time, self.parking_time, self.flat)):
            raise ValueError("needs energy, time, parking_time or flat")
        return self


class LimitShape(Shape):
    """A bound of the total."""

    net: Amount
    gross: Amount | None = None


class TariffShape(Shape):
    """A price list."""

    id: Id
    currency: Annotated[str, _matching(re.compile("^[A-Z]{3}$"), "no currency such as EUR")]
    type: TariffType | None = None
    vat: Annotated[Decimal, Field(ge=0, lt=100)] | None = None
    tax_included: TaxIncluded = TaxIncluded.NO
    elements: Annotated[list[ElementShape], Field(min_length=1)]
    min_price: LimitShape | None = None
    max_price: LimitShape | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    description: Texts = {}
    url: Url | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "TariffShape":
        if self.start and self.end and self.end <= self.start:
            raise ValueError("end must be after start")
        return self


class ConnectorShape(Shape):
    """A plug; voltages in V (line to neutral for AC), currents in A."""

    id: Id | None = None
    number: Annotated[int, Field(ge=1, le=99, strict=True)] | None = None
    standard: Id
    format: Annotated[str, _one_of(FORMATS)]
    power_type: Annotated[str, _one_of(POWER_TYPES)]
    max_voltage: Annotated[int, Field(gt=0, le=2_000, strict=True)]
    max_amperage: Annotated[int, Field(gt=0, le=4_000, strict=True)]
    max_power_kw: Annotated[Decimal, Field(gt=0, lt=10_000, decimal_places=3)] | None = None
    tariffs: list[Id] = []


class EvseShape(Shape):
    """Where one vehicle charges at a time."""

    uid: Id | None = None
    number: Annotated[int, Field(ge=1, le=99, strict=True)] | None = None
    evse_id: Annotated[str, Field(max_length=48), AfterValidator(_evse_id)] | None = None
    physical_reference: Annotated[str, Field(max_length=16)] | None = None
    floor_level: Annotated[str, Field(max_length=4)] | None = None
    capabilities: list[Id] = []
    connectors: Annotated[list[ConnectorShape], Field(min_length=1)]


class StationShape(Shape):
    """A charger; a password is made up for a new one that has none.

    `strict` and `version` left out stay what they are.
    """

    id: Annotated[str, Field(max_length=48), AfterValidator(_station)]
    password: Annotated[str, Field(min_length=16, max_length=40)] | None = None
    evses: Annotated[list[EvseShape], Field(min_length=1)]
    strict: Annotated[bool, Field(strict=True)] | None = None
    version: Literal["any", "1.6", "2.0.1", "2.1"] | None = None


class HoursShape(Shape):
    """Open on one weekday between two local times."""

    day: Weekday
    begin: Local
    end: Local


class PeriodShape(Shape):
    """An exception to the regular hours."""

    begin: AwareDatetime
    end: AwareDatetime


class OpeningShape(Shape):
    """When the site can be entered; without `regular` always."""

    regular: list[HoursShape] = []
    openings: list[PeriodShape] = []
    closings: list[PeriodShape] = []


class LocationShape(Shape):
    """A site with its chargers."""

    id: Id
    name: Name | None = None
    address: Name
    city: Annotated[str, Field(min_length=1, max_length=45)]
    postal_code: Annotated[str, Field(max_length=10)] | None = None
    state: Annotated[str, Field(max_length=45)] | None = None
    country: Annotated[str, _matching(re.compile("^[A-Z]{3}$"), "no country such as NLD")]
    latitude: Annotated[Decimal, Field(ge=-90, le=90, decimal_places=7)]
    longitude: Annotated[Decimal, Field(ge=-180, le=180, decimal_places=7)]
    time_zone: Annotated[str, AfterValidator(_zone)]
    parking_type: Id | None = None
    directions: Texts = {}
    facilities: list[Id] = []
    opening_times: OpeningShape | None = None
    publish: bool = True
    help_phone: Annotated[str, Field(max_length=25)] | None = None
    stations: Annotated[list[StationShape], Field(min_length=1)]


class SiteShape(Shape):
    """The whole file."""

    format: Literal["roamwatt-site/1"]
    operator: OperatorShape
    tariffs: list[TariffShape] = []
    locations: list[LocationShape] = []
