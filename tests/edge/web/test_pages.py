"""The pages over plain HTTP: addresses, headers, refusals, stickers, and their weight."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import segno
from httpx import AsyncClient
from pytest_asyncio import fixture

from app.domain.charging import ChargingState
from app.domain.stations import ConnectorState
from app.domain.web_payments import WebPayment, secret_context, step_of, totp
from app.use_cases.sticker_art import MODULE, sticker_address, sticker_svg
from mobile_api.web.assets import Assets
from mobile_api.web.headers import content_policy
from tests.edge.web.conftest import CODE, Site
from tests.support.chargers import CPO
from tests.support.loopback import a_client

MOST_BYTES = 100_000


@fixture(loop_scope="session")
async def http(site: Site) -> AsyncIterator[AsyncClient]:
    """A client without scripts, at a site whose charger is free."""
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    async with a_client(base_url=site.url, timeout=60) as client:
        yield client


async def form_of(http: AsyncClient) -> dict[str, str]:
    """The hidden fields of the page behind the code."""
    page = (await http.get(f"/q/{CODE}")).text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page))


async def test_every_page_says_what_browsers_may_do(http: AsyncClient) -> None:
    for path in ("/", f"/q/{CODE}", "/nowhere", "/static/page.css"):
        answer = await http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=", answer.text)


async def test_pages_are_not_kept_and_files_are(http: AsyncClient) -> None:
    page = await http.get(f"/q/{CODE}")
    assert page.headers["cache-control"] == "no-store"
    address = re.findall(r'href="(/static/page.css\?v=\w+)"', page.text)[0]
    file = await http.get(address)
    assert "immutable" in file.headers["cache-control"]
    assert file.headers["content-encoding"] == "gzip"
    again = await http.get(address, headers={"If-None-Match": file.headers["etag"]})
    assert again.status_code == 304
    plain = await http.get("/static/page.css?v=older", headers={"Accept-Encoding": "identity"})
    assert plain.headers["cache-control"] == "no-cache"
    assert plain.text == file.text


@pytest.mark.parametrize("path", [f"/q/{CODE}", "/", "/account"])
async def test_the_first_view_is_light(http: AsyncClient, path: str) -> None:
    """Below 100 kB on the wire with everything it loads, map tiles apart."""
    page = await http.get(path)
    names = set(re.findall(r'(?:href|src)="/static/([\w/.]+)\?', page.text)) | {
        "ticks.js",
        "words.js",
    }
    assets = Assets()
    assert len(page.content) + sum(assets.packed_size(name) for name in names) < MOST_BYTES


@pytest.mark.parametrize("typed", [CODE.lower(), f"{CODE[:4]}-{CODE[4:]}", f"%20{CODE.lower()}"])
async def test_codes_are_read_however_they_are_written(http: AsyncClient, typed: str) -> None:
    for path in (f"/q/{typed}", f"/Q/{typed}", f"/q?code={typed}"):
        answer = await http.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"] == f"/q/{CODE}"


@pytest.mark.parametrize("path", ["/q/NOBODYS1", "/q/x", "/q/ABCD%3Cscript", "/q?code="])
async def test_an_unknown_code_is_a_page(http: AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 404
    assert "Check the address, or the code on the charger." in answer.text
    assert "<script>" not in answer.text


async def test_codes_cannot_be_tried_in_a_row(http: AsyncClient) -> None:
    """Driver E: look-ups of codes are limited by address."""
    answers = [await http.get("/q/NOBODYS1") for _ in range(121)]
    assert {a.status_code for a in answers[:-1]} == {404}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_pressing_twice_starts_once(site: Site, http: AsyncClient) -> None:
    form = await form_of(http)
    first = await http.post(f"/q/{CODE}", data=form)
    second = await http.post(f"/q/{CODE}", data=form)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"] == f"/q/s/{form['quote']}"
    async with site.drive.store.reading() as tx:
        assert len(await tx.payments.of_charging(form["quote"])) == 1


async def test_an_old_price_is_shown_anew(site: Site, http: AsyncClient) -> None:
    """What was promised holds for 15 minutes; later nobody is charged without a new look."""
    form = await form_of(http)
    site.drive.clock.set(site.drive.clock.now() + timedelta(minutes=16))
    answer = await http.post(f"/q/{CODE}", data=form)
    assert answer.headers["location"] == f"/q/{CODE}?late"
    page = await http.get(f"/q/{CODE}?late")
    assert "The price you saw has expired" in page.text
    async with site.drive.store.reading() as tx:
        assert (await tx.charging.need(form["quote"])).payment_id is None


async def test_a_wrong_key_opens_nothing(site: Site, http: AsyncClient) -> None:
    form = await form_of(http)
    stolen = await http.post(f"/q/{CODE}", data=form | {"key": "guessed"})
    assert stolen.status_code == 404
    await http.post(f"/q/{CODE}", data=form)
    async with a_client(base_url=site.url) as stranger:
        at = f"/q/s/{form['quote']}"
        assert (await stranger.get(at)).status_code == 401
        assert (await stranger.post(f"{at}/stop")).status_code == 401
        assert (await stranger.get(f"{at}?key=guessed")).status_code == 404
        assert not stranger.cookies
    async with site.drive.store.reading() as tx:
        assert (await tx.charging.need(form["quote"])).state is ChargingState.PAYMENT_PENDING


async def test_everything_works_without_scripts(site: Site, http: AsyncClient) -> None:
    """Forms and links do; the page loads itself again."""
    drive, form = site.drive, await form_of(http)
    started = await http.post(f"/q/{CODE}", data=form, follow_redirects=True)
    assert '<noscript><meta http-equiv="refresh"' in started.text
    await drive.pump()
    page = (await http.get(f"/q/s/{form['quote']}")).text
    pay_at = re.findall(r'class="primary" href="([^"]+)"', page)[0]
    back = await http.post(pay_at, data={"card": "pm_card_visa"}, follow_redirects=True)
    await drive.pump()
    assert str(back.url) == f"{site.url}/q/s/{form['quote']}?paid"
    assert "Plug in now" in (await http.get(f"/q/s/{form['quote']}")).text
    stopped = await http.post(f"/q/s/{form['quote']}/stop", follow_redirects=True)
    assert "Nothing was charged" in stopped.text


async def test_an_address_can_be_left_later(site: Site, http: AsyncClient) -> None:
    form = await form_of(http)
    await http.post(f"/q/{CODE}", data=form)
    at = f"/q/s/{form['quote']}"
    assert (await http.post(f"{at}/address", data={"email": "no address"})).status_code == 400
    left = await http.post(f"{at}/address", data={"email": "a@example.org"}, follow_redirects=True)
    assert "The receipt goes to a@example.org." in left.text


@pytest.mark.parametrize(
    "asked", ["https://elsewhere.example/x", "//elsewhere.example", "/%5Celsewhere.example", ""]
)
async def test_the_sandbox_sends_nobody_elsewhere(
    site: Site, http: AsyncClient, asked: str
) -> None:
    form = await form_of(http)
    await http.post(f"/q/{CODE}", data=form)
    await site.drive.pump()
    async with site.drive.store.reading() as tx:
        payment = (await tx.payments.of_charging(form["quote"]))[0]
    answer = await http.post(
        f"/sandbox/confirm/{payment.reference}?return_url={asked}", data={"card": "none"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_form_too_large_is_refused(http: AsyncClient) -> None:
    answer = await http.post(f"/q/{CODE}", data={"quote": "x" * 20_000})
    assert answer.status_code == 413


async def test_the_sticker_says_where_to_go(site: Site, http: AsyncClient) -> None:
    """Driver E: our own address in clear, and as a QR code with error correction Q."""
    answer = await http.get(f"/q/{CODE.lower()}.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    drawn = segno.make(f"{site.url}/q/{CODE}".upper(), error="q", micro=False)
    assert drawn.svg_inline(scale=MODULE, border=4, light="#fff") in answer.text
    assert f"{site.url.removeprefix('http://')}/q/{CODE}</text>" in answer.text
    assert "UTR-1</text>" in answer.text


def test_capital_letters_make_bigger_modules() -> None:
    """The same address in capital letters needs a smaller QR code (driver E)."""
    address = sticker_address("https://charge.example", CODE)
    assert address == f"HTTPS://CHARGE.EXAMPLE/Q/{CODE}"
    mixed = segno.make(f"https://charge.example/q/{CODE}", error="q")
    assert segno.make(address, error="q").version < mixed.version
    assert sticker_address("https://x.eu/Own", CODE) == f"https://x.eu/Own/q/{CODE}"
    assert "&lt;b&gt;" in sticker_svg("https://x.eu", CODE, "<b>")


def test_only_tiles_may_come_from_elsewhere() -> None:
    assert "img-src 'self' data:;" in content_policy(None)
    policy = content_policy("https://{s}.tiles.example/{z}/{x}/{y}.png")
    assert "img-src 'self' data: https://*.tiles.example;" in policy


@pytest.mark.parametrize(
    "typed", ["NL*RW1*ECP1*1", "nlrw1ecp11", f"http%3A%2F%2F{{host}}%2Fq%2F{CODE}"]
)
async def test_whatever_is_printed_leads_to_the_page(http: AsyncClient, typed: str) -> None:
    """Driver E: the printed EVSE id with and without its stars, and our own address."""
    answer = await http.get(f"/q?code={typed.replace('{host}', http.base_url.netloc.decode())}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/q/{CODE}")


async def test_foreign_addresses_lead_nowhere(http: AsyncClient) -> None:
    answer = await http.get("/q?code=https%3A%2F%2Fevil.example%2Fq%2F7Q4M9XKD")
    assert answer.status_code == 403
    assert "This code is not ours" in answer.text


async def test_a_sticker_is_reported_from_the_page(site: Site, http: AsyncClient) -> None:
    """Driver E: the page repeats domain and label, and a report reaches the operator."""
    page = (await http.get(f"/q/{CODE}")).text
    assert f"You are on <strong>{site.url.removeprefix('http://')}</strong>" in page
    assert f'href="/q/{CODE}/sticker"' in page
    assert "Report this sticker" in (await http.get(f"/q/{CODE.lower()}/sticker")).text
    told = await http.post(f"/q/{CODE}/sticker", data={"seen": "evil.example", "note": "odd"})
    assert "The operator has been told." in told.text
    async with site.drive.store.reading() as tx:
        reports = await tx.sticker_reports.of_party(CPO, only_open=True, after=None, limit=5)
    assert [(r.code, r.label, r.seen) for r in reports] == [(CODE, "UTR-1", "evil.example")]


async def test_a_display_leads_to_the_page(site: Site, http: AsyncClient) -> None:
    """P-221: as the charger's browser does; a preview does not use the code up."""
    drive, secret = site.drive, "a secret of forty characters or thereabout"
    sealed = drive.floor.sealer.seal(secret, secret_context("CP1"))
    async with drive.store.transaction() as tx:
        await tx.web_payments.put(WebPayment("CP1", 30, 16, (sealed,), drive.clock.now(), "c"))
    shown = totp(secret, step_of(drive.clock.now(), 30), 16)
    at = f"/q/d/CP1/1?v=v1&t={shown}"
    wrong = await http.get(f"/q/d/CP1/1?v=v1&t={shown[::-1]}")
    assert (wrong.status_code, "Scan the display once more" in wrong.text) == (403, True)
    assert (await http.head(at)).status_code == 200
    answer = await http.get(at)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/q/{CODE}")
    assert (await http.get(at)).status_code == 403
    assert (await http.get("/q/d/CP9/1?v=v1&t=x")).status_code == 404
    assert (await http.get("/q/d/CP1/x?v=v1&t=x")).status_code == 404
