"""Locations of OCPI 2.1.1 ⇄ 2.2.1: no owner, no publishing, plugs and texts with older names."""

from decimal import ROUND_HALF_UP, Decimal

from app.domain.errors import InvalidInput
from ocpi.models.common import NOT_AVAILABLE, read_number
from ocpi.versions.countries import guess_time_zone
from ocpi.versions.rung import (
    Inexpressible,
    Json,
    Surroundings,
    each,
    only,
    renamed,
    within,
    without,
)

CAPABILITIES = frozenset({
    "CHARGING_PROFILE_CAPABLE", "CREDIT_CARD_PAYABLE", "REMOTE_START_STOP_CAPABLE", "RESERVABLE",
    "RFID_READER", "UNLOCK_CAPABLE",
})  # fmt: skip
CONNECTOR_TYPES = frozenset({
    "CHADEMO", *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKL"), "IEC_60309_2_single_16",
    "IEC_60309_2_three_16", "IEC_60309_2_three_32", "IEC_60309_2_three_64", "IEC_62196_T1",
    "IEC_62196_T1_COMBO", "IEC_62196_T2", "IEC_62196_T2_COMBO", "IEC_62196_T3A", "IEC_62196_T3C",
    "TESLA_R", "TESLA_S",
})  # fmt: skip
FACILITIES = frozenset({
    "HOTEL", "RESTAURANT", "CAFE", "MALL", "SUPERMARKET", "SPORT", "RECREATION_AREA", "NATURE",
    "MUSEUM", "BUS_STOP", "TAXI_STAND", "TRAIN_STATION", "AIRPORT", "CARPOOL_PARKING",
    "FUEL_STATION", "WIFI",
})  # fmt: skip
LOCATION_TYPES = frozenset({"ON_STREET", "PARKING_GARAGE", "UNDERGROUND_GARAGE", "PARKING_LOT"})
_ADDRESS_LENGTH = 45
_PHASES = {"AC_3_PHASE": 3, "AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 2}
_UNSAID_TYPES = frozenset({"OTHER", "UNKNOWN"})
_OLDER_LOCATION_TYPES = {"ALONG_MOTORWAY": "OTHER", "ON_DRIVEWAY": "OTHER"}


def owned(document: Json, around: Surroundings) -> Json:
    """Give the object the owner its address or connection has."""
    if around.owner is None:
        return document
    country, party = around.owner
    return {"country_code": country, "party_id": party, **document}


def disowned(document: Json, *names: str) -> Json:
    return without(document, "country_code", "party_id", *names)


def as_text(document: Json, *names: str) -> Json:
    """2.1.1's own samples write some texts as numbers."""
    return {
        key: str(value) if key in names and isinstance(value, int | Decimal) else value
        for key, value in document.items()
    }


def lift_connector(connector: Json) -> Json:
    lifted = renamed(connector, {"voltage": "max_voltage", "amperage": "max_amperage"})
    tariff = lifted.pop("tariff_id", None)
    return {**lifted, "tariff_ids": [tariff]} if tariff else lifted


def lower_connector(connector: Json) -> Json:
    if connector.get("standard") not in CONNECTOR_TYPES:
        raise Inexpressible
    lowered = renamed(connector, {"max_voltage": "voltage", "max_amperage": "amperage"})
    power = lowered.pop("max_electric_power", None)
    tariffs = lowered.pop("tariff_ids", None) or []
    if tariffs:
        lowered["tariff_id"] = tariffs[0]
    voltage, amperage = lowered.get("voltage"), lowered.get("amperage")
    phases = _PHASES.get(str(lowered.get("power_type")), 1)
    if isinstance(power, int) and voltage and amperage and power < voltage * amperage * phases:
        lowered["amperage"] = power // (voltage * phases)
    if str(lowered.get("power_type")).startswith("AC_2_PHASE"):
        lowered["power_type"] = "AC_1_PHASE"
    return lowered


def lift_evse(evse: Json) -> Json:
    lifted = as_text(evse, "floor_level", "physical_reference")
    return each(lifted, "connectors", lift_connector)


def lower_evse(evse: Json) -> Json:
    lowered = only(evse, "capabilities", CAPABILITIES)
    lowered = within(each(lowered, "connectors", lower_connector), "coordinates", _six_decimals)
    if evse.get("connectors") and not lowered["connectors"]:
        raise Inexpressible
    return lowered


def _six_decimals(point: Json) -> Json:
    def six(text: object) -> object:
        try:
            number = read_number(text)
        except ValueError:
            return text
        return format(number.quantize(Decimal("0.000001"), ROUND_HALF_UP), "f")

    return {k: six(v) if k in {"latitude", "longitude"} else v for k, v in point.items()}


def lift_mix(mix: Json) -> Json:
    return each(mix, "environ_impact", lambda impact: renamed(impact, {"source": "category"}))


def lower_mix(mix: Json) -> Json:
    return each(mix, "environ_impact", lambda impact: renamed(impact, {"category": "source"}))


def _lift_hours(hours: Json) -> Json:
    if "twentyfourseven" in hours:
        return hours
    return {**hours, "twentyfourseven": not hours.get("regular_hours")}


def _lower_hours(hours: Json) -> Json:
    return hours if hours.get("twentyfourseven") else without(hours, "twentyfourseven")


def lift_location(location: Json, around: Surroundings) -> Json:
    lifted = owned({"publish": True, **location}, around)
    kind = lifted.pop("type", None)
    if not isinstance(kind, str) or kind not in LOCATION_TYPES | _UNSAID_TYPES:
        raise InvalidInput("type", "is needed, a LocationType")
    if location.get("postal_code") is None:
        raise InvalidInput("postal_code", "is needed")
    if kind in LOCATION_TYPES:
        lifted["parking_type"] = kind
    if not lifted.get("time_zone"):
        lifted["time_zone"] = guess_time_zone(str(lifted.get("country", "")))
    lifted = within(within(lifted, "opening_times", _lift_hours), "energy_mix", lift_mix)
    return each(lifted, "evses", lift_evse)


def lower_location(location: Json) -> Json:
    if location.get("publish") is False:
        raise Inexpressible
    kind = location.get("parking_type")
    lowered = disowned(location, "publish", "publish_allowed_to", "parking_type", "state")
    lowered["type"] = _OLDER_LOCATION_TYPES.get(str(kind), kind or "UNKNOWN")
    lowered["address"] = str(lowered.get("address", ""))[:_ADDRESS_LENGTH]
    lowered["postal_code"] = lowered.get("postal_code") or NOT_AVAILABLE
    lowered = within(only(lowered, "facilities", FACILITIES), "coordinates", _six_decimals)
    lowered = each(lowered, "related_locations", _six_decimals)
    lowered = within(within(lowered, "opening_times", _lower_hours), "energy_mix", lower_mix)
    return each(lowered, "evses", lower_evse)
