"""A guest charges from the code on the sticker to the receipt, in a browser, without an account."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from app.domain.charging import ChargingState
from app.domain.stations import ConnectorState
from app.domain.stations import Address, Phase, PresentedToken
from tests.edge.web.conftest import CODE, Site, Visitor
from tests.support.patience import until

pytestmark = pytest.mark.browser


async def latest(site: Site):
    """The newest driver's session."""
    async with site.drive.store.reading() as tx:
        events = site.drive.seen
    return events


async def picture(visitor: Visitor, name: str) -> None:
    """For people to look at, where they ask for it."""
    if folder := os.environ.get("ROAMWATT_PICTURES"):
        for scheme in ("light", "dark"):
            await visitor.page.emulate_media(color_scheme=scheme)
            await visitor.page.screenshot(
                path=str(Path(folder) / f"{name}-{scheme}.png"), full_page=True
            )
        await visitor.page.emulate_media(color_scheme="light")


async def test_a_guest_charges_and_reads_a_receipt(site: Site, visitor: Visitor) -> None:
    """Product, journey B: price, hold, card, five steps, stop, receipt."""
    drive = site.drive
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    page = visitor.page

    await visitor.go(f"/q/{CODE.lower()}")
    assert page.url.endswith(f"/q/{CODE}")
    text = await visitor.shown()
    assert "Lange Viestraat" in text
    assert "UTR-1" in text
    assert "30.00 EUR will be held" in text
    assert "You pay only what you use" in text
    prices = await page.locator(".prices li").all_inner_texts()
    assert prices == [
        "0.48 EUR per kWh, 22:00–06:00 not now",
        "0.60 EUR per kWh, otherwise",
        "0.12 EUR per minute idle",
    ]
    await expect(page.locator("#cost")).to_have_text("≈ 15.00 EUR")
    await page.locator("#kwh").fill("40")
    await expect(page.locator("#cost")).to_have_text("≈ 24.00 EUR")
    await picture(visitor, "1-station")
    await page.fill("#email", "guest@example.org")
    await page.click("text=Pay and start")

    await page.wait_for_url("**/q/s/*")
    await picture(visitor, "2-paying")
    await drive.pump()
    await page.wait_for_url("**/sandbox/confirm/*")
    await picture(visitor, "3-card")
    await page.click("text=A good card")
    await page.wait_for_url("**/q/s/*")
    await drive.pump()
    await expect(page.locator("h1")).to_have_text("Plug in now")
    await picture(visitor, "4-plug")

    session_id = page.url.split("/q/s/")[1].split("?")[0]
    async with drive.store.reading() as tx:
        charging = await tx.charging.need(session_id)
    assert charging.state is ChargingState.AWAITING_PLUG
    number = await drive.plug_in(live, charging, seconds=60)
    await drive.meter(live, number, 660, 1_850)
    await expect(page.locator("h1")).to_have_text("Charging")
    await expect(page.locator("#kwh")).to_have_text("1.85")
    await expect(page.locator("#cost")).to_have_text("1.11 EUR")
    await expect(page.locator(".steps .now")).to_contain_text("Charge")
    await drive.meter(live, number, 1_260, 3_700)
    await expect(page.locator("#kwh")).to_have_text("3.70")
    await picture(visitor, "5-charging")

    button = page.locator("[data-hold]")
    await button.click()
    await expect(button).to_have_text("Press again to confirm")
    await button.click()
    await expect(page.locator("h1")).to_have_text("Stopping …")
    await drive.pump()
    await drive.unplug(live, number, 1_300, 3_800)
    await expect(page.locator("h1")).to_have_text("Done. Thank you!")
    await expect(page.locator(".receipt")).to_contain_text("Energy 3.8 kWh x 0.5 EUR (20 % VAT)")
    money = await page.locator(".money tr").all_inner_texts()
    assert [row.split("\t") for row in money] == [
        ["Held on your card", "30.00 EUR"],
        ["Charged", "2.28 EUR"],
        ["Returned to you", "27.72 EUR"],
    ]
    await picture(visitor, "6-receipt")
