"""The simulated provider's own page, against the official `stripe` library."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import stripe

from tests.support.card_provider import a_provider

# the stripe library hands httpx its body the way httpx wants to forget
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

CHECKOUT: dict[str, Any] = {
    "mode": "payment",
    "line_items": [
        {
            "price_data": {
                "currency": "eur",
                "unit_amount": 5000,
                "product_data": {"name": "Charging"},
            },
            "quantity": 1,
        }
    ],
    "payment_intent_data": {"capture_method": "manual", "metadata": {"payment": "p-1"}},
    "success_url": "http://app/done",
    "cancel_url": "http://app/back",
}


async def test_a_checkout_session_is_paid_on_its_page() -> None:
    async with a_provider() as (provider, client), httpx.AsyncClient(trust_env=False) as browser:
        sessions = client.v1.checkout.sessions
        opened: Any = await sessions.create_async(CHECKOUT)  # type: ignore[arg-type]
        assert (opened.status, opened.payment_intent, opened.amount_total) == ("open", None, 5000)
        left = await browser.post(opened.url, data={"act": "leave"})
        assert left.headers["location"] == "http://app/back"
        assert "Hold of 50.00 EUR" in (await browser.get(opened.url)).text
        form = {"act": "pay", "number": "4242424242424242"}
        paid = await browser.post(opened.url, data=form)
        assert (paid.status_code, paid.headers["location"]) == (303, "http://app/done")
        expand: Any = {"expand": ["payment_intent.latest_charge"]}
        done: Any = await sessions.retrieve_async(opened.id, expand)
        assert (done.status, done.payment_status, done.url) == ("complete", "unpaid", None)
        assert done.payment_intent.status == "requires_capture"
        assert done.payment_intent.metadata["payment"] == "p-1"
        assert done.payment_intent.latest_charge.amount == 5000
        with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
            await sessions.expire_async(opened.id)
        assert "Nothing left to do" in (await browser.get(opened.url)).text
        assert [event["type"] for event in provider.webhooks.events] == [
            "payment_intent.created",
            "payment_intent.amount_capturable_updated",
            "checkout.session.completed",
        ]
        assert (await browser.get(f"{provider.origin}/c/pay/cs_nobody")).status_code == 404


async def test_a_checkout_session_is_closed_by_hand_or_by_time() -> None:
    async with a_provider() as (provider, client):
        sessions = client.v1.checkout.sessions
        first = await sessions.create_async(CHECKOUT)  # type: ignore[arg-type]
        second = await sessions.create_async(CHECKOUT)  # type: ignore[arg-type]
        assert (await sessions.expire_async(first.id)).status == "expired"
        provider.advance(timedelta(hours=24))
        assert (await sessions.retrieve_async(second.id)).status == "expired"
        kinds = {event["type"] for event in provider.webhooks.events}
        assert kinds == {"checkout.session.expired"}


async def test_which_checkout_sessions_stripe_would_not_open() -> None:
    async with a_provider() as (provider, client):
        soon = int((provider.account.now() + timedelta(minutes=5)).timestamp())
        wrong: list[dict[str, Any]] = [
            {"mode": "setup"},
            {"success_url": "/done"},
            {"success_url": None},
            {"line_items": None},
            {"line_items": [{"price_data": {"currency": "eur", "unit_amount": 1}, "quantity": 1}]},
            {"payment_intent_data": {"colour": "blue"}},
            {"expires_at": soon},
            {"colour": "blue"},
        ]
        for changes in wrong:
            kept: Any = {k: v for k, v in (CHECKOUT | changes).items() if v is not None}
            with pytest.raises(stripe.InvalidRequestError):
                await client.v1.checkout.sessions.create_async(kept)
        assert not len(provider.checkouts)
