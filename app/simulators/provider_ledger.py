"""The money of the simulated provider: what is held, captured, released and refunded, and when.

Amounts are minor units. The rules are Stripe's for manual capture: one capture, at most the
held amount, and what it leaves is released.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from app.simulators.provider_cards import Card
from app.simulators.provider_wire import Json, StripeError, invalid

Status = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "succeeded",
    "canceled",
]
MovementKind = Literal["held", "captured", "released", "refunded"]

ON_SESSION = timedelta(days=7)
OFF_SESSION_VISA = timedelta(days=4, hours=18)
"""How long a hold lasts (Stripe, "Place a hold on a payment method")."""


@dataclass(frozen=True)
class Movement:
    """Money moved: one line of the ledger."""

    kind: MovementKind
    amount: int
    at: datetime


@dataclass
class Method:
    """A payment method; `saved_with_owner` once its owner confirmed saving it.

    `detached` from its customer, it can never be used again.
    """

    id: str
    card: Card
    customer: str | None = None
    saved_with_owner: bool = False
    detached: bool = False

    def document(self) -> Json:
        """As Stripe shows it."""
        card = {"brand": self.card.brand, "last4": self.card.last4}
        card |= {"country": "DE", "funding": "credit"}
        return {
            "id": self.id,
            "object": "payment_method",
            "type": "card",
            "card": card | {"exp_month": 12, "exp_year": 2034},
            "customer": self.customer,
            "livemode": False,
            "metadata": {},
        }


@dataclass
class Intent:
    """A PaymentIntent, or (with `amount` None) a SetupIntent."""

    id: str
    secret: str
    created: datetime
    amount: int | None = None
    currency: str | None = None
    manual: bool = False
    customer: str | None = None
    method: Method | None = None
    usage: str | None = None
    return_url: str | None = None
    cards_only: bool = False
    metadata: Json = field(default_factory=dict)
    description: str | None = None
    status: Status = "requires_payment_method"
    off_session: bool = False
    error: Json | None = None
    cancelled_because: str | None = None
    movements: list[Movement] = field(default_factory=list)
    capture_before: datetime | None = None

    @property
    def is_setup(self) -> bool:
        return self.amount is None

    def total(self, kind: MovementKind) -> int:
        """How much has been held, captured, released or refunded altogether."""
        return sum(m.amount for m in self.movements if m.kind == kind)

    @property
    def capturable(self) -> int:
        """What is blocked on the card now."""
        return self.total("held") - self.total("captured") - self.total("released")

    def move(self, kind: MovementKind, amount: int, at: datetime) -> None:
        """Writes one line; refuses what would break the books."""
        self.movements.append(Movement(kind, amount, at))
        if self.capturable < 0 or self.total("refunded") > self.total("captured"):
            raise AssertionError(f"{self.id}: the simulator's books are wrong")

    def approve(self, now: datetime) -> None:
        """The bank says yes."""
        self.error = None
        if self.is_setup:
            self.status = "succeeded"
            if self.method:
                self.method.customer = self.customer
                self.method.saved_with_owner = True
            return
        self.move("held", self.amount or 0, now)
        if self.usage and self.method:
            self.method.customer, self.method.saved_with_owner = self.customer, True
        is_visa = self.method is not None and self.method.card.brand == "visa"
        window = OFF_SESSION_VISA if self.off_session and is_visa else ON_SESSION
        self.capture_before = now + window
        self.status = "requires_capture"
        if not self.manual:
            self.capture(None, now)

    def capture(self, amount: int | None, now: datetime) -> None:
        """Takes part or all, releases the rest."""
        if self.status != "requires_capture":
            raise self.unexpected("captured")
        held = self.capturable
        taken = held if amount is None else amount
        if taken > held:
            message = f"The remaining amount that can be captured is {held}."
            raise invalid(message, code="amount_too_large", param="amount_to_capture")
        if taken <= 0:
            raise invalid("Invalid positive integer", param="amount_to_capture")
        self.move("captured", taken, now)
        if held > taken:
            self.move("released", held - taken, now)
        self.status = "succeeded"

    def cancel(self, reason: str, now: datetime) -> None:
        """Lets everything go."""
        if self.status in ("succeeded", "canceled"):
            raise self.unexpected("canceled")
        if self.capturable:
            self.move("released", self.capturable, now)
        self.status, self.cancelled_because = "canceled", reason

    def refund(self, amount: int | None, now: datetime) -> int:
        """Gives back; the amount given back."""
        left = self.total("captured") - self.total("refunded")
        if self.status != "succeeded" or left == 0:
            raise invalid("Charge has already been refunded.", code="charge_already_refunded")
        given = left if amount is None else amount
        if given > left or given <= 0:
            message = f"Refund amount ({given}) is greater than unrefunded amount ({left})"
            raise invalid(message, param="amount")
        self.move("refunded", given, now)
        return given

    def unexpected(self, verb: str) -> StripeError:
        """The error for a verb the state does not allow."""
        kind = "setup_intent" if self.is_setup else "payment_intent"
        message = f"This {kind} could not be {verb} because it has a status of {self.status}."
        return invalid(message, code=f"{kind}_unexpected_state")

    def next_action(self, origin: str) -> Json | None:
        """Where the owner confirms, while the bank asks for it."""
        if self.status != "requires_action":
            return None
        url = {"url": f"{origin}/pay/{self.secret}", "return_url": self.return_url}
        return {"type": "redirect_to_url", "redirect_to_url": url}

    def document(self, origin: str) -> Json:
        """As Stripe shows it, references unexpanded."""
        shown: Json = {
            "id": self.id,
            "object": "setup_intent" if self.is_setup else "payment_intent",
            "client_secret": self.secret,
            "created": int(self.created.timestamp()),
            "customer": self.customer,
            "description": self.description,
            "livemode": False,
            "metadata": self.metadata,
            "next_action": self.next_action(origin),
            "payment_method": self.method.id if self.method else None,
            "payment_method_types": ["card"],
            "status": self.status,
            "cancellation_reason": self.cancelled_because,
        }
        if self.is_setup:
            return shown | {"usage": self.usage, "last_setup_error": self.error}
        held = any(m.kind == "held" for m in self.movements)
        return shown | {
            "amount": self.amount,
            "amount_capturable": self.capturable,
            "amount_received": self.total("captured"),
            "capture_method": "manual" if self.manual else "automatic",
            "currency": self.currency,
            "last_payment_error": self.error,
            "latest_charge": self.charge_id if held else None,
            "setup_future_usage": self.usage,
        }

    @property
    def charge_id(self) -> str:
        """Of the one charge an intent has here."""
        return self.id.replace("pi_", "ch_")

    def charge(self) -> Json:
        """The Charge object; only once money was held."""
        before = self.capture_before
        card = self.method.document()["card"] if self.method else {}
        card["capture_before"] = int(before.timestamp()) if before else None
        captured, refunded = self.total("captured"), self.total("refunded")
        return {
            "id": self.charge_id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": captured,
            "amount_refunded": refunded,
            "captured": captured > 0,
            "currency": self.currency,
            "customer": self.customer,
            "paid": True,
            "payment_intent": self.id,
            "payment_method": self.method.id if self.method else None,
            "payment_method_details": {"type": "card", "card": card},
            "refunded": captured > 0 and refunded == captured,
            "status": "succeeded",
        }
