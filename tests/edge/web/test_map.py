"""The map in a browser: stations from the API, a station's sheet, a typed code."""

import pytest
from playwright.async_api import expect

from app.domain.stations import ConnectorState
from tests.edge.web.conftest import CODE, Site, Visitor
from tests.edge.web.pictures import picture

pytestmark = pytest.mark.browser


async def test_stations_are_found_on_the_map(site: Site, visitor: Visitor) -> None:
    """Product, screens: the map, and the station's sheet behind a marker."""
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    page = visitor.page
    await visitor.go("/")
    await page.wait_for_selector("#map[data-ready][data-shown='1']")
    pin = page.locator(".pin")
    await expect(pin).to_contain_text("1/3")
    await expect(pin).to_contain_text("0.60 EUR")
    await picture(page, "10-map")
    await pin.click()
    await expect(page.locator("#sheet h2")).to_have_text("Lange Viestraat")
    await expect(page.locator("#sheet article").first).to_contain_text("0.60 EUR per kWh")
    await picture(page, "11-sheet")
    await page.click(f"#sheet a[href='/q/{CODE}']")
    await expect(page.locator("h1")).to_have_text("Lange Viestraat")


async def test_chips_filter_and_a_sheet_closes_by_keyboard(site: Site, visitor: Visitor) -> None:
    """Nothing is free here, so the chip leaves nothing."""
    page = visitor.page
    await visitor.go("/")
    await page.wait_for_selector("#map[data-shown='1']")
    await page.click("text=Free now")
    await expect(page.locator("#told")).to_have_text("No such station here")
    await page.click("text=Free now")
    await page.click("text=≥ 50 kW")
    await page.locator(".pin").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#sheet")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#sheet")).to_be_hidden()
    await expect(page.locator(".pin")).to_be_focused()


async def test_places_are_found_while_typing(site: Site, visitor: Visitor) -> None:
    """Issue D1, search by name; by keyboard alone."""
    page = visitor.page
    await visitor.go("/")
    await page.wait_for_selector("#map[data-ready]")
    await page.fill("#find", "viestr")
    await expect(page.locator("#hits li")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#hits [aria-selected=true]")).to_contain_text("Lange Viestraat")
    await page.keyboard.press("Enter")
    await expect(page.locator("#sheet h2")).to_have_text("Lange Viestraat")
    await expect(page.locator("#hits")).to_be_hidden()


async def test_a_code_can_be_typed(site: Site, visitor: Visitor) -> None:
    """As people type: small letters, with a gap."""
    await visitor.go("/")
    await visitor.page.wait_for_selector("#map[data-ready]")
    await visitor.page.fill("#find", f"{CODE[:4].lower()} {CODE[4:]}")
    await visitor.page.keyboard.press("Enter")
    await visitor.page.wait_for_url(f"**/q/{CODE}")
