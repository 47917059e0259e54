"""Drivers' sessions from the quote to the receipt, with real chargers' messages around them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.charging import ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandKind
from app.domain.errors import ChargerRefused, Conflict, InvalidInput, NotFound, PaymentDeclined
from app.domain.payments import AccountName, PaymentState
from app.domain.stations import ConnectorState
from app.domain.tariffs import TariffType
from app.domain.tokens import TokenType, Whitelist
from app.domain.units import Kwh
from app.use_cases.drivers import guest_secret
from app.use_cases.quotes import Caller
from tests.support.drive import CARD, ME, Drive, prices
from tests.support.money import eur

S, K, P = ChargingState, NoticeKind, PaymentState
BAD = replace(CARD, reference="pm_card_chargeDeclined")
GUEST = Caller(secret=guest_secret())


async def test_the_whole_way(drive: Drive) -> None:
    """C-190. Quote, hold, start, plug, charge, stop, capture: the receipt is the CDR's total."""
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
