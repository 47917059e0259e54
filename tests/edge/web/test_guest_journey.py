"""A guest charges in a browser, from the code on the sticker to the receipt."""

import re

import pytest
from playwright.async_api import expect

from app.domain.charging import ChargingState
from app.domain.payments import PaymentState
from app.domain.stations import ConnectorState
from app.use_cases.live_stations import LiveStation
from tests.edge.web.browsing import Look, by_day_and_night
from tests.edge.web.conftest import CODE, FAST_CODE, Site, Visitor
from tests.edge.web.pictures import picture
from tests.support.chargers import CPO, PASSWORD

pytestmark = pytest.mark.browser


@by_day_and_night
async def test_a_guest_charges_and_reads_a_receipt(
    site: Site, visitor: Visitor, look: Look
) -> None:
    """Product, journey B: price, hold, card, five steps, stop, receipt."""
    drive, page = site.drive, visitor.page
    await look.put_on(page)
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await look_at_the_price(visitor)
    await look.check(page, "station")
    session_id = await pay(site, visitor)
    await look.check(page, "plug")
    async with drive.store.reading() as tx:
        charging = await tx.charging.need(session_id)
    assert charging.state is ChargingState.AWAITING_PLUG
    number = await drive.plug_in(live, charging, seconds=60)
    await follow(site, visitor, live, number)
    await look.check(page, "charging")
    button = page.locator("[data-hold]")
    await button.click()
    await expect(button).to_have_text("Press again to confirm")
    await button.click()
    await expect(page.locator("h1")).to_have_text("Stopping …")
    await drive.pump()
    await drive.unplug(live, number, 1_300, 3_800)
    await read_the_receipt(visitor)
    await look.check(page, "receipt")


async def look_at_the_price(visitor: Visitor) -> None:
    """Station, label, price in AFIR's order, estimate, hold; then the button."""
    page = visitor.page
    await visitor.go(f"/q/{CODE.lower()}")
    assert page.url.endswith(f"/q/{CODE}")
    text = await visitor.shown()
    for expected in ("Lange Viestraat", "UTR-1", "30.00 EUR will be held", "only what you use"):
        assert expected in text
    prices = await page.locator(".prices li").all_inner_texts()
    assert prices == [
        "0.48 EUR per kWh, 22:00\N{EN DASH}06:00 not now",
        "0.60 EUR per kWh, otherwise",
        "0.12 EUR per minute idle, after 60 min",
    ]
    await expect(page.locator("#cost")).to_have_text("≈ 15.00 EUR")
    await page.locator("#kwh").fill("40")
    await expect(page.locator("#cost")).to_have_text("≈ 24.00 EUR")
    await expect(page.locator("button.primary")).to_be_in_viewport()
    await picture(page, "1-station")
    await page.fill("#email", "guest@example.org")


async def pay(site: Site, visitor: Visitor) -> str:
    """From the button to the charger that waits for the cable; gives the session's id."""
    page = visitor.page
    await page.click("text=Pay and start")
    await page.wait_for_url("**/q/s/*")
    session_id = page.url.split("/q/s/")[1]
    await picture(page, "2-paying")
    await site.drive.pump()
    await page.wait_for_url("**/sandbox/confirm/*")
    await picture(page, "3-card")
    await page.click("text=A good card")
    await page.wait_for_url("**/q/s/*")
    await site.drive.pump()
    await expect(page.locator("h1")).to_have_text("Plug in now")
    await expect(page.locator("time[data-until]")).to_have_text(re.compile("0[45]:[0-5][0-9]"))
    await picture(page, "4-plug")
    return session_id


async def follow(site: Site, visitor: Visitor, live: LiveStation, number: int) -> None:
    """Meter values appear by themselves."""
    page = visitor.page
    await site.drive.meter(live, number, 660, 1_850)
    await expect(page.locator("h1")).to_have_text("Charging")
    await expect(page.locator("#kwh")).to_have_text("1.85")
    await expect(page.locator("#cost")).to_have_text("1.11 EUR")
    await expect(page.locator(".steps .now")).to_contain_text("Charge")
    await site.drive.meter(live, number, 1_260, 3_700)
    await expect(page.locator("#kwh")).to_have_text("3.70", timeout=2_000)
    await expect(page.locator("#announce")).to_have_text("Charging")
    assert await page.title() == "Charging"
    await picture(page, "5-charging")


async def read_the_receipt(visitor: Visitor) -> None:
    """Every line, and what became of the hold."""
    page = visitor.page
    await expect(page.locator("h1")).to_have_text("Done. Thank you!")
    await expect(page.locator(".receipt")).to_contain_text("Energy 3.8 kWh x 0.")
    money = await page.locator(".money tr").all_inner_texts()
    assert [row.split("\t") for row in money] == [
        ["Held on your card", "30.00 EUR"],
        ["Charged", "2.28 EUR"],
        ["Returned to you", "27.72 EUR"],
    ]
    await picture(page, "6-receipt", whole=True)


async def paying(site: Site, visitor: Visitor) -> str:
    """A guest at the card form; gives the session's id."""
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await visitor.go(f"/q/{CODE}")
    await visitor.page.click("text=Pay and start")
    await visitor.page.wait_for_url("**/q/s/*")
    session_id = visitor.page.url.split("/q/s/")[1]
    await site.drive.pump()
    await visitor.page.wait_for_url("**/sandbox/confirm/*")
    return session_id


async def test_a_declined_card_costs_nothing_and_may_be_tried_again(
    site: Site, visitor: Visitor
) -> None:
    """Product, failure journeys: payment declined before the start."""
    await paying(site, visitor)
    page = visitor.page
    await page.click("text=A declined card")
    await page.wait_for_url("**/q/s/*")
    await site.drive.pump()
    await expect(page.locator("h1")).to_have_text("The payment did not work")
    await expect(page.locator(".state")).to_contain_text("Nothing was charged.")
    await expect(page.locator(".steps .failed")).to_contain_text("Problem")
    await expect(page.locator("[data-hold]")).to_have_count(0)
    await picture(page, "7-declined")
    assert site.drive.chargers.told == []
    await page.click("text=Try again")
    await page.wait_for_url(f"**/q/{CODE}")
    await expect(page.locator("text=Pay and start")).to_be_enabled()


async def test_a_cancelled_start_releases_the_hold(site: Site, visitor: Visitor) -> None:
    """The button is held for a second."""
    session_id = await paying(site, visitor)
    page = visitor.page
    await page.click("text=A good card")
    await page.wait_for_url("**/q/s/*")
    await site.drive.pump()
    await expect(page.locator("h1")).to_have_text("Plug in now")
    await page.locator("[data-hold]").hover()
    await page.mouse.down()
    await expect(page.locator("h1")).to_have_text("Cancelled")
    await page.mouse.up()
    await site.drive.pump()
    async with site.drive.store.reading() as tx:
        charging = await tx.charging.need(session_id)
        payment = await tx.payments.need(charging.payment_id or "")
    assert payment.state is PaymentState.RELEASED


async def test_a_kept_link_opens_the_session_in_another_browser(
    site: Site, visitor: Visitor
) -> None:
    """Product, journey B: the battery dies, the tab is lost."""
    session_id = await paying(site, visitor)
    page = visitor.page
    await page.goto(f"{site.url}/q/s/{session_id}?paid")
    link = await page.get_attribute(".keep .link", "href")
    assert link is not None
    await page.goto("about:blank")
    await visitor.context.clear_cookies()
    answer = await page.goto(link)
    assert answer is not None
    assert answer.status == 200
    assert page.url == f"{site.url}/q/s/{session_id}"
    await expect(page.locator("text=Enter your card")).to_be_visible()


async def test_an_unreachable_charger_has_no_button(site: Site, visitor: Visitor) -> None:
    """Product, failure journeys: offline before the start; others here are named."""
    await visitor.go(f"/q/{CODE}")
    await expect(visitor.page.locator(".refused")).to_contain_text("no connection")
    await expect(visitor.page.locator("button.primary")).to_have_count(0)
    await expect(visitor.page.locator(".prices li").first).to_be_visible()
    await expect(visitor.page.locator(".others")).to_contain_text("UTR-2")
    await picture(visitor.page, "8-offline")
    async with site.drive.store.reading() as tx:
        assert await tx.payments.to_retry(site.drive.clock.now(), 10) == []


async def test_the_connector_that_is_chosen_is_the_one_that_is_priced(
    site: Site, visitor: Visitor
) -> None:
    """Product, cases that broke others, 4: never just the first connector."""
    await site.drive.floor.stations.register("CP2", CPO, PASSWORD)
    await site.drive.floor.connect(station_id="CP2")
    await visitor.go(f"/q/{FAST_CODE}")
    await expect(visitor.page.locator(".plugs [aria-current]")).to_contain_text("CCS 2")
    await visitor.page.click("text=CHAdeMO")
    await expect(visitor.page.locator(".plugs [aria-current]")).to_contain_text("CHAdeMO")
    quote_id = await visitor.page.get_attribute("input[name=quote]", "value")
    async with site.drive.store.reading() as tx:
        assert (await tx.charging.need(quote_id or "")).connector_id == "2"
    await picture(visitor.page, "9-connectors")
