"""Chargers connect, boot, show their connectors, and are missed when they are gone."""

import asyncio
from contextlib import suppress

import pytest

from app.domain.errors import AlreadyExists, InvalidInput, NotFound, Unauthenticated
from app.domain.events import EvseStatusChanged
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace, EvseStatus
from app.domain.sessions import SessionStatus
from app.domain.stations import (
    Address,
    Booted,
    BootFacts,
    ConnectorState,
    Credentials,
    Phase,
    StationState,
    StatusReported,
)
from app.use_cases.live_stations import Layout
from app.use_cases.stations import BootVerdict, StationRules, Stations
from tests.support.chargers import (
    CPO,
    PASSWORD,
    TAG,
    V16,
    V201,
    Floor,
    a_connector,
    a_location,
    a_parking_tariff,
    an_evse,
    at,
    shows,
)


def open_house(floor: Floor) -> Stations:
    return Stations(
        floor.store,
        floor.batch,
        floor.sessions,
        sealer=floor.sealer,
        bus=floor.bus,
        clock=floor.clock,
        rules=StationRules(accept_unknown=True, default_party=CPO),
    )


async def knock(floor: Floor, station_id: str, user: str, *offered: str) -> str:
    credentials = Credentials(user, offered)
    live = await floor.stations.connect(station_id, credentials, protocol=V16, node="n1")
    return live.id


async def test_a_known_charger_with_its_password_comes_in(floor: Floor) -> None:
    """Names are compared without regard to case, and any form of the key will do."""
    await floor.furnish()
    assert await knock(floor, "cp1", "Cp1", "nonsense", PASSWORD) == "CP1"
    with pytest.raises(Unauthenticated):
        await knock(floor, "CP1", "CP1", "nonsense")
    with pytest.raises(Unauthenticated):
        await knock(floor, "CP1", "CP2", PASSWORD)
    with pytest.raises(Unauthenticated):
        await floor.stations.connect("CP1", None, protocol=V16, node="n1")
    with pytest.raises(NotFound):
        await knock(floor, "CP9", "CP9", PASSWORD)


async def test_a_test_bed_lets_anybody_in_but_not_under_a_known_name(floor: Floor) -> None:
    await floor.furnish()
    stations = open_house(floor)
    live = await stations.connect("NEW", None, protocol=V16, node="n1")
    assert (live.station.party, live.layout.places) == (CPO, ())
    again = await stations.connect("NEW", None, protocol=V16, node="n1")
    assert again.epoch == live.epoch + 1
    with pytest.raises(Unauthenticated):
        await stations.connect("CP1", None, protocol=V16, node="n1")
    with pytest.raises(NotFound):
        await floor.stations.connect("NEW", Credentials("NEW", ("",)), protocol=V16, node="n1")


async def test_the_watch_goes_on_by_itself(floor: Floor) -> None:
    await floor.furnish()
    await floor.connect()
    watch = asyncio.create_task(floor.stations.run())
    await floor.clock.advance(0)
    await floor.clock.advance(20)
    for _ in range(100):
        async with floor.store.reading() as tx:
            if (await tx.stations.need("CP1")).seen_at == at(20):
                break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("nobody vouched for the charger")
    watch.cancel()
    with suppress(asyncio.CancelledError):
        await watch


async def test_an_unknown_charger_goes_on_after_a_restart(floor: Floor) -> None:
    await floor.furnish()
    live = await open_house(floor).connect("NEW", None, protocol=V16, node="n1")
    number = str((await floor.start(live)).number)
    live = await open_house(floor).connect("NEW", None, protocol=V16, node="n1")
    assert live.running[number].address == Address(1, 1)
    await floor.tell(live, Phase.ENDED, 60, transaction=number, readings=(shows(60, 1_500),))
    assert (await floor.session(live, number)).status is SessionStatus.COMPLETED


async def test_an_unknown_charger_is_booked_without_a_place(floor: Floor) -> None:
    await floor.furnish()
    live = await open_house(floor).connect("NEW", None, protocol=V16, node="n1")
    number = str((await floor.start(live)).number)
    await floor.tell(live, Phase.ENDED, 60, transaction=number, readings=(shows(60, 1_500),))
    session = await floor.session(live, number)
    assert (session.status, session.location_id) == (SessionStatus.COMPLETED, None)
    assert (session.evse_uid, session.connector_id, session.zone) == ("1", "1", "UTC")
    assert await floor.kinds() == []


async def test_only_the_last_connection_can_end_itself(floor: Floor) -> None:
    await floor.furnish()
    first = await floor.connect()
    second = await floor.connect()
    await floor.stations.disconnect(first)
    async with floor.store.reading() as tx:
        assert (await tx.stations.need("CP1")).node == "n1"
    await floor.stations.disconnect(second)
    async with floor.store.reading() as tx:
        assert (await tx.stations.need("cp1")).node is None
        kinds = [r.event.kind for r in await tx.events.unplanned(10)]
    assert kinds == ["station.connected", "station.connected", "station.disconnected"]


@pytest.mark.parametrize(
    ("state", "verdict", "interval"),
    [
        (StationState.REGISTERED, BootVerdict.ACCEPTED, 300),
        (StationState.PENDING, BootVerdict.PENDING, 60),
        (StationState.RETIRED, BootVerdict.REJECTED, 3_600),
    ],
)
async def test_boots(
    floor: Floor, state: StationState, verdict: BootVerdict, interval: int
) -> None:
    """P-073…P-076, P-079: the state is read anew at each boot."""
    await floor.furnish()
    live = await floor.connect()
    async with floor.store.transaction() as tx:
        station = await tx.stations.need("CP1")
        await tx.stations.put(type(station)("CP1", CPO, station.password_hash, state=state))
    facts = BootFacts("Roam", "Box", serial="S" * 26, firmware="1.2", iccid="89", imsi="20")
    answer = await floor.stations.boot(live, Booted(facts))
    assert (answer.verdict, answer.interval_s) == (verdict, interval)
    async with floor.store.reading() as tx:
        assert (await tx.stations.need("CP1")).facts == facts
    assert live.station.state is state


async def test_statuses_move_the_map(floor: Floor) -> None:
    """P-122: and only a real change is told."""
    await floor.furnish()
    live = await floor.connect()
    steps = [
        (ConnectorState.AVAILABLE, EvseStatus.AVAILABLE),
        (ConnectorState.AVAILABLE, EvseStatus.AVAILABLE),
        (ConnectorState.PREPARING, EvseStatus.CHARGING),
        (ConnectorState.CHARGING, EvseStatus.CHARGING),
        (ConnectorState.FAULTED, EvseStatus.OUTOFORDER),
        (ConnectorState.AVAILABLE, EvseStatus.AVAILABLE),
    ]
    for second, (state, status) in enumerate(steps):
        await floor.show(live, second, state)
        assert (await floor.evse()).status is status
    assert await floor.events() == [EvseStatusChanged(CPO, "L1", "E1")] * 4
    evse = await floor.evse()
    assert evse.last_updated == at(5)


async def test_a_fault_is_kept_with_its_codes(floor: Floor) -> None:
    """P-122, P-126."""
    await floor.furnish()
    live = await floor.connect()
    fault = StatusReported(
        Address(0, 1), ConnectorState.FAULTED, at(0), "GroundFailure", "E77", "x" * 60
    )
    await floor.stations.status(live, fault)
    async with floor.store.reading() as tx:
        (kept,) = await tx.stations.connectors("CP1")
    assert (kept.error, kept.vendor_error, kept.info) == ("GroundFailure", "E77", "x" * 60)


async def test_an_older_status_does_not_win(floor: Floor) -> None:
    """P-120: also after a restart; without a usable time it counts as now."""
    await floor.furnish()
    live = await floor.connect()
    await floor.show(live, 60, ConnectorState.FAULTED)
    await floor.show(live, 30, ConnectorState.AVAILABLE)
    assert (await floor.evse()).status is EvseStatus.OUTOFORDER
    floor.restart()
    live = await floor.connect()
    await floor.show(live, 30, ConnectorState.AVAILABLE)
    assert (await floor.evse()).status is EvseStatus.OUTOFORDER
    await floor.stations.status(live, StatusReported(Address(0, 1), ConnectorState.AVAILABLE))
    assert (await floor.evse()).status is EvseStatus.AVAILABLE


async def test_the_whole_station(floor: Floor) -> None:
    """P-121, P-172."""
    await floor.furnish()
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.AVAILABLE)
    out = StatusReported(Address(0, 0), ConnectorState.UNAVAILABLE, at(1))
    await floor.stations.status(live, out)
    assert [(await floor.evse(u)).status for u in ("E1", "E2")] == [EvseStatus.INOPERATIVE] * 2
    back = StatusReported(Address(0, 0), ConnectorState.AVAILABLE, at(2))
    await floor.stations.status(live, back)
    assert (await floor.evse("E1")).status is EvseStatus.AVAILABLE
    assert (await floor.evse("E2")).status is EvseStatus.UNKNOWN


async def test_a_removed_evse_stays_removed(floor: Floor) -> None:
    await floor.furnish(a_location(an_evse(1, status=EvseStatus.REMOVED)))
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.AVAILABLE)
    assert (await floor.evse()).status is EvseStatus.REMOVED


async def test_available_wins_over_a_silent_session_after_30_seconds(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    await floor.start(live)
    await floor.show(live, 10, ConnectorState.AVAILABLE)
    floor.clock.set(at(40))
    await floor.stations.watch()
    assert (await floor.evse()).status is EvseStatus.CHARGING
    floor.clock.set(at(41))
    await floor.stations.watch()
    assert (await floor.evse()).status is EvseStatus.AVAILABLE


async def test_a_silent_charger_is_unknown_after_two_minutes(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.AVAILABLE)
    hints: list[str] = []

    async def hear(subject: str, data: bytes) -> None:
        hints.append(subject)

    await floor.bus.subscribe("evse.>", hear)
    floor.clock.set(at(100))
    await floor.stations.watch()
    floor.clock.set(at(204))
    await floor.stations.watch_offline()
    assert (await floor.evse()).status is EvseStatus.AVAILABLE
    await floor.stations.disconnect(live)
    floor.clock.set(at(341))
    await floor.stations.watch_offline()
    assert (await floor.evse()).status is EvseStatus.UNKNOWN
    assert hints == ["evse.NL-RW1.L1"]
    before = await floor.events()
    await floor.stations.watch_offline()
    assert await floor.events() == before
    live = await floor.connect()
    await floor.show(live, 350, ConnectorState.AVAILABLE)
    assert (await floor.evse()).status is EvseStatus.AVAILABLE


async def test_nobody_pays_for_idling_that_nobody_saw(floor: Floor) -> None:
    await floor.furnish(None, a_parking_tariff())
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.CHARGING)
    number = str((await floor.start(live)).number)
    await floor.tell(live, Phase.ENDED, 60, transaction=number, readings=(shows(60, 1_500),))
    floor.clock.set(at(120))
    await floor.stations.disconnect(live)
    floor.clock.set(at(900))
    await floor.stations.watch_offline()
    session = await floor.session(live, number)
    assert (session.status, session.ended_at) == (SessionStatus.COMPLETED, at(120))
    assert len(await floor.cdrs(session)) == 1


async def test_registering(floor: Floor) -> None:
    key = await floor.stations.register("CP5", CPO)
    assert len(key) == 24
    assert key.isalnum()
    assert await knock(floor, "CP5", "CP5", key) == "CP5"
    new = await floor.stations.register("cp5", CPO)
    with pytest.raises(Unauthenticated):
        await knock(floor, "CP5", "CP5", key)
    assert await knock(floor, "CP5", "CP5", new) == "CP5"
    with pytest.raises(AlreadyExists):
        await floor.stations.register("CP5", PartyId("NL", "XXX"))
    for name in ("", "a/b", "x" * 49, " ", "a:b", "a\n", "a\x00", "\ufffd", "%00", "é"):
        with pytest.raises(InvalidInput):
            await floor.stations.register(name, CPO)


async def test_a_heartbeat_is_a_sign_of_life(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    floor.clock.set(at(30))
    await floor.stations.heard(live)
    assert live.heard_at == at(30)


def places(*evses) -> list[EvsePlace]:  # type: ignore[no-untyped-def]
    location = a_location(*evses)
    return [EvsePlace(location, e, c) for e, c in location.pairs()]


def test_how_chargers_count() -> None:
    plain = Layout(places(an_evse(1), an_evse(2)))
    assert plain.normal(Address(0, 2)) == Address(2, 1)
    assert plain.address("e2", None, V16) == Address(0, 2)
    assert plain.address("E2", "1", V201) == Address(2, 1)
    assert plain.address("E9", "1", V16) is None
    assert plain.place(Address(0, 0)) is None
    assert plain.normal(Address(0, 7)) == Address(7, 1)
    shared = an_evse(1, connectors=(a_connector(1), a_connector(2)))
    grouped = Layout(places(shared, an_evse(2)))
    assert [grouped.normal(Address(0, n)) for n in (1, 2, 3)] == [
        Address(1, 1),
        Address(1, 2),
        Address(2, 1),
    ]
    assert grouped.address("E1", "2", V16) == Address(0, 2)
    there = grouped.place(Address(1, 2))
    assert there is not None
    assert there.connector.id == "2"
    assert grouped.place(Address(0, 3)) == grouped.place(Address(2, 0))


async def test_two_cables_of_one_evse_are_one_place(floor: Floor) -> None:
    shared = an_evse(1, connectors=(a_connector(1), a_connector(2)))
    await floor.furnish(a_location(shared))
    live = await floor.connect()
    await floor.show(live, 0, ConnectorState.AVAILABLE)
    busy = StatusReported(Address(0, 2), ConnectorState.CHARGING, at(1))
    await floor.stations.status(live, busy)
    assert (await floor.evse()).status is EvseStatus.CHARGING
    await floor.start(live, 2, address=Address(0, 2), token=TAG)
    (running,) = live.running.values()
    assert running.session.connector_id == "2"
