"""The account, its devices and consents, and its end."""

from tests.edge.mobile.conftest import PHONE, STRANGER, Site, refused


async def test_the_account_is_read_and_changed(site: Site) -> None:
    me = await site.sign_in()
    assert (await site.get("/me", headers=me)).json()["id"] == "d-1"
    changed = await site.http.patch("/me", json={"language": "de"}, headers=me)
    assert (changed.json()["language"], changed.json()["name"]) == ("de", "Dana")
    for body in ({"language": "German"}, {"name": ""}, {"email": "new@example.com"}):
        refused(await site.http.patch("/me", json=body, headers=me), 422, "malformed")


async def test_a_device_says_where_its_notifications_go(site: Site) -> None:
    me = await site.sign_in()
    at = f"/devices/{PHONE.id}/push"
    told = await site.http.put(at, json={"push_token": "t-1"}, headers=me)
    assert (told.status_code, told.json()["push"]) == (200, True)
    assert "t-1" not in told.text
    listed = (await site.get("/devices", headers=me)).json()["devices"]
    assert [(d["id"], d["name"], d["push"]) for d in listed] == [("device-1", "Pixel", True)]
    silent = await site.http.put(at, json={"push_token": None}, headers=me)
    assert silent.json()["push"] is False
    refused(await site.http.put(at, json={}, headers=me), 422, "malformed")


async def test_others_devices_do_not_exist(site: Site) -> None:
    await site.sign_in()
    thief = await site.sign_in("thief", STRANGER)
    at = f"/devices/{PHONE.id}/push"
    refused(await site.http.put(at, json={"push_token": "x"}, headers=thief), 404, "not_found")


async def test_the_newest_decision_of_a_kind_counts(site: Site) -> None:
    me = await site.sign_in()
    at = "/me/consents/marketing"
    for granted in (True, False):
        answer = await site.http.put(at, json={"granted": granted}, headers=me)
        assert answer.status_code == 204
    listed = (await site.get("/me/consents", headers=me)).json()["consents"]
    assert [(c["kind"], c["granted"]) for c in listed] == [("marketing", False)]
    refused(
        await site.http.put("/me/consents/Not%20one", json={"granted": True}, headers=me),
        422,
        "malformed",
    )


async def test_a_deleted_account_is_gone(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    refused(await site.http.delete("/me", headers=me), 409, "conflict")
    await site.post(f"/sessions/{quote['id']}/cancel", headers=me)
    assert (await site.http.delete("/me", headers=me)).status_code == 204
    refused(await site.get("/me", headers=me), 401, "unauthenticated")
