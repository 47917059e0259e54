"""What one partner owns, and how another would ask for it: tables over every mounted route."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ocpi.versions.registry import Kind
from tests.conformance.mounts import Mounted
from tests.support.rare_documents import (
    booking_document,
    calendar_document,
    confirmation_document,
    place_document,
    record_document,
    terminal_document,
)
from tests.support.roaming_documents import (
    LATER,
    cdr_document,
    connector_document,
    evse_document,
    location_document,
    session_document,
    tariff_document,
    token_document,
)

Json = dict[str, Any]
Say = Callable[[Kind, Json], Json]
MISSING = "NOPE"

THEIRS: Mapping[str, Mapping[str, str]] = {
    "locations RECEIVER": {
        "location": "SECRET-LOC",
        "evse": "SECRET-EVSE",
        "connector": "SECRET-PLUG",
    },
    "sessions RECEIVER": {"session": "SECRET-SESSION"},
    "cdrs RECEIVER": {"cdr": "SECRET-CDR"},
    "tariffs RECEIVER": {"tariff": "SECRET-TARIFF"},
    "tokens RECEIVER": {"country": "DE", "party": "TNM", "token": "SECRET-CARD"},
    "locations SENDER": {"location": "SECRET-SITE", "evse": "E1", "connector": "1"},
    "sessions SENDER": {"session": "secret-charge"},
    "tariffs SENDER": {"tariff": "SECRET-TARIFF"},
    "tokens SENDER": {"token": "SECRET-CARD"},
    "commands SENDER": {"command": "START_SESSION", "id": "secret-command"},
    "chargingprofiles RECEIVER": {"session": "secret-charge"},
    "chargingprofiles SENDER": {"session": "SECRET-SESSION", "id": "secret-command"},
    "hubclientinfo RECEIVER": {"country": "NL", "party": "ALL"},
    "invoicereconciliation RECEIVER": {"record": "SECRET-RECORD"},
    "payments SENDER": {"id": "SECRET-TERMINAL"},
    "payments RECEIVER": {"id": "SECRET-CAPTURE"},
    "bookings SENDER": {"place": "NOPE", "calendar": "NOPE", "booking": "SECRET-BOOKING"},
    "bookings RECEIVER": {
        "place": "SECRET-PLACE",
        "calendar": "CAL1",
        "booking": "SECRET-BOOKING",
    },
}
"""What the first partner owns or is told, by the names of the addresses' parts."""

OWNER = {"country": "DE", "party": "TNC"}
SAME = {"country", "party", "command"}
"""Parts that both addresses have in common: whose, and what kind."""


def pushed() -> Iterator[tuple[str, Kind, Json]]:
    """Where, what kind, and what, in 2.2.1."""
    yield "emsp/{version}/locations/DE/TNC/SECRET-LOC", Kind.LOCATION, _location()
    yield (
        "emsp/{version}/tariffs/DE/TNC/SECRET-TARIFF",
        Kind.TARIFF,
        tariff_document("SECRET-TARIFF"),
    )
    yield "emsp/{version}/sessions/DE/TNC/SECRET-SESSION", Kind.SESSION, _session()
    yield "cpo/{version}/tokens/DE/TNM/SECRET-CARD", Kind.TOKEN, token_document("SECRET-CARD")


def rare() -> Iterator[tuple[str, str, Json, str]]:
    """Of modules that not every version has: how, where, what, and the module."""
    emsp, cpo = "emsp/{version}", "cpo/{version}"
    payments, captures = f"{cpo}/payments", "financial-advice-confirmations"
    places = f"{emsp}/bookings/DE/TNC/booking_locations"
    records = f"{emsp}/invoicereconciliation"
    profiles = f"{emsp}/chargingprofiles"
    terminal = terminal_document(terminal_id="SECRET-TERMINAL")
    yield "PUT", f"{profiles}/SECRET-SESSION", ACTIVE, "chargingprofiles"
    yield "POST", records, record_document(id="SECRET-RECORD"), "invoicereconciliation"
    yield "POST", f"{emsp}/payments/terminals/activate", terminal, "payments"
    for what in (terminal, terminal_document(terminal_id="SECRET-CAPTURE")):
        yield "POST", f"{payments}/terminals", what, "payments"
    yield "POST", f"{payments}/{captures}", confirmation_document(id="SECRET-CAPTURE"), "payments"
    yield "PUT", f"{places}/SECRET-PLACE", place_document(id="SECRET-PLACE"), "bookings"
    booking = booking_document(id="SECRET-BOOKING")
    yield "PUT", f"{emsp}/bookings/DE/TNC/SECRET-BOOKING", booking, "bookings"


def _location(location: str = "SECRET-LOC", evse: str = "SECRET-EVSE") -> Json:
    return location_document(location, evses=[evse_document(evse, connectors=[_connector()])])


def _connector(connector: str = "SECRET-PLUG", **changes: Any) -> Json:
    return connector_document(id=connector, **changes)


def _session(session: str = "SECRET-SESSION") -> Json:
    return session_document(session, location_id="SECRET-LOC", evse_uid="SECRET-EVSE")


def a_bill(cdr: str = "SECRET-CDR") -> Json:
    """The CDR of the secret session."""
    return cdr_document(cdr, session_id="SECRET-SESSION")


def body_of(row: Mounted, say: Say, names: Mapping[str, str]) -> Json | None:
    """What a request brings, with these names in it."""
    method = row.request.split(" ", maxsplit=1)[0]
    if method in {"GET", "DELETE"}:
        return None
    if method == "PATCH":
        return {"last_updated": LATER, **_CHANGES[row.module]}
    if row.module == "chargingprofiles" and method == "PUT":
        ask = {"charging_profile": _PROFILE, "response_url": "https://other.example/result"}
        return ACTIVE if row.interface == "SENDER" else ask
    if row.module == "hubclientinfo":
        return {"party_id": "ALL", "country_code": "NL", "role": "CPO", "status": "CONNECTED",
                "last_updated": LATER}  # fmt: skip
    if row.module == "payments" and method == "PUT":
        return terminal_document(terminal_id=names["id"])
    last = row.request.rsplit("/", 1)[-1].strip("{}")
    kind, document = _DOCUMENTS[last](names)
    return say(kind, document) if kind else document


QUERIES = {
    "chargingprofiles": "?duration=900&response_url=https%3A%2F%2Fother.example%2Fresult",
}
_PROFILE: Json = {
    "charging_rate_unit": "W",
    "start_date_time": "2026-05-04T12:00:00Z",
    "charging_profile_period": [{"start_period": 0, "limit": 4000}],
}
ACTIVE = {"start_date_time": "2026-05-04T12:00:00Z", "charging_profile": _PROFILE}
_CHANGES: Mapping[str, Json] = {
    "payments": {"city": "Taken"},
    "bookings": {"last_updated": "2027-01-01T00:00:00Z"},
    "locations": {"name": "Taken"},
    "sessions": {"kwh": 99},
    "tariffs": {"currency": "XXX"},
    "tokens": {"valid": False},
}
_DOCUMENTS: Mapping[str, Any] = {
    "location": lambda n: (Kind.LOCATION, _location(n["location"])),
    "evse": lambda n: (Kind.EVSE, evse_document(n["evse"], last_updated=LATER)),
    "connector": lambda n: (Kind.CONNECTOR, _connector(n["connector"], last_updated=LATER)),
    "session": lambda n: (Kind.SESSION, _session(n["session"])),
    "cdrs": lambda n: (Kind.CDR, a_bill(n["cdr"])),
    "tariff": lambda n: (Kind.TARIFF, tariff_document(n["tariff"], last_updated=LATER)),
    "token": lambda n: (Kind.TOKEN, token_document(n["token"], last_updated=LATER)),
    "authorize": lambda _: (None, None),
    "id": lambda _: (None, {"result": "ACCEPTED"}),
    "deactivate": lambda _: (None, None),
    "invoicereconciliation": lambda n: (None, record_document(id=n["record"])),
    "record": lambda n: (None, record_document(id=n["record"])),
    "place": lambda n: (None, place_document(id=n["place"])),
    "calendar": lambda n: (None, calendar_document(id=n["calendar"])),
    "booking": lambda n: (None, booking_document(id=n["booking"])),
    "charging_preferences": lambda _: (None, {"profile_type": "GREEN"}),
}
