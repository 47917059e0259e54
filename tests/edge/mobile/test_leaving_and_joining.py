"""Signing in by mail, keeping a guest's session, choosing notices, removing phones, reading."""

import io
import json
import re
from typing import Any
from zipfile import ZipFile

from tests.edge.mobile.conftest import CODE, PHONE, STRANGER, Site, refused

ME = "dana@example.com"
DEVICE = {"id": "device-00001", "platform": "ios", "name": "Phone", "push_token": "t-1"}


async def code_for(site: Site, address: str = ME, **more: Any) -> str:
    body = {"email": address, "device_id": DEVICE["id"], **more}
    answer = await site.post("/auth/email/code", body)
    assert (answer.status_code, answer.json()) == (202, {"expires_in_s": 600})
    found = re.search(r"\b\d{6}\b", site.drive.mailer.sent[-1].text)
    assert found is not None
    return found[0]


async def test_a_driver_signs_in_by_mail(site: Site) -> None:
    """D1, Accounts: the fallback where no provider is wanted."""
    code = await code_for(site, language="nl")
    assert "inloggen" in site.drive.mailer.sent[-1].text
    body = {"email": ME, "code": code, "device": DEVICE}
    answer = await site.post("/auth/email/exchange", body)
    assert answer.status_code == 200, answer.text
    me = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await site.get("/me", headers=me)).json()["email"] == ME
    assert (await site.get("/devices", headers=me)).json()["devices"][0]["push"] is True
    refused(await site.post("/auth/email/exchange", body), 401, "unauthenticated")


async def test_known_and_unknown_addresses_are_answered_the_same(site: Site) -> None:
    known = await site.post("/auth/email/code", {"email": ME, "device_id": DEVICE["id"]})
    body = {"email": ME, "code": await code_for(site), "device": DEVICE}
    await site.post("/auth/email/exchange", body)
    again = await site.post("/auth/email/code", {"email": ME, "device_id": DEVICE["id"]})
    stranger = {"email": "nobody@example.com", "device_id": DEVICE["id"]}
    other = await site.post("/auth/email/code", stranger)
    assert known.content == again.content == other.content
    wrong = [
        await site.post("/auth/email/exchange", body | {"email": address, "code": "000000"})
        for address in (ME, "nobody@example.com", "never@example.com")
    ]
    assert len({(answer.status_code, answer.content) for answer in wrong}) == 1


async def test_mails_are_limited_by_sender_and_receiver(site: Site) -> None:
    for _ in range(5):
        await code_for(site)
    body = {"email": ME, "device_id": DEVICE["id"]}
    refused(await site.post("/auth/email/code", body), 429, "rate_limited")
    for number in range(4):
        await code_for(site, f"d{number}@example.com")
    refused(
        await site.post("/auth/email/code", body | {"email": "x@example.com"}),
        429,
        "rate_limited",
    )


async def test_what_is_no_address(site: Site) -> None:
    for email in ("", "dana", "dana@example", "a b@example.com", "@", "x" * 300):
        body = {"email": email, "device_id": DEVICE["id"]}
        refused(await site.post("/auth/email/code", body), 422, "malformed")


async def test_a_guest_keeps_the_session_in_an_account(site: Site) -> None:
    """D1: who knows the guest's secret may, once, and the page goes on working."""
    await site.drive.floor.connect()
    quote = (await site.post("/guest/quotes", {"code": CODE})).json()
    guest = {"Authorization": f"Bearer {quote['secret']}"}
    me, thief = await site.sign_in(), await site.sign_in("thief", STRANGER)
    at = f"/sessions/{quote['id']}"
    mine = {"secret": quote["secret"]}
    refused(await site.post(f"{at}/claim", mine, headers=me), 409, "conflict")
    site.http.cookies.clear()
    card = {"quote_id": quote["id"], "method": "pm_card_visa"}
    await site.post("/guest/sessions", card, headers=guest)
    wrong = {"secret": "x" * 32}
    refused(await site.post(f"{at}/claim", wrong, headers=thief), 404, "not_found")
    refused(await site.get(at, headers=me), 404, "not_found")
    for _ in range(2):
        claimed = await site.post(f"{at}/claim", mine, headers=me)
        assert claimed.status_code == 200, claimed.text
    assert (await site.get(at, headers=me)).status_code == 200
    listed = (await site.get("/sessions", headers=me)).json()["sessions"]
    assert [each["id"] for each in listed] == [quote["id"]]
    assert (await site.get(at, headers=guest)).status_code == 200
    refused(await site.post(f"{at}/claim", mine, headers=thief), 404, "not_found")
    refused(await site.post(f"{at}/claim", mine), 401, "unauthenticated")


async def test_what_is_told_is_chosen(site: Site) -> None:
    """product §1.6: opt-out by category; money and safety have none."""
    me = await site.sign_in()
    at = "/me/notifications"
    usual = (await site.get(at, headers=me)).json()
    assert set(usual["categories"]) == {
        "charging", "idle", "receipts", "reservations", "waiting_list", "issues", "tips",
    }  # fmt: skip
    assert all(usual["categories"].values())
    assert usual["quiet_hours"] is None
    choice = quiet("22:00", "07:30", "Europe/Amsterdam")
    choice["categories"] = {"tips": False, "idle": False}
    chosen = await site.http.put(at, json=choice, headers=me)
    assert chosen.status_code == 200, chosen.text
    again = (await site.get(at, headers=me)).json()
    assert again == chosen.json()
    assert [name for name, on in again["categories"].items() if not on] == ["idle", "tips"]
    assert again["quiet_hours"] == choice["quiet_hours"]
    assert (await site.http.put(at, json={"categories": {}}, headers=me)).json() == usual


def quiet(begins: str, ends: str, zone: str) -> dict[str, Any]:
    return {"categories": {}, "quiet_hours": {"begins": begins, "ends": ends, "zone": zone}}


async def test_choices_that_are_none(site: Site) -> None:
    me = await site.sign_in()
    for choice, status in (
        ({"categories": {"payments": False}}, 422),
        ({"categories": {"security": False}}, 422),
        (quiet("25:00", "07:00", "UTC"), 422),
        (quiet("22:00", "07:00", "Moon"), 400),
        (quiet("22:00", "07:00", "../x"), 400),
        (quiet("07:00", "07:00", "UTC"), 400),
    ):
        answer = await site.http.put("/me/notifications", json=choice, headers=me)
        refused(answer, status, "malformed" if status == 422 else "invalid_input")


async def test_a_removed_phone_is_signed_out_and_silent(site: Site) -> None:
    me = await site.sign_in()
    other = await site.sign_in(device=STRANGER)
    at = f"/devices/{STRANGER.id}"
    await site.http.put(f"{at}/push", json={"push_token": "t-2"}, headers=other)
    listed = (await site.get("/devices", headers=me)).json()["devices"]
    assert sorted((d["id"], d["current"]) for d in listed) == [
        (PHONE.id, True),
        (STRANGER.id, False),
    ]
    thief = await site.sign_in("thief", type(PHONE)("device-3", "ios"))
    refused(await site.http.delete(at, headers=thief), 404, "not_found")
    assert (await site.http.delete(at, headers=me)).status_code == 204
    refused(await site.get("/me", headers=other), 401, "unauthenticated")
    assert len((await site.get("/devices", headers=me)).json()["devices"]) == 1
    refused(await site.http.delete(at, headers=me), 404, "not_found")


async def test_consents_have_a_version_and_a_time(site: Site) -> None:
    me = await site.sign_in()
    answer = await site.http.put(
        "/me/consents/terms", json={"granted": True, "version": "2026-10"}, headers=me
    )
    assert answer.status_code == 204
    (kept,) = (await site.get("/me/consents", headers=me)).json()["consents"]
    assert (kept["kind"], kept["version"], kept["granted"]) == ("terms", "2026-10", True)
    assert kept["at"]


async def test_all_that_is_kept_is_read(site: Site) -> None:
    """GDPR, Articles 15 and 20; what is in it is proved in tests/store/test_leaving.py."""
    me = await site.sign_in()
    answer = await site.get("/me/export", headers=me)
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    with ZipFile(io.BytesIO(answer.content)) as packed:
        account = json.loads(packed.read("account.json"))
    assert account[0]["id"] == "d-1"
    refused(await site.get("/me/export"), 401, "unauthenticated")
