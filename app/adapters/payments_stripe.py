"""Stripe behind the payment port, through Stripe's own library.

A hold is a PaymentIntent with manual capture; a charge is one that captures at once. What Stripe
says no to is PaymentDeclined; whatever leaves the outcome open is ProviderUnavailable, to be tried
again under the same key. An answer that Stripe replays for a key is as old as its first call, so
a repeated call is followed by a look at the present truth.

Who has no card yet types it in on Stripe's hosted page. Such a payment is named after its Checkout
Session, which leads to the PaymentIntent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import stripe

from app.adapters.stripe_calls import Call, asked, making_sense, once
from app.adapters.stripe_checkouts import Page, StripeCheckouts, is_checkout, payment_behind
from app.adapters.stripe_money import from_minor, to_minor
from app.domain.errors import PaymentDeclined, Unauthenticated
from app.domain.money import Money
from app.domain.payments import Payment
from app.ports.payments import (
    CardPage,
    CardSetup,
    ProviderAnswer,
    ProviderEvent,
    ProviderStatus,
    SavedCard,
)

TIMEOUT_S = 20
NETWORK_RETRIES = 2
_EXPAND = {"expand": ["latest_charge"]}
_STATUS = {
    "requires_action": ProviderStatus.ACTION_REQUIRED,
    "requires_confirmation": ProviderStatus.ACTION_REQUIRED,
    "requires_capture": ProviderStatus.HELD,
    "succeeded": ProviderStatus.CAPTURED,
    "canceled": ProviderStatus.RELEASED,
    "processing": ProviderStatus.PROCESSING,
}


class StripePayments:
    """Calls one Stripe account; `url` is another address of the API, for tests.

    Stripe's pages lead back to `return_url`, a guest's to `guest_url`, which has `{charging}` in
    it.
    """

    def __init__(
        self,
        key: str,
        *,
        webhook_secrets: Sequence[str],
        return_url: str,
        guest_url: str,
        url: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._http = stripe.HTTPXClient(timeout=timeout_s)
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": url} if url else None,
            http_client=self._http,
            max_network_retries=NETWORK_RETRIES,
        )
        self._secrets = tuple(webhook_secrets)
        self._return_url = return_url
        self._checkouts = StripeCheckouts(self._client, guest_url=guest_url)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the library has no types here

    async def create_customer(self, key: str, email: str | None) -> str:
        """A customer reference."""
        params: Any = {"email": email} if email else {}
        made = await asked(self._client.v1.customers.create_async, params, once(key))
        return made.id

    async def setup_card(self, key: str, customer: str) -> CardSetup:
        """Begin to save a card, to be charged later without its holder."""
        params: Any = {
            "customer": customer,
            "usage": "off_session",
            "payment_method_types": ["card"],
        }
        made = await asked(self._client.v1.setup_intents.create_async, params, once(key))
        return CardSetup(made.id, made.client_secret or "")

    async def card_page(self, key: str, customer: str, back: str) -> CardPage:
        """Begin to save a card on Stripe's hosted page."""
        made = await self._checkouts.open_setup(key, customer, back)
        return CardPage(made.reference, made.url or "")

    async def saved_card(self, setup_reference: str) -> SavedCard:
        """The card of a finished setup; raises PaymentDeclined when it did not succeed."""
        found = await self._setup(setup_reference)
        with making_sense():
            if found.status != "succeeded":
                error = found.last_setup_error
                reason = (error and (error.decline_code or error.code)) or "setup_not_finished"
                raise PaymentDeclined(reason, _action_url(found))
            card = found.payment_method.card
            last_month = f"{card.exp_year:04}-{card.exp_month:02}"
            return SavedCard(found.payment_method.id, card.brand, card.last4, last_month)

    async def _setup(self, reference: str) -> Any:
        if is_checkout(reference):
            return await self._checkouts.setup_of(reference)
        params: Any = {"expand": ["payment_method"]}
        return await asked(self._client.v1.setup_intents.retrieve_async, reference, params)

    async def forget_customer(self, customer: str) -> None:
        """Delete the customer, whose cards go along; who is gone already is no error."""
        try:
            await asked(self._client.v1.customers.delete_async, customer)
        except PaymentDeclined as refusal:
            if refusal.reason != "resource_missing":
                raise

    async def forget_card(self, reference: str) -> None:
        """Detach the card; Stripe has no code for one that is detached already, so we look."""
        try:
            await asked(self._client.v1.payment_methods.detach_async, reference)
        except PaymentDeclined as refusal:
            if refusal.reason != "resource_missing" and await self._is_attached(reference):
                raise

    async def _is_attached(self, method: str) -> bool:
        found = await asked(self._client.v1.payment_methods.retrieve_async, method)
        with making_sense():
            return found.customer is not None

    async def hold(self, key: str, payment: Payment, *, off_session: bool) -> ProviderAnswer:
        """Block the amount; without a card yet, its holder types it in on the hosted page."""
        if not payment.method_reference:
            return await self._ask_for_card(key, payment)
        params = {**self._intent(payment, payment.hold), "capture_method": "manual"}
        params |= {"payment_method": payment.method_reference, "confirm": True}
        params |= {"off_session": True} if off_session else {"return_url": self._back(payment)}
        return await self._create(key, params, payment)

    async def _ask_for_card(self, key: str, payment: Payment) -> ProviderAnswer:
        made = await self._checkouts.open(key, payment)
        if payment.attempts > 1:
            return await self.fetch(made.reference)
        return self._page_answer(made)

    async def charge(self, key: str, payment: Payment, amount: Money) -> ProviderAnswer:
        """Take an owed amount from the card, without its holder."""
        params = self._intent(payment, amount)
        params |= {"payment_method": payment.method_reference, "confirm": True}
        return await self._create(key, {**params, "off_session": True}, payment)

    async def _create(self, key: str, params: dict[str, Any], payment: Payment) -> ProviderAnswer:
        made: Any = await asked(self._client.v1.payment_intents.create_async, params, once(key))
        answer = self._answer(made)
        if payment.attempts > 1 or answer.status is ProviderStatus.PROCESSING:
            return await self.fetch(answer.reference)
        return answer

    async def capture(self, key: str, reference: str, amount: Money) -> ProviderAnswer:
        """Take part or all of a hold; the rest is released."""
        params = {"amount_to_capture": to_minor(amount), **_EXPAND}
        capture = self._client.v1.payment_intents.capture_async
        return await self._settle(capture, key, reference, params)

    async def release(self, key: str, reference: str) -> ProviderAnswer:
        """Let a hold go; releasing a released one is no error."""
        if is_checkout(reference):
            closed = await self._checkouts.close(f"{key}:page", reference)
            if closed.status != "complete":
                return self._page_answer(closed)
        params = {"cancellation_reason": "abandoned", **_EXPAND}
        cancel = self._client.v1.payment_intents.cancel_async
        return await self._settle(cancel, key, reference, params)

    async def _settle(
        self, call: Call[Any], key: str, reference: str, params: Mapping[str, Any]
    ) -> ProviderAnswer:
        """The answer to a call, or the truth where the intent had moved on before."""
        intent = await self._intent_of(reference)
        if intent is None:
            return await self.fetch(reference)
        try:
            answer = self._answer(await asked(call, intent, params, once(key)))
        except PaymentDeclined as refusal:
            if refusal.reason != "payment_intent_unexpected_state":
                raise
            answer = await self.fetch(intent)
        return replace(answer, reference=reference)

    async def _intent_of(self, reference: str) -> str | None:
        """The PaymentIntent, None while nobody has paid on the page."""
        if not is_checkout(reference):
            return reference
        page = await self._checkouts.find(reference)
        with making_sense():
            return page.intent.id if page.intent else None

    async def fetch(self, reference: str) -> ProviderAnswer:
        """The present truth about a payment."""
        if is_checkout(reference):
            return self._page_answer(await self._checkouts.find(reference))
        retrieve = self._client.v1.payment_intents.retrieve_async
        return self._answer(await asked(retrieve, reference, _EXPAND))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Verify and read a webhook, signed with any of the secrets; raises Unauthenticated."""
        lower = {name.lower(): value for name, value in headers.items()}
        signature = lower.get("stripe-signature", "")
        for secret in self._secrets:
            try:
                event: Any = self._client.construct_event(body, signature, secret)
            except (stripe.SignatureVerificationError, ValueError):
                continue
            thing = event.data.object
            return ProviderEvent(
                event.id, event.type, _reference(thing), payment_id=payment_behind(thing)
            )
        raise Unauthenticated("the webhook is not signed by the payment provider")

    def _intent(self, payment: Payment, amount: Money) -> dict[str, Any]:
        params = {
            "amount": to_minor(amount),
            "currency": amount.currency.lower(),
            "payment_method_types": ["card"],
            "metadata": {"payment": payment.id, "charging": payment.charging_id},
            **_EXPAND,
        }
        return params if payment.customer is None else {**params, "customer": payment.customer}

    def _back(self, payment: Payment) -> str:
        """Where the bank's page leads back to: a guest has no app of ours."""
        is_guests = payment.customer is None
        return self._checkouts.page_of(payment) if is_guests else self._return_url

    def _page_answer(self, page: Page) -> ProviderAnswer:
        """A page without a card waits, or was closed; after that it is as its intent is."""
        if page.status == "open":
            return ProviderAnswer(
                page.reference, ProviderStatus.ACTION_REQUIRED, action_url=page.url
            )
        if page.status != "complete":
            status = ProviderStatus.RELEASED
            return ProviderAnswer(page.reference, status, reason="checkout_expired")
        return replace(self._answer(page.intent), reference=page.reference)

    def _answer(self, intent: Any) -> ProviderAnswer:
        with making_sense():
            error = intent.last_payment_error
            status = _STATUS.get(intent.status, ProviderStatus.DECLINED)
            waits = status is ProviderStatus.ACTION_REQUIRED
            return ProviderAnswer(
                reference=intent.id,
                status=status,
                captured=from_minor(intent.amount_received or 0, intent.currency),
                reason=(error.decline_code or error.code) if error else None,
                action_url=_action_url(intent),
                client_secret=intent.client_secret if waits else None,
                capture_before=_capture_before(intent),
            )


def _action_url(intent: Any) -> str | None:
    action = intent.next_action
    redirect = getattr(action, "redirect_to_url", None) if action else None
    return redirect.url if redirect else None


def _capture_before(intent: Any) -> datetime | None:
    details = getattr(intent.latest_charge, "payment_method_details", None)
    card = getattr(details, "card", None)
    until = getattr(card, "capture_before", None)
    return None if until is None else datetime.fromtimestamp(until, UTC)


def _reference(thing: Any) -> str | None:
    """The hold or charge an event is about; some objects have not even an id."""
    if getattr(thing, "object", None) in {"payment_intent", "checkout.session"}:
        return getattr(thing, "id", None)
    intent = getattr(thing, "payment_intent", None)
    return intent if isinstance(intent, str) else None
