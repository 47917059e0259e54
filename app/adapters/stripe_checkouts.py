"""Stripe's hosted page, where somebody without a saved card types one in: Checkout Sessions.

A session is open until its page was paid on (complete) or its time is over (expired). Its
PaymentIntent comes into being when somebody pays.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import stripe

from app.adapters.stripe_calls import asked, making_sense, once
from app.adapters.stripe_money import to_minor
from app.domain.errors import PaymentDeclined, ProviderUnavailable
from app.domain.payments import Payment

PAGE_LIFE = timedelta(hours=2)
"""How long the page takes a card when nobody closes it; Stripe allows 30 minutes to a day."""

_PREFIX = "cs_"
_EXPAND: Any = {"expand": ["payment_intent.latest_charge"]}
_EXPAND_SETUP: Any = {"expand": ["setup_intent.payment_method"]}
_THROUGH = "through"
_CHECKOUT = "checkout"


@dataclass(frozen=True, slots=True)
class Page:
    """A Checkout Session as it was told; `url` while it is open, `intent` once somebody paid."""

    reference: str
    status: str
    url: str | None
    intent: Any


class StripeCheckouts:
    """Opens, finds and closes sessions; `guest_url` is our page, with `{charging}` in it."""

    def __init__(self, client: stripe.StripeClient, *, guest_url: str) -> None:
        self._sessions = client.v1.checkout.sessions
        self._guest_url = guest_url

    def page_of(self, payment: Payment) -> str:
        """Where the guest goes on, paid or not."""
        return self._guest_url.format(charging=payment.charging_id)

    async def open(self, key: str, payment: Payment) -> Page:
        """A page that takes a card for `payment.hold`.

        All of it follows from the payment: a key repeated must have the same parameters.
        """
        names = {"payment": payment.id, "charging": payment.charging_id}
        back = self.page_of(payment)
        params: Any = {
            "mode": "payment",
            "payment_method_types": ["card"],
            "line_items": [_line(payment)],
            "payment_intent_data": {
                "capture_method": "manual",
                "metadata": {**names, _THROUGH: _CHECKOUT},
            },
            "metadata": names,
            "client_reference_id": payment.id,
            "expires_at": int((payment.created_at + PAGE_LIFE).timestamp()),
            "success_url": back,
            "cancel_url": back,
        }
        if payment.customer is not None:
            params["customer"] = payment.customer
        return _read(await asked(self._sessions.create_async, params, once(key)))

    async def open_setup(self, key: str, customer: str, back: str) -> Page:
        """A page that saves a card of the customer's, to be charged later without its holder."""
        params: Any = {
            "mode": "setup",
            "payment_method_types": ["card"],
            "customer": customer,
            "success_url": back,
            "cancel_url": back,
        }
        return _read(await asked(self._sessions.create_async, params, once(key)))

    async def setup_of(self, reference: str) -> Any:
        """The SetupIntent behind a page; raises PaymentDeclined while the page is not done."""
        found = await asked(self._sessions.retrieve_async, reference, _EXPAND_SETUP)
        with making_sense():
            if found.status != "complete":
                reason = "setup_not_finished" if found.status == "open" else "checkout_expired"
                raise PaymentDeclined(reason, found.url)
            return found.setup_intent

    async def find(self, reference: str) -> Page:
        """The session as it is now, with its PaymentIntent if there is one."""
        return _read(await asked(self._sessions.retrieve_async, reference, _EXPAND))

    async def close(self, key: str, reference: str) -> Page:
        """The session, no longer open: nobody can pay on its page any more."""
        found = await self.find(reference)
        if found.status != "open":
            return found
        try:
            return _read(await asked(self._sessions.expire_async, reference, _EXPAND, once(key)))
        except PaymentDeclined as refusal:
            found = await self.find(reference)
            if found.status == "open":
                raise ProviderUnavailable("the page could not be closed") from refusal
            return found


def is_checkout(reference: str) -> bool:
    """Whether a payment's reference names a Checkout Session."""
    return reference.startswith(_PREFIX)


def payment_behind(thing: Any) -> str | None:
    """Our id of the payment, on a PaymentIntent or Charge that came from a page."""
    metadata = getattr(thing, "metadata", None)
    if getattr(metadata, _THROUGH, None) != _CHECKOUT:
        return None
    return getattr(metadata, "payment", None)


def _read(session: Any) -> Page:
    with making_sense():
        return Page(session.id, session.status, session.url, session.payment_intent)


def _line(payment: Payment) -> dict[str, Any]:
    price = {
        "currency": payment.hold.currency.lower(),
        "unit_amount": to_minor(payment.hold),
        "product_data": {"name": "Charging: amount to be held"},
    }
    return {"price_data": price, "quantity": 1}
