"""Sessions while charging: limits, lost contact, stops that do not work."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.charging import ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.errors import ChargerRefused, Conflict, InvalidInput
from app.domain.events import PaymentSettled
from app.domain.payments import PaymentState
from app.domain.units import Kwh
from tests.support.drive import ME, Drive
from tests.support.money import eur

S, K, P = ChargingState, NoticeKind, PaymentState


async def test_nobody_charges_beyond_the_hold(drive: Drive) -> None:
    """Charging ends at 95 % of the hold of 30 EUR; whatever more came is charged after it."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 3600, 47_000)
    assert (await drive.now(charging)).state is S.CHARGING
    await drive.meter(live, number, 3700, 47_500)
    assert (await drive.now(charging)).state is S.STOPPING
    assert K.LIMIT_REACHED in await drive.told(charging)
    await drive.unplug(live, number, 3800, 51_000)
    payment = await drive.payment(charging)
    assert (payment.captured, payment.from_hold) == (eur("30.6"), eur("30"))
    assert (await drive.now(charging)).state is S.COMPLETED


@pytest.mark.parametrize("limit", ["energy", "time"])
async def test_the_drivers_own_limit(drive: Drive, limit: str) -> None:
    wanted = {
        "energy": {"target_energy": Kwh.of("5")},
        "time": {"target_time": timedelta(minutes=10)},
    }
    await drive.furnish()
    live = await drive.floor.connect()
    quoted = await drive.quote(**wanted[limit])
    await drive.chargings.start(quoted.id, ME)
    await drive.pump()
    number = await drive.plug_in(live, quoted, 20)
    await drive.meter(live, number, 500, 4_000)
    assert (await drive.now(quoted)).state is S.CHARGING
    await drive.meter(live, number, 700, 5_000)
    assert (await drive.now(quoted)).state is S.STOPPING


async def test_contact_is_lost_and_found(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.plug_in(live, charging, 20)
    await drive.floor.stations.disconnect(live)
    await drive.pump()
    assert (await drive.now(charging)).state is S.INTERRUPTED
    with pytest.raises(ChargerRefused, match="offline"):
        await drive.chargings.stop(charging.id, ME)
    assert (await drive.now(charging)).state is S.INTERRUPTED
    await drive.pass_time(120)
    assert K.INTERRUPTED in await drive.told(charging)
    await drive.floor.connect()
    await drive.pump()
    assert (await drive.now(charging)).state is S.CHARGING
    assert K.RESUMED in await drive.told(charging)


async def test_a_stop_that_does_not_work(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.plug_in(live, charging, 20)
    drive.chargers.outcome = CommandOutcome(CommandResult.REJECTED)
    await drive.chargings.stop(charging.id, ME)
    await drive.pump()
    current = await drive.now(charging)
    assert (current.state, current.reason) == (S.CHARGING, Reason.STOP_REFUSED)
    with pytest.raises(Conflict):
        await drive.chargings.cancel(charging.id, ME)


async def test_a_fault_ends_the_session_with_its_bill(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.unplug(live, number, 600, 2_000, reason="EmergencyStop")
    done = await drive.now(charging)
    assert (done.state, done.reason) == (S.COMPLETED, Reason.STOPPED_BY_FAULT)
    assert K.FAULT in await drive.told(charging)


async def test_a_bill_in_another_currency_is_for_a_person(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    async with drive.store.transaction() as tx:
        current = await tx.charging.need(charging.id)
        await tx.charging.save(replace(current, currency="CHF"))
    with pytest.raises(InvalidInput, match="CHF"):
        await drive.unplug(live, number, 600, 2_000)


async def test_live_listeners_are_hinted(drive: Drive) -> None:
    heard: list[str] = []

    async def listen(subject: str, _: bytes) -> None:
        heard.append(subject)

    await drive.floor.bus.subscribe("charging.*", listen)
    await drive.furnish()
    await drive.floor.connect()
    charging = await drive.started()
    assert heard == [f"charging.{charging.id}"] * len(heard)
    assert len(heard) >= 3
    assert charging.seq >= 3


async def test_news_of_nobodys_session_is_ignored(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    answer = await drive.floor.start(live)
    await drive.pump()
    await drive.unplug(live, answer.number or 0, 60, 100)
    assert not drive.states(await drive.quote())


async def test_old_payments_tell_nothing(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    charging = await drive.started()
    payment = await drive.payment(charging)
    async with drive.store.transaction() as tx:
        current = await tx.charging.need(charging.id)
        await tx.charging.save(replace(current, payment_id="another"))
    await drive.news.on_payment(payment.id)
    assert (await drive.now(charging)).state is charging.state
    assert any(isinstance(e, PaymentSettled) for e in drive.seen)
