"""A card provider that only keeps books: for the demo, for development, and for tests.

It behaves as its cards say, which have the names of Stripe's test cards, so both providers can be
put through the same paces. Every call is done once for its key, and the books survive a restart
when there is a file for them.
"""

import asyncio
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Literal
from urllib.parse import urlencode

from pydantic import TypeAdapter

from app.domain.errors import InvalidInput, NotFound, PaymentDeclined, ProviderUnavailable
from app.domain.errors import Unauthenticated as NotTheProvider
from app.domain.money import Money
from app.domain.payments import Payment
from app.ports.clock import Clock
from app.ports.payments import (
    CardPage,
    CardSetup,
    ProviderAnswer,
    ProviderEvent,
    ProviderStatus,
    SavedCard,
)
from app.store.transaction import assert_no_transaction

Fault = Literal["down", "lost"]

HOLD_LIFE = timedelta(days=7)
DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_chargeCustomerFail": "generic_decline",
}
"""Cards that are refused, and why; all others are good."""

ASKS_HOLDER = frozenset({"pm_card_authenticationRequired"})
"""Cards whose holder has to confirm every payment."""

SIGNATURE = "sandbox-signature"


@dataclass(slots=True)
class Intent:
    """A hold or a charge; amounts in minor units."""

    reference: str
    amount: int
    currency: str
    method: str
    status: ProviderStatus
    until: datetime
    manual: bool = True
    captured: int = 0
    reason: str | None = None
    charging: str = ""


@dataclass(slots=True)
class Books:
    """Everything the provider knows; `done` remembers each key's intent, or why it was refused."""

    intents: dict[str, Intent] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    setups: dict[str, str] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    detached: list[str] = field(default_factory=list)


class SandboxPayments:
    """Keeps books in memory, and in `file` if there is one.

    The card form is below `page`, and leads back to `guest_url`, which has `{charging}` in it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        file: Path | None = None,
        webhook_key: str = "sandbox",
        page: str = "",
        guest_url: str = "",
    ) -> None:
        self._clock = clock
        self._file = file
        self._webhook_key = webhook_key
        self._page = page
        self._guest_url = guest_url
        self._reader = TypeAdapter(Books)
        known = file is not None and file.exists()
        self.books = self._reader.validate_json(file.read_bytes()) if file and known else Books()
        self._writing = asyncio.Lock()
        self._faults: list[Fault] = []

    def fail_next(self, fault: Fault) -> None:
        """Let the next call fail: `down` before anything is done, `lost` after it was."""
        self._faults.append(fault)

    async def close(self) -> None:
        """Nothing to close."""

    async def create_customer(self, key: str, email: str | None) -> str:  # noqa: ARG002 - the port's
        """A customer reference."""
        self._enter()
        made = self.books.customers.setdefault(key, f"cus_{token_hex(7)}")
        await self._leave()
        return made

    async def setup_card(self, key: str, customer: str) -> CardSetup:
        """Begin to save a card; it is a good one unless `fill_in` says otherwise."""
        self._enter()
        reference = self.books.done.setdefault(key, f"seti_{customer}_{token_hex(7)}")
        self.books.setups.setdefault(reference, "pm_card_visa")
        await self._leave()
        return CardSetup(reference, f"{reference}_secret")

    async def card_page(self, key: str, customer: str, back: str) -> CardPage:
        """Begin to save a card on our form; there is none until it is filled in."""
        self._enter()
        reference = self.books.done.setdefault(key, f"seti_{customer}_{token_hex(7)}")
        self.books.setups.setdefault(reference, "")
        await self._leave()
        return CardPage(reference, self._form(reference, back))

    async def fill_in(self, setup_reference: str, card: str) -> None:
        """What the driver does on the provider's form: the name of a test card."""
        if setup_reference not in self.books.setups:
            raise NotFound("card setup", setup_reference)
        self.books.setups[setup_reference] = card
        await self._keep()

    async def saved_card(self, setup_reference: str) -> SavedCard:
        """The card of a finished setup; raises PaymentDeclined when it was refused."""
        self._enter()
        card = self.books.setups.get(setup_reference)
        if not card:
            raise PaymentDeclined("setup_not_finished")
        if card in DECLINES and card != "pm_card_chargeCustomerFail":
            raise PaymentDeclined(DECLINES[card])
        reference = f"pm_{setup_reference.removeprefix('seti_')}"
        if reference not in self.books.detached:
            self.books.cards[reference] = card
        await self._leave()
        return SavedCard(reference, "visa", "4242", f"{self._clock.now().year + 3}-12")

    async def forget_customer(self, customer: str) -> None:
        """Delete the customer and all cards; who is not there any more is no error."""
        self._enter()
        books, own = self.books, f"{customer}_"
        books.customers = {k: name for k, name in books.customers.items() if name != customer}
        for cards, prefix in ((books.setups, "seti_"), (books.cards, "pm_")):
            for each in [name for name in cards if name.startswith(prefix + own)]:
                del cards[each]
        await self._leave()

    async def forget_card(self, reference: str) -> None:
        """Detach a saved card for good; one that is detached or not there is no error."""
        self._enter()
        self.books.cards.pop(reference, None)
        if reference not in self.books.detached:
            self.books.detached.append(reference)
        await self._leave()

    async def hold(self, key: str, payment: Payment, *, off_session: bool) -> ProviderAnswer:
        """Block the amount."""
        return await self._create(key, payment, payment.hold, off_session=off_session, manual=True)

    async def charge(self, key: str, payment: Payment, amount: Money) -> ProviderAnswer:
        """Take an owed amount from the card, without a hold."""
        return await self._create(key, payment, amount, off_session=True, manual=False)

    async def _create(
        self, key: str, payment: Payment, amount: Money, *, off_session: bool, manual: bool
    ) -> ProviderAnswer:
        self._enter()
        if key not in self.books.done and key not in self.books.refused:
            why = self._refusal(payment.method_reference, off_session=off_session)
            if why is None:
                intent = self._new(payment, amount, manual=manual)
                self.books.done[key] = intent.reference
            else:
                self.books.refused[key] = why
        await self._leave()
        if key in self.books.refused:
            raise PaymentDeclined(self.books.refused[key])
        return self._answer(self.books.done[key])

    def _refusal(self, method: str, *, off_session: bool) -> str | None:
        if method in self.books.detached:
            return "payment_method_detached"
        card = self._card(method)
        if card in ASKS_HOLDER and off_session:
            return "authentication_required"
        return DECLINES.get(card)

    def _card(self, method: str) -> str:
        return self.books.cards.get(method, method)

    def _new(self, payment: Payment, amount: Money, *, manual: bool) -> Intent:
        method = payment.method_reference
        asks = not method or self._card(method) in ASKS_HOLDER
        intent = Intent(
            reference=f"pi_{token_hex(12)}",
            amount=amount.minor,
            currency=amount.currency,
            method=method,
            status=ProviderStatus.ACTION_REQUIRED if asks else ProviderStatus.HELD,
            until=self._clock.now() + HOLD_LIFE,
            manual=manual,
            charging=payment.charging_id,
        )
        self.books.intents[intent.reference] = intent
        if not asks and not manual:
            _take(intent, intent.amount)
        return intent

    async def confirm(self, reference: str, card: str = "pm_card_visa") -> None:
        """What the holder does on the provider's page: fill a card in, or say yes to the bank."""
        if reference in self.books.setups:
            await self.fill_in(reference, card)
            return
        intent = self._intent(reference)
        if intent.status is ProviderStatus.ACTION_REQUIRED:
            why = None if intent.method else DECLINES.get(card)
            intent.method = intent.method or card
            intent.status = ProviderStatus.DECLINED if why else ProviderStatus.HELD
            intent.reason = why
        await self._keep()

    async def reject(self, reference: str) -> None:
        """The holder says no to the bank, or leaves the form as it is."""
        if reference in self.books.setups:
            return
        intent = self._intent(reference)
        if intent.status is ProviderStatus.ACTION_REQUIRED:
            intent.status, intent.reason = ProviderStatus.DECLINED, "authentication_failed"
        await self._keep()

    async def capture(self, key: str, reference: str, amount: Money) -> ProviderAnswer:
        """Take part or all of a hold; the rest is released."""
        self._enter()
        intent = self._intent(reference)
        if key not in self.books.done and intent.status is ProviderStatus.HELD:
            if not 0 < amount.minor <= intent.amount:
                raise InvalidInput("amount", "is not within the hold")
            _take(intent, amount.minor)
            self.books.done[key] = reference
        await self._leave()
        return self._answer(reference)

    async def release(self, key: str, reference: str) -> ProviderAnswer:
        """Let a hold go; releasing a released one is no error."""
        self._enter()
        intent = self._intent(reference)
        if intent.status is not ProviderStatus.CAPTURED:
            intent.status = ProviderStatus.RELEASED
            self.books.done[key] = reference
        await self._leave()
        return self._answer(reference)

    async def fetch(self, reference: str) -> ProviderAnswer:
        """The present truth about a payment."""
        self._enter()
        return self._answer(reference)

    def webhook(self, reference: str) -> tuple[bytes, dict[str, str]]:
        """A signed webhook about a payment, body and headers, as the provider would send it."""
        event = {"id": f"evt_{token_hex(12)}", "kind": "payment.changed", "reference": reference}
        body = json.dumps(event).encode()
        return body, {SIGNATURE: self._signature(body)}

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Verify and read a webhook; raises Unauthenticated when it is not the provider's."""
        lower = {name.lower(): value for name, value in headers.items()}
        if not hmac.compare_digest(lower.get(SIGNATURE, ""), self._signature(body)):
            raise NotTheProvider("the webhook is not signed by the payment provider")
        event = json.loads(body)
        return ProviderEvent(event["id"], event["kind"], event["reference"])

    def _signature(self, body: bytes) -> str:
        return hmac.new(self._webhook_key.encode(), body, sha256).hexdigest()

    def _intent(self, reference: str) -> Intent:
        intent = self.books.intents.get(reference)
        if intent is None:
            raise PaymentDeclined("unknown_payment")
        if intent.status is ProviderStatus.HELD and intent.until <= self._clock.now():
            intent.status = ProviderStatus.RELEASED
        return intent

    def _answer(self, reference: str) -> ProviderAnswer:
        intent = self._intent(reference)
        waits = intent.status is ProviderStatus.ACTION_REQUIRED
        return ProviderAnswer(
            reference=reference,
            status=intent.status,
            captured=Money.from_minor(intent.captured, intent.currency),
            reason=intent.reason,
            action_url=self._guest_form(intent) if waits else None,
            client_secret=f"{reference}_secret" if waits else None,
            capture_before=intent.until if intent.manual else None,
        )

    def _guest_form(self, intent: Intent) -> str:
        return self._form(intent.reference, self._guest_url.format(charging=intent.charging))

    def _form(self, reference: str, back: str) -> str:
        return f"{self._page}/{reference}?{urlencode({'return_url': back})}"

    def _enter(self) -> None:
        assert_no_transaction()
        if self._faults and self._faults[0] == "down":
            self._faults.pop(0)
            raise ProviderUnavailable("the sandbox was told to be down")

    async def _leave(self) -> None:
        await self._keep()
        if self._faults and self._faults[0] == "lost":
            self._faults.pop(0)
            raise ProviderUnavailable("the sandbox was told to lose this answer")

    async def _keep(self) -> None:
        """Write the books, whole or not at all."""
        file = self._file
        if file is None:
            return
        async with self._writing:
            text = json.dumps(asdict(self.books), default=datetime.isoformat)
            await asyncio.to_thread(_replace, file, text)


def _take(intent: Intent, amount: int) -> None:
    intent.status, intent.captured = ProviderStatus.CAPTURED, amount


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)
