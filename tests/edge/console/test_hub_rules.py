"""The hub's groups and rules in the operator's API: by the platform's keys only, all on record."""

from typing import Any

import httpx
import pytest

from app.console.api.access import OperatorServices
from app.domain.hub_rules import MODULES
from tests.edge.console.conftest import refused
from tests.support.clock import NOON

DEFAULT = {"name": "default", "parties": [], "without": []}


async def test_groups_are_made_and_changed(api: httpx.AsyncClient) -> None:
    assert (await api.get("/hub/groups")).json() == [DEFAULT]
    made = await api.post("/hub/groups", json={"name": "pilot", "parties": ["de*cpa"]})
    assert made.status_code == 201
    assert made.json() == {"name": "pilot", "parties": ["DE-CPA"], "without": []}
    joined = await api.post("/hub/groups/pilot/parties", json={"parties": ["DE-EMA"]})
    assert joined.json()["parties"] == ["DE-CPA", "DE-EMA"]
    left = await api.delete("/hub/groups/pilot/parties/DE-CPA")
    assert left.json()["parties"] == ["DE-EMA"]
    out = await api.delete("/hub/groups/default/parties/DE-EMA")
    assert out.json() == {**DEFAULT, "without": ["DE-EMA"]}
    assert [each["name"] for each in (await api.get("/hub/groups")).json()] == ["default", "pilot"]
    back = await api.post("/hub/groups/default/parties", json={"parties": ["DE-EMA"]})
    assert back.json() == DEFAULT
    assert (await api.delete("/hub/groups/pilot")).status_code == 204
    assert (await api.get("/hub/groups")).json() == [DEFAULT]


async def test_rules_are_made_changed_and_forgotten(api: httpx.AsyncClient) -> None:
    place = "/hub/rules/DE-CPA/*/tariffs"
    given: dict[str, Any] = {"effect": "allow", "hidden": ["T1"], "note": "as agreed"}
    made = (await api.put(place, json=given)).json()
    shown = {"owner": "DE-CPA", "reader": None, "module": "tariffs", "shown": None}
    assert made == {**shown, **given}
    denied = (await api.put(place, json={"effect": "deny"})).json()
    assert (denied["effect"], denied["hidden"]) == ("deny", [])
    assert (await api.get("/hub/rules")).json() == [denied]
    assert (await api.delete(place)).status_code == 204
    refused(await api.delete(place), 404, "not_found")
    assert (await api.get("/hub/rules")).json() == []


async def test_what_holds_is_told_with_its_reason(api: httpx.AsyncClient) -> None:
    await api.put("/hub/rules/*/DE-EMA/tariffs", json={"effect": "deny"})
    found = (await api.get("/hub/decisions/DE-CPA/DE-EMA")).json()
    assert [each["module"] for each in found] == list(MODULES)
    by_module = {each["module"]: each for each in found}
    assert by_module["tariffs"]["allowed"] is False
    assert by_module["tariffs"]["rule"]["reader"] == "DE-EMA"
    assert by_module["cdrs"] == {
        "module": "cdrs", "allowed": True, "rule": None, "groups": ["default"],
    }  # fmt: skip


async def test_every_change_is_on_record(
    api: httpx.AsyncClient, services: OperatorServices
) -> None:
    await api.post("/hub/groups", json={"name": "pilot"})
    await api.put("/hub/rules/*/*/cdrs", json={"effect": "deny"})
    await api.put("/hub/rules/*/*/cdrs", json={"effect": "deny"})
    await api.delete("/hub/groups/pilot")
    changes = (await api.get("/hub/rule-changes")).json()
    assert [(each["what"], each["key"]) for each in changes] == [
        ("group", "pilot"), ("rule", "*/*/cdrs"), ("group", "pilot"),
    ]  # fmt: skip
    assert changes[0]["before"] == {"name": "pilot", "parties": [], "without": []}
    assert changes[0]["after"] is changes[1]["before"] is None
    assert changes[1]["after"]["effect"] == "deny"
    holder = (await services.operators.list())[0]
    assert all(each["by"].startswith(f"{holder.party}, key ") for each in changes)
    assert changes[0]["at"] == NOON.isoformat().replace("+00:00", "Z")
    older = await api.get(f"/hub/rule-changes?before={changes[1]['id']}&key=pilot&limit=1")
    assert older.json() == [changes[2]]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/hub/groups", {"name": "default"}, 409, "conflict"),
        ("POST", "/hub/groups", {"name": "Not A Name"}, 422, "invalid_input"),
        ("POST", "/hub/groups", {"name": "new", "parties": ["nobody"]}, 422, "invalid_input"),
        ("POST", "/hub/groups", {"name": "new", "extra": 1}, 422, "invalid_input"),
        ("POST", "/hub/groups/none/parties", {"parties": ["DE-EMA"]}, 404, "not_found"),
        ("POST", "/hub/groups/default/parties", {"parties": []}, 422, "invalid_input"),
        ("DELETE", "/hub/groups/default", None, 409, "conflict"),
        ("PUT", "/hub/rules/*/*/moonlight", {"effect": "deny"}, 422, "invalid_input"),
        ("PUT", "/hub/rules/*/x/*", {"effect": "deny"}, 422, "invalid_input"),
        ("PUT", "/hub/rules/*/*/*", {"effect": "perhaps"}, 422, "invalid_input"),
        ("PUT", "/hub/rules/*/*/cdrs", {"effect": "allow", "shown": ["C"]}, 422, "invalid_input"),
        ("GET", "/hub/decisions/x/y", None, 422, "invalid_input"),
        ("GET", "/hub/rule-changes?limit=0", None, 422, "invalid_input"),
    ],
)
async def test_what_makes_no_sense_changes_nothing(
    api: httpx.AsyncClient, method: str, path: str, *, body: Any, status: int, code: str
) -> None:
    refused(await api.request(method, path, json=body), status, code)
    assert (await api.get("/hub/rule-changes")).json() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/hub/groups", None),
        ("POST", "/hub/groups", {"name": "pilot"}),
        ("POST", "/hub/groups/default/parties", {"parties": ["DE-EMA"]}),
        ("DELETE", "/hub/groups/default/parties/DE-EMA", None),
        ("DELETE", "/hub/groups/default", None),
        ("GET", "/hub/rules", None),
        ("PUT", "/hub/rules/*/*/*", {"effect": "deny"}),
        ("DELETE", "/hub/rules/*/*/*", None),
        ("GET", "/hub/decisions/DE-CPA/DE-EMA", None),
        ("GET", "/hub/rule-changes", None),
    ],
)
async def test_one_operator_has_no_say_over_the_platform(
    api: httpx.AsyncClient, other: dict[str, str], method: str, path: str, *, body: Any
) -> None:
    refused(await api.request(method, path, json=body, headers=other), 403, "forbidden")
