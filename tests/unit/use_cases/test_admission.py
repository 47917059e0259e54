"""Chargers are accepted, held or rejected; they are asked what they do not say, and missed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.admission import ChargerRules, Unknown
from app.domain.clocks import ClockTold
from app.domain.commands import Command, CommandKind
from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.stations import (
    Address,
    Booted,
    BootFacts,
    ConnectorState,
    Phase,
    StationState,
    StatusReported,
    TransactionReported,
)
from app.use_cases.admission import Admission, Admissions
from app.use_cases.live_stations import LiveStation
from app.use_cases.stations import BootVerdict, StationRules, Stations
from tests.support.chargers import CPO, TAG, V16, V201, Floor, a_location, an_evse, at
from tests.support.clock import NOON

FACTS = BootFacts("Maker", "M1", "S-26-" + "1" * 21, "1.0", iccid="8931", imsi="20404")
BOOT = Booted(FACTS)
REGISTERED, PENDING, RETIRED = StationState.REGISTERED, StationState.PENDING, StationState.RETIRED


def house(floor: Floor, **rules: Any) -> Stations:
    return Stations(
        floor.store,
        floor.batch,
        floor.sessions,
        sealer=floor.sealer,
        bus=floor.bus,
        clock=floor.clock,
        rules=StationRules(**{"accept_unknown": False, "default_party": CPO, **rules}),
    )


async def asked(floor: Floor, station_id: str = "CP1") -> list[tuple[str | None, str | None]]:
    """What the charger was asked to say, and of which EVSE, the oldest first."""
    async with floor.store.reading() as tx:
        found: list[Command] = await tx.commands.of_station(station_id, before=None, limit=50)
    triggers = [each for each in reversed(found) if each.kind is CommandKind.TRIGGER]
    return [(each.detail, each.evse_uid) for each in triggers]


@pytest.fixture
def admissions(floor: Floor) -> Admissions:
    return Admissions(floor.store, floor.clock)


async def test_a_held_charger_is_accepted_and_boots_again(
    floor: Floor, admissions: Admissions
) -> None:
    """P-075, P-079: pending until the operator says yes; then it is asked to boot."""
    await floor.furnish()
    stations = house(floor, hold_unknown=True)
    live = await stations.connect("NEW", None, protocol=V16, node="n1")
    assert (await stations.boot(live, BOOT)).verdict is BootVerdict.PENDING
    assert [station.id for station in await admissions.waiting(CPO)] == ["NEW"]
    await admissions.decide(CPO, "NEW", Admission(REGISTERED, 120))
    assert await asked(floor, "NEW") == [("BootNotification", None)]
    answer = await stations.boot(live, BOOT)
    assert (answer.verdict, answer.interval_s) == (BootVerdict.ACCEPTED, 120)
    assert await admissions.waiting(CPO) == []


async def test_what_a_charger_is_can_be_seen(floor: Floor, admissions: Admissions) -> None:
    """P-074, P-080: also a serial number that is too long."""
    await floor.furnish()
    live = await floor.connect()
    await floor.stations.boot(live, BOOT)
    station = await admissions.of(CPO, "CP1")
    assert (station.facts, station.booted_at) == (FACTS, NOON)
    with pytest.raises(NotFound):
        await admissions.of(PartyId("DE", "OTH"), "CP1")


async def test_a_rejected_charger_learns_it_at_once(floor: Floor, admissions: Admissions) -> None:
    """P-076; a decision that changes nothing asks nothing."""
    await floor.furnish()
    live = await floor.connect()
    await admissions.decide(CPO, "CP1", Admission(REGISTERED))
    assert await asked(floor) == []
    await admissions.decide(CPO, "CP1", Admission(RETIRED))
    assert await asked(floor) == [("BootNotification", None)]
    assert (await floor.stations.boot(live, BOOT)).verdict is BootVerdict.REJECTED
    await floor.stations.disconnect(live)
    await admissions.decide(CPO, "CP1", Admission(PENDING))
    assert len(await asked(floor)) == 1


@pytest.mark.parametrize(
    ("rule", "setting", "state"),
    [
        (None, {}, None),
        (None, {"hold_unknown": True}, PENDING),
        (None, {"accept_unknown": True}, REGISTERED),
        (Unknown.REFUSE, {"accept_unknown": True}, None),
        (Unknown.HOLD, {}, PENDING),
        (Unknown.ACCEPT, {}, REGISTERED),
    ],
)
async def test_unknown_chargers_by_the_operator_s_rules(
    floor: Floor,
    admissions: Admissions,
    *,
    rule: Unknown | None,
    setting: dict[str, bool],
    state: StationState | None,
) -> None:
    await admissions.choose(CPO, ChargerRules(unknown=rule))
    stations = house(floor, **setting)
    if state is None:
        with pytest.raises(NotFound):
            await stations.connect("NEW", None, protocol=V16, node="n1")
    else:
        live = await stations.connect("NEW", None, protocol=V16, node="n1")
        assert live.station.state is state


async def test_heartbeats_by_charger_and_by_operator(floor: Floor, admissions: Admissions) -> None:
    await floor.furnish()
    live = await floor.connect()
    assert (await floor.stations.boot(live, BOOT)).interval_s == 300
    await admissions.choose(CPO, ChargerRules(heartbeat_s=600))
    assert (await floor.stations.boot(live, BOOT)).interval_s == 600
    await admissions.decide(CPO, "CP1", Admission(REGISTERED, 60))
    assert (await floor.stations.boot(live, BOOT)).interval_s == 60
    for wrong in (9, 86_401, 0):
        with pytest.raises(InvalidInput):
            await admissions.choose(CPO, ChargerRules(heartbeat_s=wrong))


@pytest.mark.parametrize(("protocol", "asks"), [(V16, "ReadVariables"), (V201, "AskBaseReport")])
async def test_a_new_firmware_is_asked_for_its_inventory(
    floor: Floor, admissions: Admissions, *, protocol: str, asks: str
) -> None:
    """Once for each firmware, where the operator wants it."""
    await floor.furnish()
    live = await floor.connect(protocol)
    await floor.stations.boot(live, BOOT)
    await admissions.choose(CPO, ChargerRules(inventory=True))
    for firmware in ("1.0", "2.0", "2.0"):
        await floor.stations.boot(live, Booted(replace(FACTS, firmware=firmware)))
    async with floor.store.reading() as tx:
        found = await tx.commands.of_station("CP1", before=None, limit=50)
    assert [each.ask and each.ask.shape for each in found] == [asks]


async def test_a_charger_that_says_nothing_is_asked(floor: Floor) -> None:
    """P-084, Q-08, Q-10: for its statuses, EVSE by EVSE, and to boot when we know nothing of it.

    Once, whatever it answers: some say no and report all the same.
    """
    await floor.furnish(a_location(an_evse(1), an_evse(2)))
    await floor.connect()
    await floor.stations.greet()
    assert await asked(floor) == []
    floor.clock.set(at(10))
    await floor.stations.greet()
    assert await asked(floor) == [
        ("BootNotification", None),
        ("StatusNotification", "E1"),
        ("StatusNotification", "E2"),
    ]
    await floor.stations.greet()
    assert len(await asked(floor)) == 3


async def test_a_charger_that_speaks_is_not_asked(floor: Floor) -> None:
    """Q-08: it need not boot anew on each connection."""
    await floor.furnish()
    live = await floor.connect()
    await floor.stations.boot(live, BOOT)
    live = await floor.connect()
    await floor.show(live, 1, ConnectorState.AVAILABLE)
    floor.clock.set(at(20))
    await floor.stations.greet()
    assert await asked(floor) == []


async def _status(floor: Floor, live: LiveStation, at_s: int | None) -> None:
    moment = None if at_s is None else at(at_s)
    report = StatusReported(Address(0, 1), ConnectorState.AVAILABLE, moment)
    await floor.stations.status(live, report)


async def test_how_far_a_clock_is_away_is_kept(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning when it is too far; a charger that tells no time tells nothing about its clock."""
    await floor.furnish()
    live = await floor.connect()
    await _status(floor, live, None)
    async with floor.store.reading() as tx:
        assert await tx.station_facts.get("CP1", "clock", ClockTold) is None
    await _status(floor, live, 3600)
    async with floor.store.reading() as tx:
        fact = await tx.station_facts.get("CP1", "clock", ClockTold)
    assert fact is not None
    assert fact.value == ClockTold(3600, off=True)
    assert "station.clock_off" in caplog.text


async def test_a_charger_without_power_is_shown_so_within_two_minutes(floor: Floor) -> None:
    """Q-37: from its last sign of life on, not from when its connection was given up."""
    await floor.furnish()
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.AVAILABLE)
    floor.clock.set(at(40))
    await floor.stations.watch()
    floor.clock.set(at(55))
    live.gone_for = timedelta(seconds=55)
    await floor.stations.disconnect(live)
    floor.clock.set(at(110))
    await floor.stations.watch_offline()
    assert (await floor.evse()).status is EvseStatus.UNKNOWN


async def test_waiting_for_approval_is_short(floor: Floor) -> None:
    """Q-24: many chargers bear it badly; they are called as soon as they are accepted, too."""
    stations = house(floor, hold_unknown=True)
    live = await stations.connect("NEW", None, protocol=V16, node="n1")
    assert (await stations.boot(live, BOOT)).interval_s <= 60


@pytest.mark.parametrize(("offline", "ahead"), [(False, 3_600), (True, None)])
async def test_transactions_show_the_clock_too(
    *, floor: Floor, offline: bool, ahead: int | None
) -> None:
    """Of chargers that tell no statuses, too; not by what they kept while they were offline."""
    await floor.furnish()
    live = await floor.connect(V201)
    said = TransactionReported(
        Phase.STARTED, at(3_600), "{}", transaction="TX-1", seq_no=0, token=TAG, offline=offline
    )
    await floor.sessions.report(live, said)
    async with floor.store.reading() as tx:
        fact = await tx.station_facts.get("CP1", "clock", ClockTold)
    assert (fact and fact.value.ahead_s) == ahead
