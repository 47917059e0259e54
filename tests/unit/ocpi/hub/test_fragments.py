"""PATCH bodies between versions: only what the fragment says goes out, in other words."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.hub.fragments import lift_fragment, lower_fragment
from ocpi.versions.registry import NOWHERE, V211, V221, V230, OcpiVersion, Surroundings
from ocpi.versions.rung import Inexpressible, Kind

AT = "2026-05-04T10:00:00Z"
AROUND = Surroundings(owner=("DE", "TNC"), provider=("NL", "RWD"))
PLACE = {"location_id": "L1", "evse_uid": "E1", "connector_id": "1"}

UP: list[tuple[OcpiVersion, Kind, Any, Any]] = [
    (V211, Kind.EVSE, {"status": "CHARGING"}, {"status": "CHARGING"}),
    (V211, Kind.LOCATION, {"type": "ON_STREET"}, {"parking_type": "ON_STREET"}),
    (V211, Kind.LOCATION, {"name": "New", "x_own": [1]}, {"name": "New", "x_own": [1]}),
    (V211, Kind.CONNECTOR, {"tariff_id": "T2"}, {"tariff_ids": ["T2"]}),
    (V211, Kind.CONNECTOR, {"voltage": 230, "amperage": 16},
     {"max_voltage": 230, "max_amperage": 16}),
    (V211, Kind.LOCATION, {"evses": [{"uid": "E1", "connectors": [{"id": "1", "voltage": 1}]}]},
     {"evses": [{"uid": "E1", "connectors": [{"id": "1", "max_voltage": 1}]}]}),
    (V211, Kind.SESSION, {"kwh": 5, "end_datetime": AT, "last_updated": AT},
     {"kwh": 5, "end_date_time": AT, "last_updated": AT}),
    (V211, Kind.SESSION, {"total_cost": Decimal("2.5")},
     {"total_cost": {"before_taxes": Decimal("2.5")}}),
    (V211, Kind.SESSION, {"auth_id": "C1"},
     {"cdr_token": {"country_code": "NL", "party_id": "RWD", "uid": "C1", "type": "OTHER",
                    "contract_id": "C1"}}),
    (V211, Kind.SESSION,
     {"location": {"id": "L1", "evses": [{"uid": "E1", "connectors": [{"id": "1"}]}]}}, PLACE),
    (V211, Kind.TOKEN, {"valid": False, "auth_id": "C2"}, {"valid": False, "contract_id": "C2"}),
    (V221, Kind.SESSION, {"total_cost": {"excl_vat": Decimal(4), "incl_vat": Decimal(5)}},
     {"total_cost": {"before_taxes": Decimal(4),
                     "taxes": [{"name": "VAT", "amount": Decimal(1)}]}}),
    (V221, Kind.TOKEN, {"valid": True, "language": None}, {"valid": True}),
]  # fmt: skip

DOWN: list[tuple[OcpiVersion, Kind, Any, Any]] = [
    (V211, Kind.EVSE, {"status": "CHARGING", "parking": [{"parking_id": "P"}]},
     {"status": "CHARGING"}),
    (V211, Kind.LOCATION, {"parking_type": "ON_DRIVEWAY"}, {"type": "OTHER"}),
    (V211, Kind.LOCATION, {"help_phone": "+49"}, {}),
    (V211, Kind.LOCATION, {"publish": True, "name": "N"}, {"name": "N"}),
    (V211, Kind.CONNECTOR, {"tariff_ids": ["T2", "T3"], "x": 1}, {"tariff_id": "T2", "x": 1}),
    (V211, Kind.LOCATION,
     {"evses": [{"uid": "E1", "connectors": [{"id": "1", "standard": "MCS"}]}]},
     {"evses": [{"uid": "E1"}]}),
    (V211, Kind.SESSION, {"kwh": 5, "end_date_time": AT}, {"kwh": 5, "end_datetime": AT}),
    (V211, Kind.SESSION, {"status": "RESERVATION"}, {"status": "PENDING"}),
    (V211, Kind.SESSION, {"total_cost": {"before_taxes": 3}}, {"total_cost": 3}),
    (V211, Kind.SESSION, {"evse_uid": "E2"}, {}),
    (V211, Kind.SESSION, {"cdr_token": {"contract_id": "C1"}}, {"auth_id": "C1"}),
    (V211, Kind.TOKEN, {"contract_id": "C2", "group_id": "G"}, {"auth_id": "C2"}),
    (V221, Kind.SESSION, {"total_cost": {"before_taxes": 3}}, {"total_cost": {"excl_vat": 3}}),
    (V221, Kind.EVSE, {"accepted_service_providers": ["x"], "floor_level": "1"},
     {"floor_level": "1"}),
    (V230, Kind.EVSE, {"accepted_service_providers": ["x"]},
     {"accepted_service_providers": ["x"]}),
]  # fmt: skip


@pytest.mark.parametrize(("version", "kind", "fragment", "canonical"), UP)
def test_a_fragment_is_lifted(
    version: OcpiVersion, kind: Kind, fragment: Any, canonical: Any
) -> None:
    assert lift_fragment(version, kind, fragment, AROUND) == canonical


@pytest.mark.parametrize(("version", "kind", "canonical", "fragment"), DOWN)
def test_a_fragment_is_lowered(
    version: OcpiVersion, kind: Kind, canonical: Any, fragment: Any
) -> None:
    assert lower_fragment(version, kind, canonical, AROUND) == fragment


def test_a_session_that_moves_takes_its_whole_place_along() -> None:
    plug = {"id": "1", "standard": "IEC_62196_T2", "max_voltage": 230, "max_amperage": 16}
    place = {"id": "L1", "evses": [{"uid": "E1", "connectors": [plug]}], "address": "a"}
    around = Surroundings(location=place)
    lowered = lower_fragment(V211, Kind.SESSION, PLACE, around)
    assert lowered["location"]["evses"][0]["connectors"][0]["voltage"] == 230


def test_what_must_not_be_shown_any_more_is_not_bent() -> None:
    with pytest.raises(Inexpressible):
        lower_fragment(V211, Kind.LOCATION, {"publish": False}, NOWHERE)
    with pytest.raises(Inexpressible):
        lower_fragment(V221, Kind.CONNECTOR, {"standard": "MCS"}, NOWHERE)


def test_a_refusal_names_the_field_of_a_child() -> None:
    child = {"uid": "E1", "connectors": [{"id": "1", "standard": "MCS"}]}
    with pytest.raises(InvalidInput) as refused:
        lift_fragment(V221, Kind.LOCATION, {"evses": [child]}, NOWHERE)
    assert refused.value.path == "evses.0.connectors.0.standard"
    with pytest.raises(InvalidInput):
        lift_fragment(V221, Kind.LOCATION, {"evses": ["E1"]}, NOWHERE)
