"""The card is typed in at the provider's own page, which sends the guest back to us."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect
from pytest_asyncio import fixture
from starlette.applications import Starlette

from app.adapters.payments_stripe import StripePayments
from app.domain.payments import Payment, PaymentState
from app.domain.stations import ConnectorState
from app.queries.history import History
from app.simulators.provider import Provider
from app.use_cases.cards import Cards
from app.use_cases.payments import Payments
from mobile_api.live import Live
from tests.edge.web.browsing import sign_in_by_mail
from tests.edge.web.conftest import CODE, Site, Visitor, build
from tests.edge.web.pictures import picture
from tests.support.drive import Drive
from tests.support.site_server import served

pytestmark = [
    pytest.mark.browser,
    # the stripe library hands httpx its body the way httpx wants to forget
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
]


@fixture(loop_scope="session")
async def provider() -> AsyncIterator[Provider]:
    """A provider that speaks Stripe's HTTP."""
    async with Provider() as provider:
        yield provider
        assert provider.violations == []


@fixture(loop_scope="session")
async def site(drive: Drive, provider: Provider) -> AsyncIterator[Site]:
    """The same pages with that provider, whose clock is ours."""
    provider.advance(drive.clock.now() - datetime.now(UTC))
    live = Live(History(drive.store), drive.floor.bus, drive.clock)
    adapters: list[StripePayments] = []

    def build_with_stripe(url: str) -> Starlette:
        stripe = StripePayments(
            provider.api_key,
            webhook_secrets=["whsec_x"],
            url=provider.origin,
            return_url=f"{url}/paid",
            guest_url=f"{url}/q/s/{{charging}}/back",
        )
        adapters.append(stripe)
        drive.payments = Payments(drive.store, drive.clock, stripe)
        drive.cards = Cards(drive.store, drive.clock, stripe)
        return build(drive, live, url)

    async with served(build_with_stripe) as url:
        yield Site(url, drive, live)
        await live.close()
    for adapter in adapters:
        await adapter.close()


async def to_the_card_form(site: Site, visitor: Visitor, provider: Provider) -> str:
    """From the sticker to the provider's page; the session's id."""
    visitor.elsewhere.add(urlsplit(provider.origin).netloc)
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    page = visitor.page
    await visitor.go(f"/q/{CODE}")
    await page.click("text=Pay and start")
    await page.wait_for_url("**/q/s/*")
    session_id = page.url.split("/q/s/")[1]
    await site.drive.pump()
    await page.wait_for_url(f"{provider.origin}/c/pay/**")
    return session_id


async def payment_of(site: Site, session_id: str) -> Payment:
    """The session's only payment."""
    async with site.drive.store.reading() as tx:
        (payment,) = await tx.payments.of_charging(session_id)
    return payment


async def test_the_provider_takes_the_card_and_sends_the_guest_back(
    site: Site, visitor: Visitor, provider: Provider
) -> None:
    """The provider's page is the only one that is not ours, and no webhook is needed."""
    session_id, page = await to_the_card_form(site, visitor, provider), visitor.page
    await picture(page, "12-provider")
    await page.click("button[value=pay]")
    await page.wait_for_url(f"{site.url}/q/s/{session_id}?paid")
    await site.drive.pump()
    await expect(page.locator("h1")).to_have_text("Plug in now")
    payment = await payment_of(site, session_id)
    assert payment.state is PaymentState.HELD
    assert provider.checkouts[payment.reference or ""].intent.total("held") == 3_000


async def test_a_refused_card_is_replaced_and_the_bank_asks_there(
    site: Site, visitor: Visitor, provider: Provider
) -> None:
    """All of it happens on the provider's page; the session waits meanwhile."""
    session_id, page = await to_the_card_form(site, visitor, provider), visitor.page
    for number, told in (
        ("4000000000000002", "Your card was declined."),
        ("4000002760003184", "Your bank asks"),
    ):
        await page.fill("input[name=number]", number)
        await page.click("button[value=pay]")
        await expect(page.locator("body")).to_contain_text(told)
        assert (await payment_of(site, session_id)).state is PaymentState.ACTION_REQUIRED
    await page.click("button[value=confirm]")
    await page.wait_for_url(f"{site.url}/q/s/{session_id}?paid")
    assert (await payment_of(site, session_id)).state is PaymentState.HELD


async def test_a_guest_leaves_the_card_form_and_gives_up(
    site: Site, visitor: Visitor, provider: Provider
) -> None:
    """Back on our page the way to the form is still there; who stops closes it."""
    session_id, page = await to_the_card_form(site, visitor, provider), visitor.page
    form = page.url
    await page.click("button[value=leave]")
    await page.wait_for_url(f"{site.url}/q/s/{session_id}?paid")
    await expect(page.locator("a.primary")).to_have_attribute("href", form)
    await visitor.page.request.post(f"{site.url}/q/s/{session_id}/stop")
    await site.drive.pump()
    payment = await payment_of(site, session_id)
    assert payment.state is PaymentState.RELEASED
    assert provider.checkouts[payment.reference or ""].status == "expired"
    assert not provider.intents


async def test_a_driver_saves_a_card_on_the_providers_page(
    site: Site, visitor: Visitor, provider: Provider
) -> None:
    """Product, journey A3: nobody but us is contacted before the driver goes there."""
    page, ours, theirs = visitor.page, urlsplit(site.url).netloc, urlsplit(provider.origin).netloc
    visitor.elsewhere.add(theirs)
    await sign_in_by_mail(site, visitor)
    await page.click("text=Save a card")
    await expect(page.locator("main")).to_contain_text("at our card provider, 127.0.0.1")
    await picture(page, "13-save-card")
    assert visitor.hosts == {ours}
    await page.click("a.primary")
    await page.fill("input[name=number]", "4000000000000002")
    await page.click("button[value=pay]")
    await expect(page.locator("body")).to_contain_text("Your card was declined.")
    await page.click("button[value=leave]")
    await expect(page.locator("[role=alert]")).to_contain_text("The card was not saved.")
    await page.click("text=Save a card")
    await page.click("a.primary")
    await page.fill("input[name=number]", "5555555555554444")
    await page.click("button[value=pay]")
    await page.wait_for_url(f"{site.url}/account#cards")
    await expect(page.locator("#cards + ul")).to_contain_text("MASTERCARD •••• 4444")
    assert {m.customer for m in provider.account.methods.values() if m.customer} == {
        *provider.account.customers
    }


async def test_who_pays_in_another_browser_is_thanked(site: Site, visitor: Visitor) -> None:
    """The page there does not know whose session it is, and must not show it."""
    await visitor.go("/q/s/somebody-elses/back")
    await expect(visitor.page.locator("h1")).to_have_text("Thank you")
