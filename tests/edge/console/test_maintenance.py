"""What operators ask to keep chargers in order, and what they see of it after a restart."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.domain.diagnostics import SecurityEvent
from app.domain.displays import DisplayMessage, MessageShown
from app.domain.errands import ErrandAsked, ErrandKind, ErrandMoved
from app.domain.firmware import UpdateFirmware
from app.domain.monitoring import (
    CustomerInformationAsked,
    CustomerInformationPart,
    Monitor,
    MonitoringSetting,
    MonitorResult,
    MonitorsSet,
    Watched,
)
from app.domain.stations import Station
from app.store.documents import pack_one
from app.store.transaction import Store
from app.use_cases.station_news import StationReports
from tests.edge.console.conftest import HOUSE, refused
from tests.support.clock import NOON, FakeClock

AT, URL = "/chargers/ST-1", "ftp://files.example/fw.bin"
MONITOR = {
    "component": "EVSE", "variable": "Temperature", "type": "UpperThreshold",
    "value": "70.5", "severity": 3,
}  # fmt: skip
SHOWN_MONITOR = {
    "watched": {"component": "EVSE", "variable": "Temperature"},
    "type": "UpperThreshold", "value": "70.5", "severity": 3,
}  # fmt: skip
SUM = "0123456789abcdef" * 2

TAKEN: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("firmware", {"location": URL, "retries": 3, "retry_after_s": 60}, "UpdateFirmware",
     {"location": URL, "retries": 3, "retry_after": "PT1M"}),
    ("firmware", {"location": URL, "signature": "c2ln", "certificate": "PEM"},
     "UpdateSignedFirmware", {"location": URL, "signature": "c2ln", "certificate": "PEM"}),
    ("firmware/publish", {"location": URL, "checksum": SUM}, "PublishFirmware",
     {"location": URL, "checksum": SUM}),
    ("firmware/unpublish", {"checksum": SUM}, "UnpublishFirmware", {"checksum": SUM}),
    ("uploads/diagnostics", {"location": URL, "since": "2026-05-01T00:00:00Z"}, "GetDiagnostics",
     {"location": URL, "since": "2026-05-01T00:00:00Z"}),
    ("uploads/log", {"location": URL, "log": "SecurityLog"}, "GetLog",
     {"location": URL, "log": "SecurityLog"}),
    ("monitoring/set", {"monitors": [MONITOR]}, "SetMonitors", {"monitors": [SHOWN_MONITOR]}),
    ("monitoring/clear", {"ids": [3, 4]}, "ClearMonitors", {"ids": [3, 4]}),
    ("monitoring/base", {"base": "FactoryDefault"}, "SetMonitoringBase",
     {"base": "FactoryDefault"}),
    ("monitoring/level", {"severity": 4}, "SetMonitoringLevel", {"severity": 4}),
    ("monitoring/report", {"components": [{"component": "EVSE"}]}, "GetMonitoringReport",
     {"components": [["EVSE", None]]}),
    ("customer-information", {"token": "04AA", "clear": True}, "CustomerInformation",
     {"report": True, "clear": True, "token": "04AA"}),
    ("messages", {"number": 1, "text": "Hello", "priority": "InFront"}, "SetDisplayMessage",
     {"message": {"number": 1, "text": "Hello", "priority": "InFront"}}),
    ("messages/list", {"state": "Idle"}, "GetDisplayMessages", {"state": "Idle"}),
    ("cost", {"transaction": "tx-1", "total": "3.50", "currency": "EUR"}, "ShowCost",
     {"transaction": "tx-1", "total": {"amount": "3.50", "currency": "EUR"}}),
    ("local-list/version", {}, "GetLocalListVersion", {}),
    ("local-list/send", {"full": True, "entries": [{"tag": "04AA"}]}, "SendLocalList",
     {"version": 1, "full": True, "entries": [{"tag": "04AA"}]}),
    ("trigger", {"message": "Heartbeat"}, "Trigger", {"message": "Heartbeat"}),
    ("trigger", {"message": "Heartbeat", "extended": True}, "ExtendedTrigger",
     {"message": "Heartbeat"}),
    ("data-transfer", {"vendor": "org.example", "data": {"a": 1}}, "TransferData",
     {"vendor": "org.example", "data": '{"a": 1}'}),
]  # fmt: skip

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("firmware", {"location": "not a url"}),
    ("firmware", {"location": URL, "signature": "c2ln"}),
    ("firmware/publish", {"location": URL, "checksum": "short"}),
    ("uploads/log", {"location": URL, "log": "EveryLog"}),
    ("monitoring/set", {"monitors": []}),
    ("monitoring/level", {"severity": 10}),
    ("customer-information", {"report": False, "token": "04AA"}),
    ("customer-information", {}),
    ("messages", {"number": 1, "text": ""}),
    ("trigger", {"message": "Heart beat"}),
    ("trigger", {"message": "Heartbeat", "extended": True, "custom": "X"}),
    ("data-transfer", {"vendor": ""}),
]
SEEN = (
    "firmware", "firmware/published", "uploads/log", "told/events", "monitoring",
    "customer-information", "messages", "local-list",
)  # fmt: skip


@pytest.fixture
async def told(store: Store, clock: FakeClock) -> StationReports:
    """What the charger ST-1 of the house tells."""
    async with store.transaction() as tx:
        await tx.stations.add(Station("ST-1", HOUSE, "hash", node="here"))
    return StationReports(store, clock)


async def test_what_is_asked(api: httpx.AsyncClient, told: StationReports) -> None:
    for path, body, name, expected in TAKEN:
        answer = await api.post(f"{AT}/{path}", json=body)
        assert answer.status_code == 202, answer.text
        assert answer.json()["ask"] == {name: expected}, path
    gone = await api.delete(f"{AT}/messages/7")
    assert gone.json()["ask"] == {"ClearDisplayMessage": {"number": 7}}


async def test_what_is_refused(
    api: httpx.AsyncClient, told: StationReports, other: dict[str, str]
) -> None:
    for path, body in REFUSED:
        refused(await api.post(f"{AT}/{path}", json=body), 422, "invalid_input")
    for path, body, *_ in TAKEN:
        theirs = await api.post(f"{AT}/{path}", json=body, headers=other)
        refused(theirs, 404, "not_found")
    for path in SEEN:
        refused(await api.get(f"{AT}/{path}", headers=other), 404, "not_found")


async def test_an_update_and_its_second_try(api: httpx.AsyncClient, told: StationReports) -> None:
    ask = pack_one(UpdateFirmware(URL))
    await told.hear("ST-1", ErrandAsked(ErrandKind.FIRMWARE, 7, "Accepted", ask, "c-1"))
    failed = ErrandMoved(ErrandKind.FIRMWARE, "DownloadFailed", 7, "no route")
    await told.hear("ST-1", failed)
    [shown] = (await api.get(f"{AT}/firmware")).json()
    assert (shown["state"], shown["status"], shown["info"]) == (
        "failed", "DownloadFailed", "no route",
    )  # fmt: skip
    assert shown["asked"] == {"UpdateFirmware": {"location": URL}}
    assert [step["status"] for step in shown["steps"]] == ["DownloadFailed"]
    [alarm] = (await api.get(f"{AT}/told/alarms")).json()
    assert alarm["kind"] == "firmware.DownloadFailed"
    again = await api.post(f"{AT}/firmware/7/retry")
    assert again.json()["ask"] == {"UpdateFirmware": {"location": URL}}
    refused(await api.post(f"{AT}/firmware/8/retry"), 404, "not_found")
    refused(await api.post(f"{AT}/uploads/log/7/retry"), 404, "not_found")


async def test_security_events_are_searched(api: httpx.AsyncClient, told: StationReports) -> None:
    for kind in ("SettingSystemTime", "MemoryExhaustion", "SettingSystemTime"):
        await told.hear("ST-1", SecurityEvent(kind, NOON, "why"))
    everything = (await api.get(f"{AT}/told/security-events")).json()
    assert [entry["severity"] for entry in everything] == [7, 4, 7]
    grave = (await api.get(f"{AT}/told/security-events", params={"severity": 4})).json()
    assert [entry["kind"] for entry in grave] == ["MemoryExhaustion"]
    named = {"kind": "SettingSystemTime", "after": everything[0]["id"], "limit": 1}
    [older] = (await api.get(f"{AT}/told/security-events", params=named)).json()
    assert older["id"] == everything[2]["id"]
    late = {"since": "2026-05-04T12:00:01Z"}
    assert (await api.get(f"{AT}/told/security-events", params=late)).json() == []


async def test_monitors_messages_and_customers(
    api: httpx.AsyncClient, told: StationReports
) -> None:
    monitor = Monitor(Watched("EVSE", "Temperature"), "Delta", Decimal(1), 2, id=5)
    await told.hear("ST-1", MonitorsSet((MonitorResult(monitor, "Accepted"),)))
    await told.hear("ST-1", MonitoringSetting(level=4))
    seen = (await api.get(f"{AT}/monitoring")).json()
    assert (seen["level"], seen["monitors"][0]["value"]["id"]) == (4, 5)
    await told.hear("ST-1", MessageShown(DisplayMessage(3, "Hello")))
    [message] = (await api.get(f"{AT}/messages")).json()
    assert message["message"] == {"number": 3, "text": "Hello"}
    await told.hear("ST-1", CustomerInformationPart(9, 1, last=True, text="2"))
    asked = CustomerInformationAsked(9, "Accepted", report=True, clear=False)
    await told.hear("ST-1", asked)
    incomplete = (await api.post(f"{AT}/customer-information/9/show")).json()
    assert (incomplete["complete"], incomplete["text"]) == (False, None)
    await told.hear("ST-1", CustomerInformationPart(9, 0, last=False, text="1"))
    assert (await api.get(f"{AT}/customer-information")).json()[0]["complete"]
    assert (await api.post(f"{AT}/customer-information/9/show")).json()["text"] == "12"
    refused(await api.delete(f"{AT}/customer-information/9"), 404, "not_found")
    await told.hear("ST-1", CustomerInformationPart(8, 0, last=True, text="x"))
    assert (await api.delete(f"{AT}/customer-information/8")).status_code == 204


async def test_a_local_list_is_kept(api: httpx.AsyncClient, told: StationReports) -> None:
    before = (await api.get(f"{AT}/local-list")).json()
    assert (before["kept"], before["version"], before["certain"]) == (False, 0, False)
    kept = (await api.put(f"{AT}/local-list", json={"kept": True, "partners": True})).json()
    assert (kept["kept"], kept["partners"], kept["awaited"], kept["version"]) == (
        True, True, True, 1,
    )  # fmt: skip
    again = await api.post(f"{AT}/local-list/resend")
    assert (again.status_code, again.json()["version"]) == (202, 2)
    [second, first] = (await api.get(f"{AT}/commands")).json()
    assert {next(iter(c["ask"])) for c in (first, second)} == {"SendLocalList"}
    left = (await api.put(f"{AT}/local-list", json={"kept": False})).json()
    assert left["kept"] is False
