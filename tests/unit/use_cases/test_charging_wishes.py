"""What drivers want while they charge: limits that may change, their cable, fair idle time."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.charging import ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandKind, CommandOutcome, CommandResult
from app.domain.errors import ChargerRefused, Conflict, InvalidInput, NotFound
from app.domain.stations import Address, ConnectorState
from app.domain.tariffs import Dimension, Restrictions, TariffElement
from app.domain.units import Kwh
from app.use_cases.charging_wishes import SessionLimits
from app.use_cases.quotes import Caller
from tests.support.chargers import CPO
from tests.support.drive import ME, Drive
from tests.support.money import eur
from tests.support.priced import a_component, a_tariff, energy_at

S, K = ChargingState, NoticeKind
MINUTE = timedelta(minutes=1)


def idle_tariff(**when: Any) -> Any:
    """0.60 a kWh and 0.20 a minute of idling, both with taxes."""
    idle = TariffElement((a_component(Dimension.PARKING_TIME, "10"),), Restrictions(**when))
    return a_tariff(energy_at("0.50"), idle, party=CPO, id="T1")


@pytest.mark.parametrize(
    "limits",
    [
        SessionLimits(energy=Kwh.of("5")),
        SessionLimits(cost=eur("3")),
        SessionLimits(soc=Decimal(54)),
        SessionLimits(time=10 * MINUTE),
    ],
)
async def test_a_limit_that_is_set_while_charging_stops_it_once(
    drive: Drive, limits: SessionLimits
) -> None:
    """Limits by energy, cost, % and time; reached already, the charger is told to stop at once."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 640, 5_000)
    assert (await drive.now(charging)).state is S.CHARGING
    after = await drive.session_wishes.set_limits(charging.id, ME, limits)
    assert (after.state, after.reason) == (S.STOPPING, Reason.LIMIT_REACHED)
    await drive.pump()
    await drive.meter(live, number, 700, 5_600)
    await drive.pass_time(30)
    stops = [c for c in drive.chargers.told if c.kind is CommandKind.STOP]
    assert len(stops) == 1
    assert K.LIMIT_REACHED in await drive.told(charging)


async def test_a_time_limit_needs_no_word_from_the_charger(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.plug_in(live, charging, 20)
    await drive.session_wishes.set_limits(charging.id, ME, SessionLimits(time=10 * MINUTE))
    await drive.pass_time(9 * 60)
    assert (await drive.now(charging)).state is S.CHARGING
    await drive.pass_time(70)
    assert (await drive.now(charging)).state is S.STOPPING


async def test_a_limit_may_be_lifted_again(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    five = SessionLimits(energy=Kwh.of("5"))
    assert (await drive.session_wishes.set_limits(charging.id, ME, five)).target_energy
    await drive.session_wishes.set_limits(charging.id, ME, SessionLimits())
    await drive.meter(live, number, 640, 6_000)
    current = await drive.now(charging)
    assert (current.state, current.target_energy) == (S.CHARGING, None)
    for limits, path in (
        (SessionLimits(energy=Kwh.of("0")), "energy"),
        (SessionLimits(cost=eur("-1")), "cost"),
        (SessionLimits(soc=Decimal(101)), "soc"),
        (SessionLimits(time=timedelta()), "time"),
    ):
        with pytest.raises(InvalidInput, match=path):
            await drive.session_wishes.set_limits(charging.id, ME, limits)
    with pytest.raises(NotFound):
        await drive.session_wishes.set_limits(charging.id, Caller(driver_id="x"), SessionLimits())
    await drive.unplug(live, number, 700, 6_100)
    with pytest.raises(Conflict):
        await drive.session_wishes.set_limits(charging.id, ME, SessionLimits())


async def test_the_driver_hears_of_the_end_before_it_comes(drive: Drive) -> None:
    """Product §1.6: limit_near and almost_done, each once; A10: about 10 minutes left."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started(target_energy=Kwh.of("10"))
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 1_200, 7_000)
    assert not {K.ALMOST_DONE, K.LIMIT_NEAR} & await drive.told(charging)
    await drive.pass_time(600)
    assert K.ALMOST_DONE in await drive.told(charging)
    await drive.meter(live, number, 1_900, 9_100)
    assert K.LIMIT_NEAR in await drive.told(charging)


async def stopped_but_stuck(drive: Drive) -> tuple[Any, Any]:
    """Charging has ended in the app, the vehicle is still there, and idling has a price."""
    await drive.furnish(idle_tariff())
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 600, 2_000)
    with pytest.raises(Conflict):
        await drive.session_wishes.unlock(charging.id, ME)
    await drive.chargings.stop(charging.id, ME)
    await drive.pump()
    await drive.floor.show(live, 610, ConnectorState.FINISHING)
    await drive.unplug(live, number, 620, 2_000)
    assert (await drive.now(charging)).state is S.AWAITING_UNPLUG
    return live, charging


async def test_a_cable_that_is_stuck(drive: Drive) -> None:
    """Product §1.5 cable stuck: unlocked from the app; what an attempt fails for costs nothing."""
    live, charging = await stopped_but_stuck(drive)
    drive.chargers.outcome = CommandOutcome(CommandResult.FAILED)
    await drive.session_wishes.unlock(charging.id, ME)
    await drive.pump()
    assert drive.chargers.told[-1].kind is CommandKind.UNLOCK
    assert K.CABLE_STUCK in await drive.told(charging)
    await drive.floor.sessions.unlock_tried(live, Address(0, 1), worked=False)
    await drive.clock.advance(600)
    await drive.floor.sessions.unlock_tried(live, Address(0, 1), worked=True)
    await drive.floor.show(live, 1_280, ConnectorState.AVAILABLE)
    await drive.pump()
    done = await drive.now(charging)
    assert done.state is S.COMPLETED
    # 2 kWh, and 70 seconds of idling beside the ten minutes that the cable was stuck.
    assert done.total == eur("1.43")


async def test_a_cable_is_let_go_for_its_own_driver_only(drive: Drive) -> None:
    _, charging = await stopped_but_stuck(drive)
    with pytest.raises(NotFound):
        await drive.session_wishes.unlock(charging.id, Caller(driver_id="thief"))
    before = (await drive.now(charging)).seq
    unlocked = await drive.session_wishes.unlock(charging.id, ME)
    await drive.pump()
    assert unlocked.seq > before
    assert K.CABLE_STUCK not in await drive.told(charging)


async def test_a_cable_is_not_let_go_when_it_is_anothers_by_now(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.unplug(live, number, 600, 2_000)
    assert (await drive.now(charging)).state is S.COMPLETED
    await drive.floor.start(live, 700)
    with pytest.raises(ChargerRefused, match="occupied"):
        await drive.session_wishes.unlock(charging.id, ME)
    await drive.clock.advance(4_000)
    with pytest.raises(Conflict):
        await drive.session_wishes.unlock(charging.id, ME)


async def test_idling_is_told_fairly(drive: Drive) -> None:
    """Product §1.6 idle.warning at T-15 and T-5, idle.started, then every 30 minutes."""
    await drive.furnish(idle_tariff(min_duration=60 * MINUTE))
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 0)
    await drive.meter(live, number, 1_200, 4_000)
    await drive.floor.show(live, 1_210, ConnectorState.SUSPENDED_EV)
    await drive.pump()
    assert not {K.IDLE_WARNING, K.IDLE_STARTED} & await drive.told(charging)
    times: dict[NoticeKind, list[int]] = {}
    for _ in range(30):
        await drive.pass_time(300)
        async with drive.store.reading() as tx:
            for notice in await tx.drivers.notices.of_charging(charging.id):
                minute = int((notice.created_at - charging.created_at) / MINUTE)
                seen = times.setdefault(notice.kind, [])
                if minute not in seen:
                    seen.append(minute)
    assert times[K.IDLE_WARNING] == [45, 55]
    assert times[K.IDLE_STARTED] == [60]
    assert times[K.IDLE_RUNNING] == [90, 120, 150]
    assert K.IDLE_CAP not in times
