"""Objects from version to version: what is said differently, what is lost, what stays (C-261)."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.hub.crossing import Crossed, Inexpressible, crossed, crosses, lifted
from ocpi.versions.registry import V211, V221, V230, Kind, OcpiVersion, Surroundings
from tests.support.roaming_documents import (
    connector_document,
    evse_document,
    location_document,
    session_document,
    tariff_document,
)

AROUND = Surroundings(owner=("DE", "TNC"), provider=("NL", "RWD"))


def through(
    kind: Kind, document: Any, source: OcpiVersion, target: OcpiVersion, **more: Any
) -> Crossed:
    return crossed(kind, lifted(kind, document, source, AROUND), target, AROUND, **more)


def test_only_different_versions_are_crossed() -> None:
    assert crosses(V211, V221)
    assert not crosses(V221, V221)


def test_prices_of_221_get_the_words_of_230_and_back() -> None:
    """C-261."""
    up = through(Kind.SESSION, session_document(), V221, V230)
    assert up.document["total_cost"]["before_taxes"] == 4.0
    assert up.lost == ()
    back = through(Kind.SESSION, up.document, V230, V221)
    assert back.document["total_cost"] == {"excl_vat": 4.0, "incl_vat": Decimal("4.4")}
    assert back.lost == ()


def test_a_tariff_of_221_says_in_230_that_taxes_are_not_included() -> None:
    """C-261."""
    up = through(Kind.TARIFF, tariff_document(), V221, V230)
    assert up.document["tax_included"] == "NO"


def test_unknown_fields_are_kept_at_every_level() -> None:
    document = location_document(x_theirs={"deep": [1]}, evses=[evse_document(x_evse="y")])
    for target in (V211, V230):
        crossing = through(Kind.LOCATION, document, V221, target)
        assert crossing.document["x_theirs"] == {"deep": [1]}
        assert crossing.document["evses"][0]["x_evse"] == "y"


def test_what_gets_lost_is_told_by_its_fields() -> None:
    evses = [evse_document(parking=[{"parking_id": "P"}])]
    document = location_document(help_phone="+49 1", evses=evses, tax="x")
    assert through(Kind.LOCATION, document, V230, V221).lost == ("evses.*.parking", "help_phone")
    wide = location_document(address="A" * 50, evses=[evse_document()])
    assert "address" in through(Kind.LOCATION, wide, V221, V211).lost


def test_a_plug_without_a_word_is_left_out_and_told() -> None:
    plugs = [connector_document(), connector_document(id="2", standard="MCS")]
    document = location_document(evses=[evse_document(connectors=plugs)])
    crossing = through(Kind.LOCATION, document, V230, V221)
    assert [plug["id"] for plug in crossing.document["evses"][0]["connectors"]] == ["1"]
    assert crossing.lost == ("evses.*.connectors",)


def test_what_would_become_something_else_is_withheld() -> None:
    """C-262."""
    for kind, document in [
        (Kind.LOCATION, location_document(publish=False)),
        (Kind.TARIFF, tariff_document(type="AD_HOC_PAYMENT")),
        (Kind.SESSION, session_document()),
    ]:
        with pytest.raises(Inexpressible):
            through(kind, document, V221, V211)


def test_the_owner_of_an_object_of_211_comes_from_outside() -> None:
    """C-262."""
    old = {"uid": "1", "type": "RFID", "auth_id": "C1", "issuer": "I", "valid": True}
    up = through(Kind.TOKEN, old, V211, V221)
    assert (up.document["country_code"], up.document["party_id"]) == ("DE", "TNC")
    assert up.document["contract_id"] == "C1"


def test_a_patch_crosses_as_a_patch() -> None:
    crossing = through(Kind.EVSE, {"status": "CHARGING", "parking": []}, V230, V211, partial=True)
    assert crossing.document == {"status": "CHARGING"}
    crossing = through(Kind.LOCATION, {"name": "N", "help_phone": "1"}, V230, V221, partial=True)
    assert crossing == Crossed({"name": "N"}, ("help_phone",))


def test_a_wrong_object_is_refused_in_its_own_words() -> None:
    with pytest.raises(InvalidInput) as refused:
        lifted(Kind.LOCATION, {"id": "1"}, V211, AROUND)
    assert refused.value.path == "type"
