"""What kind of object each routed message carries."""

import pytest

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from ocpi.hub.shapes import PLAIN, shape_of
from ocpi.versions.rung import Kind

S, R = InterfaceRole.SENDER, InterfaceRole.RECEIVER

REQUESTS = [
    ("locations", S, "GET", "", None, Kind.LOCATION),
    ("locations", S, "GET", "L1", None, Kind.LOCATION),
    ("locations", S, "GET", "L1/E1", None, Kind.EVSE),
    ("locations", S, "GET", "L1/E1/1", None, Kind.CONNECTOR),
    ("locations", S, "GET", "L1/E1/1/x", None, None),
    ("locations", R, "PUT", "NL/TNM/L1", Kind.LOCATION, None),
    ("locations", R, "PATCH", "NL/TNM/L1/E%2F1", Kind.EVSE, None),
    ("locations", R, "PUT", "NL/TNM/L1/E1/1", Kind.CONNECTOR, None),
    ("locations", R, "GET", "NL/TNM/L1", None, Kind.LOCATION),
    ("sessions", S, "GET", "", None, Kind.SESSION),
    ("sessions", S, "PUT", "101/charging_preferences", Kind.CHARGING_PREFERENCES, None),
    ("sessions", R, "PATCH", "NL/TNM/101", Kind.SESSION, None),
    ("cdrs", S, "GET", "", None, Kind.CDR),
    ("cdrs", R, "POST", "", Kind.CDR, None),
    ("cdrs", R, "GET", "12", None, Kind.CDR),
    ("tariffs", S, "GET", "", None, Kind.TARIFF),
    ("tariffs", R, "PUT", "NL/TNM/T1", Kind.TARIFF, None),
    ("tariffs", R, "DELETE", "NL/TNM/T1", None, None),
    ("tokens", S, "GET", "", None, Kind.TOKEN),
    ("tokens", S, "POST", "04AA/authorize", Kind.LOCATION_REFERENCES, Kind.AUTHORIZATION_INFO),
    ("tokens", R, "PUT", "NL/TNM/04AA", Kind.TOKEN, None),
    ("tokens", R, "GET", "NL/TNM/04AA", None, Kind.TOKEN),
    ("commands", R, "POST", "START_SESSION", Kind.START_SESSION, Kind.COMMAND_RESPONSE),
    ("commands", R, "POST", "stop_session", Kind.STOP_SESSION, Kind.COMMAND_RESPONSE),
    ("commands", R, "POST", "SING", None, Kind.COMMAND_RESPONSE),
    ("commands", S, "POST", "START_SESSION/7", Kind.COMMAND_RESULT, None),
    ("commands", R, "GET", "START_SESSION", None, None),
    ("chargingprofiles", R, "PUT", "101", None, None),
    ("bookings", S, "GET", "", None, None),
]


@pytest.mark.parametrize("case", REQUESTS, ids=str)
def test_the_address_tells_the_kinds(
    case: tuple[str, InterfaceRole, str, str, Kind | None, Kind | None],
) -> None:
    module, role, method, rest, body, answer = case
    shape = shape_of(module, role, method, rest)
    assert (shape.body, shape.answer) == (body, answer)
    assert shape.partial is (method == "PATCH")


def test_the_owner_and_the_ids_are_read_from_the_address() -> None:
    shape = shape_of("locations", R, "PUT", "nl/tnm/L%2F1/E1")
    assert shape.owner == PartyId("NL", "TNM")
    assert shape.keys == ("L/1", "E1")
    assert shape_of("tokens", R, "PUT", "NL/TNM") == PLAIN


def test_an_owner_that_is_no_party_is_refused() -> None:
    with pytest.raises(InvalidInput):
        shape_of("locations", R, "PUT", "NLD/T/L1")
