"""The fields of OCPI 2.2.1's objects, as facts to judge messages by.

Written as `name Type(longest)cardinality`, cardinality `?` none or one, `*` any number, `+` at
least one, nothing exactly one (OCPI 2.2.1, Cardinality).
"""

import re
from dataclasses import dataclass
from typing import Literal

CLASSES_AS_TEXT = {
    "Credentials": """
        token string(64), url URL, roles CredentialsRole+
    """,
    "CredentialsRole": """
        role Role, business_details BusinessDetails, party_id CiString(3),
        country_code CiString(2)
    """,
    "CDR": """
        country_code CiString(2), party_id CiString(3), id CiString(39),
        start_date_time DateTime, end_date_time DateTime, session_id CiString(36)?,
        cdr_token CdrToken, auth_method AuthMethod, authorization_reference CiString(36)?,
        cdr_location CdrLocation, meter_id string(255)?, currency string(3), tariffs Tariff*,
        charging_periods ChargingPeriod+, signed_data SignedData?, total_cost Price,
        total_fixed_cost Price?, total_energy number, total_energy_cost Price?,
        total_time number, total_time_cost Price?, total_parking_time number?,
        total_parking_cost Price?, total_reservation_cost Price?, remark string(255)?,
        invoice_reference_id CiString(39)?, credit boolean?, credit_reference_id CiString(39)?,
        home_charging_compensation boolean?, last_updated DateTime
    """,
    "CdrDimension": """
        type CdrDimensionType, volume number
    """,
    "CdrLocation": """
        id CiString(36), name string(255)?, address string(45), city string(45),
        postal_code string(10)?, state string(20)?, country string(3), coordinates GeoLocation,
        evse_uid CiString(36), evse_id CiString(48), connector_id CiString(36),
        connector_standard ConnectorType, connector_format ConnectorFormat,
        connector_power_type PowerType
    """,
    "CdrToken": """
        country_code CiString(2), party_id CiString(3), uid CiString(36), type TokenType,
        contract_id CiString(36)
    """,
    "ChargingPeriod": """
        start_date_time DateTime, dimensions CdrDimension+, tariff_id CiString(36)?
    """,
    "SignedData": """
        encoding_method CiString(36), encoding_method_version int?, public_key string(512)?,
        signed_values SignedValue+, url string(512)?
    """,
    "SignedValue": """
        nature CiString(32), plain_data string(5000), signed_data string(5000)
    """,
    "CancelReservation": """
        response_url URL, reservation_id CiString(36)
    """,
    "ClientInfo": """
        party_id CiString(3), country_code CiString(2), role Role, status ConnectionStatus,
        last_updated DateTime
    """,
    "CommandResponse": """
        result CommandResponseType, timeout int, message DisplayText*
    """,
    "CommandResult": """
        result CommandResultType, message DisplayText*
    """,
    "ReserveNow": """
        response_url URL, token Token, expiry_date DateTime, reservation_id CiString(36),
        location_id CiString(36), evse_uid CiString(36)?,
        authorization_reference CiString(36)?
    """,
    "StartSession": """
        response_url URL, token Token, location_id CiString(36), evse_uid CiString(36)?,
        connector_id CiString(36)?, authorization_reference CiString(36)?
    """,
    "StopSession": """
        response_url URL, session_id CiString(36)
    """,
    "UnlockConnector": """
        response_url URL, location_id CiString(36), evse_uid CiString(36),
        connector_id CiString(36)
    """,
    "Location": """
        country_code CiString(2), party_id CiString(3), id CiString(36), publish boolean,
        publish_allowed_to PublishTokenType*, name string(255)?, address string(255),
        city string(45), postal_code string(10)?, state string(45)?, country string(3),
        coordinates GeoLocation, related_locations AdditionalGeoLocation*,
        parking_type ParkingType?, evses EVSE*, directions DisplayText*,
        operator BusinessDetails?, suboperator BusinessDetails?, owner BusinessDetails?,
        facilities Facility*, time_zone string(255), opening_times Hours?,
        charging_when_closed boolean?, images Image*, energy_mix EnergyMix?,
        last_updated DateTime
    """,
    "EVSE": """
        uid CiString(36), evse_id CiString(48)?, status Status,
        status_schedule StatusSchedule*, capabilities Capability*, connectors Connector+,
        floor_level string(4)?, coordinates GeoLocation?, physical_reference string(16)?,
        directions DisplayText*, parking_restrictions ParkingRestriction*, images Image*,
        last_updated DateTime
    """,
    "Connector": """
        id CiString(36), standard ConnectorType, format ConnectorFormat, power_type PowerType,
        max_voltage int, max_amperage int, max_electric_power int?, tariff_ids CiString(36)*,
        terms_and_conditions URL?, last_updated DateTime
    """,
    "AdditionalGeoLocation": """
        latitude string(10), longitude string(11), name DisplayText?
    """,
    "BusinessDetails": """
        name string(100), website URL?, logo Image?
    """,
    "EnergyMix": """
        is_green_energy boolean, energy_sources EnergySource*,
        environ_impact EnvironmentalImpact*, supplier_name string(64)?,
        energy_product_name string(64)?
    """,
    "EnergySource": """
        source EnergySourceCategory, percentage number
    """,
    "EnvironmentalImpact": """
        category EnvironmentalImpactCategory, amount number
    """,
    "ExceptionalPeriod": """
        period_begin DateTime, period_end DateTime
    """,
    "GeoLocation": """
        latitude string(10), longitude string(11)
    """,
    "Hours": """
        twentyfourseven boolean, regular_hours RegularHours*,
        exceptional_openings ExceptionalPeriod*, exceptional_closings ExceptionalPeriod*
    """,
    "Image": """
        url URL, thumbnail URL?, category ImageCategory, type CiString(4), width int(5)?,
        height int(5)?
    """,
    "PublishTokenType": """
        uid CiString(36)?, type TokenType?, visual_number string(64)?, issuer string(64)?,
        group_id CiString(36)?
    """,
    "RegularHours": """
        weekday int(1), period_begin string(5), period_end string(5)
    """,
    "StatusSchedule": """
        period_begin DateTime, period_end DateTime?, status Status
    """,
    "Session": """
        country_code CiString(2), party_id CiString(3), id CiString(36),
        start_date_time DateTime, end_date_time DateTime?, kwh number, cdr_token CdrToken,
        auth_method AuthMethod, authorization_reference CiString(36)?,
        location_id CiString(36), evse_uid CiString(36), connector_id CiString(36),
        meter_id string(255)?, currency string(3), charging_periods ChargingPeriod*,
        total_cost Price?, status SessionStatus, last_updated DateTime
    """,
    "ActiveChargingProfile": """
        start_date_time DateTime, charging_profile ChargingProfile
    """,
    "ActiveChargingProfileResult": """
        result ChargingProfileResultType, profile ActiveChargingProfile?
    """,
    "ChargingProfile": """
        start_date_time DateTime?, duration int?, charging_rate_unit ChargingRateUnit,
        min_charging_rate number?, charging_profile_period ChargingProfilePeriod*
    """,
    "ChargingProfilePeriod": """
        start_period int, limit number
    """,
    "ChargingProfileResponse": """
        result ChargingProfileResponseType, timeout int
    """,
    "ChargingProfileResult": """
        result ChargingProfileResultType
    """,
    "ClearProfileResult": """
        result ChargingProfileResultType
    """,
    "SetChargingProfile": """
        charging_profile ChargingProfile, response_url URL
    """,
    "ChargingPreferences": """
        profile_type ProfileType, departure_time DateTime?, energy_need number?,
        discharge_allowed boolean?
    """,
    "Tariff": """
        country_code CiString(2), party_id CiString(3), id CiString(36), currency string(3),
        type TariffType?, tariff_alt_text DisplayText*, tariff_alt_url URL?, min_price Price?,
        max_price Price?, elements TariffElement+, start_date_time DateTime?,
        end_date_time DateTime?, energy_mix EnergyMix?, last_updated DateTime
    """,
    "PriceComponent": """
        type TariffDimensionType, price number, vat number?, step_size int
    """,
    "TariffElement": """
        price_components PriceComponent+, restrictions TariffRestrictions?
    """,
    "TariffRestrictions": """
        start_time string(5)?, end_time string(5)?, start_date string(10)?,
        end_date string(10)?, min_kwh number?, max_kwh number?, min_current number?,
        max_current number?, min_power number?, max_power number?, min_duration int?,
        max_duration int?, day_of_week DayOfWeek*, reservation ReservationRestrictionType?
    """,
    "AuthorizationInfo": """
        allowed AllowedType, token Token, location LocationReferences?,
        authorization_reference CiString(36)?, info DisplayText?
    """,
    "Token": """
        country_code CiString(2), party_id CiString(3), uid CiString(36), type TokenType,
        contract_id CiString(36), visual_number string(64)?, issuer string(64),
        group_id CiString(36)?, valid boolean, whitelist WhitelistType, language string(2)?,
        default_profile_type ProfileType?, energy_contract EnergyContract?,
        last_updated DateTime
    """,
    "EnergyContract": """
        supplier_name string(64), contract_id string(64)?
    """,
    "LocationReferences": """
        location_id CiString(36), evse_uids CiString(36)*
    """,
    "DisplayText": """
        language string(2), text string(512)
    """,
    "Price": """
        excl_vat number, incl_vat number?
    """,
    "Version": """
        version VersionNumber, url URL
    """,
    "VersionDetails": """
        version VersionNumber, endpoints Endpoint+
    """,
    "Endpoint": """
        identifier ModuleID, role InterfaceRole, url URL
    """,
}

ENUMS_AS_TEXT = {
    "AuthMethod": "AUTH_REQUEST COMMAND WHITELIST",
    "CdrDimensionType": """
        CURRENT ENERGY ENERGY_EXPORT ENERGY_IMPORT MAX_CURRENT MIN_CURRENT MAX_POWER
        MIN_POWER PARKING_TIME POWER RESERVATION_TIME STATE_OF_CHARGE TIME
    """,
    "CommandResponseType": "NOT_SUPPORTED REJECTED ACCEPTED UNKNOWN_SESSION",
    "CommandResultType": """
        ACCEPTED CANCELED_RESERVATION EVSE_OCCUPIED EVSE_INOPERATIVE FAILED NOT_SUPPORTED
        REJECTED TIMEOUT UNKNOWN_RESERVATION
    """,
    "CommandType": """
        CANCEL_RESERVATION RESERVE_NOW START_SESSION STOP_SESSION UNLOCK_CONNECTOR
    """,
    "Capability": """
        CHARGING_PROFILE_CAPABLE CHARGING_PREFERENCES_CAPABLE CHIP_CARD_SUPPORT
        CONTACTLESS_CARD_SUPPORT CREDIT_CARD_PAYABLE DEBIT_CARD_PAYABLE PED_TERMINAL
        REMOTE_START_STOP_CAPABLE RESERVABLE RFID_READER START_SESSION_CONNECTOR_REQUIRED
        TOKEN_GROUP_CAPABLE UNLOCK_CAPABLE
    """,
    "ConnectionStatus": "CONNECTED OFFLINE PLANNED SUSPENDED",
    "ConnectorFormat": "SOCKET CABLE",
    "ConnectorType": """
        CHADEMO CHAOJI DOMESTIC_A DOMESTIC_B DOMESTIC_C DOMESTIC_D DOMESTIC_E DOMESTIC_F
        DOMESTIC_G DOMESTIC_H DOMESTIC_I DOMESTIC_J DOMESTIC_K DOMESTIC_L DOMESTIC_M
        DOMESTIC_N DOMESTIC_O GBT_AC GBT_DC IEC_60309_2_single_16 IEC_60309_2_three_16
        IEC_60309_2_three_32 IEC_60309_2_three_64 IEC_62196_T1 IEC_62196_T1_COMBO
        IEC_62196_T2 IEC_62196_T2_COMBO IEC_62196_T3A IEC_62196_T3C NEMA_5_20 NEMA_6_30
        NEMA_6_50 NEMA_10_30 NEMA_10_50 NEMA_14_30 NEMA_14_50 PANTOGRAPH_BOTTOM_UP
        PANTOGRAPH_TOP_DOWN TESLA_R TESLA_S
    """,
    "EnergySourceCategory": """
        NUCLEAR GENERAL_FOSSIL COAL GAS GENERAL_GREEN SOLAR WIND WATER
    """,
    "EnvironmentalImpactCategory": "NUCLEAR_WASTE CARBON_DIOXIDE",
    "Facility": """
        HOTEL RESTAURANT CAFE MALL SUPERMARKET SPORT RECREATION_AREA NATURE MUSEUM
        BIKE_SHARING BUS_STOP TAXI_STAND TRAM_STOP METRO_STATION TRAIN_STATION AIRPORT
        PARKING_LOT CARPOOL_PARKING FUEL_STATION WIFI
    """,
    "ImageCategory": "CHARGER ENTRANCE LOCATION NETWORK OPERATOR OTHER OWNER",
    "ParkingRestriction": "EV_ONLY PLUGGED DISABLED CUSTOMERS MOTORCYCLES",
    "ParkingType": """
        ALONG_MOTORWAY PARKING_GARAGE PARKING_LOT ON_DRIVEWAY ON_STREET UNDERGROUND_GARAGE
    """,
    "PowerType": "AC_1_PHASE AC_2_PHASE AC_2_PHASE_SPLIT AC_3_PHASE DC",
    "Status": """
        AVAILABLE BLOCKED CHARGING INOPERATIVE OUTOFORDER PLANNED REMOVED RESERVED UNKNOWN
    """,
    "ChargingPreferencesResponse": """
        ACCEPTED DEPARTURE_REQUIRED ENERGY_NEED_REQUIRED NOT_POSSIBLE
        PROFILE_TYPE_NOT_SUPPORTED
    """,
    "ChargingProfileResponseType": """
        ACCEPTED NOT_SUPPORTED REJECTED TOO_OFTEN UNKNOWN_SESSION
    """,
    "ChargingProfileResultType": "ACCEPTED REJECTED UNKNOWN",
    "ChargingRateUnit": "W A",
    "ProfileType": "CHEAP FAST GREEN REGULAR",
    "SessionStatus": "ACTIVE COMPLETED INVALID PENDING RESERVATION",
    "DayOfWeek": "MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY",
    "ReservationRestrictionType": "RESERVATION RESERVATION_EXPIRES",
    "TariffDimensionType": "ENERGY FLAT PARKING_TIME TIME",
    "TariffType": "AD_HOC_PAYMENT PROFILE_CHEAP PROFILE_FAST PROFILE_GREEN REGULAR",
    "AllowedType": "ALLOWED BLOCKED EXPIRED NO_CREDIT NOT_ALLOWED",
    "TokenType": "AD_HOC_USER APP_USER OTHER RFID",
    "WhitelistType": "ALWAYS ALLOWED ALLOWED_OFFLINE NEVER",
    "Role": "CPO EMSP HUB NAP NSP OTHER SCSP",
    "InterfaceRole": "SENDER RECEIVER",
    "VersionNumber": "2.0 2.1 2.1.1 2.2 2.2.1",
    "ModuleID": """
        cdrs chargingprofiles commands credentials hubclientinfo locations sessions tariffs
        tokens
    """,
}


@dataclass(frozen=True)
class Field:
    """One field of one class; `longest` in characters, None where the type says it."""

    type: str
    card: Literal["1", "?", "*", "+"]
    longest: int | None


def _field(text: str) -> tuple[str, Field]:
    found = re.fullmatch(r"(\w+) (\w+)(?:\((\d+)\))?([?*+]?)", text.strip())
    if found is None:
        raise ValueError(text)
    name, kind, longest, card = found.groups()
    cards: dict[str, Literal["1", "?", "*", "+"]] = {"": "1", "?": "?", "*": "*", "+": "+"}
    return name, Field(kind, cards[card], int(longest) if longest else None)


CLASSES: dict[str, dict[str, Field]] = {
    name: dict(_field(part) for part in text.split(",")) for name, text in CLASSES_AS_TEXT.items()
}
ENUMS: dict[str, list[str]] = {name: text.split() for name, text in ENUMS_AS_TEXT.items()}
