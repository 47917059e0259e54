"""Starts that fail, come late, or come though nobody wants them."""

from dataclasses import replace

import pytest

from app.domain.charging import ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandKind, CommandOutcome, CommandResult
from app.domain.errors import PaymentDeclined
from app.domain.locations import EvseStatus
from app.domain.payments import PaymentState
from app.domain.stations import ConnectorState
from tests.support.chargers import CPO
from tests.support.drive import CARD, ME, Drive
from tests.support.money import eur

S, K, P = ChargingState, NoticeKind, PaymentState
BAD = replace(CARD, reference="pm_card_chargeDeclined")


@pytest.mark.parametrize(
    ("result", "shown", "reason"),
    [
        (CommandResult.REJECTED, ConnectorState.AVAILABLE, Reason.CABLE_NOT_IN),
        (CommandResult.REJECTED, ConnectorState.PREPARING, Reason.CHARGER_REFUSED),
        (CommandResult.EVSE_OCCUPIED, ConnectorState.AVAILABLE, Reason.OCCUPIED),
        (CommandResult.EVSE_INOPERATIVE, ConnectorState.AVAILABLE, Reason.CHARGER_OFFLINE),
        (CommandResult.FAILED, ConnectorState.AVAILABLE, Reason.CABLE_NOT_IN),
    ],
)
async def test_a_rejected_start_releases_the_hold_once(
    drive: Drive, result: CommandResult, shown: ConnectorState, reason: Reason
) -> None:
    """Product §3 case 1."""
    await drive.furnish()
    await drive.floor.show(await drive.floor.connect(), 0, shown)
    drive.chargers.outcome = CommandOutcome(result)
    charging = await drive.started()
    assert (charging.state, charging.reason) == (S.START_REJECTED, reason)
    assert (await drive.payment(charging)).state is P.RELEASED
    assert await drive.told(charging) == {K.START_FAILED, K.HOLD_RELEASED}


async def test_a_charger_that_leaves_before_the_start(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    quoted = await drive.quote()
    await drive.floor.stations.disconnect(live)
    await drive.chargings.start(quoted.id, ME)
    await drive.pump()
    charging = await drive.now(quoted)
    assert (charging.state, charging.reason) == (S.START_REJECTED, Reason.CHARGER_OFFLINE)
    assert (await drive.payment(charging)).state is P.RELEASED


async def test_no_answer_is_waited_for_and_a_late_start_adopted(drive: Drive) -> None:
    """Product §3 case 5; the second hold pays."""
    await drive.furnish()
    live = await drive.floor.connect()
    drive.chargers.outcome = None
    charging = await drive.started()
    await drive.pass_time(30)
    assert (await drive.now(charging)).state is S.START_UNCONFIRMED
    await drive.pass_time(95)
    assert (await drive.now(charging)).state is S.START_TIMEOUT
    first = await drive.payment(charging)
    assert first.state is P.RELEASED
    number = await drive.plug_in(live, charging, 600)
    assert (await drive.now(charging)).state is S.CHARGING
    second = await drive.payment(charging)
    assert (second.state, second.id != first.id, second.off_session) == (P.HELD, True, True)
    await drive.unplug(live, number, 1200, 4_000)
    assert (await drive.now(charging)).state is S.COMPLETED
    assert (await drive.payment(charging)).captured == eur("2.4")


async def test_a_late_start_without_money_is_stopped_and_owed(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    drive.chargers.outcome = None
    charging = await drive.started()
    await drive.pass_time(30)
    await drive.pass_time(95)
    first = await drive.payment(charging)
    async with drive.store.transaction() as tx:
        await tx.payments.save(replace(first, method_reference=BAD.reference))
    number = await drive.plug_in(live, charging, 600)
    assert (await drive.now(charging)).state is S.STOPPING
    assert drive.chargers.told[-1].kind is CommandKind.STOP
    await drive.unplug(live, number, 660, 500)
    assert (await drive.now(charging)).state is S.SETTLEMENT_FAILED
    for days in (1, 2, 4):
        await drive.pass_time(days * 86_400)
    payment = await drive.payment(charging)
    assert (payment.state, payment.open_amount) == (P.OWED, eur("0.3"))
    with pytest.raises(PaymentDeclined, match="unpaid_session"):
        await drive.chargings.start((await drive.quote()).id, ME)
    async with drive.store.transaction() as tx:
        await tx.payments.methods.add(replace(CARD, id="m-2", default=False))
    await drive.payments.pay_owed("d-1", charging.id, method_id="m-2")
    await drive.pump()
    assert (await drive.now(charging)).state is S.COMPLETED


async def test_a_cancelled_start_that_comes_all_the_same_is_stopped(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.chargings.stop(charging.id, ME)
    await drive.pump()
    number = await drive.plug_in(live, charging, 30)
    assert (await drive.now(charging)).state is S.CANCELLED
    assert drive.chargers.told[-1].kind is CommandKind.STOP
    await drive.unplug(live, number, 60, 100)
    assert (await drive.now(charging)).state is S.CANCELLED
    assert (await drive.payment(charging)).state is P.RELEASED


async def test_a_cable_that_never_comes(drive: Drive) -> None:
    """Q-06: or a charger that says yes and never tells of a transaction: nobody pays."""
    await drive.furnish()
    await drive.floor.connect()
    charging = await drive.started()
    await drive.pass_time(240)
    assert K.PLUG_REMINDER in await drive.told(charging)
    await drive.pass_time(60)
    assert (await drive.now(charging)).state is S.ABANDONED
    assert (await drive.payment(charging)).state is P.RELEASED


async def test_a_cable_that_comes_is_noticed(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.news.on_evse(CPO, "L1", "E1")
    assert (await drive.now(charging)).state is S.AWAITING_PLUG
    await drive.floor.show(live, 10, ConnectorState.PREPARING)
    assert (await drive.floor.evse()).status is EvseStatus.CHARGING
    await drive.news.on_evse(CPO, "L1", "E1")
    assert (await drive.now(charging)).state is S.STARTING
