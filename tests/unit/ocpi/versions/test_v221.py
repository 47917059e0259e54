"""2.2.1 ⇄ 2.3.0, field by field (§6.3)."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.versions.registry import V221, Inexpressible, Kind
from ocpi.versions.v221 import lift_price, lower_price
from tests.support.roaming_documents import (
    cdr_document,
    connector_document,
    evse_document,
    location_document,
    session_document,
    tariff_document,
    token_document,
)

Json = dict[str, Any]


def _lift(kind: Kind, document: Json) -> Json:
    before = deepcopy(document)
    lifted = V221.lift(kind, document)
    assert document == before, "a rung never writes into what it reads"
    return lifted


def _lower(kind: Kind, document: Json) -> Json:
    before = deepcopy(document)
    lowered = V221.lower(kind, document)
    assert document == before, "a rung never writes into what it reads"
    return lowered


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"excl_vat": 4, "incl_vat": Decimal("4.4")},
            {"before_taxes": 4, "taxes": [{"name": "VAT", "amount": Decimal("0.4")}]},
        ),
        ({"excl_vat": 4}, {"before_taxes": 4}),
        ({"excl_vat": 4, "x": 1}, {"before_taxes": 4, "x": 1}),
        (
            {"excl_vat": 0, "incl_vat": 0},
            {"before_taxes": 0, "taxes": [{"name": "VAT", "amount": 0}]},
        ),
    ],
)
def test_prices_climb_and_come_back(old: Json, new: Json) -> None:
    assert lift_price(old) == new
    assert lower_price(new) == old


def test_unknown_taxes_stay_unknown() -> None:
    assert lower_price({"before_taxes": 4, "taxes": []}) == {"excl_vat": 4}
    assert lower_price({"before_taxes": 4, "taxes": [{"name": "GST"}]}) == {"excl_vat": 4}
    two = [{"name": "GST", "amount": 1}, {"name": "PST", "amount": 2}]
    assert lower_price({"before_taxes": 4, "taxes": two}) == {"excl_vat": 4, "incl_vat": 7}


def test_a_price_that_is_none_is_left_to_the_models() -> None:
    assert lift_price({"excl_vat": "x", "incl_vat": 1}) == {"before_taxes": "x"}
    assert lift_price({}) == {}


def test_tariffs_exclude_tax_and_have_limits() -> None:
    old = tariff_document(min_price={"excl_vat": 1, "incl_vat": 2}, max_price={"excl_vat": 9})
    new = _lift(Kind.TARIFF, old)
    assert new["tax_included"] == "NO"
    assert new["min_price"] == {"before_taxes": 1, "after_taxes": 2}
    assert new["max_price"] == {"before_taxes": 9}
    assert _lower(Kind.TARIFF, new) == old


@pytest.mark.parametrize("included", ["NO", "N/A"])
def test_prices_without_tax_are_sent_as_they_are(included: str) -> None:
    assert _lower(Kind.TARIFF, tariff_document(tax_included=included)) == tariff_document()


def test_a_known_tax_is_taken_out_of_the_price() -> None:
    component = {"type": "TIME", "price": Decimal("2.42"), "vat": 21, "step_size": 1}
    tariff = tariff_document(tax_included="YES", elements=[{"price_components": [component]}])
    lowered = _lower(Kind.TARIFF, tariff)
    assert lowered["elements"][0]["price_components"][0]["price"] == Decimal("2.0000")
    assert "tariff_alt_text" not in lowered


def test_an_unknown_tax_inside_the_price_is_said_in_words() -> None:
    component = {"type": "TIME", "price": Decimal("2.42"), "step_size": 1}
    tariff = tariff_document(
        tax_included="YES",
        elements=[{"price_components": [component]}],
        tariff_alt_text=[{"language": "nl", "text": "Hoi"}],
    )
    lowered = _lower(Kind.TARIFF, tariff)
    assert lowered["elements"][0]["price_components"] == [component]
    assert [text["language"] for text in lowered["tariff_alt_text"]] == ["nl", "en"]


def test_a_price_that_is_no_number_is_not_taken_apart() -> None:
    component = {"type": "TIME", "price": "x", "vat": 21}
    tariff = tariff_document(tax_included="YES", elements=[{"price_components": [component]}])
    assert _lower(Kind.TARIFF, tariff)["elements"][0]["price_components"] == [component]


def test_what_230_added_is_left_out() -> None:
    plug = connector_document(capabilities=["ISO_15118_2_PLUG_AND_CHARGE"], partner_field=1)
    evse = evse_document(
        connectors=[plug],
        parking=[{"parking_id": "P"}],
        accepted_service_providers=["X"],
        capabilities=["RFID_READER", "NEW"],
        parking_restrictions=["EV_ONLY", "TAXIS"],
        images=[{"category": "NEW", "url": "u", "type": "png"}],
    )
    location = location_document(
        evses=[evse],
        parking_places=[{"id": "P"}],
        help_phone="1",
        facilities=["CAFE", "NEW"],
        parking_type="NEW",
        operator={"name": "X", "logo": {"category": "NEW"}},
        publish_allowed_to=[{"uid": "1", "type": "EMAID"}, {"group_id": "g"}],
        energy_mix={"environ_impact": [{"category": "NEW"}, {"category": "CARBON_DIOXIDE"}]},
    )
    lowered = _lower(Kind.LOCATION, location)
    assert not {"parking_places", "help_phone", "parking_type"} & lowered.keys()
    (evse,) = lowered["evses"]
    assert not {"parking", "accepted_service_providers"} & evse.keys()
    assert (evse["capabilities"], evse["parking_restrictions"]) == (["RFID_READER"], ["EV_ONLY"])
    assert evse["images"][0]["category"] == "OTHER"
    assert evse["connectors"] == [connector_document(partner_field=1)]
    assert lowered["facilities"] == ["CAFE"]
    assert lowered["operator"]["logo"]["category"] == "OTHER"
    assert lowered["publish_allowed_to"] == [{"uid": "1", "type": "OTHER"}, {"group_id": "g"}]
    assert lowered["energy_mix"]["environ_impact"] == [{"category": "CARBON_DIOXIDE"}]


def test_a_plug_without_a_word_is_left_out_with_an_evse_that_has_no_other() -> None:
    mcs = connector_document(standard="MCS")
    both = evse_document("A", connectors=[mcs, connector_document()])
    location = location_document(evses=[both, evse_document("B", connectors=[mcs])])
    lowered = _lower(Kind.LOCATION, location)
    assert [(e["uid"], len(e["connectors"])) for e in lowered["evses"]] == [("A", 1)]
    for kind, document in ((Kind.CONNECTOR, mcs), (Kind.EVSE, location["evses"][1])):
        with pytest.raises(Inexpressible):
            _lower(kind, document)


def test_a_partial_evse_is_still_one() -> None:
    """A PATCH names no connectors."""
    patch = {"status": "CHARGING", "last_updated": "x"}
    assert _lower(Kind.EVSE, patch) == _lift(Kind.EVSE, patch) == patch


@pytest.mark.parametrize(
    ("kind", "document", "path"),
    [
        (Kind.CONNECTOR, connector_document(standard="MCS"), "standard"),
        (Kind.LOCATION, location_document(parking_type="NEW"), "parking_type"),
        (Kind.LOCATION, location_document(images=[{"category": "NEW"}]), "images.0.category"),
        (
            Kind.LOCATION,
            location_document(evses=[evse_document(connectors=[{"standard": "X"}])]),
            "evses.0.connectors.0.standard",
        ),
        (
            Kind.LOCATION,
            location_document(energy_mix={"environ_impact": [{"category": "NEW"}]}),
            "energy_mix.environ_impact.0.category",
        ),
        (Kind.TOKEN, token_document(type="EMAID"), "type"),
        (Kind.SESSION, session_document(cdr_token={"type": "EMAID"}), "cdr_token.type"),
        (
            Kind.CDR,
            cdr_document(cdr_location={"connector_standard": "MCS"}),
            "cdr_location.connector_standard",
        ),
    ],
)
def test_closed_scalars_are_checked_by_path(kind: Kind, document: Json, path: str) -> None:
    """C-017."""
    with pytest.raises(InvalidInput) as refused:
        _lift(kind, document)
    assert refused.value.path == path


def test_unknown_members_of_lists_are_dropped() -> None:
    """§6.7."""
    evse = _lift(Kind.EVSE, evse_document(capabilities=["RFID_READER", "NEW", 5]))
    assert evse["capabilities"] == ["RFID_READER", 5]


def test_sessions_and_cdrs_have_prices_and_token_types() -> None:
    for kind, document in ((Kind.SESSION, session_document()), (Kind.CDR, cdr_document())):
        lifted = _lift(kind, document)
        assert "before_taxes" in lifted["total_cost"]
        lifted["cdr_token"]["type"] = "EMAID"
        assert _lower(kind, lifted)["cdr_token"]["type"] == "OTHER"
    assert _lift(Kind.SESSION, session_document(status="RESERVED"))["status"] == "RESERVATION"


@pytest.mark.parametrize(
    ("standard", "billed"),
    [
        ("MCS", "IEC_62196_T2_COMBO"),
        ("SAE_J3400", "TESLA_S"),
        ("NEW", "IEC_62196_T2"),
        ("CHADEMO", "CHADEMO"),
    ],
)
def test_a_bill_always_names_some_plug(standard: str, billed: str) -> None:
    cdr = cdr_document(cdr_location={"connector_standard": standard}, tariffs=[tariff_document()])
    assert _lower(Kind.CDR, cdr)["cdr_location"]["connector_standard"] == billed
    assert "cdr_location" in _lower(Kind.CDR, cdr_document(cdr_location={}))


@pytest.mark.parametrize("kind", [Kind.START_SESSION, Kind.RESERVE_NOW, Kind.AUTHORIZATION_INFO])
def test_tokens_inside_are_lowered(kind: Kind) -> None:
    document = {"token": token_document(type="EMAID")}
    assert _lower(kind, document)["token"]["type"] == "OTHER"
    with pytest.raises(InvalidInput):
        _lift(kind, document)


CPO_ROLE = {
    "role": "CPO",
    "party_id": "ABC",
    "country_code": "NL",
    "business_details": {"name": "C"},
}
HUB_ROLE = {
    "role": "HUB",
    "party_id": "HUB",
    "country_code": "NL",
    "business_details": {"name": "H"},
}


def test_the_hub_role_becomes_a_field_and_back() -> None:
    """C-086, C-277."""
    lifted = _lift(Kind.CREDENTIALS, {"token": "t", "roles": [HUB_ROLE]})
    assert lifted["hub_party_id"] == "NLHUB"
    assert lifted["roles"] == [{**HUB_ROLE, "role": "OTHER"}]
    assert _lower(Kind.CREDENTIALS, lifted) == {"token": "t", "roles": [HUB_ROLE]}


def test_a_hub_with_parties_names_only_itself_in_221() -> None:
    lifted = _lift(Kind.CREDENTIALS, {"roles": [CPO_ROLE, HUB_ROLE]})
    assert lifted["roles"] == [CPO_ROLE]
    (role,) = _lower(Kind.CREDENTIALS, lifted)["roles"]
    assert (role["role"], role["party_id"], role["business_details"]) == (
        "HUB",
        "HUB",
        {"name": "C"},
    )
    (bare,) = _lower(Kind.CREDENTIALS, {"hub_party_id": "NLHUB", "roles": []})["roles"]
    assert bare["business_details"] == {"name": "NLHUB"}


def test_other_credentials_stay() -> None:
    document = {"token": "t", "roles": [CPO_ROLE]}
    assert _lift(Kind.CREDENTIALS, document) == _lower(Kind.CREDENTIALS, document) == document
    assert _lift(Kind.CREDENTIALS, {"roles": "x"}) == {"roles": "x"}


def test_hubs_among_clients_are_skipped() -> None:
    with pytest.raises(Inexpressible):
        _lift(Kind.CLIENT_INFO, HUB_ROLE)
    assert _lift(Kind.CLIENT_INFO, CPO_ROLE) == CPO_ROLE


@pytest.mark.parametrize("kind", Kind)
def test_nonsense_passes_to_the_models(kind: Kind) -> None:
    """A rung is total on any object: what is no list or object is left for the model to refuse."""
    for value in (None, 5, "x", [5, None], {"x": 1}):
        names = ("evses", "connectors", "tariffs", "elements", "roles", "token", "total_cost")
        document = dict.fromkeys(names, value)
        V221.lift(kind, document) if kind is not Kind.CLIENT_INFO else None


def test_what_bookings_added_has_no_words_in_221() -> None:
    """§6.5: booking_id and the dimensions of bookings; a period keeps one dimension at least."""
    booked = {"type": "RESERVATION_EXPIRES", "volume": 1}
    period = {"start_date_time": "2026-01-01T00:00:00Z", "dimensions": [booked]}
    energy = {"start_date_time": "2026-01-01T00:10:00Z", "dimensions": [{"type": "ENERGY"}]}
    cdr = {"id": "c", "booking_id": "b", "charging_periods": [period, energy]}
    lowered = _lower(Kind.CDR, cdr)
    assert lowered == {
        "id": "c",
        "charging_periods": [{**period, "dimensions": [{"type": "TIME", "volume": 0}]}, energy],
    }
    with pytest.raises(InvalidInput) as refused:
        _lift(Kind.CDR, cdr)
    assert refused.value.path == "charging_periods.0.dimensions.0.type"
    with pytest.raises(InvalidInput):
        _lift(Kind.SESSION, {"charging_periods": [period]})


def test_a_price_for_bookings_only_is_not_told() -> None:
    plain = {"price_components": []}
    booked = {"price_components": [], "restrictions": {"booking": "BOOKING"}}
    tariff = {"id": "t", "elements": [booked, plain], "preauthorize_amount": 5}
    assert _lower(Kind.TARIFF, tariff) == {"id": "t", "elements": [plain]}
    with pytest.raises(Inexpressible):
        _lower(Kind.TARIFF, {"id": "t", "elements": [booked]})
