"""The card is typed in at the provider's own page, which sends the guest back to us."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from app.adapters.payments_stripe import StripePayments
from app.domain.payments import PaymentState
from app.domain.stations import ConnectorState
from app.simulators.provider import Provider
from app.use_cases.payments import Payments
from tests.edge.web.conftest import CODE, Site, Visitor
from tests.edge.web.pictures import picture
from tests.support.drive import Drive

pytestmark = [
    pytest.mark.browser,
    # the stripe library hands httpx its body the way httpx wants to forget
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """A provider that speaks Stripe's HTTP."""
    async with Provider() as provider:
        yield provider
        assert provider.violations == []


@pytest.fixture
async def drive(drive: Drive, provider: Provider) -> AsyncIterator[Drive]:
    """The same world with that provider."""
    stripe = StripePayments(provider.api_key, webhook_secrets=["whsec_x"], url=provider.origin)
    drive.payments = Payments(drive.store, drive.clock, stripe)
    yield drive
    await stripe.close()


async def test_the_provider_takes_the_card_and_sends_the_guest_back(
    site: Site, visitor: Visitor, provider: Provider
) -> None:
    """The provider's page is the only one that is not ours, and no webhook is needed."""
    visitor.elsewhere.add(urlsplit(provider.origin).netloc)
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    page = visitor.page
    await visitor.go(f"/q/{CODE}")
    await page.click("text=Pay and start")
    await page.wait_for_url("**/q/s/*")
    session_id = page.url.split("/q/s/")[1]
    await site.drive.pump()
    await page.wait_for_url(f"{provider.origin}/pay/**")
    await picture(page, "12-provider")
    await page.click("button[value=pay]")
    await page.wait_for_url(f"{site.url}/q/s/{session_id}?paid")
    await site.drive.pump()
    await expect(page.locator("h1")).to_have_text("Plug in now")
    async with site.drive.store.reading() as tx:
        payment = (await tx.payments.of_charging(session_id))[0]
    assert payment.state is PaymentState.HELD
    assert provider.intents[payment.reference or ""].total("held") == 3_000
