"""The simulated card provider against the official `stripe` library."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
import stripe

from app.simulators.http_server import HttpServer, Request, Response
from app.simulators.provider_webhooks import Hook
from tests.support.card_provider import a_provider

# the stripe library hands httpx its body the way httpx wants to forget
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

HOLD: dict[str, Any] = {
    "amount": 5000,
    "currency": "eur",
    "capture_method": "manual",
    "confirm": True,
    "payment_method_types": ["card"],
}


async def hold(client: stripe.StripeClient, key: str = "k1", **changes: Any) -> Any:
    params: Any = HOLD | {"payment_method": "pm_card_visa"} | changes
    return await client.v1.payment_intents.create_async(params, {"idempotency_key": key})


async def test_hold_partial_capture_and_refund() -> None:
    async with a_provider() as (provider, client):
        held = await hold(client, metadata={"payment": "p-1"}, expand=["latest_charge"])
        assert (held.status, held.amount_capturable) == ("requires_capture", 5000)
        assert held.metadata["payment"] == "p-1"
        assert held.latest_charge.payment_method_details.card.capture_before > held.created
        taken = await client.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 938})
        assert (taken.status, taken.amount_received, taken.amount_capturable) == (
            "succeeded",
            938,
            0,
        )
        await client.v1.refunds.create_async({"payment_intent": held.id, "amount": 100})
        with pytest.raises(stripe.InvalidRequestError, match="greater than"):
            await client.v1.refunds.create_async({"payment_intent": held.id, "amount": 839})
        moved = [(m.kind, m.amount) for m in provider.intents[held.id].movements]
        assert moved == [
            ("held", 5000),
            ("captured", 938),
            ("released", 4062),
            ("refunded", 100),
        ]


async def test_nothing_is_captured_twice_or_beyond_the_hold() -> None:
    async with a_provider() as (provider, client):
        held = await hold(client)
        with pytest.raises(stripe.InvalidRequestError) as too_much:
            await client.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 5001})
        assert too_much.value.code == "amount_too_large"
        await client.v1.payment_intents.capture_async(held.id)
        with pytest.raises(stripe.InvalidRequestError) as twice:
            await client.v1.payment_intents.capture_async(held.id)
        assert twice.value.code == "payment_intent_unexpected_state"
        assert provider.intents[held.id].total("captured") == 5000
        assert (len(provider.violations), len(provider.conflicts)) == (1, 1)


async def test_cancelling_releases_once() -> None:
    async with a_provider() as (provider, client):
        held = await hold(client)
        done = await client.v1.payment_intents.cancel_async(held.id)
        assert (done.status, provider.intents[held.id].total("released")) == ("canceled", 5000)
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.payment_intents.cancel_async(held.id)


@pytest.mark.parametrize(
    ("method", "code", "decline"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)
async def test_declined_cards(method: str, code: str, decline: str) -> None:
    async with a_provider() as (provider, client):
        with pytest.raises(stripe.CardError) as declined:
            await hold(client, payment_method=method)
        error = declined.value
        assert (error.code, error.http_status) == (code, 402)
        assert error.error is not None
        assert error.error.decline_code == decline
        assert error.error.payment_intent is not None
        ident = error.error.payment_intent.id
        assert provider.intents[ident].status == "requires_payment_method"
        assert not provider.violations


async def test_the_same_key_has_one_effect_and_no_other_parameters() -> None:
    async with a_provider() as (provider, client):
        first, second = await hold(client), await hold(client)
        assert first.id == second.id
        assert len(provider.intents) == 1
        with pytest.raises(stripe.IdempotencyError):
            await hold(client, amount=6000)
        with pytest.raises(stripe.CardError):
            await hold(client, "k2", payment_method="pm_card_chargeDeclined")
        with pytest.raises(stripe.CardError):
            await hold(client, "k2", payment_method="pm_card_chargeDeclined")
        assert len(provider.intents) == 2


@pytest.mark.parametrize("fault", ["error", "unavailable", "lost", "reset"])
async def test_the_library_gets_over_a_fault_with_one_effect(fault: Any) -> None:
    async with a_provider(retries=2) as (provider, client):
        provider.fault(fault, path="payment_intents")
        held = await hold(client)
        provider.fault(fault, path="capture")
        await client.v1.payment_intents.capture_async(
            held.id, {"amount_to_capture": 700}, {"idempotency_key": "c1"}
        )
        assert len(provider.intents) == 1
        assert [m.amount for m in provider.intents[held.id].movements] == [5000, 700, 4300]
        assert not provider.violations


async def test_a_timeout_leaves_the_outcome_open_and_the_key_settles_it() -> None:
    async with a_provider(timeout_s=0.1) as (provider, client):
        provider.fault("slow", seconds=0.3)
        with pytest.raises(stripe.APIConnectionError):
            await hold(client)
        await asyncio.sleep(0.4)
        assert len(provider.intents) == 1
        assert (await hold(client)).id in provider.intents
        assert len(provider.intents) == 1


async def test_a_saved_card_is_charged_without_its_owner() -> None:
    async with a_provider() as (provider, client):
        customer = await client.v1.customers.create_async({"email": "d@example.com"})
        setup = await client.v1.setup_intents.create_async(
            {"customer": customer.id, "usage": "off_session", "payment_method_types": ["card"]}
        )
        assert setup.status == "requires_payment_method"
        async with httpx.AsyncClient(trust_env=False) as browser:
            url = f"{provider.origin}/pay/{setup.client_secret}?return_url=http://app/back"
            assert "Save a card" in (await browser.get(url)).text
            form = {"number": "4000 0025 0000 3155", "act": "pay"}
            challenge = await browser.post(url, data=form)
            assert "Your bank asks" in challenge.text
            done = await browser.post(url, data={"act": "confirm"})
        assert done.status_code == 303
        assert done.headers["location"].startswith(f"http://app/back?setup_intent={setup.id}&")
        setup = await client.v1.setup_intents.retrieve_async(
            setup.id, {"expand": ["payment_method"]}
        )
        assert setup.status == "succeeded"
        card: Any = setup.payment_method
        assert (card.card.last4, card.customer) == ("3155", customer.id)
        held = await hold(client, customer=customer.id, payment_method=card.id, off_session=True)
        assert held.status == "requires_capture"
        kept = await client.v1.customers.payment_methods.list_async(customer.id)
        assert [m.id for m in kept.data] == [card.id]
        await client.v1.payment_methods.detach_async(card.id)
        assert not (await client.v1.customers.payment_methods.list_async(customer.id)).data
        with pytest.raises(stripe.InvalidRequestError) as twice:
            await client.v1.payment_methods.detach_async(card.id)
        assert (twice.value.http_status, twice.value.code) == (400, None)
        assert (await client.v1.payment_methods.retrieve_async(card.id)).customer is None
        assert len(provider.detached_again) == 1
        assert not provider.violations + provider.conflicts
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            await client.v1.payment_methods.attach_async(card.id, {"customer": customer.id})


async def test_a_bank_that_always_asks() -> None:
    async with a_provider() as (provider, client):
        customer = await client.v1.customers.create_async({})
        card = await client.v1.payment_methods.attach_async(
            "pm_card_authenticationRequired", {"customer": customer.id}
        )
        with pytest.raises(stripe.CardError) as asked:
            await hold(client, customer=customer.id, payment_method=card.id, off_session=True)
        assert asked.value.code == "authentication_required"
        shown = await hold(
            client, "k2", customer=customer.id, payment_method=card.id, return_url="http://app/b"
        )
        assert shown.status == "requires_action"
        url = shown.next_action.redirect_to_url.url
        async with httpx.AsyncClient(trust_env=False) as browser:
            rejected = await browser.post(url, data={"act": "reject"})
        assert rejected.headers["location"].endswith("redirect_status=failed")
        now = await client.v1.payment_intents.retrieve_async(shown.id)
        assert now.status == "requires_payment_method"
        assert now.last_payment_error is not None
        assert now.last_payment_error.code == "payment_intent_authentication_failure"
        assert not provider.violations


async def test_a_guest_pays_on_the_page() -> None:
    async with a_provider() as (provider, client), httpx.AsyncClient(trust_env=False) as browser:
        intent = await client.v1.payment_intents.create_async(
            {
                "amount": 5000,
                "currency": "eur",
                "capture_method": "manual",
                "automatic_payment_methods": {"enabled": True},
            }
        )
        url = f"{provider.origin}/pay/{intent.client_secret}"
        assert "Hold of 50.00 EUR" in (await browser.get(url)).text
        refused = await browser.post(url, data={"number": "4000000000000002", "act": "pay"})
        assert "Your card was declined." in refused.text
        form = {"number": "4242424242424242", "act": "pay", "return_url": "http://app/s?x=1"}
        paid = await browser.post(url, data=form)
        assert paid.headers["location"].startswith(f"http://app/s?x=1&payment_intent={intent.id}")
        assert provider.intents[intent.id].capturable == 5000
        assert "Nothing left to do" in (await browser.get(url)).text
        assert (await browser.get(f"{provider.origin}/pay/nonsense")).status_code == 404


async def test_a_hold_expires() -> None:
    async with a_provider() as (provider, client):
        held = await hold(client)
        provider.advance(timedelta(days=6))
        assert provider.intents[held.id].status == "requires_capture"
        provider.advance(timedelta(days=1))
        late = await client.v1.payment_intents.retrieve_async(held.id)
        assert (late.status, late.cancellation_reason) == ("canceled", "automatic")


async def test_what_stripe_would_not_accept() -> None:
    async with a_provider() as (provider, client):
        wrong: list[dict[str, Any]] = [
            {"amount": 49},
            {"currency": "euro"},
            {"payment_method": None, "payment_method_types": ["card"]},
            {"payment_method_types": None},
            {"colour": "blue"},
            {"customer": "cus_nobody"},
        ]
        for number, changes in enumerate(wrong):
            params = HOLD | {"payment_method": "pm_card_visa"} | changes
            kept: Any = {k: v for k, v in params.items() if v is not None}
            options: Any = {"idempotency_key": f"w{number}"}
            with pytest.raises(stripe.InvalidRequestError):
                await client.v1.payment_intents.create_async(kept, options)
        http = stripe.HTTPXClient(allow_sync_methods=False)
        addresses: Any = {"api": provider.origin}
        other = stripe.StripeClient("sk_wrong", base_addresses=addresses, http_client=http)
        with pytest.raises(stripe.AuthenticationError):
            await other.v1.payment_intents.retrieve_async("pi_1")
        await http.close_async()


class Listener(HttpServer):
    """Receives webhooks; the first one is answered with 500."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[stripe.Event] = []

    async def answer(self, request: Request) -> Response:
        event = stripe.Webhook.construct_event(  # type: ignore[no-untyped-call]
            request.body, request.headers["stripe-signature"], "whsec_test"
        )
        self.events.append(event)
        return Response(500 if len(self.events) == 1 else 200, {})


async def test_webhooks_are_signed_repeated_and_arranged() -> None:
    async with a_provider() as (provider, client), Listener() as listener:
        provider.webhooks.hooks.append(Hook(f"{listener.origin}/hook", "whsec_test"))
        held = await hold(client)
        await provider.webhooks.settled()
        kinds = [event.type for event in listener.events]
        assert kinds == [
            "payment_intent.created",
            "payment_intent.created",
            "payment_intent.amount_capturable_updated",
        ]
        assert listener.events[0].id == listener.events[1].id
        assert listener.events[-1].data.object["id"] == held.id
        listener.events[1:] = []
        provider.webhooks.hold_back()
        await client.v1.payment_intents.capture_async(held.id)
        provider.webhooks.let_go(lambda events: events[::-1] + events)
        await provider.webhooks.settled()
        assert [event.type for event in listener.events[1:]] == [
            "charge.captured",
            "payment_intent.succeeded",
            "payment_intent.succeeded",
            "charge.captured",
        ]
        listed = await client.v1.events.list_async()
        assert listed.data[0].type == "charge.captured"
        assert not listener.violations


async def test_a_fault_is_worded_as_stripe_words_it() -> None:
    async with a_provider() as (provider, client):
        for fault in ("error", "unavailable"):
            provider.fault(fault)
            with pytest.raises(stripe.APIError, match="planned"):
                await hold(client)
