"""Keeping a charger in order, whole: asked, told in steps by a simulated charger, and stored."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.commands import CommandResult
from app.domain.diagnostics import GetDiagnostics, GetLog
from app.domain.displays import (
    ClearDisplayMessage,
    DisplayMessage,
    GetDisplayMessages,
    SetDisplayMessage,
)
from app.domain.errands import Errand, ErrandKind, ErrandState
from app.domain.errors import NotFound
from app.domain.firmware import (
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
    UpdateSignedFirmware,
)
from app.domain.monitoring import (
    ClearMonitors,
    CustomerInformation,
    GetMonitoringReport,
    Monitor,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetMonitors,
    Watched,
)
from app.store.station_log import Sought
from app.store.transaction import Store
from app.use_cases.station_logs import ALARMS, EVENTS, SECURITY
from tests.support.chargers import CPO
from tests.support.clock import FakeClock
from tests.support.kept_charger import Kept, a_kept_charger

V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
EVERY, V2 = (V16, V201, V21), (V201, V21)
URL = "ftp://files.example/fw.bin"
SIGNED = UpdateSignedFirmware(URL, "c2lnbmVk", "-----BEGIN CERTIFICATE-----")
ALL = Sought()
TEMPERATURE = Watched("ChargingStation", "Temperature", evse=1)
HOT = Monitor(TEMPERATURE, "UpperThreshold", Decimal("70.5"), 3)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


def over(kept: Kept, kind: ErrandKind, seen: list[Errand]) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        found = await kept.records.errands(CPO, "CP1", kind)
        seen[:] = found
        return bool(found) and not found[0].is_open

    return look


async def alarms(kept: Kept) -> list[str]:
    return [entry.kind for entry in await kept.records.log(CPO, "CP1", ALARMS, ALL)]


@pytest.mark.parametrize(
    ("version", "ask", "state", "last"),
    [
        (V16, UpdateFirmware(URL), ErrandState.DONE, "Installed"),
        (V16, SIGNED, ErrandState.DONE, "Installed"),
        (V201, UpdateFirmware(URL), ErrandState.DONE, "Installed"),
        (V21, SIGNED, ErrandState.DONE, "Installed"),
        (V16, UpdateFirmware("ftp://x.example/missing"), ErrandState.FAILED, "DownloadFailed"),
        (V201, replace(SIGNED, signature="forged"), ErrandState.FAILED, "InvalidSignature"),
        (V16, replace(SIGNED, signature="forged"), ErrandState.FAILED, "InvalidSignature"),
    ],
)
async def test_p149_p158_p207_firmware_is_followed_to_its_end(
    store: Store, clock: FakeClock, version: str, *, ask: Any, state: ErrandState, last: str
) -> None:
    """P-149, P-158, P-207."""
    async with a_kept_charger(store, clock, version) as kept:
        command = await kept.ask(ask)
        assert command.outcome is not None
        assert command.outcome.accepted
        seen: list[Errand] = []
        await kept.until(over(kept, ErrandKind.FIRMWARE, seen))
        [errand] = seen
        assert (errand.state, errand.status, errand.command_id) == (state, last, command.id)
        assert errand.steps[0].status == "Downloading"
        assert errand.ended_at is not None
        assert ("SignatureVerified" in {s.status for s in errand.steps}) == (ask == SIGNED)
        failed = [f"firmware.{last}"] if state is ErrandState.FAILED else []
        assert await alarms(kept) == failed
        again = await kept.records.errand_again(
            CPO, "CP1", ErrandKind.FIRMWARE, request_id=errand.request_id
        )
        assert again == ask


@pytest.mark.parametrize("version", EVERY)
async def test_p085_other_firmware_at_the_boot_ends_an_update(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-085."""
    async with a_kept_charger(store, clock, version) as kept:
        kept.charger.script["UpdateFirmware"] = {} if version == V16 else {"status": "Accepted"}
        await kept.ask(UpdateFirmware(URL))
        [errand] = await kept.records.errands(CPO, "CP1", ErrandKind.FIRMWARE)
        assert errand.state is ErrandState.ASKED
        kept.dialect.updating.version = "2.0.0"
        await kept.charger.link.reboot("RemoteReset")
        seen: list[Errand] = []
        await kept.until(over(kept, ErrandKind.FIRMWARE, seen))
        assert (seen[0].state, seen[0].status, seen[0].info) == (
            ErrandState.DONE, "Booted", "2.0.0",
        )  # fmt: skip


async def test_an_update_takes_the_place_of_another(store: Store, clock: FakeClock) -> None:
    """P-207."""
    async with a_kept_charger(store, clock, V201) as kept:
        kept.charger.script["UpdateFirmware"] = {"status": "Accepted"}
        await kept.ask(UpdateFirmware(URL))
        kept.charger.script["UpdateFirmware"] = {"status": "AcceptedCanceled"}
        second = await kept.ask(UpdateFirmware(URL))
        kept.charger.script["UpdateFirmware"] = {"status": "InvalidCertificate"}
        await kept.ask(SIGNED)
        found = await kept.records.errands(CPO, "CP1", ErrandKind.FIRMWARE)
        assert sorted(errand.state for errand in found) == ["asked", "canceled", "refused"]
        assert [e.command_id for e in found if e.is_open] == [second.id]
        with pytest.raises(NotFound):
            await kept.records.errand_again(CPO, "CP1", ErrandKind.FIRMWARE, request_id=1)


@pytest.mark.parametrize("version", V2)
async def test_firmware_is_published_and_withdrawn(
    store: Store, clock: FakeClock, version: str
) -> None:
    async with a_kept_charger(store, clock, version) as kept:
        await kept.ask(PublishFirmware(URL, "a" * 32))
        seen: list[Errand] = []
        await kept.until(over(kept, ErrandKind.PUBLISH, seen))
        assert (seen[0].status, seen[0].locations) == (
            "Published",
            (f"ftp://10.0.0.1/{'a' * 32}",),
        )
        for _ in range(2):
            command = await kept.ask(UnpublishFirmware("a" * 32))
            assert command.outcome is not None
            assert command.outcome.accepted
        assert kept.dialect.updating.published == set()
        async with store.reading() as tx:
            told = await tx.station_facts.told("CP1")
        assert "firmware_unpublished" in {fact.topic for fact in told}


async def test_p150_diagnostics_of_16(store: Store, clock: FakeClock) -> None:
    """P-150."""
    async with a_kept_charger(store, clock, V16) as kept:
        kept.dialect.diagnosing.has_files = False
        command = await kept.ask(GetDiagnostics("ftp://files.example/"))
        assert command.outcome is not None
        assert command.outcome.result is CommandResult.REJECTED
        [errand] = await kept.records.errands(CPO, "CP1", ErrandKind.DIAGNOSTICS)
        assert (errand.state, errand.status) == (ErrandState.REFUSED, "NoFile")
        kept.dialect.diagnosing.has_files = True
        await clock.advance(1)
        await kept.ask(GetDiagnostics("ftp://files.example/missing/"))
        seen: list[Errand] = []
        await kept.until(over(kept, ErrandKind.DIAGNOSTICS, seen))
        assert (seen[0].state, seen[0].filename) == (ErrandState.FAILED, "diagnostics.zip")
        assert await alarms(kept) == ["diagnostics.UploadFailed"]


@pytest.mark.parametrize(
    ("version", "log"),
    [
        (V16, "DiagnosticsLog"),
        (V16, "SecurityLog"),
        (V201, "SecurityLog"),
        (V21, "DiagnosticsLog"),
    ],
)
async def test_p157_p206_logs_are_followed(
    store: Store, clock: FakeClock, version: str, log: str
) -> None:
    """P-157, P-206."""
    async with a_kept_charger(store, clock, version) as kept:
        await kept.ask(GetLog("https://files.example/", since=clock.now(), log=log))
        seen: list[Errand] = []
        await kept.until(over(kept, ErrandKind.LOG, seen))
        assert (seen[0].state, seen[0].filename) == (ErrandState.DONE, f"{log}.log")
        assert [step.status for step in seen[0].steps] == ["Uploading", "Uploaded"]


@pytest.mark.parametrize("version", EVERY)
async def test_p152_security_events_are_kept_by_severity(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-152."""
    async with a_kept_charger(store, clock, version) as kept:
        await kept.dialect.diagnosing.security_event("TamperDetectionActivated", "lid")
        await kept.dialect.diagnosing.security_event("SettingSystemTime")
        found = await kept.records.log(CPO, "CP1", SECURITY, ALL)
        assert [(e.kind, e.severity) for e in found] == [
            ("SettingSystemTime", 7),
            ("TamperDetectionActivated", 3),
        ]
        grave = await kept.records.log(CPO, "CP1", SECURITY, Sought(severity=4))
        assert [entry.kind for entry in grave] == ["TamperDetectionActivated"]
        assert await alarms(kept) == ["security.TamperDetectionActivated"]


@pytest.mark.parametrize("version", V2)
async def test_p204_p205_monitors_from_being_set_to_being_cleared(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-204, P-205."""
    more = [replace(HOT, watched=Watched("EVSE", f"V{n}"), severity=8) for n in (1, 2)]
    unknown = replace(HOT, watched=Watched("Unknown", "X"))
    async with a_kept_charger(store, clock, version) as kept:
        assert (await kept.ask(SetMonitors((HOT, *more)))).outcome.accepted  # type: ignore[union-attr]
        refused = (await kept.ask(SetMonitors((unknown,)))).outcome
        assert refused is not None
        assert (refused.result, refused.message) == (CommandResult.REJECTED, "UnknownComponent")
        before = await kept.records.monitoring(CPO, "CP1")
        assert [(f.name, f.value.watched.name) for f in before.monitors] == [
            ("1", "ChargingStation@1/Temperature"), ("2", "EVSE/V1"), ("3", "EVSE/V2"),
        ]  # fmt: skip
        del kept.dialect.monitoring.monitors[2]
        kept.dialect.monitoring.monitors[9] = {**kept.dialect.monitoring.monitors[3], "id": 9}
        await kept.ask(GetMonitoringReport())

        async def reported() -> bool:
            return any(r.complete for r in (await kept.records.monitoring(CPO, "CP1")).reports)

        await kept.until(reported)
        after = await kept.records.monitoring(CPO, "CP1")
        assert [fact.name for fact in after.monitors] == ["1", "3", "9"]
        assert after.monitors[0].value.value == Decimal("70.5")
        assert len(after.reports[0].parts or {}) == 2
        await kept.ask(ClearMonitors((3, 77)))
        await kept.ask(SetMonitoringLevel(4))
        await kept.ask(SetMonitoringBase("FactoryDefault"))
        end = await kept.records.monitoring(CPO, "CP1")
        assert (end.monitors, end.setting.base, end.setting.level) == ([], "FactoryDefault", 4)


@pytest.mark.parametrize("version", V2)
async def test_p174_events_are_kept_with_the_severity_of_their_monitor(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-174."""
    async with a_kept_charger(store, clock, version) as kept:
        await kept.ask(SetMonitors((HOT,)))
        see = kept.dialect.monitoring.see
        await see("ChargingStation", "Temperature", "80", variableMonitoringId=1)
        await see("ChargingStation", "Temperature", "60", variableMonitoringId=1, cleared=True)
        await see("Mystery", "Box", "1", cause=1001)
        found = await kept.records.log(CPO, "CP1", EVENTS, ALL)
        assert [(e.kind, e.severity) for e in found] == [
            ("Mystery/Box", 6),
            ("ChargingStation/Temperature", 3),
            ("ChargingStation/Temperature", 3),
        ]
        assert '"cause":1001' in found[0].document
        assert '"cleared":true' in found[1].document
        assert await alarms(kept) == ["event.ChargingStation/Temperature"]


@pytest.mark.parametrize("version", V2)
async def test_p210_what_is_known_of_a_customer_is_shown_once(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-210."""
    async with a_kept_charger(store, clock, version) as kept:
        await kept.ask(CustomerInformation(report=True, clear=True, token="04AA"))

        async def told() -> bool:
            return any(each.complete for each in await kept.records.customers(CPO, "CP1"))

        await kept.until(told)
        [known] = await kept.records.customers(CPO, "CP1")
        assert known.text is None
        async with store.reading() as tx:
            listed = {fact.topic for fact in await tx.station_facts.told("CP1")}
        assert "customer_information" not in listed
        shown = await kept.records.customer_once(CPO, "CP1", known.request_id)
        assert shown.text == "charged here: twice; that is all"
        with pytest.raises(NotFound):
            await kept.records.customer_once(CPO, "CP1", known.request_id)
        assert kept.dialect.monitoring.known == {}


@pytest.mark.parametrize("version", V2)
async def test_p209_messages_are_shown_listed_and_cleared(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-209."""
    hello, bye = DisplayMessage(1, "Hello", language="en"), DisplayMessage(2, "Bye")
    async with a_kept_charger(store, clock, version) as kept:
        for message in (hello, bye, replace(bye, number=3, transaction="no-such")):
            await kept.ask(SetDisplayMessage(message))
        assert [f.value for f in await kept.records.messages(CPO, "CP1")] == [hello, bye]
        kept.dialect.displaying.messages[4] = {**kept.dialect.displaying.messages[1], "id": 4}
        del kept.dialect.displaying.messages[2]
        await kept.ask(GetDisplayMessages())

        async def known() -> bool:
            return [f.name for f in await kept.records.messages(CPO, "CP1")] == ["1", "4"]

        await kept.until(known)
        for number in (1, 4, 5):
            assert (await kept.ask(ClearDisplayMessage(number))).outcome.accepted  # type: ignore[union-attr]
        assert await kept.records.messages(CPO, "CP1") == []
        nothing = (await kept.ask(GetDisplayMessages())).outcome
        assert nothing is not None
        assert (nothing.accepted, nothing.message) == (True, "no messages")
