"""Payment providers in tests: the sandbox and Stripe's library, and what customers and time do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.adapters.payments_sandbox import SandboxPayments
from app.adapters.payments_stripe import StripePayments
from app.domain.payments import Payment
from app.ports.payments import PaymentProvider, ProviderAnswer, ProviderStatus
from app.simulators.provider import Provider
from app.simulators.provider_wire import signature
from tests.support.chargings import a_payment
from tests.support.clock import NOON, FakeClock
from tests.support.loopback import a_client

SECRETS = ("whsec_old", "whsec_new")


@dataclass
class Sandbox:
    """The sandbox, and what its customers and time do."""

    provider: SandboxPayments
    clock: FakeClock

    async def lose_answer(self) -> None:
        """The next call has its effect, but its answer is lost."""
        self.provider.fail_next("lost")

    async def be_down(self) -> None:
        """The next call is not heard at all."""
        self.provider.fail_next("down")

    async def confirm(self, reference: str, _secret: str) -> None:
        """The card's holder confirms at the bank."""
        await self.provider.confirm(reference)

    async def type_card(self, answer: ProviderAnswer) -> None:
        """A guest types a card on the provider's page."""
        await self.provider.confirm(answer.reference)

    async def reject(self, reference: str, _secret: str) -> None:
        """The card's holder does not confirm."""
        await self.provider.reject(reference)

    async def save(self, reference: str, _secret: str) -> None:
        """A driver types a card to be saved."""
        await self.provider.fill_in(reference, "pm_card_visa")

    async def wait(self, days: int) -> None:
        """Let days pass."""
        self.clock.set(self.clock.now() + timedelta(days=days))

    def attached(self) -> set[str]:
        """The cards that are saved for customers."""
        return set(self.provider.books.cards)

    def moved(self, reference: str) -> tuple[int, int]:
        """What is held and what was captured, in cents."""
        intent = self.provider.books.intents[reference]
        held = intent.amount if intent.status is ProviderStatus.HELD else 0
        return held, intent.captured

    def count(self) -> int:
        """How many payments the provider knows."""
        return len(self.provider.books.intents)

    def webhook(self, reference: str) -> tuple[bytes, dict[str, str]]:
        """The newest webhook about this, with its headers."""
        return self.provider.webhook(reference)


@dataclass
class Stripe:
    """Our Stripe adapter at the simulated provider, and what its customers and time do."""

    provider: StripePayments
    remote: Provider

    async def lose_answer(self) -> None:
        for _ in range(3):
            self.remote.fault("lost")

    async def be_down(self) -> None:
        for _ in range(3):
            self.remote.fault("reset")

    async def _act(self, secret: str, act: str) -> None:
        page = await on_page(f"{self.remote.origin}/pay/{secret}", act)
        assert page.status_code in {200, 303}

    async def confirm(self, _reference: str, secret: str) -> None:
        await self._act(secret, "confirm")

    async def type_card(self, answer: ProviderAnswer) -> None:
        page = await on_page(answer.action_url or "", "pay")
        assert page.headers["location"] == "https://app.example/q/s/c-1/back"

    async def reject(self, reference: str, secret: str) -> None:
        await self._act(secret, "reject")

    async def save(self, reference: str, secret: str) -> None:
        await self._act(secret, "pay")

    async def wait(self, days: int) -> None:
        self.remote.advance(timedelta(days=days))

    def attached(self) -> set[str]:
        return {m.id for m in self.remote.account.methods.values() if m.customer is not None}

    def moved(self, reference: str) -> tuple[int, int]:
        is_page = reference in self.remote.checkouts
        intent = self.remote.checkouts[reference].intent if is_page else None
        intent = intent or self.remote.intents[reference]
        return intent.capturable, intent.total("captured")

    def count(self) -> int:
        return len(self.remote.intents) + len(self.remote.checkouts)

    def webhook(self, reference: str) -> tuple[bytes, dict[str, str]]:
        event = next(
            e
            for e in reversed(self.remote.webhooks.events)
            if e["data"]["object"].get("id") == reference
        )
        return signed(event, SECRETS[1])


World = Sandbox | Stripe
"""What the one can do, the other can."""


def signed(event: Any, secret: str) -> tuple[bytes, dict[str, str]]:
    """An event as the provider sends it."""
    body, stamp = json.dumps(event).encode(), int(datetime.now(UTC).timestamp())
    return body, {"Stripe-Signature": signature(secret, body, stamp)}


async def on_page(url: str, act: str, number: str = "4242424242424242") -> httpx.Response:
    """What a person does on the provider's page."""
    async with a_client() as browser:
        return await browser.post(url, data={"act": act, "number": number})


@asynccontextmanager
async def stripe_world() -> AsyncIterator[Stripe]:
    """The adapter and its provider, which in the end may not find fault with it."""
    async with Provider() as remote:
        remote.advance(NOON - datetime.now(UTC))
        adapter = StripePayments(
            remote.api_key,
            webhook_secrets=SECRETS,
            url=remote.origin,
            return_url="https://app.example/paid",
            guest_url="https://app.example/q/s/{charging}/back",
        )
        yield Stripe(adapter, remote)
        await adapter.close()
        assert not [v for v in remote.violations if "unexpected_state" not in v]


def payment(**changes: Any) -> Payment:
    """A payment of somebody who is no customer yet."""
    return a_payment(customer=None, **changes)


async def hold(provider: PaymentProvider, key: str = "p-1:hold", **changes: Any) -> Any:
    """Hold 30 EUR, with the card's holder present."""
    return await provider.hold(key, payment(**changes), off_session=False)
