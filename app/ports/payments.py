"""Card payments through a provider: hold, capture, release, refund."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.money import Money
from app.domain.payments import Payment


class ProviderStatus(StrEnum):
    """Where the provider says a payment is."""

    ACTION_REQUIRED = "action_required"
    HELD = "held"
    CAPTURED = "captured"
    RELEASED = "released"
    DECLINED = "declined"
    PROCESSING = "processing"


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """The provider's word about one payment."""

    reference: str
    status: ProviderStatus
    captured: Money | None = None
    reason: str | None = None
    action_url: str | None = None
    client_secret: str | None = None
    capture_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card the provider keeps for a customer; `valid_until` is its last month, e.g. 2027-03."""

    reference: str
    brand: str
    last4: str
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class CardSetup:
    """A card being saved: `client_secret` goes to the provider's form on the driver's device."""

    reference: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class CardPage:
    """A card being saved on a page of the provider's, at `url`; `reference` names the setup."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified webhook: its id (for `store.inbox`) and the payment it is about, if any.

    The provider may tell of a part of a payment by a name we do not keep; `payment_id` is ours.
    """

    id: str
    kind: str
    reference: str | None
    payment_id: str | None = None


class PaymentProvider(Protocol):
    """Every call that moves money is idempotent by its key; the same key, the same effect once.

    All raise ProviderUnavailable when the outcome is unknown (to be tried again with the same
    key) and PaymentDeclined when the provider says no.
    """

    async def create_customer(self, key: str, email: str | None) -> str:
        """A customer reference."""
        ...

    async def setup_card(self, key: str, customer: str) -> CardSetup:
        """Begin to save a card."""
        ...

    async def card_page(self, key: str, customer: str, back: str) -> CardPage:
        """Begin to save a card on the provider's own page, which leads to `back`, saved or not."""
        ...

    async def saved_card(self, setup_reference: str) -> SavedCard:
        """The card of a finished setup; raises PaymentDeclined when it did not succeed."""
        ...

    async def forget_customer(self, customer: str) -> None:
        """Delete the customer and all cards; deleting who is not there any more is no error."""
        ...

    async def forget_card(self, reference: str) -> None:
        """Detach a saved card for good; one that is detached or not there is no error."""
        ...

    async def hold(self, key: str, payment: Payment, *, off_session: bool) -> ProviderAnswer:
        """Block `payment.hold` on `payment.method_reference`."""
        ...

    async def capture(self, key: str, reference: str, amount: Money) -> ProviderAnswer:
        """Take part or all of a hold; the rest is released."""
        ...

    async def release(self, key: str, reference: str) -> ProviderAnswer:
        """Let a hold go; releasing a released one is no error."""
        ...

    async def charge(self, key: str, payment: Payment, amount: Money) -> ProviderAnswer:
        """Take an owed amount from the saved card, without a hold."""
        ...

    async def fetch(self, reference: str) -> ProviderAnswer:
        """The present truth about a payment."""
        ...

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Verify and read a webhook; raises Unauthenticated when it is not the provider's."""
        ...
