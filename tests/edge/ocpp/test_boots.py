"""Boots and what a charger may do before it is accepted, over real sockets."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.commands import CommandKind, CommandResult
from app.domain.device_model import (
    AskBaseReport,
    InventoryPart,
    ReadVariables,
    Setting,
    VariableName,
    WriteVariables,
)
from app.domain.stations import Address, ConnectorState, StationState, StatusReported
from ocpp_bridge.gateway import OcppGateway
from tests.edge.ocpp.conftest import Bench
from tests.edge.ocpp.test_asks import carrying
from tests.edge.ocpp.test_commands import START, gateway, settle

__all__ = ["gateway"]

V16, V201, V21 = "1.6", "2.0.1", "2.1"
REASONS = (
    "ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset",
    "ScheduledReset", "Triggered", "Unknown", "Watchdog",
)  # fmt: skip
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
NAME = VariableName("HeartbeatInterval", "OCPPCommCtrlr")
WIRED = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
AT = "2026-05-01T10:00:00Z"


@pytest.mark.parametrize("version", [V201, V21])
async def test_every_reason_to_boot(bench: Bench, version: str) -> None:
    """P-162."""
    async with bench.charger(version) as charger:
        for reason in REASONS:
            boot = {"reason": reason, "chargingStation": {"vendorName": "V", "model": "M"}}
            _, _, said = await charger.call("BootNotification", boot)
            assert (said["status"], said["interval"]) == ("Accepted", 300)


async def test_a_second_boot_on_the_same_socket(bench: Bench) -> None:
    """P-081."""
    async with bench.charger() as charger:
        for uid in ("1", "2"):
            kind, answered, said = await charger.call("BootNotification", BOOT, uid)
            assert (kind, answered, said["status"]) == (3, uid, "Accepted")


async def test_a_charger_that_comes_back_need_not_boot(bench: Bench) -> None:
    """P-083, Q-08, Q-09: what it says is answered as ever, whether or not it has booted."""
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    value = [{"timestamp": AT, "sampledValue": [{"value": "1"}]}]
    for _ in range(2):
        async with bench.charger() as charger:
            said: list[tuple[str, dict[str, Any]]] = [
                ("Heartbeat", {}),
                ("StatusNotification", status),
                ("MeterValues", {"connectorId": 1, "meterValue": value}),
            ]
            for action, payload in said:
                assert (await charger.call(action, payload))[0] == 3


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_pending_charger_is_configured_and_not_started(
    bench: Bench, gateway: OcppGateway, version: str
) -> None:
    """P-163: its variables are read and set, and it reports; it charges nobody."""
    bench.hub.states["CP1"] = StationState.PENDING
    accepted = {"attributeStatus": "Accepted", **WIRED}
    async with bench.charger(version) as charger:
        boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
        assert (await charger.call("BootNotification", boot))[2]["status"] == "Pending"
        read = carrying(ReadVariables((NAME,)))
        result = {"getVariableResult": [{**accepted, "attributeValue": "60"}]}
        assert (await settle(gateway, read, charger, 3, result)).accepted
        write = carrying(WriteVariables((Setting(NAME, "60"),)))
        outcome = await settle(gateway, write, charger, 3, {"setVariableResult": [accepted]})
        assert outcome.accepted
        report = carrying(AskBaseReport(7))
        assert (await settle(gateway, report, charger, 3, {"status": "Accepted"})).accepted
        part = {"requestId": 7, "generatedAt": AT, "seqNo": 0}
        assert (await charger.call("NotifyReport", part))[:2] == [3, "u1"]
        assert bench.hub.told[-1] == ("CP1", InventoryPart(7, 0, last=True))
        assert (await gateway.execute(START)).result is CommandResult.REJECTED
        assert await charger.silent()


@pytest.mark.parametrize("version", [V201, V21])
async def test_heartbeats_and_statuses(bench: Bench, version: str) -> None:
    """P-171."""
    status = {"timestamp": AT, "connectorStatus": "Occupied", "evseId": 2, "connectorId": 1}
    async with bench.charger(version) as charger:
        assert (await charger.call("Heartbeat", {}))[2]["currentTime"].endswith("Z")
        assert await charger.call("StatusNotification", status) == [3, "u1", {}]
    [report] = [m for _, m in bench.hub.told if isinstance(m, StatusReported)]
    assert (report.address, report.state) == (Address(2, 1), ConnectorState.OCCUPIED)


@pytest.mark.parametrize(
    "wanted",
    [
        "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification",
        "Heartbeat", "MeterValues", "StatusNotification",
    ],
)  # fmt: skip
async def test_every_message_is_triggered(bench: Bench, gateway: OcppGateway, wanted: str) -> None:
    """P-141: with and without a connector."""
    trigger = replace(START, kind=CommandKind.TRIGGER, detail=wanted)
    whole = replace(trigger, evse_uid=None, connector_id=None)
    async with bench.charger(V16) as charger:
        for command in (trigger, whole):
            outcome = await settle(gateway, command, charger, 3, {"status": "Accepted"})
            assert outcome.accepted
    link_frames = bench.listener.journal.ring("CP1").entries()
    sent = [entry.text for entry in link_frames if "TriggerMessage" in entry.text]
    assert all(f'"requestedMessage":"{wanted}"' in text for text in sent)
    of_a_connector = wanted in {"MeterValues", "StatusNotification"}
    assert ['"connectorId":2' in text for text in sent] == [of_a_connector, False]
