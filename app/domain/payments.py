"""Payments: hold → capture or release, with every cent accounted for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money


class PaymentState(StrEnum):
    """The payment machine that runs beside a driver's session. Source: docs, payments."""

    NONE = "none"
    HOLD_REQUESTED = "hold_requested"
    ACTION_REQUIRED = "action_required"
    HELD = "held"
    DECLINED = "declined"
    CAPTURING = "capturing"
    CAPTURED = "captured"
    RELEASING = "releasing"
    RELEASED = "released"
    CAPTURE_FAILED = "capture_failed"
    OWED = "owed"


FINAL = frozenset(
    {PaymentState.DECLINED, PaymentState.CAPTURED, PaymentState.RELEASED, PaymentState.OWED}
)


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A card or wallet a driver may pay with; only the provider's reference is kept."""

    id: str
    driver_id: str
    reference: str
    customer: str
    brand: str
    last4: str
    created_at: datetime
    default: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """The money of one driver's session.

    Each step carries its own idempotency key, `{id}:hold`, `{id}:capture`, `{id}:release`, so a
    step that is tried again happens once. `reference` is the provider's name for it.
    """

    id: str
    charging_id: str
    state: PaymentState
    hold: Money
    created_at: datetime
    method_reference: str
    customer: str | None = None
    reference: str | None = None
    captured: Money | None = None
    due: Money | None = None
    attempts: int = 0
    action_url: str | None = None
    client_secret: str | None = None
    failure: str | None = None
    capture_before: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0
