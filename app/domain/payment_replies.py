"""What a payment provider can say about a payment, in the payment machine's words."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import PaymentDeclined
from app.domain.money import Money


class Reply:
    """What the provider can say, in the machine's words."""


@dataclass(frozen=True, slots=True)
class Held(Reply):
    """The hold is in place."""

    reference: str
    capture_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActionNeeded(Reply):
    """The card's holder must confirm."""

    reference: str
    action_url: str | None
    client_secret: str | None


@dataclass(frozen=True, slots=True)
class Processing(Reply):
    """The provider will tell later."""

    reference: str


@dataclass(frozen=True, slots=True)
class Taken(Reply):
    """Money was taken under this reference."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LetGo(Reply):
    """Nothing is held any more."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined(Reply):
    """The provider said no."""

    reason: str
    reference: str | None = None

    @classmethod
    def of(cls, refusal: PaymentDeclined) -> "Declined":
        """Read what an adapter raised."""
        return cls(refusal.reason)
