"""What chargers say of their variables is asked for, put together, and kept."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.domain import device_model
from app.domain.commands import CommandChannel, CommandState
from app.domain.device_model import (
    Attribute,
    InventoryPart,
    NetworkProfile,
    Part,
    ReadVariables,
    ReportKind,
    ReportState,
    SetNetworkProfile,
    Setting,
    Variable,
    VariableName,
)
from app.domain.errors import ChargerRefused, InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.stations import Station
from app.store.device_model import StoredReport
from app.store.transaction import Store
from app.use_cases import device_model_news
from app.use_cases.command_requests import Asker
from app.use_cases.commands import Commands
from app.use_cases.configuration import Configurations
from app.use_cases.device_models import REPORT_PATIENCE, DeviceModels
from app.use_cases.station_news import StationReports
from tests.support.boxes import Box, Hands
from tests.support.clock import NOON, FakeClock

CPO = PartyId("NL", "RW1")
US = Asker(channel=CommandChannel.OPERATOR, cpo=CPO, key_id="k-1")
V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
BOTH = (V201, V21)


@dataclass
class Place:
    """A charger without a socket, and who asks it."""

    store: Store
    clock: FakeClock
    box: Box
    models: DeviceModels
    reports: StationReports
    hands: Hands

    async def variables(self) -> dict[str, str | None]:
        """What is known, by name."""
        async with self.store.reading() as tx:
            found = await tx.device_models.variables("CP1")
        return {str(each.variable.name): each.variable.value for each in found.values()}

    async def report(self, number: int | None = None) -> StoredReport:
        """The last report, or this one."""
        found = await self.models.reports(CPO, "CP1")
        return next(each for each in found if number in (None, each.report.number))

    async def tell(self, *parts: InventoryPart) -> None:
        """The charger sends these."""
        for part in parts:
            await self.reports.hear("CP1", part)


async def a_place(store: Store, clock: FakeClock, protocol: str) -> Place:
    """The charger CP1 is connected."""
    box = Box(protocol)
    async with store.transaction() as tx:
        await tx.stations.add(Station("CP1", CPO, "hash", protocol=protocol, node="n1"))
    commands = Commands(store, clock, box, random=Random(1))
    models = DeviceModels(store, clock, random=Random(2))
    hands = Hands(store, commands, Configurations(store, clock))
    return Place(store, clock, box, models, StationReports(store, clock), hands)


@pytest.fixture(params=[V16])
async def place(request: Any, store: Store, clock: FakeClock) -> Place:
    """A charger of the version that the test asks for."""
    return await a_place(store, clock, request.param)


def a_variable(name: str, value: str = "1") -> Variable:
    return Variable(VariableName(name, "Ctrlr"), (Attribute(value=value),))


def a_part(sequence: int, *, last: bool = False, number: int = 7, many: int = 1) -> InventoryPart:
    told = tuple(a_variable(f"V{sequence}-{n}") for n in range(many))
    return InventoryPart(number, sequence, last, told)


async def test_all_of_a_configuration_is_read_and_kept(place: Place) -> None:
    """P-139: all, by key, and what is unknown."""
    [command] = await place.models.read(US, "CP1", ReadVariables())
    await place.hands.carry()
    assert (await place.variables())["HeartbeatInterval"] == "300"
    names = (VariableName("heartbeatinterval"), VariableName("Nonsense"))
    place.box.works.settings["HeartbeatInterval"] = "60"
    await place.models.read(US, "CP1", ReadVariables(names))
    await place.hands.carry()
    assert place.box.asked[-1] == (
        "GetConfiguration",
        {"key": ["heartbeatinterval", "Nonsense"]},
    )
    async with place.store.reading() as tx:
        settled = await tx.commands.need(command.id)
    assert settled.state is CommandState.SETTLED


async def test_keys_are_read_as_many_at_a_time_as_the_charger_takes(place: Place) -> None:
    """P-139: batches respect GetConfigurationMaxKeys, once it is known."""
    names = tuple(VariableName(f"Key{n}") for n in range(45))
    assert len(await place.models.read(US, "CP1", ReadVariables(names))) == 3
    place.box.works.settings["GetConfigurationMaxKeys"] = "10"
    await place.models.read(US, "CP1", ReadVariables())
    await place.hands.carry()
    assert len(await place.models.read(US, "CP1", ReadVariables(names))) == 5


@pytest.mark.parametrize("place", [V201], indirect=True)
async def test_variables_are_read_as_many_at_a_time_as_the_charger_takes(place: Place) -> None:
    """P-167: by ItemsPerMessage and BytesPerMessage; what is unknown is said."""
    names = tuple(VariableName(f"V{n}", "Ctrlr") for n in range(9))
    items = Variable(
        VariableName("ItemsPerMessage", "DeviceDataCtrlr", "GetVariables"),
        (Attribute(value="4"),),
    )
    await place.tell(InventoryPart(1, 0, last=True, variables=(items,)))
    asked = await place.models.read(US, "CP1", ReadVariables(names))
    await place.hands.carry()
    assert [len(said["getVariableData"]) for _, said in place.box.asked] == [4, 4, 1]
    async with place.store.reading() as tx:
        outcome = (await tx.commands.need(asked[0].id)).outcome
    assert outcome is not None
    assert outcome.message == "Ctrlr.V0: UnknownComponent, and 3 more"
    size = Variable(VariableName("BytesPerMessage", "DeviceDataCtrlr"), (Attribute(value="500"),))
    await place.tell(InventoryPart(2, 0, last=True, variables=(size,)))
    assert len(await place.models.read(US, "CP1", ReadVariables(names))) == 5


@pytest.mark.parametrize("place", [V21], indirect=True)
async def test_variables_are_written(place: Place) -> None:
    beat = VariableName("HeartbeatInterval", "OCPPCommCtrlr")
    odd = VariableName("Odd", "OCPPCommCtrlr")
    [command] = await place.models.write(US, "CP1", [Setting(beat, "60"), Setting(odd, "1")])
    await place.hands.carry()
    assert place.box.works.settings["OCPPCommCtrlr.HeartbeatInterval"] == "60"
    async with place.store.reading() as tx:
        outcome = (await tx.commands.need(command.id)).outcome
    assert outcome is not None
    assert (outcome.accepted, outcome.message) == (True, "OCPPCommCtrlr.Odd: UnknownVariable")
    with pytest.raises(InvalidInput):
        await place.models.read(US, "CP1", ReadVariables())


async def test_keys_are_written_one_by_one(place: Place) -> None:
    """P-140: Accepted and NotSupported are told apart; a secret is not set by hand."""
    some = [Setting(VariableName(key), "1") for key in ("ConnectionTimeOut", "Nonsense")]
    asked = await place.models.write(US, "CP1", some)
    await place.hands.carry()
    async with place.store.reading() as tx:
        told = [(await tx.commands.need(each.id)).outcome for each in asked]
    assert [each and each.result.value for each in told] == ["ACCEPTED", "NOT_SUPPORTED"]
    for secret in ("AuthorizationKey", "WifiPassword"):
        with pytest.raises(InvalidInput):
            await place.models.write(US, "CP1", [Setting(VariableName(secret), "1")])


@pytest.mark.parametrize("place", BOTH, indirect=True)
async def test_a_report_is_put_together(place: Place) -> None:
    """P-165: parts that come in any order, or twice, make one report."""
    await place.models.report(US, "CP1", ReportKind.FULL)
    await place.hands.carry()
    parts = await place.box.report()
    assert len(parts) > 1
    await place.tell(*reversed(parts), parts[0])
    stored = (await place.report()).report
    assert (stored.state, stored.kind) == (ReportState.COMPLETE, ReportKind.FULL)
    assert stored.variables == sum(len(part.variables) for part in parts)
    assert (await place.variables())["OCPPCommCtrlr.HeartbeatInterval"] == "300"
    async with place.store.reading() as tx:
        found = await tx.device_models.page("CP1", "heartbeat", None, 10)
        after = await tx.device_models.page("CP1", "", found[0][0], 1)
    assert [str(each.variable.name) for _, each in found] == ["OCPPCommCtrlr.HeartbeatInterval"]
    assert len(after) == 1


@pytest.mark.parametrize("place", [V201], indirect=True)
async def test_a_full_report_says_what_is_no_more(place: Place) -> None:
    await place.tell(a_part(0, last=True))
    place.clock.set(NOON + timedelta(hours=1))
    await place.models.report(US, "CP1", ReportKind.FULL)
    await place.hands.carry()
    await place.tell(*await place.box.report())
    assert "Ctrlr.V0-0" not in await place.variables()


@pytest.mark.parametrize("place", [V201], indirect=True)
async def test_a_report_that_lacks_a_part_is_asked_for_again(place: Place) -> None:
    """P-166: three times in all."""
    await place.models.report(US, "CP1", ReportKind.CONFIGURATION)
    for attempt in (1, 2, 3):
        await place.hands.carry()
        last = (await place.box.report())[-1]
        await place.tell(last)
        running = (await place.report(last.number)).report
        assert (running.state, running.attempt) == (ReportState.RUNNING, attempt)
        assert running.lacks
        place.clock.set(place.clock.now() + REPORT_PATIENCE + timedelta(seconds=1))
        await place.models.tick()
        assert (await place.report(last.number)).report.state is ReportState.BROKEN
    await place.hands.carry()
    assert place.box.actions == ["GetBaseReport"] * 3


@pytest.mark.parametrize("place", [V201], indirect=True)
async def test_a_custom_report_that_broke_off_is_asked_for_once_more(place: Place) -> None:
    """P-166: of the same parts."""
    parts = [Part("OCPPCommCtrlr")]
    await place.models.report(US, "CP1", ReportKind.CUSTOM, criteria=["Enabled"], parts=parts)
    for _ in range(3):
        await place.hands.carry()
        place.clock.set(place.clock.now() + REPORT_PATIENCE + timedelta(seconds=1))
        await place.models.tick()
    await place.hands.carry()
    assert place.box.actions == ["GetReport"] * 2
    first, second = (payload for _, payload in place.box.asked)
    assert first.pop("requestId") != second.pop("requestId")
    assert first == second


@pytest.mark.parametrize("place", [V201], indirect=True)
async def test_a_report_that_never_ends_is_bounded(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P-165: neither its parts nor its variables fill the database."""
    monkeypatch.setattr(device_model_news, "MOST_PARTS", 3)
    monkeypatch.setattr(device_model_news, "MOST_VARIABLES", 5)
    await place.tell(*(a_part(n, many=2) for n in range(6)))
    report = (await place.report()).report
    assert (report.parts, report.state) == ((0, 1, 2), ReportState.RUNNING)
    assert len(await place.variables()) == 5
    assert device_model.MOST_PARTS > 3


@pytest.mark.parametrize("place", [V201], indirect=True)
async def test_a_refused_report_says_so(place: Place) -> None:
    async def empty(_asked: dict[str, Any]) -> dict[str, Any]:
        return {"status": "EmptyResultSet"}

    place.box.answers["GetReport"] = empty
    await place.models.report(US, "CP1", ReportKind.CUSTOM, criteria=["Problem"])
    await place.hands.carry()
    report = (await place.report()).report
    assert (report.state, report.status) == (ReportState.REFUSED, "EmptyResultSet")
    assert place.box.asked[0][1]["componentCriteria"] == ["Problem"]


@pytest.mark.parametrize("place", [V21], indirect=True)
async def test_a_way_to_connect_is_taught_and_kept(place: Place) -> None:
    """P-169: what is set, the charger keeps until it is told to use it."""
    profile = NetworkProfile("wss://hub.example/ocpp", 2, "Wired0")
    await place.models.set_profile(US, "CP1", SetNetworkProfile(2, profile))
    await place.hands.carry()
    [(action, said)] = place.box.asked
    assert (action, said["configurationSlot"]) == ("SetNetworkProfile", 2)
    async with place.store.reading() as tx:
        kept = await tx.station_facts.get("CP1", "network_profile", NetworkProfile, name="2")
    assert kept is not None
    assert kept.value == profile


async def test_whose_charger_it_is_and_whether_it_is_there(place: Place) -> None:
    stranger = Asker(channel=CommandChannel.OPERATOR, cpo=PartyId("DE", "OTH"))
    with pytest.raises(NotFound):
        await place.models.read(stranger, "CP1", ReadVariables())
    async with place.store.transaction() as tx:
        await tx.stations.put(Station("CP2", CPO, "hash"))
    with pytest.raises(ChargerRefused):
        await place.models.read(US, "CP2", ReadVariables())
