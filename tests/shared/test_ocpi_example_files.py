"""Every example file, one by one: read, merged or refused, and none forgotten.

The whole objects of 2.2.1 and 2.3.0 are in `test_ocpi_examples`; here are the patches, the parts,
the answers, the extensions of 2.3.0 and the samples inside the text of 2.1.1.
"""

from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.models.bookings import Booking, BookingLocation, BookingRequest, Calendar
from ocpi.models.common import DisplayText, OcpiObject
from ocpi.models.credentials import Version, VersionDetails
from ocpi.models.locations import EVSE, Connector, EnergyMix, Hours, Location
from ocpi.models.payments import FinancialAdviceConfirmation, Terminal
from ocpi.models.sessions import Session
from ocpi.models.tariffs import Tariff, TariffElement
from ocpi.models.tokens import Token
from ocpi.versions.registry import VERSIONS, Kind, Surroundings
from ocpi.wire.documents import decode, encode
from ocpi.wire.envelope import open_envelope
from ocpi.wire.merge import merge
from tests.shared.test_ocpi_examples import BROKEN, EXAMPLES, _whole

Json = dict[str, Any]

AROUND = Surroundings(owner=("NL", "TNM"), provider=("NL", "RWD"), role="CPO")
MODERN = ("2.2.1", "2.3.0")
OLD, PAYMENTS, BOOKINGS = "2.1.1/inline", "2.3.0-payments", "2.3.0-bookings-1.1"


def load(folder: str, name: str) -> Any:
    """A file as the wire's reader reads it."""
    return decode((EXAMPLES / folder / f"{name}.json").read_bytes())


# ---------------------------------------------------------------- parts

PARTS: dict[str, tuple[type[OcpiObject], str | None]] = {
    "location_energymix_example_complete": (EnergyMix, "energy_mix"),
    "location_energymix_example_energy_provider": (EnergyMix, "energy_mix"),
    "location_energymix_example_simple": (EnergyMix, "energy_mix"),
    "location_hours_247_open_exception_closing": (Hours, "opening_times"),
    "location_hours_opening_hours_with_exceptional_closing": (Hours, "opening_times"),
    "location_hours_opening_hours_with_exceptional_opening": (Hours, "opening_times"),
    "location_regularhours_example": (Hours, "opening_times"),
    "tariffrestriction_example_max_duration": (TariffElement, "elements"),
    "tariffrestriction_example_max_power": (TariffElement, "elements"),
    "type_displaytext_example": (DisplayText, None),
}
OLD_PARTS: dict[str, tuple[type[OcpiObject], str | None]] = {
    "mod_locations_inline_07": (EnergyMix, "energy_mix"),
    "mod_locations_inline_08": (EnergyMix, "energy_mix"),
    "mod_locations_inline_09": (EnergyMix, "energy_mix"),
    "mod_locations_inline_10": (Hours, "opening_times"),
}


@pytest.mark.parametrize("folder", MODERN)
@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_an_object_comes_back(folder: str, name: str) -> None:
    model, wrapper = PARTS[name]
    document = load(folder, name)
    inner = document if wrapper is None else document.get(wrapper, document)
    for part in inner if isinstance(inner, list) else [inner]:
        whole = {"twentyfourseven": False, **part} if model is Hours else part
        written = decode(encode(model.read(whole).document()))
        assert written == whole


@pytest.mark.parametrize("name", OLD_PARTS)
def test_a_part_of_a_211_object_is_read_in_its_location(name: str) -> None:
    location = {**load(OLD, "mod_locations_inline_06"), **load(OLD, name)}
    lifted = VERSIONS["2.1.1"].lift(Kind.LOCATION, location, AROUND)
    model, wrapper = OLD_PARTS[name]
    model.read(lifted[wrapper or ""])
    Location.read(lifted)


# ---------------------------------------------------------------- patches

PATCHES: dict[str, tuple[Kind, type[OcpiObject], str, tuple[str | int, ...]]] = {
    "location_patch_example_location": (Kind.LOCATION, Location, "location_example", ()),
    "location_patch_example_status": (Kind.EVSE, EVSE, "location_example", ("evses", 0)),
    "location_patch_example_remove_evse": (Kind.EVSE, EVSE, "location_example", ("evses", 0)),
    "location_patch_example_tariff": (
        Kind.CONNECTOR, Connector, "location_example", ("evses", 0, "connectors", 0),
    ),
    "session_patch_example_charging_period": (
        Kind.SESSION, Session, "session_example_1_simple_start", (),
    ),
    "session_patch_example_total_cost": (
        Kind.SESSION, Session, "session_example_1_simple_start", (),
    ),
    "token_patch_example": (Kind.TOKEN, Token, "token_put_example", ()),
}  # fmt: skip
OLD_PATCHES: dict[str, tuple[Kind, type[OcpiObject], str, tuple[str | int, ...]]] = {
    "mod_locations_inline_01": (Kind.EVSE, EVSE, "mod_locations_inline_06", ("evses", 0)),
    "mod_locations_inline_02": (Kind.LOCATION, Location, "mod_locations_inline_06", ()),
    "mod_locations_inline_03": (
        Kind.CONNECTOR, Connector, "mod_locations_inline_06", ("evses", 0, "connectors", 0),
    ),
    "mod_locations_inline_05": (Kind.EVSE, EVSE, "mod_locations_inline_06", ("evses", 0)),
    "mod_sessions_inline_01": (Kind.SESSION, Session, "mod_sessions_inline_03", ()),
    "mod_tariffs_inline_02": (Kind.TARIFF, Tariff, "mod_tariffs_inline_03", ()),
    "mod_tokens_inline_02": (Kind.TOKEN, Token, "mod_tokens_inline_01", ()),
}  # fmt: skip


def _patched(folder: str, base: str, at: tuple[str | int, ...], patch: Json) -> Json:
    node = load(folder, base)
    for key in at:
        node = node[key]
    merged: Json = merge(node, patch)
    assert all(merged[name] == value for name, value in patch.items() if name not in GROWING)
    return merged


GROWING = {"charging_periods"}
"""What a PATCH appends to."""


@pytest.mark.parametrize("folder", MODERN)
@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_leaves_a_valid_object(folder: str, name: str) -> None:
    """C-111."""
    kind, model, base, at = PATCHES[name]
    merged = _patched(folder, base, at, load(folder, name))
    model.read(VERSIONS[folder].lift(kind, merged, AROUND))


@pytest.mark.parametrize("name", OLD_PATCHES)
def test_a_211_patch_leaves_a_valid_object(name: str) -> None:
    """C-111, C-112: without `last_updated`."""
    kind, model, base, at = OLD_PATCHES[name]
    merged = _patched(OLD, base, at, load(OLD, name))
    model.read(VERSIONS["2.1.1"].lift(kind, merged, AROUND))


# ---------------------------------------------------------------- answers

ANSWERS: dict[str, type[OcpiObject]] = {
    "transport_and_format_get_token_example": Token,
    "transport_and_format_get_token_list_example": Token,
    "transport_and_format_version_details_example": VersionDetails,
    "transport_and_format_version_info_example": Version,
}
LISTS: dict[str, type[OcpiObject]] = {
    "version_details_example": VersionDetails,
    "version_details_example2": VersionDetails,
    "versions_info_example": Version,
}
OLD_ANSWERS = {
    "transport_and_format_inline_01": (None, Version),
    "transport_and_format_inline_02": (Kind.VERSION_DETAILS, VersionDetails),
    "transport_and_format_inline_03": (Kind.TOKEN, Token),
    "transport_and_format_inline_04": (Kind.TOKEN, Token),
    "version_information_endpoint_inline_01": (None, Version),
    "version_information_endpoint_inline_02": (Kind.VERSION_DETAILS, VersionDetails),
}
REFUSALS = [(f"{folder}/inline", "transport_and_format_inline_01") for folder in MODERN]
REFUSALS.append((OLD, "transport_and_format_inline_05"))


def _each(data: Any) -> list[Any]:
    return data if isinstance(data, list) else [data]


@pytest.mark.parametrize("folder", MODERN)
@pytest.mark.parametrize("name", [*ANSWERS, *LISTS])
def test_an_answer_is_read(folder: str, name: str) -> None:
    """C-023."""
    data = load(folder, name)
    if name in ANSWERS:
        envelope = open_envelope(data)
        assert envelope.is_success
        data = envelope.data
    model = {**ANSWERS, **LISTS}[name]
    for each in _each(data):
        assert decode(encode(model.read(each).document())) == each


@pytest.mark.parametrize("name", OLD_ANSWERS)
def test_a_211_answer_is_read(name: str) -> None:
    """C-056: endpoints without a role."""
    kind, model = OLD_ANSWERS[name]
    data = load(OLD, name)
    for each in _each(open_envelope(data).data if name.startswith("transport") else data):
        model.read(VERSIONS["2.1.1"].lift(kind, each, AROUND) if kind else each)


@pytest.mark.parametrize(("folder", "name"), REFUSALS)
def test_a_refusal_is_understood(folder: str, name: str) -> None:
    envelope = open_envelope(load(folder, name))
    assert not envelope.is_success
    assert (envelope.status_code, envelope.message) == (2001, "Missing required field: type")


# ---------------------------------------------------------------- whole objects of 2.1.1

OLD_WHOLE: dict[str, tuple[Kind, type[OcpiObject]]] = {
    f"mod_tariffs_inline_0{number}": (Kind.TARIFF, Tariff) for number in (1, 3, 4, 5, 6, 7)
}


@pytest.mark.parametrize("name", OLD_WHOLE)
def test_a_211_tariff_is_read(name: str) -> None:
    """§8.3: prices as text included; those that lack `last_updated` are refused for it."""
    kind, model = OLD_WHOLE[name]
    document = load(OLD, name)
    lifted = VERSIONS["2.1.1"].lift(kind, document, AROUND)
    if "last_updated" in document:
        model.read(lifted)
        return
    with pytest.raises(InvalidInput) as refused:
        model.read(lifted)
    assert refused.value.path == "last_updated"


# ---------------------------------------------------------------- payments and bookings

TERMINALS = [
    "payment_terminal_create", "payment_terminal_example_assigned_locations",
    "payment_terminal_example_assigned_locations_assigned_evses",
    "payment_terminal_example_newly_created", "payment_terminal_activate",
]  # fmt: skip
TERMINAL_CHANGES = ["payment_terminal_location_assignment", "payment_terminal_put_update"]


@pytest.mark.parametrize("name", TERMINALS)
def test_a_terminal_comes_back(name: str) -> None:
    document = load(PAYMENTS, name)
    written = decode(encode(Terminal.read(document).document()))
    assert written == {key: value for key, value in document.items() if value != []}


@pytest.mark.parametrize("name", TERMINAL_CHANGES)
def test_a_change_leaves_a_valid_terminal(name: str) -> None:
    change = load(PAYMENTS, name)
    merged = merge(load(PAYMENTS, TERMINALS[0]), change)
    assert Terminal.read(merged).document() | change == Terminal.read(merged).document()


WRONG: dict[tuple[str, str], tuple[type[OcpiObject], str]] = {
    (PAYMENTS, "payment_terminal_create_minimal"): (Terminal, "last_updated"),
    (PAYMENTS, "payment_financial_advice_confirmation_create"): (
        FinancialAdviceConfirmation, "total_costs.before_taxes",
    ),
    (PAYMENTS, "payment_financial_advice_confirmation_example_success"): (
        FinancialAdviceConfirmation, "total_costs.before_taxes",
    ),
    (PAYMENTS, "payment_financial_advice_confirmation_example_failure"): (
        FinancialAdviceConfirmation, "total_costs.before_taxes",
    ),
    (BOOKINGS, "booking_example"): (Booking, "party_id"),
    (BOOKINGS, "booking_location_example"): (BookingLocation, "booking_option.evse_position"),
    (BOOKINGS, "location_example"): (Location, "evses.0.parking.0"),
    (BOOKINGS, "location_example_parking_garage_opening_hours"): (Location, "evses.0.parking.0"),
    (OLD, "mod_locations_inline_04"): (EVSE, "connectors.0.power_type"),
    ("2.2.1", "location_put_example_add_evse"): (EVSE, "connectors.0.power_type"),
    ("2.3.0", "location_put_example_add_evse"): (EVSE, "connectors.0.power_type"),
}  # fmt: skip
"""§8.3: examples that break their own tables, and the first field that does."""


@pytest.mark.parametrize(("folder", "name"), WRONG)
def test_a_wrong_example_is_refused_by_its_field(folder: str, name: str) -> None:
    """C-013, C-015, C-016."""
    model, path = WRONG[folder, name]
    with pytest.raises(InvalidInput) as refused:
        model.read(load(folder, name))
    assert refused.value.path == path


def _repaired(document: Json) -> Json:
    text = encode(document).decode().replace("INF12", "INF").replace("INFOO", "INF")
    text = text.replace(":99Z", ":59Z").replace(
        '"evse_position":"LEFT"', '"evse_position":["LEFT"]'
    )
    repaired: Json = decode(text)
    for heard in repaired.get("booking_requests", ()):
        heard["booking_request"]["booking_location_id"] = "BL1"
    return repaired


@pytest.mark.parametrize(
    ("name", "model"),
    [("booking_example", Booking), ("booking_location_example", BookingLocation)],
)
def test_a_repaired_booking_comes_back(name: str, model: type[OcpiObject]) -> None:
    """Unknown fields included (C-018)."""
    document = _repaired(load(BOOKINGS, name))
    assert decode(encode(model.read(document).document())) == document


BOOKING_PATCHES = {
    "booking_patch_example_evse_uid": (Booking, "booking_example", None),
    "booking_patch_example_status_update": (Booking, "booking_example", None),
    "booking_location_patch_example_calendar": (
        Calendar, "booking_location_example", "available_timeslots.0.start_date_time",
    ),
    "booking_location_patch_example_terms": (
        BookingLocation, "booking_location_example", "booking_terms.supported_access_methods",
    ),
    "booking_request_patch_example_timeslot": (BookingRequest, "booking_example", None),
    "booking_request_patch_example_tokens": (BookingRequest, "booking_example", None),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKING_PATCHES)
def test_a_patch_of_a_booking_is_judged_by_what_it_leaves(name: str) -> None:
    """§8.3: blanks behind names make them other fields; objects are replaced as a whole."""
    model, base, path = BOOKING_PATCHES[name]
    node = _repaired(load(BOOKINGS, base))
    if model is Calendar:
        node = node["calendars"][0]
    elif model is BookingRequest:
        node = node["booking_requests"][0]["booking_request"]
    merged = merge(node, load(BOOKINGS, name))
    if path is None:
        model.read(merged)
        return
    with pytest.raises(InvalidInput) as refused:
        model.read(merged)
    assert refused.value.path == path


# ---------------------------------------------------------------- none forgotten

ELSEWHERE = {
    *((OLD, name) for name in (
        "credentials_inline_01", "mod_cdrs_inline_01", "mod_locations_inline_06",
        "mod_sessions_inline_02", "mod_sessions_inline_03", "mod_tokens_inline_01",
        "mod_tokens_inline_03",
    )),
    *BROKEN,
    *((folder, name) for folder in MODERN for name in _whole(folder)),
}  # fmt: skip
"""What `test_ocpi_examples` is about."""


def test_no_example_is_forgotten() -> None:
    here = {
        *WRONG, *REFUSALS, *ELSEWHERE,
        *((folder, name) for folder in MODERN for name in (*PARTS, *PATCHES, *ANSWERS, *LISTS)),
        *((OLD, name) for name in (*OLD_PARTS, *OLD_PATCHES, *OLD_ANSWERS, *OLD_WHOLE)),
        *((PAYMENTS, name) for name in (*TERMINALS, *TERMINAL_CHANGES)),
        *((BOOKINGS, name) for name in BOOKING_PATCHES),
    }  # fmt: skip
    files = {_named(path) for path in EXAMPLES.rglob("*.json")}
    assert here == files


def _named(path: Path) -> tuple[str, str]:
    return str(path.parent.relative_to(EXAMPLES)), path.stem
