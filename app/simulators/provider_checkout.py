"""Checkout Sessions of the simulated provider: a page that takes a card for a while."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from app.simulators.provider_ledger import Intent
from app.simulators.provider_params import refuse_unknown
from app.simulators.provider_wire import Json, Params, StripeError, invalid, missing, whole

_SHORTEST, _LONGEST = timedelta(minutes=30), timedelta(hours=24)
_SETUP_DATA = {"description", "metadata"}
_INTENT_DATA = {
    "capture_method",
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
}


@dataclass
class Checkout:
    """One session. Its intent is shown, and in the books, once somebody has tried to pay.

    One that saves a card has a SetupIntent, from the beginning.
    """

    id: str
    intent: Intent
    created: datetime
    expires_at: datetime
    success_url: str
    cancel_url: str
    metadata: Json
    email: str | None
    client_reference: str | None
    status: Literal["open", "complete", "expired"] = "open"
    tried: bool = False

    def url(self, origin: str) -> str:
        """The page; as with Stripe's, nothing can be added behind the fragment."""
        return f"{origin}/c/pay/{self.id}#fidkdWxOYHwnPyd1"

    def document(self, origin: str) -> Json:
        """As Stripe shows it, references unexpanded."""
        is_open = self.status == "open"
        paid = self.status == "complete" and not self.intent.manual
        setup, shown = self.intent.is_setup, self.intent.id if self.tried else None
        payment_status = "no_payment_required" if setup else "paid" if paid else "unpaid"
        return {
            "id": self.id,
            "object": "checkout.session",
            "amount_total": self.intent.amount,
            "cancel_url": self.cancel_url or None,
            "client_reference_id": self.client_reference,
            "client_secret": None,
            "created": int(self.created.timestamp()),
            "currency": self.intent.currency,
            "customer": self.intent.customer,
            "customer_email": self.email,
            "expires_at": int(self.expires_at.timestamp()),
            "livemode": False,
            "metadata": self.metadata,
            "mode": "setup" if setup else "payment",
            "payment_intent": None if setup else shown,
            "payment_method_types": ["card"],
            "payment_status": payment_status,
            "setup_intent": shown if setup else None,
            "status": self.status,
            "success_url": self.success_url,
            "ui_mode": "hosted_page",
            "url": self.url(origin) if is_open else None,
        }

    def not_open(self) -> StripeError:
        """What Stripe answers to expiring twice, or what was paid; it has no code."""
        return invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{self.status}`."
        )


class Checkouts:
    """All sessions."""

    def __init__(self) -> None:
        self._all: dict[str, Checkout] = {}

    def __getitem__(self, ident: str) -> Checkout:
        if ident not in self._all:
            raise missing("checkout.session", ident)
        return self._all[ident]

    def __contains__(self, ident: str) -> bool:
        return ident in self._all

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> list[Checkout]:
        """Every session, the oldest first."""
        return list(self._all.values())

    def open(self, params: Params, intent: Intent, now: datetime) -> Checkout:
        """A new session for an intent that is not in the books yet."""
        for name in ("success_url", "cancel_url"):
            if name in params and not urlsplit(params[name]).netloc:
                raise invalid("Not a valid URL", code="url_invalid", param=name)
        checkout = Checkout(
            id=f"cs_test_{secrets.token_hex(24)}",
            intent=intent,
            created=now,
            expires_at=_expiry(params, now),
            success_url=params["success_url"],
            cancel_url=params.get("cancel_url", ""),
            metadata=params.get("metadata", {}),
            email=params.get("customer_email"),
            client_reference=params.get("client_reference_id"),
        )
        self._all[checkout.id] = checkout
        return checkout

    def overdue(self, now: datetime) -> list[Checkout]:
        """The open ones whose time is over."""
        return [c for c in self._all.values() if c.status == "open" and c.expires_at <= now]


def setup_params(params: Params) -> Params:
    """The parameters of the SetupIntent of a session that saves a card."""
    for name in ("customer", "success_url"):
        if not params.get(name):
            message = f"Missing required param: {name}."
            raise invalid(message, code="parameter_missing", param=name)
    for name in ("line_items", "payment_intent_data"):
        if name in params:
            raise invalid(f"`{name}` cannot be used in setup mode.", param=name)
    data = params.get("setup_intent_data", {})
    refuse_unknown(data, _SETUP_DATA, within="setup_intent_data")
    known: Params = {"customer": params["customer"], "payment_method_types": ["card"]}
    return {**known, "usage": "off_session", **data}


def intent_params(params: Params) -> Params:
    """The parameters of the PaymentIntent that a session will have."""
    if params.get("mode") != "payment":
        raise invalid("Only sessions of modes payment and setup are simulated.", param="mode")
    for name in ("line_items", "success_url"):
        if not params.get(name):
            message = f"Missing required param: {name}."
            raise invalid(message, code="parameter_missing", param=name)
    data = params.get("payment_intent_data", {})
    refuse_unknown(data, _INTENT_DATA, within="payment_intent_data")
    amount, currency = 0, ""
    for line in params["line_items"]:
        refuse_unknown(line, {"price_data", "quantity"}, within="line_items")
        price = line["price_data"]
        refuse_unknown(price, {"currency", "product_data", "unit_amount"}, within="price_data")
        if not price.get("product_data", {}).get("name"):
            raise invalid("Missing required param: name.", code="parameter_missing", param="name")
        amount += whole(price, "unit_amount") * whole(line, "quantity")
        currency = price["currency"]
    known: Params = {"amount": str(amount), "currency": currency, "payment_method_types": ["card"]}
    known |= {"customer": params["customer"]} if "customer" in params else {}
    return {**known, **data}


def _expiry(params: Params, now: datetime) -> datetime:
    """Stripe, Manage limited inventory: between 30 minutes and 24 hours from now."""
    if "expires_at" not in params:
        return now + _LONGEST
    wanted = datetime.fromtimestamp(whole(params, "expires_at"), now.tzinfo)
    if not _SHORTEST <= wanted - now <= _LONGEST:
        message = "The `expires_at` timestamp must be 30 minutes to 24 hours from now."
        raise invalid(message, param="expires_at")
    return wanted
