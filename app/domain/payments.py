"""Payments: hold → capture or release, with every cent accounted for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.money import Money


class PaymentState(StrEnum):
    """The payment machine that runs beside a driver's session; see `docs/charging.md`."""

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

RETRIES = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
"""How long after the first failure an amount is tried again, before it is a debt."""

KEY_LIFE = timedelta(hours=23)
"""Providers forget idempotency keys after a day; past this an unknown outcome is not repeated."""


class Wish(StrEnum):
    """What the session wants of its payment in the end."""

    KEEP = "keep"
    RELEASE = "release"
    CAPTURE = "capture"


class Call(StrEnum):
    """What is to be asked of the provider."""

    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A card or wallet a driver may pay with; only the provider's reference is kept.

    `valid_until` is the last month of a card, such as 2027-03; None when it is not known.
    """

    id: str
    driver_id: str
    reference: str
    customer: str
    brand: str
    last4: str
    created_at: datetime
    default: bool = False
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """The money of one driver's session.

    Every call carries its own idempotency key, see `payment_moves.key_of`, so a call that is
    tried again happens once. `reference` is the provider's name for the hold, `charge_reference`
    for what was taken without one. `due` is what the session costs, `captured` what was taken of
    it so far, `from_hold` out of the hold. `blocked` tells that the hold stands. `wish` is what
    is wanted as soon as the call in flight is answered. `attempts` counts the tries of the
    present call since `asked_at`, `round` the definite answers of charges. `retry_at` and
    `failed_since` are set while an amount that was refused is tried again.
    """

    id: str
    charging_id: str
    state: PaymentState
    hold: Money
    created_at: datetime
    method_reference: str
    customer: str | None = None
    reference: str | None = None
    charge_reference: str | None = None
    held_at: datetime | None = None
    captured: Money | None = None
    from_hold: Money | None = None
    due: Money | None = None
    blocked: bool = False
    wish: Wish = Wish.KEEP
    off_session: bool = False
    attempts: int = 0
    asked_at: datetime | None = None
    round: int = 0
    retries: int = 0
    retry_at: datetime | None = None
    failed_since: datetime | None = None
    action_url: str | None = None
    client_secret: str | None = None
    failure: str | None = None
    capture_before: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0

    @property
    def taken(self) -> Money:
        """What was captured so far."""
        return self.captured or Money.zero(self.hold.currency)

    @property
    def open_amount(self) -> Money:
        """What is still to be taken; nothing before the bill is known."""
        return Money.zero(self.hold.currency) if self.due is None else self.due - self.taken


class AccountName(StrEnum):
    """The accounts of a payment. BLOCKED and PROMISED mirror the hold, which is not our money."""

    BLOCKED = "blocked"
    PROMISED = "promised"
    CASH = "cash"
    RECEIVABLE = "receivable"
    SALES = "sales"


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount on one account."""

    account: AccountName
    amount: Money


@dataclass(frozen=True, slots=True)
class Entry:
    """Postings that add up to zero; `key` names what they are for."""

    key: str
    postings: tuple[Posting, ...]


def entry(key: str, amount: Money, to: AccountName, of: AccountName) -> Entry:
    """An amount that goes to one account and comes from another."""
    return Entry(key, (Posting(to, amount), Posting(of, -amount)))
