"""The account of the simulated provider: customers, cards, and intents with their books."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from app.simulators.provider_cards import CARDS
from app.simulators.provider_checkout import (
    Checkout,
    Checkouts,
    intent_params,
    setup_params,
)
from app.simulators.provider_ledger import Intent, Method
from app.simulators.provider_params import check_redirects
from app.simulators.provider_webhooks import Webhooks
from app.simulators.provider_wire import (
    Json,
    Params,
    StripeError,
    flag,
    invalid,
    missing,
    unrecognized,
    whole,
)

_SMALLEST = 50
"""Minor units (Stripe, Minimum charge amounts, EUR)."""


class Account:
    """Stripe's nouns and verbs without HTTP; `origin` tells where its pages are."""

    def __init__(self, origin: Callable[[], str]) -> None:
        self.customers: dict[str, Json] = {}
        self.methods: dict[str, Method] = {}
        self.intents: dict[str, Intent] = {}
        self.checkouts = Checkouts()
        self.webhooks = Webhooks()
        self._origin = origin
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The provider's time, which `advance` moves."""
        return datetime.now(UTC) + self._ahead

    def advance(self, time: timedelta) -> None:
        """Lets time pass: holds expire, and are released; pages close."""
        self._ahead += time
        for checkout in self.checkouts.overdue(self.now()):
            self.close(checkout)
        for intent in list(self.intents.values()):
            until = intent.capture_before
            if intent.status == "requires_capture" and until and until <= self.now():
                intent.cancel("automatic", self.now())
                self._emit("canceled", intent)

    def route(self, method: str, parts: list[str], params: Params) -> Json:
        """Does what `method /v1/parts` asks; the object to show."""
        match parts:
            case ["customers" | "payment_methods", *_]:
                return self._on_people(method, parts, params)
            case ["setup_intents" | "payment_intents" as kind, *rest]:
                is_new = method == "POST" and not rest
                if is_new:
                    intent = self._begin(self._planned(params, is_setup=kind == "setup_intents"))
                    if flag(params, "confirm"):
                        self._confirm(intent, params)
                    return intent.document(self._origin())
                return self._on_intent(self._intent(rest[0], kind), rest[1:], params)
            case ["checkout", "sessions", *rest]:
                return self._on_checkout(method, rest, params)
            case ["refunds"] if method == "POST":
                return self._refund(params)
            case _:
                return self._on_records(parts)

    def _on_records(self, parts: list[str]) -> Json:
        match parts:
            case ["charges", ident]:
                return self._intent(ident.replace("ch_", "pi_"), "payment_intents").charge()
            case ["events", *rest]:
                events = [e for e in reversed(self.webhooks.events) if not rest or e["id"] in rest]
                return events[0] if rest else _listed(events)
            case _:
                raise unrecognized(parts)

    def _on_people(self, method: str, parts: list[str], params: Params) -> Json:
        match parts:
            case ["customers"] if method == "POST":
                return self._new_customer(params)
            case ["customers", ident] if method == "DELETE":
                return self._delete_customer(ident)
            case ["customers", ident]:
                return self._customer(ident)
            case ["customers", ident, "payment_methods"]:
                return _listed(m.document() for m in self._methods_of(ident))
            case ["payment_methods", ident, *verb]:
                return self._on_method(ident, verb, params)
            case _:
                return _listed(m.document() for m in self._methods_of(params["customer"]))

    # Customers and cards

    def _new_customer(self, params: Params) -> Json:
        customer = {
            "id": f"cus_{secrets.token_hex(7)}",
            "object": "customer",
            "created": int(self.now().timestamp()),
            "email": params.get("email"),
            "name": params.get("name"),
            "livemode": False,
            "metadata": params.get("metadata", {}),
        }
        self.customers[str(customer["id"])] = customer
        self.webhooks.emit("customer.created", customer)
        return customer

    def _delete_customer(self, ident: str) -> Json:
        """Stripe, Delete a customer: the cards go along, and cannot be used again."""
        customer = self._customer(ident)
        for method in self._methods_of(ident):
            del self.methods[method.id]
        del self.customers[ident]
        self.webhooks.emit("customer.deleted", customer)
        return {"id": ident, "object": "customer", "deleted": True}

    def _customer(self, ident: str) -> Json:
        if ident not in self.customers:
            raise missing("customer", ident)
        return self.customers[ident]

    def _methods_of(self, customer: str) -> list[Method]:
        self._customer(customer)
        return [m for m in self.methods.values() if m.customer == customer]

    def _method(self, ident: str) -> Method:
        """A stored one, or a new one of Stripe's test payment methods."""
        if ident in CARDS:
            method = Method(f"pm_{secrets.token_hex(12)}", CARDS[ident])
            self.methods[method.id] = method
            return method
        if ident not in self.methods:
            raise missing("PaymentMethod", ident)
        return self.methods[ident]

    def _on_method(self, ident: str, verb: list[str], params: Params) -> Json:
        method = self._method(ident)
        match verb:
            case ["attach"]:
                if not method.card.attachable:
                    raise self.declined(None, method)
                self._customer(params["customer"])
                _refuse_detached(method)
                method.customer = params["customer"]
                self.webhooks.emit("payment_method.attached", method.document())
            case ["detach"]:
                if method.customer is None:
                    raise _not_attached()
                method.customer, method.detached = None, True
                self.webhooks.emit("payment_method.detached", method.document())
            case _:
                pass
        return method.document()

    # Intents

    def _planned(self, params: Params, *, is_setup: bool) -> Intent:
        """An intent that is in no book yet."""
        amount = None if is_setup else whole(params, "amount")
        if amount is not None and amount < _SMALLEST:
            raise invalid("Amount must be at least 50", code="amount_too_small", param="amount")
        if not is_setup and len(params.get("currency", "")) != 3:  # noqa: PLR2004  # ISO 4217
            raise invalid("Invalid currency", param="currency")
        if "customer" in params:
            self._customer(params["customer"])
        ident = f"{'seti' if is_setup else 'pi'}_{secrets.token_hex(12)}"
        intent = Intent(
            id=ident,
            secret=f"{ident}_secret_{secrets.token_hex(12)}",
            created=self.now(),
            amount=amount,
            currency=None if is_setup else params["currency"],
            manual=params.get("capture_method") == "manual",
            customer=params.get("customer"),
            usage=params.get("usage", "off_session")
            if is_setup
            else params.get("setup_future_usage"),
            return_url=params.get("return_url"),
            cards_only=not check_redirects(params),
            metadata=params.get("metadata", {}),
            description=params.get("description"),
        )
        if "payment_method" in params:
            self.use(intent, params["payment_method"])
        return intent

    def _begin(self, intent: Intent) -> Intent:
        self.intents[intent.id] = intent
        self._emit("created", intent)
        return intent

    def use(self, intent: Intent, method: str) -> None:
        intent.method = self._method(method)
        _refuse_detached(intent.method)
        owner = intent.method.customer
        if owner is not None and owner != intent.customer:
            raise invalid("The PaymentMethod belongs to another customer", param="payment_method")
        intent.status = "requires_confirmation"

    def _intent(self, ident: str, kind: str) -> Intent:
        prefix = "seti_" if kind == "setup_intents" else "pi_"
        if ident not in self.intents or not ident.startswith(prefix):
            raise missing(kind.removesuffix("s"), ident)
        return self.intents[ident]

    def _on_intent(self, intent: Intent, verb: list[str], params: Params) -> Json:
        match verb:
            case ["confirm"]:
                self._confirm(intent, params)
            case ["capture"]:
                amount = whole(params, "amount_to_capture", -1)
                intent.capture(None if "amount_to_capture" not in params else amount, self.now())
                self._emit("succeeded", intent)
                self.webhooks.emit("charge.captured", intent.charge())
            case ["cancel"]:
                intent.cancel(
                    params.get("cancellation_reason", "requested_by_customer"), self.now()
                )
                self._emit("canceled", intent)
            case _:
                pass
        return intent.document(self._origin())

    def _confirm(self, intent: Intent, params: Params) -> None:
        if intent.status not in ("requires_payment_method", "requires_confirmation"):
            raise intent.unexpected("confirmed")
        if "payment_method" in params:
            self.use(intent, params["payment_method"])
        intent.return_url = params.get("return_url", intent.return_url)
        if intent.method is None:
            raise invalid("You cannot confirm without a payment method.", param="payment_method")
        if intent.return_url is None and not intent.cards_only:
            message = "You must provide a `return_url`, or allow no redirects, to confirm this."
            raise invalid(message, param="return_url")
        intent.off_session = flag(params, "off_session")
        self.charge_card(intent, intent.method)

    def charge_card(self, intent: Intent, method: Method) -> None:
        card = method.card
        refused_here = card.decline is not None and not (intent.is_setup and card.attachable)
        if refused_here:
            raise self.declined(intent, method)
        asks = card.needs_owner(setup=intent.is_setup, saved_with_owner=method.saved_with_owner)
        if asks and intent.off_session:
            raise self.declined(intent, method, code="authentication_required")
        if asks:
            intent.status = "requires_action"
            self._emit("requires_action", intent)
        else:
            self.approve(intent)

    def approve(self, intent: Intent) -> None:
        intent.approve(self.now())
        kind = "amount_capturable_updated" if intent.status == "requires_capture" else "succeeded"
        self._emit(kind, intent)

    def declined(
        self, intent: Intent | None, method: Method, *, code: str = "card_declined"
    ) -> StripeError:
        decline = method.card.decline or code
        message = "Your card was declined."
        more: Json = {"decline_code": decline, "payment_method": method.document()}
        if intent is None:
            return StripeError(402, "card_error", code, message, **more)
        intent.error = {"type": "card_error", "code": code, "message": message} | more
        intent.status, intent.method = "requires_payment_method", None
        self._emit("setup_failed" if intent.is_setup else "payment_failed", intent)
        name = "setup_intent" if intent.is_setup else "payment_intent"
        more[name] = intent.document(self._origin())
        return StripeError(402, "card_error", code, message, **more)

    # Checkout

    def _on_checkout(self, method: str, rest: list[str], params: Params) -> Json:
        match rest:
            case [] if method == "POST":
                checkout = self._open_checkout(params)
            case [ident] if method == "GET":
                checkout = self.checkouts[ident]
            case [ident, "expire"] if method == "POST":
                checkout = self.checkouts[ident]
                self.close(checkout)
            case _:
                raise unrecognized(rest)
        return checkout.document(self._origin())

    def _open_checkout(self, params: Params) -> Checkout:
        saves = params.get("mode") == "setup"
        wanted = setup_params(params) if saves else intent_params(params)
        intent = self._planned(wanted, is_setup=saves)
        checkout = self.checkouts.open(params, intent, self.now())
        if saves:
            self.try_to_pay(checkout)
        return checkout

    def try_to_pay(self, checkout: Checkout) -> None:
        """Somebody gives a card for the first time: from now on there is an intent."""
        if not checkout.tried:
            checkout.tried = True
            checkout.intent.return_url = checkout.url(self._origin())
            self._begin(checkout.intent)

    def complete(self, checkout: Checkout) -> None:
        """The card is good."""
        checkout.status = "complete"
        self.webhooks.emit("checkout.session.completed", checkout.document(self._origin()))

    def close(self, checkout: Checkout) -> None:
        """Nobody can pay here any more; a payment that was begun is canceled."""
        if checkout.status != "open":
            raise checkout.not_open()
        checkout.status = "expired"
        if checkout.tried:
            checkout.intent.cancel("automatic", self.now())
            self._emit("canceled", checkout.intent)
        self.webhooks.emit("checkout.session.expired", checkout.document(self._origin()))

    def _refund(self, params: Params) -> Json:
        ident = params.get("payment_intent") or params["charge"].replace("ch_", "pi_")
        intent = self._intent(ident, "payment_intents")
        amount = whole(params, "amount", -1) if "amount" in params else None
        given = intent.refund(amount, self.now())
        self.webhooks.emit("charge.refunded", intent.charge())
        return {
            "id": f"re_{secrets.token_hex(12)}",
            "object": "refund",
            "amount": given,
            "charge": intent.charge_id,
            "currency": intent.currency,
            "payment_intent": intent.id,
            "status": "succeeded",
            "metadata": params.get("metadata", {}),
        }

    def _emit(self, kind: str, intent: Intent) -> None:
        name = "setup_intent" if intent.is_setup else "payment_intent"
        self.webhooks.emit(f"{name}.{kind}", intent.document(self._origin()))

    def expand(self, shown: Json, wanted: list[str]) -> Json:
        """Puts the objects themselves where their ids stand."""
        finders: dict[str, Callable[[str], Json]] = {
            "payment_method": lambda ident: self._method(ident).document(),
            "latest_charge": lambda ident: self.intents[ident.replace("ch_", "pi_")].charge(),
            "customer": self._customer,
            "payment_intent": lambda ident: self.intents[ident].document(self._origin()),
            "setup_intent": lambda ident: self.intents[ident].document(self._origin()),
        }
        for path in wanted:
            name, _, inner = path.partition(".")
            if name not in finders:
                raise invalid(f"This property cannot be expanded ({name}).")
            if isinstance(shown.get(name), str):
                shown = shown | {name: finders[name](shown[name])}
            if inner and shown.get(name):
                shown = shown | {name: self.expand(shown[name], [inner])}
        return shown


def _refuse_detached(method: Method) -> None:
    """Stripe, Detach a PaymentMethod: it can no longer be used, nor be attached again."""
    if method.detached:
        message = "This PaymentMethod was detached from a Customer and may not be used again."
        raise invalid(message, param="payment_method")


def _not_attached() -> StripeError:
    """Has no code at Stripe; who asks twice has to look."""
    return invalid("The payment method is not attached to a customer: nothing to detach.")


def _listed(items: Any) -> Json:
    return {"object": "list", "data": list(items), "has_more": False, "url": "/v1"}
