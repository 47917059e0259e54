"""Payments around crashes, webhooks and cards: nothing is captured twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.adapters.payments_sandbox import SandboxPayments
from app.domain.charging import ChargingState
from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import (
    Conflict,
    NotFound,
    PaymentDeclined,
    ProviderUnavailable,
    Unauthenticated,
)
from app.domain.money import Money
from app.domain.payments import KEY_LIFE, Call, Payment, PaymentState
from app.ports.payments import ProviderAnswer, ProviderStatus
from app.store.transaction import assert_no_transaction
from app.use_cases.cards import Cards
from app.use_cases.payment_requests import settle_in
from app.use_cases.payments import Payments, read_answer
from tests.support.chargings import a_charging, a_payment
from tests.support.drive import CARD, ME, Drive

P = PaymentState
COST = Money(Decimal("9.38"), "EUR")


async def begin(drive: Drive, **changes: object) -> Payment:
    """A payment whose hold is to be asked for, of a session that began."""
    payment = a_payment(**changes)
    async with drive.store.transaction() as tx:
        state = ChargingState.PAYMENT_PENDING
        await tx.charging.add(a_charging(state=state, payment_id=payment.id))
        await tx.payments.add(payment)
    return payment


async def current(drive: Drive, payment: Payment) -> Payment:
    async with drive.store.reading() as tx:
        return await tx.payments.need(payment.id)


async def settle(drive: Drive, payment: Payment, amount: Money = COST) -> None:
    async with drive.store.transaction() as tx:
        await settle_in(tx, payment.id, amount, now=drive.clock.now())


@pytest.mark.parametrize("fault", ["down", "lost"])
async def test_an_unknown_outcome_is_asked_again_under_the_same_key(
    drive: Drive, fault: str
) -> None:
    payment = await begin(drive)
    drive.bank.fail_next(fault)  # type: ignore[arg-type]
    with pytest.raises(ProviderUnavailable):
        await drive.payments.step(payment.id)
    assert (await current(drive, payment)).attempts == 1
    await drive.payments.step(payment.id)
    assert (await current(drive, payment)).state is P.HELD
    await settle(drive, payment)
    drive.bank.fail_next(fault)  # type: ignore[arg-type]
    with pytest.raises(ProviderUnavailable):
        await drive.payments.step(payment.id)
    await drive.payments.step(payment.id)
    done = await current(drive, payment)
    assert (done.state, done.captured) == (P.CAPTURED, COST)
    assert [i.captured for i in drive.bank.books.intents.values()] == [938]


async def test_a_crash_after_the_answer_is_made_good(drive: Drive) -> None:
    """The process dies between the provider's answer and our commit, for each kind of call."""
    payment = await begin(drive)
    for call in ("hold", "capture", "charge"):
        if call == "capture":
            await settle(drive, payment, Money(Decimal(42), "EUR"))
        drive.bank.fail_next("lost")
        with pytest.raises(ProviderUnavailable):
            await drive.payments.step(payment.id)
        await Payments(drive.store, drive.clock, drive.bank).step(payment.id)
    done = await current(drive, payment)
    assert (done.state, done.captured) == (P.CAPTURED, Money(Decimal(42), "EUR"))
    assert sorted(i.captured for i in drive.bank.books.intents.values()) == [1200, 3000]


async def test_a_step_with_nothing_to_do_asks_nothing(drive: Drive) -> None:
    payment = await begin(drive, state=P.HELD)
    await drive.payments.step(payment.id)
    assert not drive.bank.books.intents
    with pytest.raises(NotFound):
        await drive.payments.step("nobody's")


async def test_an_outcome_unknown_for_a_day_is_left_to_a_person(drive: Drive) -> None:
    payment = await begin(drive, state=P.DECLINED)
    await settle(drive, payment)
    drive.bank.fail_next("lost")
    with pytest.raises(ProviderUnavailable):
        await drive.payments.step(payment.id)
    drive.clock.set(drive.clock.now() + KEY_LIFE + timedelta(minutes=1))
    await drive.payments.step(payment.id)
    done = await current(drive, payment)
    assert (done.state, done.failure) == (P.OWED, "outcome_unknown")
    assert len(drive.bank.books.intents) == 1


# --- webhooks ---


async def waiting(drive: Drive) -> Payment:
    payment = await begin(drive, method_reference="pm_card_authenticationRequired")
    await drive.payments.step(payment.id)
    return await current(drive, payment)


async def test_a_webhook_is_applied_once_and_only_the_truth_counts(drive: Drive) -> None:
    """Product §3 case 2: webhooks come twice and out of order."""
    payment = await waiting(drive)
    reference = payment.reference or ""
    early = drive.bank.webhook(reference)
    await drive.bank.confirm(reference)
    late = drive.bank.webhook(reference)
    await drive.payments.webhook(*late)
    held = await current(drive, payment)
    assert held.state is P.HELD
    for _ in range(2):
        await drive.payments.webhook(*early)
        await drive.payments.webhook(*late)
    assert await current(drive, payment) == held


async def test_a_webhook_of_somebody_else_is_refused(drive: Drive) -> None:
    body, _ = drive.bank.webhook("pi_1")
    with pytest.raises(Unauthenticated):
        await drive.payments.webhook(body, {"Sandbox-Signature": "forged"})


async def test_a_webhook_about_something_unknown_is_ignored(drive: Drive) -> None:
    await drive.payments.webhook(*drive.bank.webhook("pi_unknown"))


async def test_the_truth_can_be_looked_up_without_a_webhook(drive: Drive) -> None:
    payment = await waiting(drive)
    await drive.bank.confirm(payment.reference or "")
    assert (await drive.payments.refresh(payment.id)).state is P.HELD
    fresh = await begin_another(drive)
    assert await drive.payments.refresh(fresh.id) == fresh


async def begin_another(drive: Drive) -> Payment:
    payment = a_payment(id="p-2")
    async with drive.store.transaction() as tx:
        await tx.payments.add(payment)
    return payment


async def test_a_rejected_confirmation_is_declined(drive: Drive) -> None:
    payment = await waiting(drive)
    await drive.bank.reject(payment.reference or "")
    await drive.payments.webhook(*drive.bank.webhook(payment.reference or ""))
    assert (await current(drive, payment)).state is P.DECLINED


async def test_a_hold_that_expired_is_charged_later(drive: Drive) -> None:
    payment = await begin(drive)
    await drive.payments.step(payment.id)
    drive.clock.set(drive.clock.now() + timedelta(days=8))
    held = await current(drive, payment)
    await drive.payments.webhook(*drive.bank.webhook(held.reference or ""))
    assert (await current(drive, payment)).state is P.RELEASED
    await settle(drive, payment)
    await drive.payments.step(payment.id)
    done = await current(drive, payment)
    assert (done.state, done.captured, done.from_hold) == (P.CAPTURED, COST, None)


# --- debts ---


async def owed(drive: Drive) -> Payment:
    card = "pm_card_chargeDeclined"
    payment = await begin(drive, state=P.DECLINED, method_reference=card)
    await settle(drive, payment)
    await drive.payments.step(payment.id)
    return await current(drive, payment)


async def test_a_refused_amount_is_tried_again_on_its_days(drive: Drive) -> None:
    payment = await owed(drive)
    assert payment.state is P.CAPTURE_FAILED
    assert await drive.payments.tick() == 0
    for days in (1, 2, 4):
        drive.clock.set(drive.clock.now() + timedelta(days=days))
        assert await drive.payments.tick() == 1
        await drive.payments.step(payment.id)
    assert (await current(drive, payment)).state is P.OWED
    drive.clock.set(drive.clock.now() + timedelta(days=30))
    assert await drive.payments.tick() == 0


async def test_a_debt_is_paid_by_its_driver_only(drive: Drive) -> None:
    payment = await owed(drive)
    with pytest.raises(NotFound):
        await drive.payments.pay_owed("d-2", "c-1")
    async with drive.store.transaction() as tx:
        await tx.payments.methods.add(replace(CARD, id="m-9", driver_id="d-2"))
        await tx.payments.methods.add(CARD)
    with pytest.raises(NotFound):
        await drive.payments.pay_owed("d-1", "c-1", method_id="m-9")
    await drive.payments.pay_owed("d-1", "c-1", method_id="m-1")
    await drive.payments.step(payment.id)
    assert (await current(drive, payment)).captured == COST
    with pytest.raises(Conflict):
        await drive.payments.pay_owed("d-1", "c-1")


# --- what the provider may say ---


@pytest.mark.parametrize("status", list(ProviderStatus))
async def test_every_status_is_understood(status: ProviderStatus) -> None:
    reply = read_answer(ProviderAnswer("pi_1", status), a_payment(), Call.HOLD)
    assert getattr(reply, "reference", None) == "pi_1"


class Slow:
    """A provider that is still working on everything."""

    async def charge(self, key: str, payment: Payment, amount: Money) -> ProviderAnswer:
        assert_no_transaction()
        return ProviderAnswer("pi_1", ProviderStatus.PROCESSING)


async def test_a_charge_that_takes_time_is_asked_about_again(drive: Drive) -> None:
    payment = await begin(drive, state=P.DECLINED)
    await settle(drive, payment)
    slow = Payments(drive.store, drive.clock, Slow())  # type: ignore[arg-type]
    with pytest.raises(ProviderUnavailable):
        await slow.step(payment.id)
    assert (await current(drive, payment)).state is P.CAPTURING


# --- cards ---


async def test_cards_are_saved_chosen_and_forgotten(drive: Drive) -> None:
    await drive.furnish()
    setup = await drive.cards.begin_card("d-1")
    card = await drive.cards.finish_card("d-1", setup.reference)
    assert (card.default, card.last4) == (False, "4242")
    assert await drive.cards.finish_card("d-1", setup.reference) == card
    assert [m.id for m in await drive.cards.methods("d-1")] == ["m-1", card.id]
    await drive.cards.default_method("d-1", card.id)
    assert [m.default for m in await drive.cards.methods("d-1")] == [False, True]
    await drive.cards.delete_method("d-1", card.id)
    assert [m.default for m in await drive.cards.methods("d-1")] == [True]
    other = await drive.cards.begin_card("d-1")
    assert len(drive.bank.books.customers) == 1
    await drive.bank.fill_in(other.reference, "pm_card_chargeDeclined")
    with pytest.raises(PaymentDeclined):
        await drive.cards.finish_card("d-1", other.reference)


async def test_a_card_that_expires_is_told_a_month_ahead_and_once(drive: Drive) -> None:
    """Product §1.6: before its last month begins, and not again."""
    await drive.furnish(card=replace(CARD, valid_until="2026-06"))
    assert await drive.cards.tell_expiring() == 0
    drive.clock.set(datetime(2026, 5, 31, 9, tzinfo=UTC))
    assert await drive.cards.tell_expiring() == 1
    assert await drive.cards.tell_expiring() == 0
    async with drive.store.reading() as tx:
        (told,) = await tx.drivers.driver_notices.of_driver("d-1")
    assert told.kind is DriverNoticeKind.METHOD_EXPIRES
    assert told.fields == {"card": "visa 4242", "month": "2026-06"}


async def test_cards_are_their_drivers_own(drive: Drive) -> None:
    await drive.furnish()
    setup = await drive.cards.begin_card("d-1")
    for work in (
        drive.cards.finish_card("d-2", setup.reference),
        drive.cards.delete_method("d-2", "m-1"),
        drive.cards.default_method("d-2", "m-1"),
    ):
        with pytest.raises(NotFound):
            await work


async def test_a_card_in_use_is_kept(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    charging = await drive.started()
    with pytest.raises(Conflict):
        await drive.cards.delete_method("d-1", "m-1")
    await drive.chargings.cancel(charging.id, ME)
    await drive.pump()
    await drive.cards.delete_method("d-1", "m-1")
    assert await drive.cards.methods("d-1") == []


@pytest.mark.parametrize("state", [P.HELD, P.CAPTURE_FAILED])
async def test_a_card_that_others_pay_with_is_kept(drive: Drive, state: PaymentState) -> None:
    """Of a group's member, or of a session that is over and not paid yet; not when it is."""
    await drive.furnish()
    payment = a_payment(state=state, method_reference=CARD.reference)
    async with drive.store.transaction() as tx:
        await tx.payments.add(payment)
    with pytest.raises(Conflict, match="is being paid with this card"):
        await drive.cards.delete_method("d-1", CARD.id)
    async with drive.store.transaction() as tx:
        now = await tx.payments.locked(payment.id)
        await tx.payments.save(replace(now, state=P.CAPTURED))
    await drive.cards.delete_method("d-1", CARD.id)
    drive.bank.fail_next("down")
    drive.bank.fail_next("lost")
    await drive.pump()
    assert drive.bank.books.detached == [CARD.reference]


async def test_a_session_that_began_with_a_removed_card_ends_with_it(drive: Drive) -> None:
    """It read the card a moment before the card was removed."""
    await drive.furnish()
    await drive.cards.delete_method("d-1", CARD.id)
    payment = await begin(drive, state=P.HELD, method_reference=CARD.reference)
    with pytest.raises(Conflict):
        await drive.cards.forget_card(CARD.reference)
    async with drive.store.transaction() as tx:
        now = await tx.payments.locked(payment.id)
        await tx.payments.save(replace(now, state=P.CAPTURED))
    await drive.pump()
    assert drive.bank.books.detached == [CARD.reference]


async def test_a_card_that_the_provider_will_not_detach_is_asked_again(drive: Drive) -> None:
    class Refuses(SandboxPayments):
        """Says no, and never why."""

        async def forget_card(self, reference: str) -> None:
            raise PaymentDeclined("invalid_request")

    cards = Cards(drive.store, drive.clock, Refuses(drive.clock))
    with pytest.raises(ProviderUnavailable, match="not detached"):
        await cards.forget_card("pm_1")
