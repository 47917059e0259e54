"""2.1.1 ⇄ 2.2.1, field by field (§6.2)."""

from contextlib import suppress
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.translate.cdrs import write_cdr
from ocpi.translate.locations import write_location
from ocpi.translate.sessions import write_session
from ocpi.versions.countries import alpha_3, guess_time_zone
from ocpi.versions.registry import V211, Inexpressible, Kind, Surroundings
from ocpi.versions.rung import NOWHERE
from ocpi.versions.v211 import RUNG
from tests.support.roaming_documents import (
    connector_document,
    evse_document,
    location_document,
    tariff_document,
    token_document,
)
from tests.support.roaming_objects import a_cdr, a_location, a_session

Json = dict[str, Any]
OWNED = Surroundings(owner=("DE", "TNC"), provider=("NL", "RWD"))


def _lift(kind: Kind, document: Json, around: Surroundings = OWNED) -> Json:
    before = deepcopy(document)
    lifted = RUNG.lift[kind](document, around)
    assert document == before
    return lifted


def _lower(kind: Kind, document: Json, around: Surroundings = NOWHERE) -> Json:
    before = deepcopy(document)
    lowered = RUNG.lower[kind](document, around)
    assert document == before
    return lowered


def test_a_location_gets_what_it_lacks() -> None:
    old = {
        "id": "L",
        "type": "ON_STREET",
        "postal_code": "1011 AB",
        "country": "NLD",
        "opening_times": {"regular_hours": [{"weekday": 1}]},
        "energy_mix": {"environ_impact": [{"source": "NUCLEAR_WASTE", "amount": 1}]},
        "evses": [
            {
                "uid": "E",
                "floor_level": -1,
                "physical_reference": Decimal(3),
                "connectors": [{"voltage": 230, "amperage": 16, "tariff_id": "T"}, {"id": "2"}],
            }
        ],
    }
    new = _lift(Kind.LOCATION, old)
    assert (new["country_code"], new["party_id"], new["publish"]) == ("DE", "TNC", True)
    assert (new["parking_type"], new["time_zone"]) == ("ON_STREET", "Europe/Amsterdam")
    assert new["opening_times"]["twentyfourseven"] is False
    assert new["energy_mix"]["environ_impact"] == [{"category": "NUCLEAR_WASTE", "amount": 1}]
    (evse,) = new["evses"]
    assert (evse["floor_level"], evse["physical_reference"]) == ("-1", "3")
    assert evse["connectors"][0] == {"max_voltage": 230, "max_amperage": 16, "tariff_ids": ["T"]}
    assert "tariff_ids" not in evse["connectors"][1]


def test_what_a_location_says_stays() -> None:
    said = {"type": "OTHER", "postal_code": "50667"}
    stated = _lift(Kind.LOCATION, {**said, "time_zone": "UTC", "party_id": "X"}, OWNED)
    assert (stated["time_zone"], stated["party_id"]) == ("UTC", "X")
    assert "parking_type" not in stated
    assert "party_id" not in _lift(Kind.LOCATION, said, NOWHERE)
    open_all = {"twentyfourseven": True}
    always = _lift(Kind.LOCATION, {**said, "opening_times": open_all})
    assert always["opening_times"] == open_all


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"type": None}, "type"), ({"type": "ON_WATER"}, "type"), ({"type": 5}, "type"),
        ({"postal_code": None}, "postal_code"),
    ],
)  # fmt: skip
def test_what_only_211_needs_is_asked_for(changes: Json, where: str) -> None:
    """C-015, C-017: fields that later versions do not have, or do not need."""
    with pytest.raises(InvalidInput) as refused:
        _lift(Kind.LOCATION, {"type": "OTHER", "postal_code": "50667", **changes})
    assert refused.value.path == where


def test_a_mix_in_a_tariff_is_said_in_newer_words() -> None:
    impact = {"source": "NUCLEAR_WASTE", "amount": 1}
    tariff = {"energy_mix": {"is_green_energy": True, "environ_impact": [impact]}}
    renamed = {"category": "NUCLEAR_WASTE", "amount": 1}
    assert _lift(Kind.TARIFF, tariff)["energy_mix"]["environ_impact"] == [renamed]
    (inner,) = _lift(Kind.CDR, {"tariffs": [tariff]})["tariffs"]
    assert inner["energy_mix"]["environ_impact"] == [renamed]


def test_reservations_are_counted() -> None:
    assert _lift(Kind.RESERVE_NOW, {"reservation_id": 5})["reservation_id"] == "5"
    for wrong in ("much", True, Decimal("1.5")):
        with pytest.raises(InvalidInput) as refused:
            _lift(Kind.RESERVE_NOW, {"reservation_id": wrong})
        assert refused.value.path == "reservation_id"


def test_endpoints_of_no_name_break_nothing() -> None:
    details = {"endpoints": [{"identifier": {"a": 1}, "url": "https://x"}]}
    assert _lift(Kind.VERSION_DETAILS, details)["endpoints"][0]["identifier"] == {"a": 1}


def test_a_location_is_said_in_older_words() -> None:
    plug = connector_document(
        power_type="AC_2_PHASE", max_voltage=230, max_amperage=32, max_electric_power=7360
    )
    chaoji = connector_document(standard="CHAOJI")
    evse = evse_document(
        connectors=[plug, chaoji],
        capabilities=["RFID_READER", "PED_TERMINAL"],
        coordinates={"latitude": "50.9375312", "longitude": "nowhere"},
    )
    new = location_document(
        address="a" * 60,
        parking_type="ON_DRIVEWAY",
        state="NRW",
        publish_allowed_to=[],
        evses=[evse, evse_document("B", connectors=[chaoji])],
        opening_times={"twentyfourseven": False, "regular_hours": []},
        facilities=["CAFE", "TRAM_STOP"],
        energy_mix={"environ_impact": [{"category": "NUCLEAR_WASTE"}]},
    )
    del new["postal_code"]
    old = _lower(Kind.LOCATION, new)
    assert not {"country_code", "party_id", "publish", "state", "parking_type"} & old.keys()
    assert (old["type"], len(old["address"]), old["postal_code"]) == ("OTHER", 45, "#NA")
    assert old["coordinates"] == {"latitude": "50.937530", "longitude": "6.960279"}
    assert old["facilities"] == ["CAFE"]
    assert old["opening_times"] == {"regular_hours": []}
    assert old["energy_mix"]["environ_impact"] == [{"source": "NUCLEAR_WASTE"}]
    (evse,) = old["evses"]
    assert evse["capabilities"] == ["RFID_READER"]
    assert evse["coordinates"] == {"latitude": "50.937531", "longitude": "nowhere"}
    (connector,) = evse["connectors"]
    assert (connector["voltage"], connector["amperage"]) == (230, 16)
    assert (connector["power_type"], connector["tariff_id"]) == ("AC_1_PHASE", "unknown-tariff")
    assert "max_electric_power" not in connector


def test_a_connector_that_gives_all_it_can_keeps_its_current() -> None:
    plug = connector_document(max_electric_power=50_000, tariff_ids=[])
    old = _lower(Kind.CONNECTOR, plug)
    assert old["amperage"] == 125
    assert "tariff_id" not in old


def test_an_unknown_kind_of_place_is_unknown() -> None:
    assert _lower(Kind.LOCATION, {"parking_type": None})["type"] == "UNKNOWN"
    assert _lower(Kind.LOCATION, {"parking_type": "PARKING_LOT"})["type"] == "PARKING_LOT"


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (Kind.LOCATION, location_document(publish=False)),
        (Kind.EVSE, evse_document(connectors=[connector_document(standard="CHAOJI")])),
        (Kind.CONNECTOR, connector_document(standard="GBT_DC")),
        (Kind.SESSION, {}),
        (Kind.CDR, {"credit": True}),
        (Kind.CDR, {"id": "x" * 37}),
        (Kind.TARIFF, tariff_document(type="PROFILE_GREEN")),
        (Kind.TARIFF, {"elements": [{"restrictions": {"reservation": "RESERVATION"}}]}),
        (Kind.RESERVE_NOW, {"reservation_id": "R-1"}),
        (Kind.CREDENTIALS, {"roles": []}),
    ],
)
def test_what_would_become_something_else_is_withheld(kind: Kind, document: Json) -> None:
    with pytest.raises(Inexpressible):
        _lower(kind, document)


def test_tokens_change_the_name_of_their_contract() -> None:
    old = token_document(valid=False)
    old["auth_id"] = old.pop("contract_id")
    del old["country_code"], old["party_id"]
    lifted = _lift(Kind.TOKEN, old, Surroundings(owner=("DE", "TNM")))
    assert lifted == token_document(valid=False)
    new = token_document(type="APP_USER", group_id="g", energy_contract={}, valid=False)
    assert _lower(Kind.TOKEN, new) == {**old, "type": "OTHER"}


def test_a_session_is_lifted_with_its_place_and_driver() -> None:
    old = {
        "id": "1",
        "start_datetime": "a",
        "end_datetime": "b",
        "auth_id": "C1",
        "total_cost": Decimal("0.6"),
        "location": {"id": "L", "evses": [{"uid": "E", "connectors": [{"id": "1"}]}]},
        "charging_periods": [{"dimensions": [{"type": "FLAT", "volume": 1}]}],
    }
    new = _lift(Kind.SESSION, old)
    assert (new["start_date_time"], new["end_date_time"]) == ("a", "b")
    assert (new["location_id"], new["evse_uid"], new["connector_id"]) == ("L", "E", "1")
    assert new["total_cost"] == {"excl_vat": Decimal("0.6")}
    assert new["charging_periods"] == [{"dimensions": [{"type": "TIME", "volume": 0}]}]
    assert new["cdr_token"] == {
        "country_code": "NL",
        "party_id": "RWD",
        "uid": "C1",
        "type": "OTHER",
        "contract_id": "C1",
    }


def test_a_known_token_says_more() -> None:
    around = Surroundings(owner=("DE", "TNC"), token=token_document(uid="U", group_id="g"))
    new = _lift(Kind.SESSION, {"auth_id": "C1"}, around)
    assert (new["cdr_token"]["uid"], "group_id" in new["cdr_token"]) == ("U", False)
    bare = _lift(Kind.CDR, {"auth_id": "C1"}, NOWHERE)
    assert bare["cdr_token"] == {"uid": "C1", "type": "OTHER", "contract_id": "C1"}


def test_a_place_without_evse_is_not_known() -> None:
    new = _lift(Kind.SESSION, {"location": {"id": "L"}})
    assert (new["evse_uid"], new["connector_id"]) == ("#NA", "#NA")
    assert "cdr_token" not in _lift(Kind.SESSION, {"total_cost": None})


def test_a_session_is_lowered_with_its_place() -> None:
    around = Surroundings(location=write_location(a_location(publish=False)))
    document = {**write_session(a_session()), "status": "RESERVATION", "auth_method": "COMMAND"}
    old = V211.lower(Kind.SESSION, document, around)
    assert (old["status"], old["auth_method"]) == ("PENDING", "AUTH_REQUEST")
    assert old["auth_id"] == "DE-TNM-C1"
    (evse,) = old["location"]["evses"]
    assert (evse["uid"], len(evse["connectors"]), evse["connectors"][0]["voltage"]) == (
        "E1",
        1,
        230,
    )
    names = {d["type"] for p in old["charging_periods"] for d in p["dimensions"]}
    assert names == {"ENERGY", "TIME", "PARKING_TIME"}
    assert not {"cdr_token", "location_id", "authorization_reference"} & old.keys()
    assert V211.lower(Kind.SESSION, {**document, "total_cost": None}, around)["total_cost"] is None


def test_a_period_that_loses_everything_keeps_a_time() -> None:
    around = Surroundings(location={})
    session = {"charging_periods": [{"dimensions": [{"type": "POWER", "volume": 1}]}]}
    old = _lower(Kind.SESSION, session, around)
    assert old["charging_periods"] == [{"dimensions": [{"type": "TIME", "volume": 0}]}]


def test_a_cdr_is_lowered_with_a_place_made_of_its_own_words() -> None:
    old = V211.lower(Kind.CDR, {**write_cdr(a_cdr()), "auth_method": "COMMAND"})
    assert (old["stop_date_time"], old["auth_method"]) == ("2026-05-04T10:45:00Z", "AUTH_REQUEST")
    assert old["total_cost"] == Decimal("5.75")
    assert old["location"]["evses"][0]["connectors"][0]["standard"] == "IEC_62196_T2"
    assert "vat" not in old["tariffs"][0]["elements"][0]["price_components"][0]
    assert not {"session_id", "total_energy_cost", "cdr_location", "party_id"} & old.keys()


def test_a_cdr_is_lifted() -> None:
    place = {
        "id": "L",
        "address": "A",
        "evses": [
            {"uid": "E", "evse_id": "DE*1", "connectors": [{"id": "1", "standard": "CHADEMO"}]}
        ],
    }
    old = {"id": "1", "stop_date_time": "b", "location": place, "tariffs": [{"id": "T"}]}
    new = _lift(Kind.CDR, old)
    assert (new["end_date_time"], new["cdr_location"]["evse_id"]) == ("b", "DE*1")
    assert new["cdr_location"]["connector_standard"] == "CHADEMO"
    assert new["tariffs"] == [{"country_code": "DE", "party_id": "TNC", "id": "T"}]
    assert _lift(Kind.CDR, {"location": {}})["cdr_location"]["evse_id"] == "#NA"


def test_a_tariff_says_in_words_what_it_cannot_say_in_fields() -> None:
    plain = {"price_components": [{"type": "TIME", "price": 1, "vat": 10}]}
    limited = {**plain, "restrictions": {"min_current": 16}}
    tariff = tariff_document(
        elements=[plain, limited], min_price={"excl_vat": 1}, start_date_time="x", type="REGULAR"
    )
    old = _lower(Kind.TARIFF, tariff)
    assert old["elements"] == [{"price_components": [{"type": "TIME", "price": 1}]}]
    assert len(old["tariff_alt_text"]) == 2
    assert not {"min_price", "start_date_time", "type", "party_id"} & old.keys()
    assert "tariff_alt_text" not in _lower(Kind.TARIFF, tariff_document())
    assert _lift(Kind.TARIFF, {"id": "T"})["party_id"] == "TNC"


@pytest.mark.parametrize(
    ("word", "old"),
    [("ACCEPTED", "ACCEPTED"), ("TIMEOUT", "TIMEOUT"), ("NOT_SUPPORTED", "NOT_SUPPORTED"),
     ("EVSE_OCCUPIED", "REJECTED"), ("FAILED", "REJECTED")],
)  # fmt: skip
def test_results_have_fewer_words(word: str, old: str) -> None:
    """C-215."""
    assert _lower(Kind.COMMAND_RESULT, {"result": word, "message": []}) == {"result": old}


def test_answers_to_commands() -> None:
    """C-215."""
    assert _lift(Kind.COMMAND_RESPONSE, {"result": "TIMEOUT"}) == {
        "result": "REJECTED",
        "timeout": 30,
    }
    assert _lift(Kind.COMMAND_RESPONSE, {"result": "ACCEPTED"})["result"] == "ACCEPTED"
    assert _lift(Kind.COMMAND_RESULT, {"result": "UNKNOWN_SESSION"}) == {"result": "FAILED"}
    assert _lift(Kind.COMMAND_RESULT, {"result": "TIMEOUT"}) == {"result": "TIMEOUT"}
    response = {"result": "ACCEPTED", "timeout": 5, "message": []}
    assert _lower(Kind.COMMAND_RESPONSE, response) == {"result": "ACCEPTED"}


def test_commands_lose_what_came_later() -> None:
    start = {"token": token_document(), "connector_id": "1", "authorization_reference": "A"}
    old = _lower(Kind.START_SESSION, start)
    assert set(old) == {"token"}
    assert "contract_id" not in old["token"]
    assert _lower(Kind.RESERVE_NOW, {"reservation_id": "7"}) == {"reservation_id": 7}
    new = _lift(Kind.RESERVE_NOW, {"reservation_id": 7, "token": {"auth_id": "C"}})
    assert new["reservation_id"] == "7"
    assert new["token"] == {"country_code": "DE", "party_id": "TNC", "contract_id": "C"}


def test_authorisation() -> None:
    """§6.2: the token is known, not told."""
    info = {"allowed": "ALLOWED", "token": {}, "authorization_reference": "A"}
    assert _lower(Kind.AUTHORIZATION_INFO, info) == {"allowed": "ALLOWED"}
    around = Surroundings(token=token_document())
    assert (
        _lift(Kind.AUTHORIZATION_INFO, {"allowed": "ALLOWED"}, around)["token"] == token_document()
    )
    references = {"location_id": "L", "connector_ids": ["1"]}
    assert _lift(Kind.LOCATION_REFERENCES, references) == {"location_id": "L"}


def test_credentials_are_flat() -> None:
    """C-088."""
    role = {"business_details": {"name": "X"}, "party_id": "ABC", "country_code": "NL"}
    old = {"token": "t", "url": "u", **role}
    new = _lift(Kind.CREDENTIALS, old, Surroundings(role="CPO"))
    assert new == {"token": "t", "url": "u", "roles": [{"role": "CPO", **role}]}
    both = {**new, "roles": [{"role": "EMSP", "party_id": "X"}, *new["roles"]]}
    assert _lower(Kind.CREDENTIALS, both, Surroundings(role="CPO")) == old
    assert _lower(Kind.CREDENTIALS, both)["party_id"] == "X"
    assert _lift(Kind.CREDENTIALS, old, NOWHERE)["roles"][0]["role"] == "OTHER"


@pytest.mark.parametrize(
    ("role", "sends"), [("CPO", {"locations", "credentials"}), ("EMSP", {"tokens", "credentials"})]
)
def test_roles_of_endpoints_follow_from_who_serves_them(role: str, sends: set[str]) -> None:
    """C-056."""
    endpoints = [{"identifier": name} for name in ("credentials", "locations", "tokens")]
    new = _lift(Kind.VERSION_DETAILS, {"endpoints": endpoints}, Surroundings(role=role))
    assert {e["identifier"] for e in new["endpoints"] if e["role"] == "SENDER"} == sends
    assert _lower(Kind.VERSION_DETAILS, new) == {"endpoints": endpoints}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("value", [None, 5, "x", [5, None], {"x": 1}, [{"dimensions": [5]}]])
def test_nonsense_passes_to_the_models(kind: Kind, value: Any) -> None:
    """A rung is total on any object: what is no list or object is left for the model to refuse."""
    names = (
        "evses",
        "connectors",
        "tariffs",
        "elements",
        "type",
        "token",
        "total_cost",
        "auth_id",
    )
    more = ("location", "charging_periods", "opening_times", "endpoints", "result", "country")
    document = dict.fromkeys((*names, *more), value)
    with suppress(InvalidInput, Inexpressible):
        V211.lift(kind, document, OWNED)


def test_countries() -> None:
    """I-18."""
    assert (alpha_3("be"), alpha_3("UK"), alpha_3("DEU"), alpha_3("XX")) == (
        "BEL",
        "GBR",
        "DEU",
        "XX",
    )
    assert guess_time_zone("BE") == "Europe/Brussels"
    assert guess_time_zone("USA") == "UTC"
