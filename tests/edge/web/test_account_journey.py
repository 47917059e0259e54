"""A driver with an account charges in a browser: on a phone by day, at a desk by night."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from app.domain.payments import PaymentState
from tests.edge.web.browsing import (
    Look,
    by_day_and_night,
    journey_of_a_driver,
    sign_in_by_mail,
)
from tests.edge.web.conftest import Site, Visitor
from tests.edge.web.pictures import picture
from tests.support.chargings import a_payment

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


async def test_a_card_in_use_says_why_it_stays(site: Site, visitor: Visitor) -> None:
    """Beside that card and no other; when nothing is paid with it any more, it goes."""
    page, small = visitor.page, Look({"width": 360, "height": 780}, "light")
    await sign_in_by_mail(site, visitor)
    for _ in range(2):
        await page.click("text=Save a card")
        await page.click("text=A good card")
    listed = page.locator("#cards + ul > li")
    await expect(listed).to_have_count(2)
    action = await listed.nth(1).locator("form").last.get_attribute("action")
    async with site.drive.store.transaction() as tx:
        used = await tx.payments.methods.need((action or "").split("/")[-2])
        payment = a_payment(state=PaymentState.HELD, method_reference=used.reference)
        await tx.payments.add(payment)
    await listed.nth(1).get_by_role("button", name="Remove").click()
    await expect(listed.nth(1).get_by_role("alert")).to_contain_text(
        "A session is being paid with this card."
    )
    await expect(page.get_by_role("alert")).to_have_count(1)
    await picture(page, "14-card-in-use", whole=True)
    await small.put_on(page)
    await small.check(page, "a card in use")
    async with site.drive.store.transaction() as tx:
        held = await tx.payments.locked(payment.id)
        await tx.payments.save(replace(held, state=PaymentState.CAPTURED))
    await listed.nth(1).get_by_role("button", name="Remove").click()
    await expect(listed).to_have_count(1)
    await expect(page.get_by_role("alert")).to_have_count(0)
