"""Stripe behind the payment port, through Stripe's own library.

A hold is a PaymentIntent with manual capture; a charge is one that captures at once. What Stripe
says no to is PaymentDeclined; whatever leaves the outcome open is ProviderUnavailable, to be tried
again under the same key. An answer that Stripe replays for a key is as old as its first call, so
a repeated call is followed by a look at the present truth.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from logging import getLogger
from typing import Any, TypeVar

import stripe

from app.domain.errors import PaymentDeclined, ProviderUnavailable, Unauthenticated
from app.domain.money import Money
from app.domain.payments import Payment
from app.ports.payments import (
    CardSetup,
    ProviderAnswer,
    ProviderEvent,
    ProviderStatus,
    SavedCard,
)
from app.store.transaction import assert_no_transaction

log = getLogger(__name__)

T = TypeVar("T")
Call = Callable[..., Awaitable[T]]

TIMEOUT_S = 20
NETWORK_RETRIES = 2
_CONFLICT = 409
_MORE_DIGITS = {"ISK": 100, "UGX": 100}
"""Currencies without decimals that Stripe counts in hundredths (Supported currencies)."""

_EXPAND = {"expand": ["latest_charge"]}
_GUEST = {"filled_in_by": "guest"}
_STATUS = {
    "requires_action": ProviderStatus.ACTION_REQUIRED,
    "requires_confirmation": ProviderStatus.ACTION_REQUIRED,
    "requires_capture": ProviderStatus.HELD,
    "succeeded": ProviderStatus.CAPTURED,
    "canceled": ProviderStatus.RELEASED,
    "processing": ProviderStatus.PROCESSING,
}


class StripePayments:
    """Calls one Stripe account; `url` is another address of the API, for tests."""

    def __init__(
        self,
        key: str,
        *,
        webhook_secrets: Sequence[str],
        url: str | None = None,
        return_url: str | None = None,
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
        self._url = url
        self._return_url = return_url

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the library has no types here

    async def create_customer(self, key: str, email: str | None) -> str:
        """A customer reference."""
        params: Any = {"email": email} if email else {}
        made = await _asked(self._client.v1.customers.create_async, params, _once(key))
        return made.id

    async def setup_card(self, key: str, customer: str) -> CardSetup:
        """Begin to save a card, to be charged later without its holder."""
        params: Any = {
            "customer": customer,
            "usage": "off_session",
            "payment_method_types": ["card"],
        }
        made = await _asked(self._client.v1.setup_intents.create_async, params, _once(key))
        return CardSetup(made.id, made.client_secret or "")

    async def saved_card(self, setup_reference: str) -> SavedCard:
        """The card of a finished setup; raises PaymentDeclined when it did not succeed."""
        params: Any = {"expand": ["payment_method"]}
        found: Any = await _asked(
            self._client.v1.setup_intents.retrieve_async, setup_reference, params
        )
        if found.status != "succeeded":
            error = found.last_setup_error
            reason = (error and (error.decline_code or error.code)) or "setup_not_finished"
            raise PaymentDeclined(reason, _action_url(found))
        card = found.payment_method.card
        return SavedCard(found.payment_method.id, card.brand, card.last4)

    async def hold(self, key: str, payment: Payment, *, off_session: bool) -> ProviderAnswer:
        """Block the amount; without a card yet, the guest fills it in on the provider's form."""
        params = {**self._intent(payment, payment.hold), "capture_method": "manual"}
        if payment.method_reference:
            params |= {"payment_method": payment.method_reference, "confirm": True}
            params |= {"off_session": True} if off_session else self._return()
        else:
            params["metadata"] |= _GUEST
        return await self._create(key, params, payment)

    async def charge(self, key: str, payment: Payment, amount: Money) -> ProviderAnswer:
        """Take an owed amount from the card, without its holder."""
        params = self._intent(payment, amount)
        params |= {"payment_method": payment.method_reference, "confirm": True}
        return await self._create(key, {**params, "off_session": True}, payment)

    async def _create(self, key: str, params: dict[str, Any], payment: Payment) -> ProviderAnswer:
        made: Any = await _asked(self._client.v1.payment_intents.create_async, params, _once(key))
        if payment.attempts > 1 or made.status == "processing":
            return await self.fetch(made.id)
        return self._answer(made)

    async def capture(self, key: str, reference: str, amount: Money) -> ProviderAnswer:
        """Take part or all of a hold; the rest is released."""
        params = {"amount_to_capture": to_minor(amount), **_EXPAND}
        capture = self._client.v1.payment_intents.capture_async
        return await self._settle(capture, key, reference, params)

    async def release(self, key: str, reference: str) -> ProviderAnswer:
        """Let a hold go; releasing a released one is no error."""
        params = {"cancellation_reason": "abandoned", **_EXPAND}
        cancel = self._client.v1.payment_intents.cancel_async
        return await self._settle(cancel, key, reference, params)

    async def _settle(
        self, call: Call[Any], key: str, reference: str, params: Mapping[str, Any]
    ) -> ProviderAnswer:
        """The answer to a call, or the truth where the intent had moved on before."""
        try:
            return self._answer(await _asked(call, reference, params, _once(key)))
        except PaymentDeclined as refusal:
            if refusal.reason != "payment_intent_unexpected_state":
                raise
        return await self.fetch(reference)

    async def fetch(self, reference: str) -> ProviderAnswer:
        """The present truth about a payment."""
        retrieve = self._client.v1.payment_intents.retrieve_async
        return self._answer(await _asked(retrieve, reference, _EXPAND))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Verify and read a webhook, signed with any of the secrets; raises Unauthenticated."""
        lower = {name.lower(): value for name, value in headers.items()}
        signature = lower.get("stripe-signature", "")
        for secret in self._secrets:
            try:
                event: Any = self._client.construct_event(body, signature, secret)
            except (stripe.SignatureVerificationError, ValueError):
                continue
            return ProviderEvent(event.id, event.type, _reference(event.data.object))
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

    def _return(self) -> dict[str, Any]:
        return {} if self._return_url is None else {"return_url": self._return_url}

    def _answer(self, intent: Any) -> ProviderAnswer:
        error = intent.last_payment_error
        status = _STATUS.get(intent.status, ProviderStatus.DECLINED)
        form_is_open = intent.status == "requires_payment_method" and _is_guests(intent)
        if form_is_open:
            status = ProviderStatus.ACTION_REQUIRED
        waits = status is ProviderStatus.ACTION_REQUIRED
        return ProviderAnswer(
            reference=intent.id,
            status=status,
            captured=from_minor(intent.amount_received or 0, intent.currency),
            reason=(error.decline_code or error.code) if error else None,
            action_url=self._form(intent) if form_is_open else _action_url(intent),
            client_secret=intent.client_secret if waits else None,
            capture_before=_capture_before(intent),
        )

    def _form(self, intent: Any) -> str | None:
        """Where a guest fills the card in; Stripe's own form is part of our page instead."""
        return f"{self._url}/pay/{intent.client_secret}" if self._url else None


async def _asked(call: Call[T], *arguments: Any) -> T:
    """Stripe's answer, its errors in our words."""
    assert_no_transaction()
    try:
        return await call(*arguments)
    except stripe.CardError as error:
        code = error.error.decline_code if error.error is not None else None
        raise PaymentDeclined(_card_reason(code, error.code)) from error
    except stripe.InvalidRequestError as error:
        if error.http_status == _CONFLICT:
            raise ProviderUnavailable("another call of the same key is under way") from error
        log.warning("stripe.refused", extra={"code": error.code, "why": str(error)})
        raise PaymentDeclined(error.code or "invalid_request") from error
    except stripe.StripeError as error:
        raise ProviderUnavailable(f"{type(error).__name__}: {error.http_status}") from error


def _card_reason(decline_code: str | None, code: str | None) -> str:
    if code == "authentication_required":
        return code
    return decline_code or code or "card_declined"


def _once(key: str) -> Any:
    return {"idempotency_key": key}


def _is_guests(intent: Any) -> bool:
    return getattr(intent.metadata, "filled_in_by", None) == _GUEST["filled_in_by"]


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
    """The payment intent an event is about; some objects have not even an id."""
    if getattr(thing, "object", None) == "payment_intent":
        return getattr(thing, "id", None)
    intent = getattr(thing, "payment_intent", None)
    return intent if isinstance(intent, str) else None


def to_minor(amount: Money) -> int:
    """The amount as Stripe counts it."""
    return amount.minor * _MORE_DIGITS.get(amount.currency, 1)


def from_minor(minor: int, currency: str) -> Money:
    """The amount Stripe means."""
    name = currency.upper()
    return Money.from_minor(minor // _MORE_DIGITS.get(name, 1), name)
