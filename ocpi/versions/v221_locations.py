"""Locations and tokens of OCPI 2.2.1 ⇄ 2.3.0: what 2.3.0 added, and enumerations it opened."""

from typing import Any

from ocpi.versions.rung import (
    Inexpressible,
    Json,
    each,
    only,
    required_in,
    within,
    without,
)

CAPABILITIES = frozenset({
    "CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE", "CHIP_CARD_SUPPORT",
    "CONTACTLESS_CARD_SUPPORT", "CREDIT_CARD_PAYABLE", "DEBIT_CARD_PAYABLE", "PED_TERMINAL",
    "REMOTE_START_STOP_CAPABLE", "RESERVABLE", "RFID_READER", "START_SESSION_CONNECTOR_REQUIRED",
    "TOKEN_GROUP_CAPABLE", "UNLOCK_CAPABLE",
})  # fmt: skip
CONNECTOR_TYPES = frozenset({
    "CHADEMO", "CHAOJI", *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKLMNO"), "GBT_AC",
    "GBT_DC", "IEC_60309_2_single_16", "IEC_60309_2_three_16", "IEC_60309_2_three_32",
    "IEC_60309_2_three_64", "IEC_62196_T1", "IEC_62196_T1_COMBO", "IEC_62196_T2",
    "IEC_62196_T2_COMBO", "IEC_62196_T3A", "IEC_62196_T3C", "NEMA_5_20", "NEMA_6_30", "NEMA_6_50",
    "NEMA_10_30", "NEMA_10_50", "NEMA_14_30", "NEMA_14_50", "PANTOGRAPH_BOTTOM_UP",
    "PANTOGRAPH_TOP_DOWN", "TESLA_R", "TESLA_S",
})  # fmt: skip
ENVIRONMENTAL_IMPACTS = frozenset({"NUCLEAR_WASTE", "CARBON_DIOXIDE"})
FACILITIES = frozenset({
    "HOTEL", "RESTAURANT", "CAFE", "MALL", "SUPERMARKET", "SPORT", "RECREATION_AREA", "NATURE",
    "MUSEUM", "BIKE_SHARING", "BUS_STOP", "TAXI_STAND", "TRAM_STOP", "METRO_STATION",
    "TRAIN_STATION", "AIRPORT", "PARKING_LOT", "CARPOOL_PARKING", "FUEL_STATION", "WIFI",
})  # fmt: skip
IMAGE_CATEGORIES = frozenset(
    {"CHARGER", "ENTRANCE", "LOCATION", "NETWORK", "OPERATOR", "OTHER", "OWNER"}
)
PARKING_RESTRICTIONS = frozenset({"EV_ONLY", "PLUGGED", "DISABLED", "CUSTOMERS", "MOTORCYCLES"})
PARKING_TYPES = frozenset({
    "ALONG_MOTORWAY", "PARKING_GARAGE", "PARKING_LOT", "ON_DRIVEWAY", "ON_STREET",
    "UNDERGROUND_GARAGE",
})  # fmt: skip
TOKEN_TYPES = frozenset({"AD_HOC_USER", "APP_USER", "OTHER", "RFID"})


def check_image(image: Json) -> Json:
    required_in(image, "category", IMAGE_CATEGORIES)
    return image


def lower_image(image: Json) -> Json:
    known = image.get("category") in IMAGE_CATEGORIES
    return image if known else {**image, "category": "OTHER"}


def check_mix(mix: Json) -> Json:
    def check(impact: Json) -> Json:
        required_in(impact, "category", ENVIRONMENTAL_IMPACTS)
        return impact

    return each(mix, "environ_impact", check)


def lower_mix(mix: Json) -> Json:
    def lower(impact: Json) -> Json:
        if impact.get("category") not in ENVIRONMENTAL_IMPACTS:
            raise Inexpressible
        return impact

    return each(mix, "environ_impact", lower)


def companies(document: Json, image: Any) -> Json:
    for name in ("operator", "suboperator", "owner", "business_details"):
        document = within(document, name, lambda company: within(company, "logo", image))
    return document


def lift_connector(connector: Json) -> Json:
    """Nothing but the check of the closed list of standards."""
    required_in(connector, "standard", CONNECTOR_TYPES)
    return connector


def lower_connector(connector: Json) -> Json:
    """Raises Inexpressible for plugs that 2.2.1 has no word for."""
    if connector.get("standard") not in CONNECTOR_TYPES:
        raise Inexpressible
    return without(connector, "capabilities")


def lift_evse(evse: Json) -> Json:
    """Unknown capabilities and restrictions are left out, as no closed list holds them."""
    lifted = only(evse, "capabilities", CAPABILITIES)
    lifted = only(lifted, "parking_restrictions", PARKING_RESTRICTIONS)
    return each(each(lifted, "images", check_image), "connectors", lift_connector)


def lower_evse(evse: Json) -> Json:
    """Raises Inexpressible when no connector is left."""
    lowered = without(evse, "parking", "accepted_service_providers")
    lowered = only(lowered, "capabilities", CAPABILITIES)
    lowered = only(lowered, "parking_restrictions", PARKING_RESTRICTIONS)
    lowered = each(each(lowered, "images", lower_image), "connectors", lower_connector)
    if evse.get("connectors") and not lowered["connectors"]:
        raise Inexpressible
    return lowered


def lift_location(location: Json) -> Json:
    """Check the lists that are closed in 2.2.1; every field keeps its name."""
    required_in(location, "parking_type", PARKING_TYPES)
    lifted = only(location, "facilities", FACILITIES)
    lifted = companies(each(lifted, "images", check_image), check_image)
    lifted = each(lifted, "publish_allowed_to", lift_token)
    return each(within(lifted, "energy_mix", check_mix), "evses", lift_evse)


def lower_location(location: Json) -> Json:
    """Leave out what 2.3.0 added."""
    lowered = only(without(location, "parking_places", "help_phone"), "facilities", FACILITIES)
    if lowered.get("parking_type") not in PARKING_TYPES:
        lowered = without(lowered, "parking_type")
    lowered = companies(each(lowered, "images", lower_image), lower_image)
    lowered = each(lowered, "publish_allowed_to", lower_token)
    return each(within(lowered, "energy_mix", lower_mix), "evses", lower_evse)


def lift_token(token: Json) -> Json:
    """Check the closed list of types."""
    required_in(token, "type", TOKEN_TYPES)
    return token


def lower_token(token: Json) -> Json:
    """Types that came later are OTHER."""
    if "type" not in token or token["type"] in TOKEN_TYPES:
        return token
    return {**token, "type": "OTHER"}
