"""What a PATCH makes of a stored object."""

from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.wire.merge import child_of, merge, with_child

STORED: dict[str, Any] = {
    "id": "L1",
    "name": "A",
    "facilities": ["CAFE", "WIFI"],
    "operator": {"name": "X", "website": "https://x"},
    "evses": [
        {"uid": "E1", "status": "AVAILABLE", "connectors": [{"id": "1", "x": 1}]},
        {"uid": "E2", "status": "AVAILABLE"},
    ],
}


def test_fields_are_replaced_as_a_whole_and_null_changes_nothing() -> None:
    """C-111, §10.11."""
    merged = merge(STORED, {"name": None, "facilities": ["MALL"], "operator": {"name": "Y"}})
    assert merged == {**STORED, "facilities": ["MALL"], "operator": {"name": "Y"}}


def test_children_are_merged_by_their_id_and_never_removed() -> None:
    """C-134."""
    patch = {"evses": [{"uid": "e1", "connectors": [{"id": "2"}]}, {"uid": "E3"}]}
    first, second, third = merge(STORED, patch)["evses"]
    assert [c["id"] for c in first["connectors"]] == ["1", "2"]
    assert (first["uid"], first["status"]) == ("E1", "AVAILABLE")
    assert (second["uid"], third["uid"]) == ("E2", "E3")


def test_periods_are_appended_and_one_of_the_same_start_replaces() -> None:
    """C-147, I-37."""
    stored = {"charging_periods": [{"start_date_time": "2026-01-01T00:00:00Z", "n": 1}, {"n": 2}]}
    again = {"start_date_time": "2026-01-01T01:00:00+01:00", "n": 3}
    assert merge(stored, {"charging_periods": [again]})["charging_periods"] == [{"n": 2}, again]
    assert merge(stored, {"charging_periods": []}) == stored


@pytest.mark.parametrize("patch", [{"id": "L2"}, {"uid": "x", "id": "y"}])
def test_identity_is_fixed(patch: dict[str, Any]) -> None:
    """C-120."""
    with pytest.raises(InvalidInput):
        merge(STORED, patch)
    assert merge(STORED, {"id": "l1"}) == STORED


def test_further_fields_can_be_fixed() -> None:
    with pytest.raises(InvalidInput):
        merge({"type": "RFID"}, {"type": "OTHER"}, also_fixed=("type",))


@pytest.mark.parametrize("child", ["text", 5, {"uid": ["E1"]}, {"uid": {}}])
def test_a_child_has_to_be_an_object(child: Any) -> None:
    with pytest.raises(InvalidInput):
        merge(STORED, {"evses": [child]})


def test_a_child_is_put_into_its_parent_which_gets_its_time() -> None:
    """C-127, C-131."""
    changed = with_child(STORED, "evses", {"uid": "e2", "status": "BLOCKED"}, "now")
    assert [e["status"] for e in changed["evses"]] == ["AVAILABLE", "BLOCKED"]
    assert changed["last_updated"] == "now"
    assert len(with_child(STORED, "evses", {"uid": "E9"}, "now")["evses"]) == 3
    assert with_child({}, "evses", {"uid": "E9"}, "now")["evses"] == [{"uid": "E9"}]


def test_a_child_is_found_without_regard_to_case() -> None:
    assert child_of(STORED, "evses", "e1") is STORED["evses"][0]
    assert child_of(STORED, "evses", "E9") is None
    assert child_of({}, "evses", "E9") is None
