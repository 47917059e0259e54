"""Cards, the provider's webhook, and paying what is owed."""

from dataclasses import replace

from tests.edge.mobile.conftest import STRANGER, Site, refused
from tests.support.drive import CARD, ME


async def test_a_card_is_saved_chosen_and_forgotten(site: Site) -> None:
    me = await site.sign_in()
    setup = await site.post("/payment-methods/setup", headers=me)
    assert setup.status_code == 201
    reference = setup.json()["reference"]
    assert setup.json()["client_secret"]
    saved = await site.post("/payment-methods", {"reference": reference}, headers=me)
    assert (saved.status_code, saved.json()["brand"], saved.json()["default"]) == (
        201, "visa", False,
    )  # fmt: skip
    again = await site.post("/payment-methods", {"reference": reference}, headers=me)
    assert again.json() == saved.json()
    new = saved.json()["id"]
    await site.post(f"/payment-methods/{new}/default", headers=me)
    listed = (await site.get("/payment-methods", headers=me)).json()["payment_methods"]
    assert {m["id"]: m["default"] for m in listed} == {CARD.id: False, new: True}
    assert all("reference" not in m and "customer" not in m for m in listed)
    gone = await site.http.delete(f"/payment-methods/{new}", headers=me)
    assert gone.status_code == 204
    listed = (await site.get("/payment-methods", headers=me)).json()["payment_methods"]
    assert [(m["id"], m["default"]) for m in listed] == [(CARD.id, True)]


async def test_a_setup_begun_once_for_its_key(site: Site) -> None:
    headers = await site.sign_in() | {"Idempotency-Key": "0123456789abcdef"}
    first = await site.post("/payment-methods/setup", headers=headers)
    second = await site.post("/payment-methods/setup", headers=headers)
    assert second.json() == first.json()


async def test_others_cards_do_not_exist(site: Site) -> None:
    me, thief = await site.sign_in(), await site.sign_in("thief", STRANGER)
    setup = (await site.post("/payment-methods/setup", headers=me)).json()
    body = {"reference": setup["reference"]}
    refused(await site.post("/payment-methods", body, headers=thief), 404, "not_found")
    at = f"/payment-methods/{CARD.id}"
    refused(await site.http.delete(at, headers=thief), 404, "not_found")
    refused(await site.post(f"{at}/default", headers=thief), 404, "not_found")
    refused(await site.get("/payment-methods"), 401, "unauthenticated")


async def test_a_refused_card_is_not_saved(site: Site) -> None:
    me = await site.sign_in()
    reference = (await site.post("/payment-methods/setup", headers=me)).json()["reference"]
    await site.drive.bank.fill_in(reference, "pm_card_chargeDeclined")
    answer = await site.post("/payment-methods", {"reference": reference}, headers=me)
    assert refused(answer, 402, "payment_declined")["reason"] == "generic_decline"


async def test_a_webhook_is_believed_only_when_signed(site: Site) -> None:
    """Twice or out of order: the truth is fetched, so one start and one capture come of it."""
    me = await site.sign_in()
    await site.drive.floor.connect()
    site.drive.bank.books.cards["pm_card_visa"] = "pm_card_authenticationRequired"
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await site.drive.pump()
    charging = await site.drive.chargings.get(quote["id"], ME)
    reference = (await site.drive.payment(charging)).reference or ""
    await site.drive.bank.confirm(reference)
    body, headers = site.drive.bank.webhook(reference)
    forged = await site.http.post("/payments/webhook", content=body + b" ", headers=headers)
    refused(forged, 401, "unauthenticated")
    for _ in range(2):
        answer = await site.http.post("/payments/webhook", content=body, headers=headers)
        assert answer.status_code == 204
    await site.drive.pump()
    assert (await site.get(f"/sessions/{quote['id']}", headers=me)).json()["state"] == (
        "awaiting_plug"
    )
    assert len(site.drive.chargers.told) == 1


async def test_a_silent_provider_is_a_problem_that_passes(site: Site) -> None:
    me = await site.sign_in()
    site.drive.bank.fail_next("down")
    answer = await site.post("/payment-methods/setup", headers=me)
    refused(answer, 503, "provider_unavailable")
    assert (await site.post("/payment-methods/setup", headers=me)).status_code == 201


async def test_what_is_owed_is_paid_with_another_card(site: Site) -> None:
    drive, me = site.drive, await site.sign_in()
    live = await drive.floor.connect()
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await drive.pump()
    nothing = await site.post(f"/sessions/{quote['id']}/pay", headers=me)
    refused(nothing, 409, "conflict")
    charging = await drive.chargings.get(quote["id"], ME)
    number = await drive.plug_in(live, charging, 20)
    reference = (await drive.payment(charging)).reference or ""
    await drive.bank.release("the bank took it back", reference)
    drive.bank.books.cards["pm_card_visa"] = "pm_card_chargeDeclined"
    await drive.unplug(live, number, 500, 5_000)
    failed = (await site.get(f"/sessions/{quote['id']}", headers=me)).json()
    assert (failed["state"], failed["payment"]["state"]) == ("settlement_failed", "capture_failed")
    again = await site.quote(me)
    blocked = await site.post("/sessions", {"quote_id": again["id"]}, headers=me)
    assert refused(blocked, 402, "payment_declined")["reason"] == "unpaid_session"
    other = replace(CARD, id="m-2", reference="pm_card_mastercard", default=False)
    async with drive.store.transaction() as tx:
        await tx.payments.methods.add(other)
    paid = await site.post(
        f"/sessions/{quote['id']}/pay", {"payment_method_id": "m-2"}, headers=me
    )
    assert paid.status_code == 202
    await drive.pump()
    settled = (await site.get(f"/sessions/{quote['id']}", headers=me)).json()
    assert (settled["state"], settled["payment"]["state"]) == ("completed", "captured")
