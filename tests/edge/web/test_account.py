"""A driver's account on the page, over plain HTTP: sign in, pay with a saved card, leave."""

import re
from collections.abc import AsyncIterator

from httpx import AsyncClient
from pytest_asyncio import fixture

from app.domain.charging import ChargingState
from app.domain.stations import ConnectorState
from app.use_cases.live_stations import LiveStation
from tests.edge.web.conftest import CODE, Site
from tests.support.loopback import a_client

MAIL = "dana@example.org"


@fixture(loop_scope="session")
async def live(site: Site) -> LiveStation:
    """The charger, which is free."""
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    return live


@fixture(loop_scope="session")
async def http(site: Site) -> AsyncIterator[AsyncClient]:
    """A browser without scripts."""
    async with a_client(base_url=site.url, follow_redirects=True) as client:
        yield client


async def sign_in(site: Site, http: AsyncClient) -> str:
    """By the digits in a mail; gives the account's page."""
    asked = await http.post("/account/mail", data={"email": MAIL})
    assert "six digits are on their way" in asked.text
    digits = re.findall(r"\b\d{6}\b", site.drive.mailer.sent[-1].text)[0]
    wrong = "000000" if digits != "000000" else "000001"
    refused = await http.post("/account/mail/code", data={"email": MAIL, "code": wrong})
    assert "These are not the digits" in refused.text
    page = await http.post("/account/mail/code", data={"email": MAIL, "code": digits})
    assert page.status_code == 200, page.text
    return page.text


async def test_a_stranger_is_asked_to_sign_in(http: AsyncClient) -> None:
    """Nothing of an account is shown, and nothing can be done."""
    page = await http.get("/account")
    assert "Send me six digits" in page.text
    for path in ("/account/cards", "/account/delete", "/account/devices/x/remove"):
        assert (await http.post(path)).status_code == 401
    assert "Sign in" in (await http.get("/account/sessions")).text


async def test_a_driver_charges_with_a_saved_card(
    site: Site, http: AsyncClient, live: LiveStation
) -> None:
    """Product, journey A on the page: sign in, card, start, session, list of sessions."""
    page = await sign_in(site, http)
    assert f"<h1>{MAIL}</h1>" in page
    assert "No sessions yet." in page
    assert "•••• 4242" in await save_card(http)
    page = (await http.get(f"/q/{CODE}")).text
    assert "You pay with VISA •••• 4242." in page
    form = dict(re.findall(r'<input type="hidden" name="(quote|key)" value="([^"]*)"', page))
    assert form["key"] == ""
    for _ in range(2):  # pressing twice starts once
        started = await http.post(f"/q/{CODE}", data=form)
        assert str(started.url) == f"{site.url}/q/s/{form['quote']}"
    await site.drive.pump()
    async with site.drive.store.reading() as tx:
        charging = await tx.charging.need(form["quote"])
        assert len(await tx.payments.of_charging(charging.id)) == 1
    assert charging.state is ChargingState.AWAITING_PLUG
    number = await site.drive.plug_in(live, charging, seconds=60)
    await site.drive.meter(live, number, 660, 1_850)
    shown = (await http.get(f"/q/s/{charging.id}")).text
    assert "Keep a way back" not in shown
    assert '<dd id="cost">1.11 EUR</dd>' in shown
    bar = (await http.get("/")).text
    assert f'<a href="/q/s/{charging.id}">' in bar
    assert "<span>1.11 EUR</span>" in bar
    wanted = {"kind": "soc", "amount": "80"}
    limited = await http.post(f"/q/s/{charging.id}/limit", data=wanted)
    assert "It stops at 80 %," in limited.text
    listed = (await http.get("/account/sessions")).text
    assert f'href="/q/s/{charging.id}"' in listed
    assert "1.85 kWh" in listed


async def test_other_sites_can_do_nothing(site: Site, http: AsyncClient) -> None:
    """Cookies come along, but it is not our page that asks."""
    await sign_in(site, http)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for path in ("/account/cards", "/account/delete", "/account/sign-out", "/language"):
        answer = await http.post(path, headers=foreign)
        assert answer.status_code == 403, path
    assert "Sign out" in (await http.get("/account")).text


async def test_an_old_access_token_is_renewed_on_the_way(site: Site, http: AsyncClient) -> None:
    await sign_in(site, http)
    http.cookies.delete("roamwatt_access", path="/")
    page = await http.get("/account")
    assert "Sign out" in page.text
    assert "roamwatt_access" in http.cookies


async def test_a_driver_signs_out_and_leaves(site: Site, http: AsyncClient) -> None:
    """Issue D1: devices and their revocation, erasure; the language of mails too."""
    page = await sign_in(site, http)
    assert "this one" in page
    await save_card(http)
    assert "•••• 4242" not in (await remove_first_card(http))
    turned = await http.post("/language", data={"language": "de", "next": "/account"})
    assert "Abmelden" in turned.text
    assert 'href="/api/v1/me/export"' in turned.text
    export = await http.get("/api/v1/me/export")
    assert export.headers["content-type"] == "application/zip"
    await http.post("/account/sign-out")
    assert "roamwatt_access" not in http.cookies
    await http.post("/language", data={"language": "en"})
    await sign_in(site, http)
    assert "Delete for good" in (await http.get("/account/delete")).text
    gone = await http.post("/account/delete")
    assert str(gone.url) == f"{site.url}/"
    assert "Send me six digits" in (await http.get("/account")).text


async def save_card(http: AsyncClient, card: str = "pm_card_visa") -> str:
    """By the provider's form; gives the account's page after that."""
    form = await http.post("/account/cards")
    assert "Choose what the bank shall answer" in form.text
    page = await http.post(str(form.url), data={"card": card})
    assert page.url.path == "/account"
    return page.text


async def test_a_card_that_is_refused_or_not_wanted(site: Site, http: AsyncClient) -> None:
    """Product, journey A3: told where it was asked, and nothing is saved."""
    page = await sign_in(site, http)
    assert "not saved" not in page
    for card in ("pm_card_chargeDeclined", "none"):
        page = await save_card(http, card)
        assert "The card was not saved." in page
        assert "••••" not in page
    site.drive.bank.fail_next("down")
    assert (await http.post("/account/cards")).status_code == 503
    form = await http.post("/account/cards")
    site.drive.bank.fail_next("down")
    page = (await http.post(str(form.url), data={"card": "pm_card_visa"})).text
    assert "The card appears here when it does." in page
    assert (await http.get("/account/cards/somebody-elses")).status_code == 404


async def remove_first_card(http: AsyncClient) -> str:
    """Gives the page after that."""
    page = (await http.get("/account")).text
    path = re.findall(r'action="(/account/cards/[^"]+/remove)"', page)[0]
    return (await http.post(path)).text


async def test_the_page_can_be_installed(http: AsyncClient) -> None:
    """Issue D1: installable, with a worker of our own and nothing else."""
    manifest = await http.get("/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    assert manifest.json()["display"] == "standalone"
    icon = await http.get(manifest.json()["icons"][0]["src"])
    assert icon.headers["content-type"] == "image/svg+xml"
    worker = await http.get("/worker.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert "worker-src 'self'" in worker.headers["content-security-policy"]
    assert "No network" in (await http.get("/offline")).text
