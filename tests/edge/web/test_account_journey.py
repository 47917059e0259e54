"""A driver with an account charges in a browser: on a phone by day, at a desk by night."""

import pytest
from playwright.async_api import expect

from tests.edge.web.browsing import (
    Look,
    by_day_and_night,
    journey_of_a_driver,
    sign_in_by_mail,
)
from tests.edge.web.conftest import Site, Visitor
from tests.edge.web.pictures import picture

pytestmark = pytest.mark.browser


@by_day_and_night
async def test_a_driver_charges_and_reads_the_receipt_offline(
    site: Site, visitor: Visitor, look: Look
) -> None:
    """Product, journey A; the receipt is still there without a network."""
    page = visitor.page
    await look.put_on(page)
    await sign_in_by_mail(site, visitor)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    receipt = ""
    async for step in journey_of_a_driver(site, visitor):
        await look.check(page, step)
        await picture(page, f"a-{step}", whole=True)
        if step == "receipt":
            receipt = page.url
            await page.wait_for_function(
                "caches.open('receipts').then(c => c.keys()).then(k => k.length > 0)"
            )
    await visitor.context.set_offline(offline=True)
    await page.goto(receipt)
    await expect(page.locator(".receipt")).to_contain_text("Total")
    await expect(page.locator("#offline")).to_be_visible()
    await page.goto(f"{site.url}/account")
    await expect(page.locator("h1")).to_have_text("No network")
    await visitor.context.set_offline(offline=False)
    visitor.troubles = [t for t in visitor.troubles if "ERR_INTERNET_DISCONNECTED" not in t]
