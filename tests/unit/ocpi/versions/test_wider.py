"""Objects for platforms that were written by the tables of another version."""

from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.models.cdrs import CDR
from ocpi.translate.cdrs import write_cdr
from ocpi.translate.locations import write_location
from ocpi.translate.sessions import write_session
from ocpi.versions.registry import V211, V221, V230, Kind, Surroundings, spoken
from tests.support.roaming_documents import cdr_document
from tests.support.roaming_objects import a_cdr, a_location, a_session

OLD, NEW = spoken(V211, wider=True), spoken(V221, wider=True)
AROUND = Surroundings(location=write_location(a_location()))


def _wider(kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
    """What is there beside the fields of 2.1.1."""
    plain, wide = V211.lower(kind, document, AROUND), OLD.lower(kind, document, AROUND)
    assert {name: wide[name] for name in plain if name != "location"} == {
        name: value for name, value in plain.items() if name != "location"
    }
    return {name: value for name, value in wide.items() if name not in plain}


def test_only_those_who_need_it_get_it() -> None:
    assert spoken(V211, wider=False) is V211
    assert spoken(V230, wider=True) is V230
    assert OLD.number == "2.1.1"
    assert not OLD.has_interface_roles


def test_a_session_names_its_evse_beside_its_location() -> None:
    assert _wider(Kind.SESSION, write_session(a_session())) == {
        "evse_uid": "E1",
        "connector_id": "1",
    }


def test_a_cdr_ends_in_both_words_and_its_place_is_flat_too() -> None:
    document = write_cdr(a_cdr())
    assert set(_wider(Kind.CDR, document)) == {"end_date_time"}
    place = OLD.lower(Kind.CDR, document, AROUND)["location"]
    assert place["evse_uid"] == place["evses"][0]["uid"] == "E1"
    assert place["connector_standard"] == place["evses"][0]["connectors"][0]["standard"]


def test_hours_say_that_they_are_not_around_the_clock() -> None:
    document = write_location(a_location())
    hours = {"regular_hours": [{"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}]}
    document["opening_times"] = {**hours, "twentyfourseven": False}
    assert "twentyfourseven" not in V211.lower(Kind.LOCATION, document)["opening_times"]
    assert OLD.lower(Kind.LOCATION, document)["opening_times"]["twentyfourseven"] is False


def test_a_response_keeps_its_timeout() -> None:
    response = {"result": "ACCEPTED", "timeout": 30}
    assert _wider(Kind.COMMAND_RESPONSE, response) == {"timeout": 30}


def test_a_bill_may_leave_out_where_it_was_made() -> None:
    document = cdr_document()
    for name in ("evse_uid", "evse_id", "connector_id"):
        del document["cdr_location"][name]
    with pytest.raises(InvalidInput):
        CDR.read(V221.lift(Kind.CDR, document))
    place = CDR.read(NEW.lift(Kind.CDR, document)).cdr_location
    assert (place.evse_uid, place.evse_id, place.connector_id) == ("#NA", "#NA", "#NA")


def test_a_flat_place_is_read_where_there_is_no_evse_inside() -> None:
    """ocpi-211-sdk; extrawest-ocpi has its own word for the end."""
    lowered = V211.lower(Kind.CDR, write_cdr(a_cdr()), AROUND)
    around = Surroundings(owner=("NL", "RW1"), provider=("DE", "PRT"))
    flat = {name: v for name, v in lowered["location"].items() if name != "evses"}
    flat |= {"evse_uid": "E1", "evse_id": "NL*RW1*E1", "connector_id": "1"}
    flat |= {"connector_standard": "IEC_62196_T2", "connector_format": "SOCKET"}
    flat |= {"connector_power_type": "AC_3_PHASE"}
    odd = {**lowered, "location": flat, "end_date_time": lowered["stop_date_time"]}
    del odd["stop_date_time"]
    read = CDR.read(V211.lift(Kind.CDR, odd, around))
    assert (read.cdr_location.evse_uid, read.cdr_location.connector_id) == ("E1", "1")
    assert read.end_date_time is not None
