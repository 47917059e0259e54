"""Objects of HubClientInfo and of the modules that 2.3.0 added, as partners send them."""

from decimal import Decimal
from typing import Any

Json = dict[str, Any]
NOON = "2026-06-01T12:00:00Z"


def client_document(**changes: Any) -> Json:
    """A provider behind a hub that can be reached."""
    client = {"country_code": "NL", "party_id": "ALL", "role": "EMSP", "status": "CONNECTED"}
    return {**client, "last_updated": NOON, **changes}


def record_document(**changes: Any) -> Json:
    """An invoice about two CDRs."""
    record = {"country_code": "DE", "party_id": "TNC", "id": "R1", "invoice_id": "2026/17"}
    return {**record, "cdrs": ["C1", "C2"], "last_updated": NOON, **changes}


def terminal_document(**changes: Any) -> Json:
    """A terminal at one location, whose receipts the operator makes."""
    return {
        "terminal_id": "T1",
        "address": "Hauptstraße 1",
        "city": "Köln",
        "country": "DEU",
        "coordinates": {"latitude": "50.93753", "longitude": "6.96028"},
        "invoice_base_url": "https://them.example/invoices",
        "invoice_creator": "CPO",
        "location_ids": ["L1"],
        "last_updated": NOON,
        **changes,
    }


def confirmation_document(**changes: Any) -> Json:
    """A capture that worked."""
    return {
        "id": "F1",
        "authorization_reference": "ref-1",
        "total_costs": {"before_taxes": 4, "taxes": [{"name": "VAT", "amount": Decimal("0.4")}]},
        "currency": "EUR",
        "eft_data": ["Debit Visa", "Nr: **** 1234"],
        "capture_status_code": "SUCCESS",
        "last_updated": NOON,
        **changes,
    }


def terms_document(**changes: Any) -> Json:
    """The least that terms of a booking say."""
    terms = {"supported_access_methods": ["TOKEN"], "change_until_minutes": 60}
    return {**terms, "cancel_until_minutes": 30, **changes}


def calendar_document(**changes: Any) -> Json:
    """One morning."""
    slot = {"start_date_time": "2026-06-02T08:00:00Z", "end_date_time": "2026-06-02T12:00:00Z"}
    return {
        "id": "CAL1",
        "begin_from": "2026-06-02T00:00:00Z",
        "end_before": "2026-06-03T00:00:00Z",
        "available_timeslots": [slot],
        "last_updated": NOON,
        **changes,
    }


def place_document(**changes: Any) -> Json:
    """A partner's EVSE that can be booked."""
    place = {"country_code": "DE", "party_id": "TNC", "id": "BL1", "location_id": "LOC1"}
    return {
        **place,
        "booking_option": {"evse_uid": "3256"},
        "booking_terms": terms_document(),
        "calendars": [calendar_document()],
        "last_updated": NOON,
        **changes,
    }


def request_document(**changes: Any) -> Json:
    """A provider wants an hour of ours."""
    return {
        "country_code": "DE",
        "party_id": "TNM",
        "request_id": "RQ1",
        "location_id": "L1",
        "booking_location_id": "BP1",
        "tokens": [
            {
                "country_code": "DE",
                "party_id": "TNM",
                "uid": "BOOKED1",
                "type": "RFID",
                "contract_id": "DE-TNM-C1",
            }
        ],
        "period": {
            "start_date_time": "2026-06-02T09:00:00Z",
            "end_date_time": "2026-06-02T10:00:00Z",
        },
        "authorization_reference": "ref-1",
        **changes,
    }


def booking_document(**changes: Any) -> Json:
    """A partner's booking for a driver of ours."""
    request = request_document(country_code="NL", party_id="RWD", location_id="LOC1")
    heard = {"request_status": "ACCEPTED", "booking_request": request, "request_received": NOON}
    return {
        "country_code": "DE",
        "party_id": "TNC",
        "id": "B1",
        "request_id": "RQ1",
        "location_id": "LOC1",
        "period": request["period"],
        "reservation_status": "RESERVED",
        "authorization_reference": "ref-1",
        "booking_terms": terms_document(),
        "booking_requests": [heard],
        "last_updated": NOON,
        **changes,
    }
