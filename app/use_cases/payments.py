"""Money: ask the provider for what is due, and believe nothing but its present truth.

A call to the provider stands between two transactions. The first notes that it is about to be
made, the second applies the answer. Whatever crashes in between, the call is made again under the
same idempotency key, so it happens once; an unknown outcome raises ProviderUnavailable, and the
delivery machine comes back.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from logging import getLogger
from typing import assert_never

from app.domain.errors import Conflict, NotFound, PaymentDeclined, ProviderUnavailable
from app.domain.payment_moves import (
    amount_of,
    answered,
    give_up,
    key_of,
    mark_asked,
    must_not_repeat,
    next_call,
    observed,
    retry_is_due,
    try_again,
)
from app.domain.payment_replies import (
    ActionNeeded,
    Declined,
    Held,
    LetGo,
    Processing,
    Reply,
    Taken,
)
from app.domain.payments import Call, Payment, PaymentState
from app.ports.clock import Clock
from app.ports.payments import PaymentProvider, ProviderAnswer, ProviderEvent, ProviderStatus
from app.store.transaction import Store
from app.use_cases.cards import Cards
from app.use_cases.payment_requests import keep

log = getLogger(__name__)

_BATCH = 100
_INBOX = "payments"


class Payments:
    """Takes the steps of payments, hears webhooks, and tries refused amounts again."""

    def __init__(self, store: Store, clock: Clock, provider: PaymentProvider) -> None:
        self._store = store
        self._clock = clock
        self._provider = provider
        self._cards = Cards(store, clock, provider)

    async def step(self, payment_id: str) -> None:
        """Make the call that is due, if any; raises ProviderUnavailable to be asked again."""
        payment = await self._mark(payment_id)
        call = None if payment is None else next_call(payment)
        if payment is None or call is None:
            return
        key = key_of(payment, call)
        reply = await self._ask(payment, call, key)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            current = await tx.payments.locked(payment_id)
            await keep(tx, current, answered(current, key, reply, now), now=now)

    async def _mark(self, payment_id: str) -> Payment | None:
        """The payment, noted as about to be asked for; None when there is nothing to ask."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            payment = await tx.payments.locked(payment_id)
            if next_call(payment) is None:
                return None
            if must_not_repeat(payment, now):
                log.error("payment.outcome_unknown", extra={"payment": payment.id})
                await keep(tx, payment, give_up(payment, now), now=now)
                return None
            return await tx.payments.save(mark_asked(payment, now))

    async def _ask(self, payment: Payment, call: Call, key: str) -> Reply:
        try:
            answer = await self._call(payment, call, key)
        except PaymentDeclined as refusal:
            return Declined.of(refusal)
        reply = read_answer(answer, payment, call)
        if isinstance(reply, Processing) and call is not Call.HOLD:
            raise ProviderUnavailable("the provider is still working on it")
        return reply

    async def _call(self, payment: Payment, call: Call, key: str) -> ProviderAnswer:
        amount = amount_of(payment, call)
        match call:
            case Call.HOLD:
                return await self._provider.hold(key, payment, off_session=payment.off_session)
            case Call.CAPTURE:
                return await self._provider.capture(key, payment.reference or "", amount)
            case Call.RELEASE:
                return await self._provider.release(key, payment.reference or "")
            case Call.CHARGE:
                return await self._provider.charge(key, payment, amount)
            case _:
                assert_never(call)

    async def webhook(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Hear that something happened: fetch the truth and apply it, once per event.

        Raises Unauthenticated when it is not the provider who calls. What it is about may be
        unknown here: the answer to our own call will tell then.
        """
        event = self._provider.read_webhook(body, headers)
        if event.reference is None:
            return
        payment = await self._about(event)
        if payment is None and await self._cards.heard(event.reference):
            return
        if payment is None or payment.reference is None:
            log.info("payment.webhook_unknown", extra={"event": event.id, "kind": event.kind})
            return
        reply = await self._truth(payment, payment.reference)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            if await tx.inbox.first(_INBOX, event.id, now):
                current = await tx.payments.locked(payment.id)
                await keep(tx, current, observed(current, reply, now), now=now)

    async def _about(self, event: ProviderEvent) -> Payment | None:
        async with self._store.reading() as tx:
            found = await tx.payments.by_reference(event.reference or "")
            if found is None and event.payment_id is not None:
                return await tx.payments.get(event.payment_id)
            return found

    async def refresh(self, payment_id: str) -> Payment:
        """Fetch the truth about a payment that waits for its holder, without a webhook."""
        async with self._store.reading() as tx:
            payment = await tx.payments.need(payment_id)
        if payment.reference is None or next_call(payment) is not None:
            return payment
        reply = await self._truth(payment, payment.reference)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            current = await tx.payments.locked(payment_id)
            return await keep(tx, current, observed(current, reply, now), now=now)

    async def _truth(self, payment: Payment, reference: str) -> Reply:
        try:
            answer = await self._provider.fetch(reference)
        except PaymentDeclined as refusal:
            return Declined.of(refusal)
        return read_answer(answer, payment, Call.CAPTURE)

    async def tick(self) -> int:
        """Try refused amounts again whose day has come; tells how many."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            due = await tx.payments.to_retry(now, _BATCH)
        for payment_id in due:
            await self._retry(payment_id, now)
        return len(due)

    async def _retry(self, payment_id: str, now: datetime) -> None:
        async with self._store.transaction() as tx:
            payment = await tx.payments.locked(payment_id)
            if retry_is_due(payment, now):
                await keep(tx, payment, try_again(payment, now), now=now)

    async def pay_owed(
        self, driver_id: str, charging_id: str, *, method_id: str | None = None
    ) -> Payment:
        """Charge what is owed for a driver's session now, perhaps from another of their cards.

        Raises NotFound for what is not the driver's, Conflict when nothing is owed.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            charging = await tx.charging.need(charging_id)
            payer = charging.payer_id or charging.driver_id
            if payer != driver_id or charging.payment_id is None:
                raise NotFound("charging", charging_id)
            payment = await tx.payments.locked(charging.payment_id)
            if payment.state not in {PaymentState.CAPTURE_FAILED, PaymentState.OWED}:
                raise Conflict("nothing is owed for this session")
            if method_id is None:
                return await keep(tx, payment, try_again(payment, now), now=now)
            method = await tx.payments.methods.need(method_id)
            if method.driver_id != driver_id:
                raise NotFound("payment method", method_id)
            theirs = replace(payment, customer=method.customer)
            change = try_again(theirs, now, method=method.reference)
            return await keep(tx, payment, change, now=now)


def read_answer(answer: ProviderAnswer, payment: Payment, call: Call) -> Reply:
    """The provider's answer in the payment machine's words."""
    match answer.status:
        case ProviderStatus.HELD:
            return Held(answer.reference, answer.capture_before)
        case ProviderStatus.ACTION_REQUIRED:
            return ActionNeeded(answer.reference, answer.action_url, answer.client_secret)
        case ProviderStatus.CAPTURED:
            return Taken(answer.reference, answer.captured or amount_of(payment, call))
        case ProviderStatus.RELEASED:
            return LetGo(answer.reference)
        case ProviderStatus.DECLINED:
            return Declined(answer.reason or "declined", answer.reference)
        case ProviderStatus.PROCESSING:
            return Processing(answer.reference)
        case _:
            assert_never(answer.status)
