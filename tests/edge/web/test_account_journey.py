"""A driver with an account charges in a browser: on a phone by day, at a desk by night."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.edge.web.browsing import journey_of_a_driver, sign_in_by_mail
from tests.edge.web.conftest import PHONE, Site, Visitor
from tests.edge.web.pictures import picture

pytestmark = pytest.mark.browser
LOOKS: tuple[tuple[Any, Any], ...] = (
    (PHONE, "light"),
    ({"width": 1280, "height": 800}, "dark"),
)


async def test_a_driver_charges_and_reads_the_receipt_offline(
    site: Site, visitor: Visitor
) -> None:
    """Product, journey A; the receipt is still there without a network."""
    page = visitor.page
    await sign_in_by_mail(site, visitor)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    receipt = ""
    async for step in journey_of_a_driver(site, visitor):
        await looked_at(page, step)
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


async def looked_at(page: Page, step: str) -> None:
    """On both screens, beginning with the one at hand; the driver goes on at the other."""
    for size, scheme in LOOKS if page.viewport_size == PHONE else reversed(LOOKS):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{step} is wider than the window of {size['width']}"
        await picture(page, f"a-{size['width']}-{step}", whole=True)
