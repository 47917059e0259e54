"""Stripe's hosted page: what becomes of a payment through refusals, time and crossed calls."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from app.adapters.payments_stripe import StripePayments
from app.adapters.stripe_checkouts import PAGE_LIFE
from app.domain.drivers import Driver
from app.domain.errors import NotFound, PaymentDeclined, ProviderUnavailable
from app.domain.payments import PaymentState
from app.ports.payments import ProviderAnswer, ProviderStatus
from app.simulators.http_server import HttpServer, Request, Response
from app.store.transaction import Store
from app.use_cases.cards import Cards
from app.use_cases.payments import Payments
from tests.support.clock import NOON, FakeClock
from tests.support.money import eur
from tests.support.paying import SECRETS, Stripe, on_page, payment, signed, stripe_world

# the stripe library hands httpx its body the way httpx wants to forget
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

S = ProviderStatus
DECLINED, ASKS = "4000000000000002", "4000002760003184"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """It is the provider that is looked at here; the store's own tests run on both."""
    return sqlite_url


@pytest.fixture
async def world() -> AsyncIterator[Stripe]:
    async with stripe_world() as made:
        yield made


async def opened(world: Stripe, **changes: Any) -> ProviderAnswer:
    guest = payment(method_reference="", **changes)
    answer = await world.provider.hold("p-1:hold", guest, off_session=False)
    assert answer.reference.startswith("cs_")
    assert answer.status is S.ACTION_REQUIRED
    return answer


async def test_the_page_asks_for_exactly_the_hold(world: Stripe) -> None:
    asks = await opened(world)
    checkout = world.remote.checkouts[asks.reference]
    assert (checkout.intent.amount, checkout.intent.currency) == (3000, "eur")
    assert checkout.intent.manual
    assert checkout.success_url == checkout.cancel_url == "https://app.example/q/s/c-1/back"
    assert not world.remote.intents


async def test_the_page_is_the_same_at_stripe_and_at_another_address(world: Stripe) -> None:
    """`url` is only where the API is: what is asked does not depend on it."""
    await opened(world)
    (asked,) = [r for r in world.remote.requests if r.path == "/v1/checkout/sessions"]
    assert world.remote.origin not in asked.body.decode()
    assert asked.headers["idempotency-key"] == "p-1:hold"


async def test_after_a_refusal_another_card_may_be_tried(world: Stripe) -> None:
    asks = await opened(world)
    refused = await on_page(asks.action_url or "", "pay", DECLINED)
    assert "Your card was declined." in refused.text
    still = await world.provider.fetch(asks.reference)
    assert (still.status, still.action_url) == (S.ACTION_REQUIRED, asks.action_url)
    assert (await on_page(asks.action_url or "", "pay")).status_code == 303
    assert (await world.provider.fetch(asks.reference)).status is S.HELD
    assert len(world.remote.intents) == 1


async def test_the_bank_asks_on_the_page(world: Stripe) -> None:
    asks = await opened(world)
    url = asks.action_url or ""
    assert "Your bank asks" in (await on_page(url, "pay", ASKS)).text
    assert (await world.provider.fetch(asks.reference)).status is S.ACTION_REQUIRED
    assert "did not confirm" in (await on_page(url, "reject")).text
    await on_page(url, "pay", ASKS)
    assert (await on_page(url, "confirm")).status_code == 303
    assert (await world.provider.fetch(asks.reference)).status is S.HELD


async def test_a_page_nobody_paid_on_closes_by_itself(world: Stripe) -> None:
    asks = await opened(world)
    world.remote.advance(PAGE_LIFE)
    assert (await world.provider.fetch(asks.reference)).status is S.RELEASED
    late = await on_page(asks.action_url or "", "pay")
    assert "is over" in late.text
    taken = await world.provider.capture("c", asks.reference, eur("5"))
    assert taken.status is S.RELEASED
    assert not world.remote.intents


async def test_a_payment_under_way_ends_with_the_page(world: Stripe) -> None:
    asks = await opened(world)
    await on_page(asks.action_url or "", "pay", ASKS)
    assert (await world.provider.release("r", asks.reference)).status is S.RELEASED
    (intent,) = world.remote.intents.values()
    assert (intent.status, intent.total("held")) == ("canceled", 0)
    await on_page(asks.action_url or "", "confirm")
    assert intent.total("held") == 0


async def test_the_guest_pays_while_we_close_the_page(world: Stripe) -> None:
    """We saw an open page, then it was paid on: the hold is let go all the same."""
    asks = await opened(world)

    async def paid_meanwhile(reference: str) -> Any:
        found = await find(reference)
        if not world.remote.intents:
            await on_page(asks.action_url or "", "pay")
        return found

    checkouts = world.provider._checkouts
    find = checkouts.find
    checkouts.find = paid_meanwhile  # type: ignore[method-assign]  # the moment between two calls
    assert (await world.provider.release("r", asks.reference)).status is S.RELEASED
    assert world.moved(asks.reference) == (0, 0)
    (intent,) = world.remote.intents.values()
    assert intent.total("released") == 3000
    world.remote.violations.clear()


async def test_a_taken_amount_is_not_let_go(world: Stripe) -> None:
    asks = await opened(world)
    await world.type_card(asks)
    await world.provider.capture("c", asks.reference, eur("9.38"))
    kept = await world.provider.release("r", asks.reference)
    assert (kept.status, kept.captured) == (S.CAPTURED, eur("9.38"))


async def test_webhooks_of_the_page_and_of_its_intent(world: Stripe) -> None:
    asks = await opened(world)
    await world.type_card(asks)
    heard = {}
    for event in world.remote.webhooks.events:
        read = world.provider.read_webhook(*signed(event, SECRETS[0]))
        heard[read.kind] = (read.reference, read.payment_id)
    (intent,) = world.remote.intents
    assert heard == {
        "payment_intent.created": (intent, "p-1"),
        "payment_intent.amount_capturable_updated": (intent, "p-1"),
        "checkout.session.completed": (asks.reference, None),
    }


@pytest.mark.parametrize("kind", ["payment_intent.amount_capturable_updated", "checkout.session."])
async def test_either_webhook_tells_of_the_hold(
    world: Stripe, store: Store, clock: FakeClock, kind: str
) -> None:
    """Stripe sends both in any order; each leads to the payment, each is enough."""
    payments = Payments(store, clock, world.provider)
    async with store.transaction() as tx:
        await tx.payments.add(payment(method_reference=""))
    await payments.step("p-1")
    async with store.reading() as tx:
        waiting = await tx.payments.need("p-1")
    assert waiting.state is PaymentState.ACTION_REQUIRED
    await on_page(waiting.action_url or "", "pay")
    (event,) = [e for e in world.remote.webhooks.events if e["type"].startswith(kind)]
    for _ in range(2):
        await payments.webhook(*signed(event, SECRETS[1]))
    async with store.reading() as tx:
        held = await tx.payments.need("p-1")
    assert (held.state, held.reference) == (PaymentState.HELD, waiting.reference)
    assert held.action_url is None


# --- answers that are not Stripe's ---


class Odd(HttpServer):
    """Something between us and Stripe that answers in its own way."""

    reply = Response(200, "")

    async def answer(self, request: Request) -> Response:
        return self.reply


@pytest.mark.parametrize(
    "reply",
    [
        Response(503, {"error": "planned"}),
        Response(500, {"error": None}),
        Response(500, [1]),
        Response(502, "<html>Bad gateway</html>", kind="text/html"),
        Response(200, "<html>Sign in to the network</html>", kind="text/html"),
        Response(200, "null"),
        Response(200, '"fine"'),
        Response(200, [1]),
        Response(200, {}),
        Response(200, {"id": "pi_1", "object": "payment_intent"}),
        Response(200, {"id": "cs_1", "object": "checkout.session"}),
        Response(400, {"error": "odd"}),
    ],
    ids=lambda reply: f"{reply.status} {reply.content!r}"[:40],
)
async def test_an_unreadable_answer_leaves_the_outcome_open(reply: Response) -> None:
    async with Odd() as odd:
        odd.reply = reply
        adapter = StripePayments(
            "sk_test",
            webhook_secrets=SECRETS,
            return_url="https://app.example/paid",
            guest_url="https://app.example/{charging}",
            url=odd.origin,
        )
        adapter._client._requestor._options.max_network_retries = 0
        for method in ("", "pm_card_visa"):
            with pytest.raises(ProviderUnavailable):
                await adapter.hold("k", payment(method_reference=method), off_session=False)
        for reference in ("cs_1", "pi_1"):
            with pytest.raises(ProviderUnavailable):
                await adapter.fetch(reference)
            with pytest.raises(ProviderUnavailable):
                await adapter.release("r", reference)
        with pytest.raises(ProviderUnavailable):
            await adapter.saved_card("seti_1")
        await adapter.close()


@pytest.mark.parametrize("fault", ["error", "unavailable"])
async def test_a_provider_in_trouble_for_longer_than_we_try(world: Stripe, fault: Any) -> None:
    world.remote.fault(fault, times=3)
    with pytest.raises(ProviderUnavailable):
        await opened(world)
    assert not len(world.remote.checkouts)
    await opened(world)


BACK = "https://app.example/account/cards/{form}/back"


async def form_of(store: Store, clock: FakeClock, world: Stripe) -> tuple[Cards, str, str]:
    """A driver who goes to the page for cards: the form's id, and the page's address."""
    async with store.transaction() as tx:
        await tx.drivers.add(Driver("d-1", NOON, email="dana@example.org"))
    cards = Cards(store, clock, world.provider)
    form = await cards.begin_form("d-1", BACK)
    return cards, form.id, form.url


async def test_a_card_is_saved_on_the_page(store: Store, clock: FakeClock, world: Stripe) -> None:
    """Product, journey A3: after a refusal another card; coming back twice saves it once."""
    cards, form, url = await form_of(store, clock, world)
    for told in ("setup_not_finished", "setup_not_finished"):
        with pytest.raises(PaymentDeclined) as refused:
            await cards.finish_form("d-1", form)
        assert (refused.value.reason, refused.value.action_url) == (told, url)
        assert "declined" in (await on_page(url, "pay", DECLINED)).text
    assert "Your bank asks" in (await on_page(url, "pay", ASKS)).text
    done = await on_page(url, "confirm")
    assert done.headers["location"] == BACK.format(form=form)
    saved = [await cards.finish_form("d-1", form) for _ in range(2)]
    assert saved == await cards.methods("d-1") * 2
    assert (saved[0].last4, saved[0].valid_until) == ("3184", "2034-12")
    assert world.remote.account.methods[saved[0].reference].customer == saved[0].customer
    mine = replace(payment(method_reference=saved[0].reference), customer=saved[0].customer)
    assert (await world.provider.hold("k", mine, off_session=False)).status is S.ACTION_REQUIRED


async def test_a_card_whose_owner_does_not_come_back_is_told_of_by_webhook(
    store: Store, clock: FakeClock, world: Stripe
) -> None:
    """The browser was closed on the provider's page; a card removed since stays removed."""
    cards, form, url = await form_of(store, clock, world)
    payments = Payments(store, clock, world.provider)
    await on_page(url, "pay")
    (reference,) = [c.id for c in world.remote.checkouts.all()]
    for _ in range(2):
        await payments.webhook(*world.webhook(reference))
    (method,) = await cards.methods("d-1")
    assert (method.last4, method.default) == ("4242", True)
    await cards.delete_method("d-1", method.id)
    await payments.webhook(*world.webhook(reference))
    with pytest.raises(NotFound):
        await cards.finish_form("d-1", form)
    assert await cards.methods("d-1") == []


async def test_a_page_for_a_card_that_closed(
    store: Store, clock: FakeClock, world: Stripe
) -> None:
    """After a day nobody can type a card in there; the provider tells so, and that is all."""
    cards, form, _ = await form_of(store, clock, world)
    await world.wait(2)
    with pytest.raises(PaymentDeclined) as refused:
        await cards.finish_form("d-1", form)
    assert refused.value.reason == "checkout_expired"
    (reference,) = [c.id for c in world.remote.checkouts.all()]
    await Payments(store, clock, world.provider).webhook(*world.webhook(reference))
    assert await cards.methods("d-1") == []
