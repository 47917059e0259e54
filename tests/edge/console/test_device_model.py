"""Operators read and set their chargers, want things of them, and let them in."""

from typing import Any

import httpx
import pytest

from app.console.api.services import OperatorServices
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.device_model import (
    Attribute,
    Characteristics,
    InventoryPart,
    Variable,
    VariableName,
    VariablesRead,
)
from app.domain.stations import Station, StationState
from app.store.documents import pack_one
from app.store.transaction import Store
from app.use_cases.station_news import StationReports
from tests.edge.console.conftest import HOUSE, refused
from tests.support.clock import FakeClock

CHARGER = "/chargers/ST-1"
BEAT = {"variable": "HeartbeatInterval"}
VARIABLE = {"component": "OCPPCommCtrlr", "variable": "HeartbeatInterval"}


async def _connect(store: Store, protocol: str = "ocpp2.0.1", **fields: Any) -> None:
    fields.setdefault("node", "here")
    async with store.transaction() as tx:
        await tx.stations.put(Station("ST-1", HOUSE, "hash", protocol=protocol, **fields))


async def test_what_is_read_is_shown_and_found(
    api: httpx.AsyncClient, store: Store, services: OperatorServices
) -> None:
    await _connect(store, "ocpp1.6")
    [asked] = (await api.post(f"{CHARGER}/variables/read", json={"names": [BEAT]})).json()
    assert asked["ask"]["ReadVariables"]["names"] == [BEAT]
    beat = Variable(VariableName("HeartbeatInterval"), (Attribute(value="300"),))
    news = (pack_one(VariablesRead((beat,))),)
    outcome = CommandOutcome(CommandResult.ACCEPTED, news=news)
    await services.commands.settle(asked["id"], outcome)
    [shown] = (await api.get(f"{CHARGER}/variables", params={"search": "HEART"})).json()
    assert (shown["variable"], shown["attributes"][0]["value"]) == ("HeartbeatInterval", "300")
    assert (await api.get(f"{CHARGER}/variables", params={"search": "none"})).json() == []
    after = {"after": shown["key"], "limit": 1}
    assert (await api.get(f"{CHARGER}/variables", params=after)).json() == []


async def test_a_report_is_asked_for_and_shown(
    api: httpx.AsyncClient, store: Store, clock: FakeClock
) -> None:
    await _connect(store)
    asked = (await api.post(f"{CHARGER}/reports", json={})).json()
    number = asked["ask"]["AskBaseReport"]["number"]
    limits = Characteristics("integer", "s", monitored=True)
    told = Variable(VariableName("V", "C", evse=1), (Attribute(value="1"),), limits)
    await StationReports(store, clock).hear("ST-1", InventoryPart(number, 1, True, (told,)))  # noqa: FBT003
    [shown] = (await api.get(f"{CHARGER}/reports")).json()
    assert (shown["state"], shown["lacks"], shown["variables"]) == ("running", [0], 1)
    [variable] = (await api.get(f"{CHARGER}/variables")).json()
    assert (variable["evse"], variable["data_type"], variable["unit"]) == (1, "integer", "s")
    parts = [{"component": "C", "variable": "V"}]
    custom = await api.post(f"{CHARGER}/reports", json={"kind": "Custom", "parts": parts})
    assert custom.json()["ask"]["AskReport"]["parts"] == parts


async def test_what_is_wanted_is_shown_against_what_is_reported(
    api: httpx.AsyncClient, store: Store
) -> None:
    await _connect(store)
    defaults = {"settings": [{**VARIABLE, "value": "900"}, {**BEAT, "value": "1"}]}
    assert len((await api.put("/charger-defaults", json=defaults)).json()) == 2
    shown = (await api.get(f"{CHARGER}/configuration")).json()
    assert [(s["wanted"], s["default"], s["stage"]) for s in shown["settings"]] == [
        ("900", True, None)
    ]
    wanted = {"settings": [{**VARIABLE, "value": "60"}]}
    shown = (await api.put(f"{CHARGER}/configuration", json=wanted)).json()
    [one] = shown["settings"]
    assert (one["wanted"], one["default"], one["stage"]) == ("60", False, "unread")
    assert one["wanted_by"]
    assert (one["reported"], shown["reboot_required"]) == (None, False)
    assert (await api.post(f"{CHARGER}/configuration/check")).status_code == 202
    shown = (await api.delete(f"{CHARGER}/configuration", params=VARIABLE)).json()
    assert [s["wanted"] for s in shown["settings"]] == ["900"]
    refused(await api.delete(f"{CHARGER}/configuration", params=VARIABLE), 404, "not_found")
    left = (await api.delete("/charger-defaults", params=VARIABLE)).json()
    assert [wish["variable"] for wish in left] == ["HeartbeatInterval"]
    assert len((await api.get("/charger-defaults")).json()) == 1


async def test_a_charger_is_let_in_by_hand(api: httpx.AsyncClient, store: Store) -> None:
    """P-075: a charger that waits is shown, and let in."""
    await _connect(store, state=StationState.PENDING)
    [waiting] = (await api.get("/pending-chargers")).json()
    assert (waiting["id"], waiting["admission"]) == ("ST-1", "pending")
    accepted = {"admission": "accepted", "heartbeat_s": 60}
    assert (await api.put(f"{CHARGER}/admission", json=accepted)).json()["heartbeat_s"] == 60
    assert (await api.get(f"{CHARGER}/admission")).json()["admission"] == "accepted"
    [command] = (await api.get(f"{CHARGER}/commands")).json()
    assert command["kind"] == "trigger"
    rules = {"unknown": "hold", "heartbeat_s": 120, "inventory": True}
    assert (await api.put("/charger-rules", json=rules)).json() == rules
    assert (await api.get("/charger-rules")).json() == rules
    refused(await api.put("/charger-rules", json={"heartbeat_s": 1}), 422, "invalid_input")


@pytest.mark.parametrize(
    ("path", "body", "action"),
    [
        ("variables/write", {"settings": [{**VARIABLE, "value": "1"}]}, "WriteVariables"),
        (
            "network-profiles",
            {
                "slot": 1,
                "url": "wss://hub.example/ocpp",
                "security_profile": 2,
                "access_point": {"apn": "iot.example"},
            },
            "SetNetworkProfile",
        ),
    ],
)
async def test_asks(
    api: httpx.AsyncClient, store: Store, *, path: str, body: dict[str, Any], action: str
) -> None:
    await _connect(store)
    answer = await api.post(f"{CHARGER}/{path}", json=body)
    assert answer.status_code == 202
    asked = answer.json()
    assert action in (asked[0] if isinstance(asked, list) else asked)["ask"]


async def test_secrets_and_others_chargers_are_out_of_reach(
    api: httpx.AsyncClient, store: Store, other: dict[str, str]
) -> None:
    """P-161: no key is set or wanted here."""
    await _connect(store)
    secret = {"settings": [{"variable": "AuthorizationKey", "value": "hunter22"}]}
    for method, path in (("POST", "variables/write"), ("PUT", "configuration")):
        answer = await api.request(method, f"{CHARGER}/{path}", json=secret)
        refused(answer, 422, "invalid_input")
        assert "hunter22" not in answer.text
    for path in ("variables", "reports", "configuration", "admission"):
        refused(await api.get(f"{CHARGER}/{path}", headers=other), 404, "not_found")
    refused(await api.post(f"{CHARGER}/reports", json={}, headers=other), 404, "not_found")
    for wrong in ({}, {"settings": []}, {"settings": [{"variable": "V", "value": 1}]}):
        refused(await api.put("/charger-defaults", json=wrong), 422, "invalid_input")
