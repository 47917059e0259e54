"""Drivers' sessions from the quote to the receipt, with real chargers' messages around them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.charging import ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandKind, CommandOutcome, CommandResult
from app.domain.errors import (
    ChargerRefused,
    Conflict,
    InvalidInput,
    NotFound,
    PaymentDeclined,
)
from app.domain.events import PaymentSettled
from app.domain.locations import EvseStatus
from app.domain.money import Money
from app.domain.payments import AccountName, PaymentState
from app.domain.stations import ConnectorState
from app.domain.tariffs import TariffType
from app.domain.tokens import TokenType, Whitelist
from app.domain.units import Kwh
from app.use_cases.charging import Caller
from app.use_cases.drivers import guest_secret
from tests.support.chargers import CPO, Floor
from tests.support.driving import CARD, ME, Drive, prices

S, K, P = ChargingState, NoticeKind, PaymentState
BAD = replace(CARD, reference="pm_card_chargeDeclined")
GUEST = Caller(secret=guest_secret())


@pytest.fixture
async def drive(floor: Floor) -> Drive:
    return Drive(floor)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


async def test_the_whole_way(drive: Drive) -> None:
    """Quote, hold, start, plug, charge, stop, capture: the receipt is the CDR's total."""
    await drive.furnish()
    live = await drive.floor.connect()
    quoted = await drive.quote()
    assert (quoted.state, quoted.hold, quoted.tariff.id) == (S.QUOTED, eur("30"), "T1")
    assert quoted.estimate == eur("15")
    charging = await drive.started()
    assert charging.state is S.AWAITING_PLUG
    assert charging.token is not None
    assert (charging.token.type, charging.token.whitelist) == (
        TokenType.APP_USER,
        Whitelist.NEVER,
    )
    assert drive.chargers.told[-1].id_tag == charging.token.uid
    number = await drive.plug_in(live, charging, 20)
    assert (await drive.now(charging)).state is S.CHARGING
    await drive.meter(live, number, 1200, 15_000)
    await drive.chargings.stop(charging.id, ME)
    await drive.pump()
    assert drive.chargers.told[-1].kind is CommandKind.STOP
    await drive.unplug(live, number, 1260, 15_630)
    done = await drive.now(charging)
    assert (done.state, done.total) == (S.COMPLETED, eur("9.38"))
    payment = await drive.payment(charging)
    assert (payment.state, payment.captured) == (P.CAPTURED, eur("9.38"))
    intent = drive.bank.books.intents[payment.reference or ""]
    assert (intent.captured, len(drive.bank.books.intents)) == (938, 1)
    assert drive.states(charging) == [
        S.PAYMENT_PENDING,
        S.AUTHORIZED,
        S.START_REQUESTED,
        S.AWAITING_PLUG,
        S.CHARGING,
        *[S.CHARGING] * drive.states(charging)[5:].count(S.CHARGING),
        S.STOPPING,
        S.SETTLING,
        *[S.SETTLING] * (drive.states(charging).count(S.SETTLING) - 1),
        S.COMPLETED,
    ]
    assert await drive.told(charging) == {K.STARTED, K.RECEIPT_READY}


async def test_everything_heard_twice_changes_nothing(drive: Drive) -> None:
    """Product §3 case 2: one start, one capture."""
    drive.twice = True
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 600, 5_000)
    await drive.unplug(live, number, 700, 5_000)
    assert (await drive.now(charging)).state is S.COMPLETED
    assert [c.kind for c in drive.chargers.told] == [CommandKind.START]
    assert len(drive.bank.books.intents) == 1
    async with drive.store.reading() as tx:
        balance = await tx.payments.balance((await drive.payment(charging)).id)
    assert {k: v for k, v in balance.items() if v} == {
        AccountName.CASH: eur("3"),
        AccountName.SALES: eur("-3"),
    }


async def test_old_news_changes_nothing(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.unplug(live, number, 700, 5_000)
    done = await drive.now(charging)
    for event in list(drive.seen):
        await drive._carry(event)
    await drive.pump()
    assert await drive.now(charging) == done


async def test_a_zero_session_is_released(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.unplug(live, number, 60, 0)
    assert (await drive.now(charging)).state is S.COMPLETED
    assert (await drive.payment(charging)).state is P.RELEASED


# --- quotes ---


@pytest.mark.parametrize(
    ("state", "reason"), [(None, "offline"), (ConnectorState.FAULTED, "faulted")]
)
async def test_no_quote_where_nothing_can_start(
    drive: Drive, state: ConnectorState | None, reason: str
) -> None:
    await drive.furnish()
    if state is not None:
        await drive.floor.show(await drive.floor.connect(), 0, state)
    with pytest.raises(ChargerRefused) as refused:
        await drive.quote()
    assert refused.value.reason == reason


async def test_no_quote_without_a_price(drive: Drive) -> None:
    await drive.furnish(replace(prices(), type=TariffType.AD_HOC_PAYMENT))
    await drive.floor.connect()
    with pytest.raises(ChargerRefused, match="price_unknown"):
        await drive.quote()
    assert (await drive.quote(caller=GUEST)).tariff.type is TariffType.AD_HOC_PAYMENT


async def test_what_a_quote_is_for(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    small = await drive.quote(target_energy=Kwh.of("10"))
    assert (small.estimate, small.hold) == (eur("6"), eur("6"))
    brief = await drive.quote(target_time=timedelta(minutes=15), target_energy=Kwh.of("40"))
    assert brief.estimate is not None
    assert brief.estimate < eur("8")
    for wrong in (
        {"target_energy": Kwh.of("0")},
        {"target_time": timedelta()},
        {"caller": Caller()},
    ):
        with pytest.raises(InvalidInput):
            await drive.quote(**wrong)
    for missing in ({"evse_uid": "E9"}, {"connector_id": "9"}, {"location_id": "L9"}):
        with pytest.raises(NotFound):
            await drive.quote(**missing)


async def test_an_old_quote_cannot_be_started(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    quoted = await drive.quote()
    await drive.clock.advance(15 * 60)
    with pytest.raises(Conflict):
        await drive.chargings.start(quoted.id, ME)
    assert (await drive.now(quoted)).state is S.EXPIRED


async def test_a_session_is_its_drivers_or_guests_own(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    quoted = await drive.quote(caller=GUEST)
    assert (await drive.chargings.get(quoted.id, GUEST)).id == quoted.id
    for other in (ME, Caller(secret=guest_secret()), Caller()):
        with pytest.raises(NotFound):
            await drive.chargings.get(quoted.id, other)


# --- paying ---


async def test_a_declined_card_starts_nothing(drive: Drive) -> None:
    await drive.furnish(card=BAD)
    await drive.floor.connect()
    charging = await drive.started()
    assert (charging.state, charging.reason) == (S.PAYMENT_DECLINED, Reason.PAYMENT_DECLINED)
    assert not drive.chargers.told
    assert (await drive.payment(charging)).failure == "generic_decline"


async def test_starting_needs_a_card_of_ones_own(drive: Drive) -> None:
    await drive.furnish(card=replace(CARD, driver_id="d-2"))
    await drive.floor.connect()
    quoted = await drive.quote()
    with pytest.raises(PaymentDeclined, match="no_payment_method"):
        await drive.chargings.start(quoted.id, ME)
    with pytest.raises(NotFound):
        await drive.chargings.start(quoted.id, ME, method_id="m-1")


async def test_a_guest_fills_the_card_in(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    charging = await drive.started(caller=GUEST, email=None)
    assert charging.state is S.PAYMENT_PENDING
    payment = await drive.payment(charging)
    assert (payment.state, bool(payment.client_secret)) == (P.ACTION_REQUIRED, True)
    await drive.bank.confirm(payment.reference or "")
    await drive.payments.webhook(*drive.bank.webhook(payment.reference or ""))
    await drive.pump()
    charging = await drive.now(charging)
    assert charging.state is S.AWAITING_PLUG
    assert charging.token is not None
    assert charging.token.type is TokenType.AD_HOC_USER
    kept = await drive.chargings.leave_address(charging.id, GUEST, "guest@example.com")
    assert kept.email == "guest@example.com"


async def test_a_payment_nobody_confirms_is_let_go(drive: Drive) -> None:
    await drive.furnish(card=replace(CARD, reference="pm_card_authenticationRequired"))
    await drive.floor.connect()
    charging = await drive.started()
    assert charging.state is S.PAYMENT_PENDING
    await drive.pass_time(180)
    charging = await drive.now(charging)
    assert (charging.state, charging.reason) == (S.PAYMENT_DECLINED, Reason.PAYMENT_TIMEOUT)
    assert (await drive.payment(charging)).state is P.RELEASED


async def test_a_double_tap_starts_once(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    quoted = await drive.quote()
    await drive.chargings.start(quoted.id, ME)
    again = await drive.chargings.start(quoted.id, ME)
    assert again.state is S.PAYMENT_PENDING
    await drive.pump()
    with pytest.raises(Conflict):
        await drive.chargings.start(quoted.id, ME)
    assert len(drive.chargers.told) == 1
    assert len(drive.bank.books.intents) == 1


# --- starts that fail ---


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


# --- while charging ---


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
