"""Locations with EVSEs, connectors and parking. Source: OCPI 2.3.0, Locations module."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ocpi.models.common import (
    Boolean,
    CiString2,
    CiString3,
    CiString4,
    CiString25,
    CiString36,
    CiString48,
    CiText,
    DateTime,
    DisplayText,
    Integer,
    Number,
    OcpiObject,
    String3,
    String4,
    String5,
    String10,
    String11,
    String12,
    String16,
    String45,
    String50,
    String64,
    String100,
    String255,
    Url,
    Wire,
)
from ocpi.models.tokens import TokenType

Capability = Annotated[str, Wire("Capability")]
ConnectorCapability = Annotated[str, Wire("ConnectorCapability")]
ConnectorType = Annotated[str, Wire("ConnectorType")]
EnvironmentalImpactCategory = Annotated[str, Wire("EnvironmentalImpactCategory")]
Facility = Annotated[str, Wire("Facility")]
ImageCategory = Annotated[str, Wire("ImageCategory")]
ParkingRestriction = Annotated[str, Wire("ParkingRestriction")]
ParkingType = Annotated[str, Wire("ParkingType")]
VehicleType = Annotated[str, Wire("VehicleType")]
ConnectorFormat = Annotated[Literal["SOCKET", "CABLE"], Wire("ConnectorFormat")]
EnergySourceCategory = Annotated[
    Literal["NUCLEAR", "GENERAL_FOSSIL", "COAL", "GAS", "GENERAL_GREEN", "SOLAR", "WIND", "WATER"],
    Wire("EnergySourceCategory"),
]
EVSEPosition = Annotated[Literal["LEFT", "RIGHT", "CENTER"], Wire("EVSEPosition")]
ParkingDirection = Annotated[
    Literal["PARALLEL", "PERPENDICULAR", "ANGLE"], Wire("ParkingDirection")
]
PowerType = Annotated[
    Literal["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"], Wire("PowerType")
]
Status = Annotated[
    Literal[
        "AVAILABLE", "BLOCKED", "CHARGING", "INOPERATIVE", "OUTOFORDER", "PLANNED", "REMOVED",
        "RESERVED", "UNKNOWN",
    ],
    Wire("Status"),
]  # fmt: skip
Latitude = Annotated[String10, StringConstraints(pattern=r"^-?[0-9]{1,2}\.[0-9]{5,7}$")]
Longitude = Annotated[String11, StringConstraints(pattern=r"^-?[0-9]{1,3}\.[0-9]{5,7}$")]
Weekday = Annotated[Integer, Field(ge=1, le=7)]


class GeoLocation(OcpiObject):
    """WGS 84, five to seven decimals as text."""

    latitude: Latitude
    longitude: Longitude


class AdditionalGeoLocation(OcpiObject):
    """A further point of interest of the location, such as another entrance."""

    latitude: Latitude
    longitude: Longitude
    name: DisplayText | None = None


class Image(OcpiObject):
    """A picture by its address."""

    url: Url
    category: ImageCategory
    type: CiString4
    thumbnail: Url | None = None
    width: Integer | None = None
    height: Integer | None = None


class BusinessDetails(OcpiObject):
    """A company as drivers see it."""

    name: String100
    website: Url | None = None
    logo: Image | None = None


class EnergySource(OcpiObject):
    """A share of the energy, in percent."""

    source: EnergySourceCategory
    percentage: Number


class EnvironmentalImpact(OcpiObject):
    """Waste or emission in g/kWh."""

    category: EnvironmentalImpactCategory
    amount: Number


class EnergyMix(OcpiObject):
    """Where the energy comes from."""

    is_green_energy: Boolean
    energy_sources: list[EnergySource] = []
    environ_impact: list[EnvironmentalImpact] = []
    supplier_name: String64 | None = None
    energy_product_name: String64 | None = None


class ExceptionalPeriod(OcpiObject):
    """An exception to the regular hours, UTC."""

    period_begin: DateTime
    period_end: DateTime


class RegularHours(OcpiObject):
    """Open on a weekday (1 = Monday) between two local times `HH:MM`."""

    weekday: Weekday
    period_begin: String5
    period_end: String5


class Hours(OcpiObject):
    """Opening times; regular hours are needed when it is not always open."""

    twentyfourseven: Boolean
    regular_hours: list[RegularHours] = []
    exceptional_openings: list[ExceptionalPeriod] = []
    exceptional_closings: list[ExceptionalPeriod] = []

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if not self.twentyfourseven and not (self.regular_hours or self.exceptional_openings):
            raise ValueError("regular_hours are required when twentyfourseven is false")
        return self


class PublishTokenType(OcpiObject):
    """Who may see an unpublished location: tokens that match all fields given here."""

    uid: CiString36 | None = None
    type: TokenType | None = None
    visual_number: String64 | None = None
    issuer: String64 | None = None
    group_id: CiString36 | None = None


class StatusSchedule(OcpiObject):
    """A planned status; informational only."""

    period_begin: DateTime
    status: Status
    period_end: DateTime | None = None


class EVSEParking(OcpiObject):
    """Which parking place belongs to an EVSE."""

    parking_id: CiString36
    evse_position: EVSEPosition | None = None


class Parking(OcpiObject):
    """A parking place; weights in kg, sizes in cm, times in minutes. OCPI 2.3.0 only."""

    id: CiString36
    vehicle_types: list[VehicleType] = Field(min_length=1)
    restricted_to_type: Boolean
    reservation_required: Boolean
    physical_reference: String12 | None = None
    max_vehicle_weight: Number | None = None
    max_vehicle_height: Number | None = None
    max_vehicle_length: Number | None = None
    max_vehicle_width: Number | None = None
    parking_space_length: Number | None = None
    parking_space_width: Number | None = None
    dangerous_goods_allowed: Boolean | None = None
    direction: ParkingDirection | None = None
    drive_through: Boolean | None = None
    time_limit: Number | None = None
    roofed: Boolean | None = None
    images: list[Image] = []
    lighting: Boolean | None = None
    refrigeration_outlet: Boolean | None = None
    standards: list[CiString36] = []
    apds_reference: CiText | None = None


class Connector(OcpiObject):
    """A plug; volts (line to neutral for AC), amperes per phase, power in W."""

    id: CiString36
    standard: ConnectorType
    format: ConnectorFormat
    power_type: PowerType
    max_voltage: Integer
    max_amperage: Integer
    last_updated: DateTime
    max_electric_power: Integer | None = None
    tariff_ids: list[CiString36] = []
    terms_and_conditions: Url | None = None
    capabilities: list[ConnectorCapability] = []


class EVSE(OcpiObject):
    """A place where one vehicle charges at a time."""

    uid: CiString36
    status: Status
    connectors: list[Connector] = Field(min_length=1)
    last_updated: DateTime
    evse_id: CiString48 | None = None
    status_schedule: list[StatusSchedule] = []
    capabilities: list[Capability] = []
    floor_level: String4 | None = None
    coordinates: GeoLocation | None = None
    physical_reference: String16 | None = None
    directions: list[DisplayText] = []
    parking_restrictions: list[ParkingRestriction] = []
    parking: list[EVSEParking] = []
    images: list[Image] = []
    accepted_service_providers: list[String50] = []


class Location(OcpiObject):
    """A site of one CPO; `country` is alpha-3, `country_code` alpha-2."""

    country_code: CiString2
    party_id: CiString3
    id: CiString36
    publish: Boolean
    address: String255
    city: String45
    country: String3
    coordinates: GeoLocation
    time_zone: String255
    last_updated: DateTime
    publish_allowed_to: list[PublishTokenType] = []
    name: String255 | None = None
    postal_code: String10 | None = None
    state: String45 | None = None
    related_locations: list[AdditionalGeoLocation] = []
    parking_type: ParkingType | None = None
    evses: list[EVSE] = []
    parking_places: list[Parking] = []
    directions: list[DisplayText] = []
    operator: BusinessDetails | None = None
    suboperator: BusinessDetails | None = None
    owner: BusinessDetails | None = None
    facilities: list[Facility] = []
    opening_times: Hours | None = None
    charging_when_closed: Boolean | None = None
    images: list[Image] = []
    energy_mix: EnergyMix | None = None
    help_phone: CiString25 | None = None
