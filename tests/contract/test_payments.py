"""Both payment providers, through the same paces: the sandbox and Stripe's library."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.adapters.payments_sandbox import SandboxPayments
from app.adapters.payments_stripe import StripePayments
from app.adapters.stripe_money import from_minor, to_minor
from app.domain.errors import PaymentDeclined, ProviderUnavailable, Unauthenticated
from app.domain.money import Money
from app.domain.payments import Payment
from app.ports.payments import PaymentProvider, ProviderAnswer, ProviderStatus
from app.simulators.provider import Provider
from app.simulators.provider_wire import signature
from app.store.transaction import Store
from tests.support.chargings import a_payment
from tests.support.clock import NOON, FakeClock

# the stripe library hands httpx its body the way httpx wants to forget
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

S = ProviderStatus
SECRETS = ("whsec_old", "whsec_new")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@dataclass
class Sandbox:
    """The sandbox, and what its customers and time do."""

    provider: SandboxPayments
    clock: FakeClock

    async def lose_answer(self) -> None:
        self.provider.fail_next("lost")

    async def be_down(self) -> None:
        self.provider.fail_next("down")

    async def confirm(self, reference: str, _secret: str) -> None:
        await self.provider.confirm(reference)

    async def type_card(self, answer: ProviderAnswer) -> None:
        await self.provider.confirm(answer.reference)

    async def reject(self, reference: str, _secret: str) -> None:
        await self.provider.reject(reference)

    async def save(self, reference: str, _secret: str) -> None:
        await self.provider.fill_in(reference, "pm_card_visa")

    async def wait(self, days: int) -> None:
        self.clock.set(self.clock.now() + timedelta(days=days))

    def moved(self, reference: str) -> tuple[int, int]:
        intent = self.provider.books.intents[reference]
        held = intent.amount if intent.status is S.HELD else 0
        return held, intent.captured

    def count(self) -> int:
        return len(self.provider.books.intents)

    def webhook(self, reference: str) -> tuple[bytes, dict[str, str]]:
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


def signed(event: Any, secret: str) -> tuple[bytes, dict[str, str]]:
    """An event as the provider sends it."""
    body, stamp = json.dumps(event).encode(), int(datetime.now(UTC).timestamp())
    return body, {"Stripe-Signature": signature(secret, body, stamp)}


async def on_page(url: str, act: str, number: str = "4242424242424242") -> httpx.Response:
    """What a person does on the provider's page."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        return await browser.post(url, data={"act": act, "number": number})


@asynccontextmanager
async def stripe_world() -> AsyncIterator[Stripe]:
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


@pytest.fixture(params=["sandbox", "stripe"])
async def world(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[World]:
    if request.param == "sandbox":
        yield Sandbox(SandboxPayments(clock), clock)
        return
    async with stripe_world() as made:
        yield made


@pytest.fixture
def provider(world: World) -> PaymentProvider:
    return world.provider


def payment(**changes: Any) -> Payment:
    return a_payment(customer=None, **changes)


async def hold(provider: PaymentProvider, key: str = "p-1:hold", **changes: Any) -> Any:
    return await provider.hold(key, payment(**changes), off_session=False)


async def test_hold_capture_part_release_the_rest(world: World, provider: PaymentProvider) -> None:
    held = await hold(provider)
    assert held.status is S.HELD
    assert held.capture_before is not None
    assert world.moved(held.reference) == (3000, 0)
    taken = await provider.capture("p-1:capture", held.reference, eur("9.38"))
    assert (taken.status, taken.captured) == (S.CAPTURED, eur("9.38"))
    assert world.moved(held.reference) == (0, 938)


async def test_a_hold_is_released_once_and_again(world: World, provider: PaymentProvider) -> None:
    held = await hold(provider)
    for key in ("p-1:release", "p-1:release", "another"):
        assert (await provider.release(key, held.reference)).status is S.RELEASED
    assert world.moved(held.reference) == (0, 0)


async def test_nothing_is_taken_twice(world: World, provider: PaymentProvider) -> None:
    held = await hold(provider)
    for key in ("p-1:capture", "p-1:capture", "another key"):
        taken = await provider.capture(key, held.reference, eur("9.38"))
        assert (taken.status, taken.captured) == (S.CAPTURED, eur("9.38"))
    assert (await provider.release("p-1:release", held.reference)).status is S.CAPTURED
    assert world.moved(held.reference) == (0, 938)


async def test_the_same_key_has_one_effect(world: World, provider: PaymentProvider) -> None:
    first, second = await hold(provider), await hold(provider)
    assert first.reference == second.reference
    assert world.count() == 1


@pytest.mark.parametrize("call", ["hold", "capture", "charge"])
async def test_a_lost_answer_is_asked_for_again(
    world: World, provider: PaymentProvider, call: str
) -> None:
    """The process or the network dies after the provider has acted."""
    reference = (await hold(provider, "first")).reference if call == "capture" else ""

    async def ask(attempts: int) -> Any:
        if call == "capture":
            return await provider.capture("k", reference, eur("9.38"))
        mine = payment(attempts=attempts)
        if call == "charge":
            return await provider.charge("k", mine, eur("9.38"))
        return await provider.hold("k", mine, off_session=False)

    await world.lose_answer()
    with pytest.raises(ProviderUnavailable):
        await ask(1)
    answer = await ask(2)
    assert answer.status is (S.HELD if call == "hold" else S.CAPTURED)
    assert world.count() == 1
    assert world.moved(answer.reference) == ((3000, 0) if call == "hold" else (0, 938))


async def test_a_provider_that_is_down(world: World, provider: PaymentProvider) -> None:
    await world.be_down()
    with pytest.raises(ProviderUnavailable):
        await hold(provider)
    assert world.count() == 0
    assert (await hold(provider)).status is S.HELD


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
async def test_a_declined_card(provider: PaymentProvider, card: str, reason: str) -> None:
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as declined:
            await hold(provider, method_reference=card)
        assert declined.value.reason == reason


async def test_a_card_whose_holder_must_confirm(world: World, provider: PaymentProvider) -> None:
    asks = await hold(provider, method_reference="pm_card_authenticationRequired")
    assert asks.status is S.ACTION_REQUIRED
    assert asks.action_url
    assert asks.client_secret
    await world.confirm(asks.reference, asks.client_secret)
    held = await provider.fetch(asks.reference)
    assert (held.status, held.client_secret) == (S.HELD, None)


async def test_a_holder_who_does_not_confirm(world: World, provider: PaymentProvider) -> None:
    asks = await hold(provider, method_reference="pm_card_authenticationRequired")
    await world.reject(asks.reference, asks.client_secret or "")
    refused = await provider.fetch(asks.reference)
    assert refused.status is S.DECLINED
    assert refused.reason


async def test_a_confirmation_can_be_called_off(world: World, provider: PaymentProvider) -> None:
    asks = await hold(provider, method_reference="pm_card_authenticationRequired")
    assert (await provider.release("r", asks.reference)).status is S.RELEASED


async def test_without_its_holder_a_card_may_be_refused(provider: PaymentProvider) -> None:
    mine = payment(method_reference="pm_card_authenticationRequired")
    with pytest.raises(PaymentDeclined, match="authentication_required"):
        await provider.charge("k", mine, eur("5"))
    with pytest.raises(PaymentDeclined, match="authentication_required"):
        await provider.hold("h", mine, off_session=True)


async def test_a_guest_fills_the_card_in_later(world: World, provider: PaymentProvider) -> None:
    open_form = await hold(provider, method_reference="")
    assert open_form.status is S.ACTION_REQUIRED
    assert open_form.action_url
    await world.type_card(open_form)
    held = await provider.fetch(open_form.reference)
    assert (held.status, held.reference) == (S.HELD, open_form.reference)
    assert held.capture_before is not None
    for key in ("p-1:capture", "p-1:capture", "another"):
        taken = await provider.capture(key, open_form.reference, eur("9.38"))
        assert (taken.status, taken.captured) == (S.CAPTURED, eur("9.38"))
        assert taken.reference == open_form.reference
    assert world.moved(open_form.reference) == (0, 938)


@pytest.mark.parametrize("paid", [False, True])
async def test_a_guest_is_let_go(world: World, provider: PaymentProvider, *, paid: bool) -> None:
    asks = await hold(provider, method_reference="")
    if paid:
        await world.type_card(asks)
    for key in ("p-1:release", "p-1:release", "another"):
        gone = await provider.release(key, asks.reference)
        assert (gone.status, gone.reference) == (S.RELEASED, asks.reference)
    assert world.moved(asks.reference) == (0, 0)
    assert (await provider.fetch(asks.reference)).status is S.RELEASED


async def test_a_guests_lost_page_is_asked_for_again(
    world: World, provider: PaymentProvider
) -> None:
    await world.lose_answer()
    with pytest.raises(ProviderUnavailable):
        await hold(provider, method_reference="", attempts=1)
    again = await hold(provider, method_reference="", attempts=2)
    assert again.status is S.ACTION_REQUIRED
    assert world.count() == 1


async def test_a_debt_is_charged_without_a_hold(world: World, provider: PaymentProvider) -> None:
    taken = await provider.charge("p-1:charge:0", payment(), eur("12"))
    assert (taken.status, taken.captured) == (S.CAPTURED, eur("12"))
    assert world.moved(taken.reference) == (0, 1200)


async def test_a_hold_ends_by_itself(world: World, provider: PaymentProvider) -> None:
    held = await hold(provider)
    await world.wait(8)
    assert (await provider.fetch(held.reference)).status is S.RELEASED
    gone = await provider.capture("c", held.reference, eur("5"))
    assert (gone.status, gone.captured) == (S.RELEASED, eur("0"))


async def test_a_card_is_saved_and_charged_later(world: World, provider: PaymentProvider) -> None:
    customer = await provider.create_customer("d-1:customer", "driver@example.com")
    assert await provider.create_customer("d-1:customer", "driver@example.com") == customer
    setup = await provider.setup_card("d-1:setup:1", customer)
    assert (await provider.setup_card("d-1:setup:1", customer)).reference == setup.reference
    await world.save(setup.reference, setup.client_secret)
    card = await provider.saved_card(setup.reference)
    assert (card.brand, card.last4) == ("visa", "4242")
    mine = replace(payment(), method_reference=card.reference, customer=customer)
    assert (await provider.hold("h", mine, off_session=True)).status is S.HELD


async def test_a_webhook_names_its_payment(world: World, provider: PaymentProvider) -> None:
    held = await hold(provider)
    body, headers = world.webhook(held.reference)
    event = provider.read_webhook(body, headers)
    assert event.reference == held.reference
    assert event.id
    for forged in ({}, dict.fromkeys(headers, "t=1,v1=forged")):
        with pytest.raises(Unauthenticated):
            provider.read_webhook(body, forged)
    with pytest.raises(Unauthenticated):
        provider.read_webhook(body + b" ", headers)


async def test_no_provider_is_asked_inside_a_transaction(
    provider: PaymentProvider, store: Store
) -> None:
    async with store.transaction():
        with pytest.raises(RuntimeError, match="transaction"):
            await hold(provider)


# --- what only one of them does ---


async def test_the_sandboxs_books_survive_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    file = tmp_path / "books.json"
    held = await hold(SandboxPayments(clock, file=file))
    again = SandboxPayments(clock, file=file)
    assert (await hold(again)).reference == held.reference
    assert (await again.capture("c", held.reference, eur("5"))).captured == eur("5")
    third = SandboxPayments(clock, file=file)
    assert (await third.fetch(held.reference)).captured == eur("5")


async def test_stripe_webhooks_of_other_objects() -> None:
    async with stripe_world() as world:
        charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}
        for thing, reference in (
            (charge, "pi_1"),
            ({"object": "balance", "available": []}, None),
        ):
            event = {
                "id": "evt_1", "object": "event", "type": "x", "data": {"object": thing},
            }  # fmt: skip
            body, headers = signed(event, SECRETS[0])
            assert world.provider.read_webhook(body, headers).reference == reference


async def test_what_stripe_calls_malformed_is_declined() -> None:
    async with stripe_world() as world:
        with pytest.raises(PaymentDeclined, match="amount_too_small"):
            await hold(world.provider, hold=eur("0.10"))
        with pytest.raises(PaymentDeclined, match="setup_not_finished"):
            customer = await world.provider.create_customer("c", None)
            setup = await world.provider.setup_card("s", customer)
            await world.provider.saved_card(setup.reference)
        world.remote.violations.clear()


@pytest.mark.parametrize(
    ("currency", "amount", "minor"), [("EUR", "9.38", 938), ("JPY", "5", 5), ("ISK", "5", 500)]
)
def test_stripes_way_of_counting(currency: str, amount: str, minor: int) -> None:
    money = Money(Decimal(amount), currency)
    assert to_minor(money) == minor
    assert from_minor(minor, currency.lower()) == money
