"""Guests over HTTP: no account, a secret as bearer or cookie, and a way back."""

from urllib.parse import parse_qs, urlsplit

from app.use_cases.quotes import Caller
from mobile_api.guests import cookie_name
from tests.edge.mobile.conftest import CODE, Site, refused
from tests.support.loopback import a_client

KEY = "a key that nobody guesses"


async def test_the_whole_way_of_a_guest(site: Site) -> None:
    """Quote, card on the provider's page, start, charge, stop, receipt: by cookie alone."""
    drive = site.drive
    live = await drive.floor.connect()
    quoted = await site.post("/guest/quotes", {"code": CODE, "target_kwh": "10"})
    quote = quoted.json()
    assert quoted.status_code == 201
    assert (quote["estimated"]["text"], quote["prices"][0]["kind"]) == ("6.00 EUR", "energy")
    cookie = quoted.headers["set-cookie"]
    assert all(word in cookie for word in (cookie_name(quote["id"]), "HttpOnly", "SameSite=lax"))
    assert "Secure" not in cookie
    at = f"/sessions/{quote['id']}"
    body = {"quote_id": quote["id"], "email": "guest@example.com"}
    started = await site.post("/guest/sessions", body)
    assert (started.status_code, started.json()["state"]) == (202, "payment_pending")
    await drive.pump()
    waiting = (await site.get(at)).json()
    assert waiting["payment"]["state"] == "action_required"
    caller = Caller(secret=quote["secret"])
    charging = await drive.chargings.get(quote["id"], caller)
    reference = (await drive.payment(charging)).reference or ""
    await drive.bank.confirm(reference, "pm_card_visa")
    await site.post(f"{at}/confirmed")
    await drive.pump()
    assert (await site.get(at)).json()["state"] == "awaiting_plug"
    number = await drive.plug_in(live, await drive.chargings.get(quote["id"], caller), 20)
    await drive.meter(live, number, 1200, 5_000)
    assert (await site.get(at)).json()["cost"]["text"] == "3.00 EUR"
    assert (await site.post(f"{at}/stop")).json()["state"] == "stopping"
    await drive.unplug(live, number, 1260, 5_100)
    receipt = (await site.get(f"{at}/receipt")).json()
    assert (receipt["total"]["text"], receipt["released"]["text"]) == ("3.06 EUR", "2.94 EUR")
    await drive.receipts.mail_receipt(quote["id"])
    assert drive.mailer.sent[-1].to == "guest@example.com"


async def test_the_secret_works_as_bearer_and_from_the_link(site: Site) -> None:
    await site.drive.floor.connect()
    quote = (await site.post("/guest/quotes", {"code": CODE})).json()
    link = urlsplit(quote["way_back"])
    assert link.path == f"/q/s/{quote['id']}"
    secret = parse_qs(link.query)["key"][0]
    assert secret == quote["secret"]
    async with a_client(base_url=f"{site.url}/api/v1") as elsewhere:
        at = f"/sessions/{quote['id']}"
        refused(await elsewhere.get(at), 401, "unauthenticated")
        wrong = {"Authorization": "Bearer somebody-elses"}
        refused(await elsewhere.get(at, headers=wrong), 404, "not_found")
        mine = {"Authorization": f"Bearer {secret}"}
        assert (await elsewhere.get(at, headers=mine)).json()["state"] == "quoted"
        body = {"quote_id": quote["id"], "method": "pm_card_visa"}
        refused(await elsewhere.post("/guest/sessions", json=body), 401, "unauthenticated")
        answer = await elsewhere.post("/guest/sessions", json=body, headers=mine)
        assert answer.status_code == 202
        again = await elsewhere.post("/guest/sessions", json=body, headers=mine)
        assert (again.status_code, again.json()["id"]) == (202, quote["id"])
    await site.drive.pump()
    assert len(site.drive.bank.books.intents) == 1


async def test_a_guests_secret_opens_one_session_only(site: Site) -> None:
    await site.drive.floor.connect()
    first = (await site.post("/guest/quotes", {"code": CODE})).json()
    second = (await site.post("/guest/quotes", {"code": CODE})).json()
    async with a_client(base_url=f"{site.url}/api/v1") as other:
        mine = {"Authorization": f"Bearer {first['secret']}"}
        refused(await other.get(f"/sessions/{second['id']}", headers=mine), 404, "not_found")
        refused(await other.get("/me", headers=mine), 401, "unauthenticated")
        refused(await other.get("/sessions", headers=mine), 401, "unauthenticated")


async def test_a_driver_is_no_guest(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    answer = await site.post("/guest/sessions", {"quote_id": quote["id"]}, headers=me)
    refused(answer, 401, "unauthenticated")


async def test_a_key_repeats_the_quote_with_its_secret_which_is_kept_sealed(site: Site) -> None:
    await site.drive.floor.connect()
    headers = {"Idempotency-Key": KEY}
    first = await site.post("/guest/quotes", {"code": CODE}, headers=headers)
    second = await site.post("/guest/quotes", {"code": CODE}, headers=headers)
    assert second.json() == first.json()
    async with site.drive.store.reading() as tx:
        kept = await tx.inbox.answer("repeats:guest", KEY)
    assert kept is not None
    assert first.json()["secret"] not in kept


async def test_a_late_quote_and_an_address_that_is_none(site: Site) -> None:
    await site.drive.floor.connect()
    bad = {"code": CODE, "email": "no address"}
    refused(await site.post("/guest/quotes", bad), 422, "malformed")
    quote = (await site.post("/guest/quotes", {"code": CODE})).json()
    await site.drive.clock.advance(16 * 60)
    answer = await site.post(
        "/guest/sessions", {"quote_id": quote["id"], "method": "pm_card_visa"}
    )
    refused(answer, 409, "conflict")


async def test_guests_quotes_are_limited_by_address(site: Site) -> None:
    await site.drive.floor.connect()
    for _ in range(5):
        assert (await site.post("/guest/quotes", {"code": CODE})).status_code == 201
    refused(await site.post("/guest/quotes", {"code": CODE}), 429, "rate_limited")
