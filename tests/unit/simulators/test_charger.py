"""The simulated charger against a management system that judges it by the `ocpp` library."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.simulators.charger import Charger
from app.simulators.charger_link import HandshakeRefusedError
from app.simulators.charger_socket import Refusal
from tests.unit.simulators.csms import Csms, a_csms

V2 = ["2.0.1", "2.1"]


def a_charger(csms: Csms, **settings: Any) -> Charger:
    settings.setdefault("first_backoff_s", 0.02)
    return Charger(csms.url, "ST-1", "secret", protocol=f"ocpp{csms.version}", **settings)


async def until(condition: Callable[[], object]) -> None:
    """Looks more often than `patience` does: a charger is offline for a moment only."""
    async with asyncio.timeout(5):
        while not condition():  # conditions of both sides
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("version", ["1.6", *V2])
async def test_boots_and_tells_each_connector(version: str) -> None:
    async with a_csms(version) as csms, a_charger(csms) as charger:
        await charger.booted()
        await until(lambda: len(csms.of("StatusNotification")) == 2)
        assert csms.calls[0][0] == "BootNotification"
        assert not charger.violations


async def test_a_session_by_card_in_1_6_has_exact_registers() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        await charger.booted()
        await charger.plug_in()
        assert await charger.present(1, "04A1B2C3") == "Accepted"
        at = datetime(2026, 11, 1, 12, tzinfo=UTC)
        await charger.meter(1, energy_kwh=Decimal("3.5"), power_kw=Decimal(11), at=at)
        await charger.suspend_ev()
        await charger.resume()
        await charger.unplug()
        start, stop = csms.of("StartTransaction")[0], csms.of("StopTransaction")[0]
        sample = csms.of("MeterValues")[0]
        assert stop["meterStop"] - start["meterStart"] == 3500
        assert stop["transactionId"] == sample["transactionId"] == 1
        assert stop["reason"] == "EVDisconnected"
        assert sample["meterValue"][0]["timestamp"] == "2026-11-01T12:00:00.000Z"
        told = [s["status"] for s in csms.of("StatusNotification") if s["connectorId"] == 1]
        assert told == [
            "Available",
            "Preparing",
            "Charging",
            "SuspendedEV",
            "Charging",
            "Available",
        ]
        assert not charger.violations


@pytest.mark.parametrize("version", V2)
async def test_a_remote_session_in_2_x_numbers_its_events(version: str) -> None:
    async with a_csms(version) as csms, a_charger(csms) as charger:
        await charger.booted()
        await charger.plug_in()
        token = {"idToken": "RW0123456789ABCD", "type": "Central"}
        asked = {"evseId": 1, "remoteStartId": 77, "idToken": token}
        answer = await csms.ask("RequestStartTransaction", asked)
        assert answer[2]["status"] == "Accepted"
        await until(lambda: (r := charger.running()) and r.state == "Charging")
        await charger.meter(1, energy_kwh=Decimal("1.2345"), power_kw=Decimal(22), soc=Decimal(55))
        ident = charger.transactions[0].id
        assert (await csms.ask("RequestStopTransaction", {"transactionId": ident}))[2] == {
            "status": "Accepted"
        }
        await until(lambda: csms.of("TransactionEvent")[-1]["eventType"] == "Ended")
        events = csms.of("TransactionEvent")
        assert [e["seqNo"] for e in events] == list(range(len(events)))
        assert [e["triggerReason"] for e in events] == [
            "RemoteStart",
            "ChargingStateChanged",
            "MeterValuePeriodic",
            "RemoteStop",
        ]
        assert events[0]["transactionInfo"]["remoteStartId"] == 77
        assert events[0]["evse"] == {"id": 1, "connectorId": 1}
        begin, end = (e["meterValue"][0]["sampledValue"][0] for e in (events[0], events[-1]))
        assert begin["context"] == "Transaction.Begin"
        assert end["context"] == "Transaction.End"
        assert end["value"] - begin["value"] == 1234.5
        assert not charger.violations


@pytest.mark.parametrize("version", V2)
async def test_a_cable_may_hold_the_transaction_open(version: str) -> None:
    async with (
        a_csms(version) as csms,
        a_charger(csms, cable_opens_transaction=True) as charger,
    ):
        await charger.booted()
        await charger.plug_in()
        await charger.present(1, "04A1B2C3")
        await charger.present(1, "04a1b2c3")
        await charger.unplug()
        events = csms.of("TransactionEvent")
        assert [(e["eventType"], e["triggerReason"]) for e in events] == [
            ("Started", "CablePluggedIn"),
            ("Updated", "Authorized"),
            ("Updated", "ChargingStateChanged"),
            ("Updated", "StopAuthorized"),
            ("Ended", "EVDeparted"),
        ]
        assert len({e["transactionInfo"]["transactionId"] for e in events}) == 1
        assert events[-1]["transactionInfo"]["stoppedReason"] == "Local"


async def test_status_by_event_in_2_1() -> None:
    async with a_csms("2.1") as csms, a_charger(csms, status_by_event=True) as charger:
        await charger.booted()
        await until(lambda: len(csms.of("NotifyEvent")) == 2)
        assert not csms.of("StatusNotification")


@pytest.mark.parametrize("version", ["1.6", *V2])
async def test_an_offline_session_is_replayed_in_order_with_its_times(version: str) -> None:
    async with a_csms(version) as csms, a_charger(csms) as charger:
        await charger.booted()
        await until(lambda: csms.of("StatusNotification"))
        charger.drop()
        begun = datetime(2026, 11, 1, 8, tzinfo=UTC)
        await charger.plug_in(at=begun)
        await charger.present(1, "04A1B2C3", at=begun)
        for minute in (10, 20):
            at = begun + timedelta(minutes=minute)
            await charger.meter(1, energy_kwh=Decimal(minute) / 10, at=at)
        await charger.unplug(at=begun + timedelta(minutes=30))
        assert not csms.of("StartTransaction")
        assert not csms.of("TransactionEvent")
        await charger.reconnect()
        await charger.settled()
        assert len(csms.of("BootNotification")) == 1
        if version == "1.6":
            kinds = {"StartTransaction", "MeterValues", "StopTransaction"}
            order = [name for name, _ in csms.calls if name in kinds]
            assert order == ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
            assert csms.of("StartTransaction")[0]["timestamp"] == "2026-11-01T08:00:00.000Z"
            assert csms.of("StopTransaction")[0]["transactionId"] == 1
        else:
            events = csms.of("TransactionEvent")
            assert all(e["offline"] for e in events)
            assert [e["seqNo"] for e in events] == list(range(len(events)))
            assert events[-1]["timestamp"] == "2026-11-01T08:30:00.000Z"


async def test_an_unanswered_message_goes_out_again_unchanged() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        csms.answers["StartTransaction"] = lambda _: None
        await charger.booted()
        await charger.plug_in()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(charger.present(1, "04A1B2C3"))
            await until(lambda: csms.of("StartTransaction"))
            charger.drop()
        del csms.answers["StartTransaction"]
        await charger.reconnect()
        await charger.settled()
        first, second = csms.of("StartTransaction")
        assert first == second
        assert charger.transactions[0].number == 2


async def test_it_comes_back_by_itself_when_the_server_dies() -> None:
    async with a_csms("1.6") as first, a_charger(first) as charger:
        await charger.booted()
        assert first.socket
        first.socket.transport.abort()
        await until(lambda: not charger.is_online())
        await until(charger.is_online)
        assert len(first.of("BootNotification")) == 1


async def test_a_refused_card_starts_nothing_and_a_late_refusal_stops() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        csms.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
        csms.answers["StartTransaction"] = lambda _: {
            "transactionId": 9,
            "idTagInfo": {"status": "Invalid"},
        }
        await charger.booted()
        await charger.plug_in()
        assert await charger.present(1, "04A1B2C3") == "Blocked"
        assert not csms.of("StartTransaction")
        charger.drop()
        await charger.present(1, "04A1B2C3")
        await charger.reconnect()
        await until(lambda: csms.of("StopTransaction"))
        assert csms.of("StopTransaction")[0]["reason"] == "DeAuthorized"


async def test_a_remote_start_waits_for_the_cable_and_gives_up() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        await charger.booted()
        charger.settings["ConnectionTimeOut"] = "0.05"
        asked = {"connectorId": 2, "idTag": "RW0123456789ABCD"}
        assert (await csms.ask("RemoteStartTransaction", asked))[2] == {"status": "Accepted"}
        assert (await csms.ask("RemoteStartTransaction", asked))[2] == {"status": "Rejected"}

        def told() -> list[str]:
            return [s["status"] for s in csms.of("StatusNotification") if s["connectorId"] == 2]

        await until(lambda: told() == ["Available", "Preparing", "Available"])
        await charger.plug_in(2)
        assert not csms.of("StartTransaction")


async def test_what_it_does_not_do_and_does_not_know() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        await charger.booted()
        assert (await csms.ask("Heartbeat", {}))[2] == "NotSupported"
        assert not charger.violations
        assert (await csms.ask("MakeCoffee", {}))[2] == "NotImplemented"
        assert (await csms.ask("Reset", {"type": "Warm"}))[2] == "ProtocolError"
        assert len(charger.violations) == 2


async def test_it_notes_what_the_server_does_wrong() -> None:
    async with a_csms("1.6") as csms, a_charger(csms, answer_delay_s=0.1) as charger:
        csms.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Perhaps"}}
        await charger.booted()
        assert csms.socket
        await charger.present(1, "04A1B2C3")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(csms.ask("ClearCache", {}))
            tasks.create_task(csms.ask("ClearCache", {}))
        await csms.socket.send('[3,"never-asked",{}]')
        await csms.socket.send("nonsense")
        await until(lambda: len(charger.violations) == 4)
        assert "Perhaps" in charger.violations[0]
        assert "unanswered" in charger.violations[1]
        assert "never made" in charger.violations[2]
        assert "not an OCPP frame" in charger.violations[3]


async def test_a_second_answer_is_a_violation_and_a_late_one_is_not() -> None:
    async with a_csms("1.6") as csms, a_charger(csms, call_timeout_s=0.1) as charger:
        await charger.booted()
        assert csms.socket
        csms.answers["Authorize"] = lambda _: None
        await charger.present(1, "04A1B2C3")
        await csms.socket.send(f'[3,"{csms.ids[-1]}",{{"idTagInfo":{{"status":"Accepted"}}}}]')
        del csms.answers["Authorize"]
        await charger.present(1, "04A1B2C3")
        assert not charger.violations
        await csms.socket.send(f'[3,"{csms.ids[-1]}",{{}}]')
        await until(lambda: len(charger.violations) == 1)


async def test_a_scripted_answer_a_refusal_and_silence() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        await charger.booted()
        asked = {"connectorId": 1, "idTag": "RW0123456789ABCD"}
        charger.script = {
            "RemoteStartTransaction": {"status": "Rejected"},
            "ClearCache": Refusal("InternalError", "broken"),
            "Reset": None,
        }
        assert (await csms.ask("RemoteStartTransaction", asked))[2] == {"status": "Rejected"}
        assert (await csms.ask("ClearCache", {}))[2:4] == ["InternalError", "broken"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(csms.ask("Reset", {"type": "Soft"}), 0.1)
        assert (await csms.ask("GetConfiguration", {"key": ["Nope"]}))[2]["unknownKey"] == ["Nope"]
        assert not charger.violations


async def test_a_reset_ends_sessions_and_boots_again() -> None:
    async with a_csms("2.0.1") as csms, a_charger(csms) as charger:
        await charger.booted()
        await charger.plug_in()
        await charger.present(1, "04A1B2C3")
        assert (await csms.ask("Reset", {"type": "Immediate"}))[2] == {"status": "Accepted"}
        await until(lambda: len(csms.of("BootNotification")) == 2)
        ended = csms.of("TransactionEvent")[-1]
        assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
        assert csms.of("BootNotification")[1]["reason"] == "RemoteReset"


async def test_a_power_cut_is_told_after_the_boot() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        await charger.booted()
        await charger.plug_in()
        await charger.present(1, "04A1B2C3")
        await charger.power_cut()
        await charger.reconnect()
        await charger.settled()
        names = [name for name, _ in csms.calls]
        last_boot = len(names) - 1 - names[::-1].index("BootNotification")
        assert last_boot < names.index("StopTransaction")
        assert csms.of("StopTransaction")[0]["reason"] == "PowerLoss"


async def test_a_pending_boot_keeps_everything_else_back() -> None:
    async with a_csms("2.1") as csms:
        verdicts = iter(["Pending", "Accepted"])
        boot = csms._default("BootNotification")
        csms.answers["BootNotification"] = lambda p: (
            boot(p) | {"status": next(verdicts), "interval": 1}
        )
        async with a_charger(csms, longest_backoff_s=0.05) as charger:
            await charger.booted()
            await until(lambda: csms.of("StatusNotification"))
            assert [n for n, _ in csms.calls][:2] == ["BootNotification"] * 2


async def test_a_wrong_password_is_reported() -> None:
    async with a_csms("1.6", password="another") as csms, a_charger(csms) as charger:
        with pytest.raises(HandshakeRefusedError, match="401"):
            await charger.booted()


async def test_a_changed_key_is_used_at_the_next_connection() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        await charger.booted()
        key = b"sixteen bytes of"
        asked = {"key": "AuthorizationKey", "value": key.hex()}
        assert (await csms.ask("ChangeConfiguration", asked))[2] == {"status": "Accepted"}
        csms.password = key.decode()
        charger.drop()
        await charger.link.offline()
        await charger.reconnect()
        shown = (await csms.ask("GetConfiguration", {}))[2]["configurationKey"]
        assert "AuthorizationKey" not in {entry["key"] for entry in shown}


@pytest.mark.parametrize("version", V2)
async def test_variables_are_read_written_and_reported(version: str) -> None:
    async with a_csms(version) as csms, a_charger(csms) as charger:
        await charger.booted()
        interval = {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "HeartbeatInterval"},
        }
        written = {"setVariableData": [interval | {"attributeValue": "60"}]}
        answer = (await csms.ask("SetVariables", written))[2]["setVariableResult"][0]
        assert answer["attributeStatus"] == "Accepted"
        nowhere = {"component": {"name": "Nowhere"}, "variable": {"name": "Nothing"}}
        read = (await csms.ask("GetVariables", {"getVariableData": [interval, nowhere]}))[2]
        assert [r["attributeStatus"] for r in read["getVariableResult"]] == [
            "Accepted",
            "UnknownComponent",
        ]
        assert read["getVariableResult"][0]["attributeValue"] == "60"
        await csms.ask("GetBaseReport", {"requestId": 5, "reportBase": "FullInventory"})
        await until(lambda: (r := csms.of("NotifyReport")) and not r[-1]["tbc"])
        parts = 4 if version == "2.1" else 3  # with a display to pay by
        assert [r["seqNo"] for r in csms.of("NotifyReport")] == list(range(parts))


async def test_power_flows_by_itself_and_faster_than_time() -> None:
    async with (
        a_csms("1.6") as csms,
        a_charger(csms, sample_interval_s=0.05, speed=3600) as charger,
    ):
        await charger.booted()
        await charger.plug_in()
        await charger.present(1, "04A1B2C3")
        await until(lambda: len(csms.of("MeterValues")) >= 3)
        await charger.stop()
        energy = csms.of("StopTransaction")[0]["meterStop"] - 1_000_001
        assert energy > 0.05 * 22_000  # of an hour for each second
        stamps = [m["meterValue"][0]["timestamp"] for m in csms.of("MeterValues")]
        assert stamps == sorted(stamps)


async def test_trigger_messages_are_followed_by_the_messages() -> None:
    async with a_csms("1.6") as csms, a_charger(csms) as charger:
        await charger.booted()
        for wanted in ("Heartbeat", "BootNotification", "MeterValues", "StatusNotification"):
            count = len(csms.of(wanted))
            answer = await csms.ask("TriggerMessage", {"requestedMessage": wanted})
            assert answer[2] == {"status": "Accepted"}
            await until(lambda n=wanted, c=count: len(csms.of(n)) > c)  # type: ignore[misc]
