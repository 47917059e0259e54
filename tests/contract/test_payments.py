"""Both payment providers, through the same paces: the sandbox and Stripe's library."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.adapters.payments_sandbox import SandboxPayments
from app.domain.errors import PaymentDeclined, ProviderUnavailable, Unauthenticated
from app.ports.payments import PaymentProvider, ProviderStatus
from app.store.transaction import Store
from tests.support.clock import FakeClock
from tests.support.money import eur
from tests.support.paying import Sandbox, World, hold, payment, stripe_world

# the stripe library hands httpx its body the way httpx wants to forget
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
S = ProviderStatus


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


# --- what only the sandbox does ---


async def test_the_sandboxs_books_survive_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    file = tmp_path / "books.json"
    held = await hold(SandboxPayments(clock, file=file))
    again = SandboxPayments(clock, file=file)
    assert (await hold(again)).reference == held.reference
    assert (await again.capture("c", held.reference, eur("5"))).captured == eur("5")
    third = SandboxPayments(clock, file=file)
    assert (await third.fetch(held.reference)).captured == eur("5")


async def test_a_customer_is_forgotten_with_all_cards(
    world: World, provider: PaymentProvider
) -> None:
    """GDPR, Article 17; the answer may be lost, and asking again is no error."""
    customer = await provider.create_customer("c", "dana@example.com")
    setup = await provider.setup_card("s", customer)
    await world.save(setup.reference, setup.client_secret)
    card = await provider.saved_card(setup.reference)
    await world.lose_answer()
    with pytest.raises(ProviderUnavailable):
        await provider.forget_customer(customer)
    for _ in range(2):
        await provider.forget_customer(customer)
    if isinstance(world, Sandbox):
        assert not world.provider.books.customers
        assert not world.provider.books.cards
    else:
        assert not world.remote.account.customers
        assert card.reference not in world.remote.account.methods


async def test_a_card_is_detached_for_good(world: World, provider: PaymentProvider) -> None:
    """The answer may be lost; asking again, and for one that never was, is no error."""
    customer = await provider.create_customer("c", None)
    kept, gone = [await saved(world, provider, f"s-{n}", customer) for n in (1, 2)]
    await world.be_down()
    with pytest.raises(ProviderUnavailable):
        await provider.forget_card(gone)
    assert world.attached() == {kept, gone}
    await world.lose_answer()
    with pytest.raises(ProviderUnavailable):
        await provider.forget_card(gone)
    for reference in (gone, gone, "pm_of_nobody"):
        await provider.forget_card(reference)
    assert world.attached() == {kept}
    mine = replace(payment(), method_reference=kept, customer=customer)
    assert (await provider.hold("h-1", mine, off_session=True)).status is S.HELD
    with pytest.raises(PaymentDeclined):
        await provider.hold("h-2", replace(mine, method_reference=gone), off_session=True)
    if not isinstance(world, Sandbox):
        (refused,) = world.remote.violations
        assert "may not be used again" in refused
        world.remote.violations.clear()


async def saved(world: World, provider: PaymentProvider, key: str, customer: str) -> str:
    """A good card of a customer, by its reference."""
    setup = await provider.setup_card(key, customer)
    await world.save(setup.reference, setup.client_secret)
    return (await provider.saved_card(setup.reference)).reference
