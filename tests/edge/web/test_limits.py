"""Where a session shall stop, chosen on the page: without scripts, and by the slider."""

import re
from typing import Any

import pytest
from httpx import AsyncClient
from playwright.async_api import expect

from app.domain.charging import Charging
from app.domain.stations import ConnectorState
from app.domain.units import Kwh
from app.use_cases.charging_wishes import SessionLimits
from app.use_cases.quotes import Caller
from tests.edge.web.conftest import CODE, Site, Visitor
from tests.edge.web.pictures import picture

ENERGY = SessionLimits(energy=Kwh.of(20))


async def charging_guest(site: Site) -> tuple[Charging, str]:
    """A guest who charges: 1.85 kWh so far, which cost 1.11 EUR. Their secret, too."""
    drive = site.drive
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    async with AsyncClient(base_url=site.url, trust_env=False) as http:
        quoted = await http.post("/api/v1/guest/quotes", json={"code": CODE})
    quote = quoted.json()
    caller = Caller(secret=quote["secret"])
    await drive.chargings.start(quote["id"], caller, method_reference="pm_card_visa")
    await drive.pump()
    charging = await drive.chargings.get(quote["id"], caller)
    number = await drive.plug_in(live, charging, 60)
    await drive.meter(live, number, 660, 1_850)
    return charging, quote["secret"]


async def test_limits_are_chosen_without_scripts(site: Site) -> None:
    """Product §2.4: energy, money, time and %, one at a time; the first that is reached counts."""
    charging, key = await charging_guest(site)
    at = f"/q/s/{charging.id}"
    async with AsyncClient(base_url=site.url, trust_env=False, follow_redirects=True) as http:
        page = (await http.get(f"{at}?key={key}")).text
        assert options(page) == {
            "energy": ("kWh", "", "2", "100"),
            "cost": ("EUR", "", "2", "30"),
            "time": ("min", "", "15", "720"),
            "soc": ("%", "", "55", "100"),
        }
        for kind, amount, told in (
            ("energy", "20", "It stops at 20 kWh,"),
            ("cost", "7,50", "It stops at 20 kWh, 7.5 EUR,"),
            ("time", "90", "It stops at 20 kWh, 7.5 EUR, 90 min,"),
            ("energy", "", "It stops at 7.5 EUR, 90 min,"),
            ("soc", "80", "It stops at 7.5 EUR, 90 min, 80 %,"),
            ("", "", "No limit of mine</p>"),
        ):
            page = (await http.post(f"{at}/limit", data={"kind": kind, "amount": amount})).text
            assert told in page, (kind, page)
        for wrong in (
            {"kind": "x", "amount": "1"}, {"amount": "1"}, {"kind": "energy", "amount": "NaN"},
            {"kind": "cost", "amount": "-1"}, {"kind": "soc", "amount": "101"},
            {"kind": "time", "amount": "0"},
        ):  # fmt: skip
            assert (await http.post(f"{at}/limit", data=wrong)).status_code == 400, wrong


def options(page: str) -> dict[str, tuple[Any, ...]]:
    """What can be chosen: unit, amount, least and most by kind."""
    found = re.findall(
        r'value="(\w+)" data-unit="(.*?)" data-now="(.*?)" data-least="(.*?)" data-most="(.*?)"',
        page,
    )
    return {kind: tuple(rest) for kind, *rest in found}


@pytest.mark.browser
async def test_a_limit_is_dragged(site: Site, visitor: Visitor) -> None:
    """Product §2.4, drag to set limit; by keyboard too, and news does not take it away."""
    charging, key = await charging_guest(site)
    page = visitor.page
    await page.goto(f"{site.url}/q/s/{charging.id}?key={key}")
    slide, amount = page.locator("#slide"), page.locator("#amount")
    await page.select_option("#kind", "cost")
    await expect(slide).to_have_attribute("aria-label", "Cost (EUR)")
    await slide.focus()
    await slide.press("Home")
    await slide.press("ArrowRight")
    await expect(slide).to_have_attribute("aria-valuetext", "3 EUR")
    await expect(amount).to_have_value("3")
    await page.evaluate("document.activeElement.blur()")
    await site.drive.session_wishes.set_limits(charging.id, Caller(secret=key), ENERGY)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    await expect(page.locator(".progress")).to_be_visible()
    await expect(amount).to_have_value("3")
    await amount.fill("12")
    await expect(slide).to_have_js_property("value", "12")
    await picture(page, "14-limit", whole=True)
    await page.click("text=Set")
    await expect(page.locator(".limit .hint")).to_contain_text("It stops at 20 kWh, 12 EUR,")
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
