"""What drivers do in a browser, step by step, for tests that look at the pages on the way."""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Page, expect

from app.domain.stations import ConnectorState
from tests.edge.web.conftest import CODE, PHONE, Site, Visitor


class Look(NamedTuple):
    """The screen and the colours in which pages are seen."""

    size: Any
    scheme: Any

    async def put_on(self, page: Page) -> None:
        """See the page like that from now on."""
        await page.set_viewport_size(self.size)
        await page.emulate_media(color_scheme=self.scheme, reduced_motion="reduce")

    async def check(self, page: Page, step: str) -> None:
        """Nothing is wider than the screen."""
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{step} is wider than the window of {self.size['width']}"


by_day_and_night = pytest.mark.parametrize(
    "look",
    [Look(PHONE, "light"), Look({"width": 1280, "height": 800}, "dark")],
    ids=["phone-light", "desktop-dark"],
)


async def sign_in_by_mail(site: Site, visitor: Visitor) -> None:
    """With the digits of a mail."""
    page = visitor.page
    await visitor.go("/account")
    await page.fill("#address", "dana@example.org")
    await page.click("text=Send me six digits")
    await page.wait_for_selector("#digits")
    digits = re.findall(r"\b\d{6}\b", site.drive.mailer.sent[-1].text)[0]
    await page.fill("#digits", digits)
    await page.click("button.primary")
    await expect(page.locator("h1")).to_have_text("dana@example.org")


async def journey_of_a_driver(site: Site, visitor: Visitor) -> AsyncIterator[str]:
    """Product, journey A on the page; gives the name of what is to be seen."""
    drive, page = site.drive, visitor.page
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await page.click("text=Save a card")
    await page.click("text=A good card")
    await expect(page.locator("#cards + ul")).to_contain_text("4242")
    yield "account"
    await visitor.go(f"/q/{CODE}")
    await expect(page.locator("#start")).to_contain_text("4242")
    yield "station"
    await page.click("text=Pay and start")
    await page.wait_for_url("**/q/s/*")
    session_id = page.url.split("/q/s/")[1]
    await drive.pump()
    await expect(page.locator("h1")).to_have_text("Plug in now")
    yield "plug"
    async with drive.store.reading() as tx:
        charging = await tx.charging.need(session_id)
    number = await drive.plug_in(live, charging, seconds=60)
    await drive.meter(live, number, 300, 900)
    await drive.meter(live, number, 400, 1_250)
    await expect(page.locator("#cost")).to_have_text("0.75 EUR")
    await expect(page.locator(".spark")).to_be_visible()
    yield "charging"
    await page.locator("[data-hold]").click()
    await page.locator("[data-hold]").click()
    await expect(page.locator("h1")).to_have_text("Stopping …")
    await drive.pump()
    await drive.unplug(live, number, 500, 1_400)
    await expect(page.locator("h1")).to_have_text("Done. Thank you!")
    await expect(page.locator(".receipt")).to_be_visible()
    yield "receipt"
    await visitor.go("/account")
    await expect(page.locator(".sessions")).to_contain_text("1.40 kWh")
    yield "account-after"
