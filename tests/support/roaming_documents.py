"""Documents as a 2.2.1 partner sends them, valid by default."""

from typing import Any

Json = dict[str, Any]

OWNER = {"country_code": "DE", "party_id": "TNC"}
WHEN = "2026-05-04T10:00:00Z"
LATER = "2026-05-04T11:00:00Z"


def connector_document(**changes: Any) -> Json:
    return {
        "id": "1",
        "standard": "IEC_62196_T2_COMBO",
        "format": "CABLE",
        "power_type": "DC",
        "max_voltage": 400,
        "max_amperage": 125,
        "tariff_ids": ["unknown-tariff"],
        "last_updated": WHEN,
        **changes,
    }


def evse_document(uid: str = "3256", **changes: Any) -> Json:
    return {
        "uid": uid,
        "evse_id": "DE*TNC*E3256",
        "status": "AVAILABLE",
        "capabilities": ["RFID_READER"],
        "connectors": [connector_document()],
        "last_updated": WHEN,
        **changes,
    }


def location_document(location_id: str = "LOC1", **changes: Any) -> Json:
    return {
        **OWNER,
        "id": location_id,
        "publish": True,
        "name": "Gent Zuid",
        "address": "Hauptstraße 1, Köln",
        "city": "Köln",
        "postal_code": "50667",
        "country": "DEU",
        "coordinates": {"latitude": "50.93753", "longitude": "6.960279"},
        "evses": [evse_document("3256"), evse_document("3257")],
        "time_zone": "Europe/Berlin",
        "opening_times": {"twentyfourseven": True},
        "last_updated": WHEN,
        **changes,
    }


def tariff_document(tariff_id: str = "12", **changes: Any) -> Json:
    component = {"type": "TIME", "price": 2.5, "vat": 10.0, "step_size": 300}
    return {
        **OWNER,
        "id": tariff_id,
        "currency": "EUR",
        "elements": [{"price_components": [component]}],
        "last_updated": WHEN,
        **changes,
    }


def cdr_token_document(**changes: Any) -> Json:
    return {
        "country_code": "NL",
        "party_id": "RWD",
        "uid": "04AABBCC",
        "type": "RFID",
        "contract_id": "NL-RWD-C12345678-X",
        **changes,
    }


def session_document(session_id: str = "101", **changes: Any) -> Json:
    period = {
        "start_date_time": "2026-05-04T09:00:00Z",
        "dimensions": [{"type": "ENERGY", "volume": 12.5}],
    }
    return {
        **OWNER,
        "id": session_id,
        "start_date_time": "2026-05-04T09:00:00Z",
        "kwh": 41.1234,
        "cdr_token": cdr_token_document(),
        "auth_method": "WHITELIST",
        "location_id": "LOC1",
        "evse_uid": "3256",
        "connector_id": "1",
        "currency": "EUR",
        "charging_periods": [period],
        "total_cost": {"excl_vat": 4.0, "incl_vat": 4.4},
        "status": "ACTIVE",
        "last_updated": WHEN,
        **changes,
    }


def cdr_document(cdr_id: str = "9001", **changes: Any) -> Json:
    place = {
        "id": "LOC1",
        "address": "Hauptstraße 1",
        "city": "Köln",
        "country": "DEU",
        "coordinates": {"latitude": "50.93753", "longitude": "6.960279"},
        "evse_uid": "3256",
        "evse_id": "DE*TNC*E3256",
        "connector_id": "1",
        "connector_standard": "IEC_62196_T2_COMBO",
        "connector_format": "CABLE",
        "connector_power_type": "DC",
    }
    dimensions = [{"type": "ENERGY", "volume": 41.1234}, {"type": "TIME", "volume": 1.5}]
    return {
        **OWNER,
        "id": cdr_id,
        "start_date_time": "2026-05-04T09:00:00Z",
        "end_date_time": "2026-05-04T10:30:00Z",
        "session_id": "101",
        "cdr_token": cdr_token_document(),
        "auth_method": "WHITELIST",
        "cdr_location": place,
        "currency": "EUR",
        "charging_periods": [
            {"start_date_time": "2026-05-04T09:00:00Z", "dimensions": dimensions}
        ],
        "total_cost": {"excl_vat": 20.56, "incl_vat": 24.47},
        "total_energy_cost": {"excl_vat": 20.56, "incl_vat": 24.47},
        "total_energy": 41.1234,
        "total_time": 1.5,
        "last_updated": "2026-05-04T10:31:00Z",
        **changes,
    }


def token_document(uid: str = "012345678", **changes: Any) -> Json:
    return {
        "country_code": "DE",
        "party_id": "TNM",
        "uid": uid,
        "type": "RFID",
        "contract_id": "DE8ACC12E46L89",
        "issuer": "TheNewMotion",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": WHEN,
        **changes,
    }
