"""Versions by capability, and the way up and down."""

import pytest

from ocpi.translate.locations import write_location
from ocpi.versions.registry import CANONICAL, V211, V221, V230, VERSIONS, Kind, Surroundings
from ocpi.versions.rung import without
from tests.support.roaming_documents import tariff_document, token_document
from tests.support.roaming_objects import a_location


def test_the_wire_numbers() -> None:
    """C-049."""
    assert list(VERSIONS) == ["2.1.1", "2.2.1", "2.3.0"]
    assert CANONICAL is V230


def test_capabilities_are_asked_for_not_numbers() -> None:
    assert (V211.token_is_base64, V221.token_is_base64) == (False, True)
    assert (V211.has_routing_headers, V230.has_routing_headers) == (False, True)
    assert V211.token_type_parameter == "token_type"
    assert (V221.has_hub_role, V230.has_hub_role) == (True, False)


def test_211_climbs_two_rungs() -> None:
    tariff = without(tariff_document(), "country_code", "party_id")
    lifted = V211.lift(Kind.TARIFF, tariff, Surroundings(owner=("DE", "TNC")))
    assert (lifted["tax_included"], lifted["party_id"]) == ("NO", "TNC")
    assert "tax_included" not in V211.lower(Kind.TARIFF, lifted)


@pytest.mark.parametrize("kind", Kind)
def test_the_canonical_version_changes_nothing(kind: Kind) -> None:
    assert V230.lift(kind, token_document()) == V230.lower(kind, token_document())


def test_the_surroundings_climb_along() -> None:
    """A 2.1.1 session embeds a location that went through 2.2.1 first."""
    location = {**write_location(a_location()), "parking_places": [{"id": "P"}]}
    session = {"evse_uid": "E1", "connector_id": "1", "last_updated": "x"}
    lowered = V211.lower(Kind.SESSION, session, Surroundings(location=location))
    assert not {"parking_places", "help_phone"} & lowered["location"].keys()
