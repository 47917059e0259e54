"""Browsers and live activities register, are listed and leave; what was told can be read."""

from typing import Any

from app.domain.charging_triggers import NoticeKind as K
from app.domain.driver_notices import DriverNoticeKind
from app.use_cases.driver_notices import tell_driver
from mobile_api.site import build_driver_api
from tests.edge.mobile.conftest import CODE, ENDPOINT, STRANGER, Site, refused

KEYS = {"p256dh": "B" + "A" * 86, "auth": "A" * 22}
BROWSER = {"endpoint": f"{ENDPOINT}1", "keys": KEYS, "expirationTime": None, "language": "fr"}
ACTIVITY = {"token": "activity-1", "push_token": "install-1", "push_kind": "fid"}
KEY = {"Idempotency-Key": "one key for one call"}


async def test_a_driver_s_browser_comes_and_goes(site: Site) -> None:
    me, other = await site.sign_in(), await site.sign_in("other", STRANGER)
    assert (await site.get("/push/key")).json() == {"key": "BKey"}
    made = await site.post("/push/subscriptions", BROWSER, headers=me | KEY)
    assert made.status_code == 201, made.text
    again = await site.post("/push/subscriptions", BROWSER, headers=me | KEY)
    assert again.json() == made.json()
    listed = (await site.get("/push/subscriptions", headers=me)).json()["subscriptions"]
    assert listed == [made.json()]
    assert (listed[0]["language"], listed[0]["session_id"]) == ("fr", None)
    assert "auth" not in str(listed)
    path = f"/push/subscriptions/{listed[0]['id']}"
    refused(await site.http.delete(path, headers=other), 404, "not_found")
    assert (await site.http.delete(path, headers=me)).status_code == 204
    assert (await site.get("/push/subscriptions", headers=me)).json() == {"subscriptions": []}


async def test_a_browser_belongs_to_whoever_signed_in_last(site: Site) -> None:
    me, other = await site.sign_in(), await site.sign_in("other", STRANGER)
    await site.post("/push/subscriptions", BROWSER, headers=me)
    await site.post("/push/subscriptions", BROWSER, headers=other)
    assert (await site.get("/push/subscriptions", headers=me)).json()["subscriptions"] == []


async def test_endpoints_in_our_own_network_are_refused(site: Site) -> None:
    """Only known push services may be named: anything else could be a machine of ours."""
    me = await site.sign_in()
    inside = BROWSER | {"endpoint": "http://169.254.169.254/latest"}
    problem = refused(
        await site.post("/push/subscriptions", inside, headers=me), 400, "invalid_input"
    )
    assert "endpoint" in str(problem)
    bad = BROWSER | {"keys": KEYS | {"auth": "short"}}
    assert (await site.post("/push/subscriptions", bad, headers=me)).status_code == 422
    assert (await site.post("/push/subscriptions", BROWSER)).status_code == 401


async def test_too_many_browsers(site: Site) -> None:
    me = await site.sign_in()
    answers = [
        await site.post(
            "/push/subscriptions", BROWSER | {"endpoint": f"{ENDPOINT}{i}"}, headers=me
        )
        for i in range(11)
    ]
    assert [answer.status_code for answer in answers] == [201] * 10 + [409]


async def test_a_guest_is_told_of_one_session(site: Site) -> None:
    """Product §1.3: a guest without an account may have Web Push for their session."""
    await site.drive.floor.connect()
    quote = (await site.post("/guest/quotes", {"code": CODE})).json()
    site.http.cookies.clear()
    me = {"Authorization": f"Bearer {quote['secret']}"}
    path = f"/sessions/{quote['id']}/push-subscriptions"
    made = await site.post(path, BROWSER, headers=me)
    assert made.status_code == 201, made.text
    assert made.json()["session_id"] == quote["id"]
    assert (await site.get(path, headers=me)).json()["subscriptions"] == [made.json()]
    assert (await site.post(path, BROWSER)).status_code == 401
    stranger = {"Authorization": "Bearer anothers-secret"}
    refused(await site.post(path, BROWSER, headers=stranger), 404, "not_found")
    one = f"{path}/{made.json()['id']}"
    assert (await site.http.delete(one, headers=me)).status_code == 204
    refused(await site.http.delete(one, headers=me), 404, "not_found")


async def test_live_activities_of_a_session(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    path = f"/sessions/{quote['id']}/live-activities"

    async def put(device: str, body: Any) -> Any:
        return await site.http.put(f"{path}/{device}", json=body, headers=me)

    assert (await put("device-1", ACTIVITY)).json() == {
        "device_id": "device-1",
        "begun": True,
        "told_state": None,
        "told_at": None,
    }
    assert (await put("device-1", ACTIVITY | {"token": "activity-2"})).status_code == 200
    listed = (await site.get(path, headers=me)).json()["live_activities"]
    assert [each["device_id"] for each in listed] == ["device-1"]
    assert "activity-2" not in str(listed)
    for number in range(2, 11):
        await put(f"device-{number}", ACTIVITY)
    assert (await put("device-11", ACTIVITY)).status_code == 409
    assert (await site.http.delete(f"{path}/device-1", headers=me)).status_code == 204
    refused(await site.http.delete(f"{path}/device-1", headers=me), 404, "not_found")


async def test_what_live_activities_are_begun_with(site: Site) -> None:
    me, other = await site.sign_in(), await site.sign_in("other", STRANGER)
    path = "/devices/device-1/live-activity-start"
    for token in ("begin-1", None, "begin-2"):
        assert (await site.http.put(path, json={"token": token}, headers=me)).status_code == 204
    refused(await site.http.put(path, json={"token": "x"}, headers=other), 404, "not_found")
    async with site.drive.store.reading() as tx:
        assert (await tx.drivers.devices.need("device-1")).activity_token == "begin-2"


async def test_what_was_told_can_be_read(site: Site) -> None:
    """Product §1.6, channel in-app: what no phone took, or was sent to, is listed all the same."""
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    store, clock = site.drive.store, site.drive.clock
    for number in range(5):
        await clock.advance(60)
        async with store.transaction() as tx:
            await tell_driver(
                tx,
                "d-1",
                DriverNoticeKind.ISSUE_UPDATE,
                subject=f"issue-{number}",
                fields={"place": "Site", "answer": f"Answer {number}"},
                now=clock.now(),
            )
    async with store.transaction() as tx:
        for kind in (K.START_FAILED, K.HOLD_RELEASED, K.RECEIPT_MAILED):
            await tx.drivers.notices.add(quote["id"], kind, clock.now())
    seen, before = [], ""
    while True:
        page = (await site.get(f"/notices?limit=2{before}", headers=me)).json()
        seen += page["notices"]
        if page["next"] is None:
            break
        assert len(page["notices"]) == 2, "also where three were told at one moment"
        before = f"&before={page['next']}"
    assert seen.pop()["kind"] == "account.security", "the sign-in itself"
    assert sorted(n["kind"] for n in seen) == ["hold.released"] + ["issue.update"] * 5 + [
        "session.start_failed"
    ]
    assert [n["body"] for n in seen if n["subject"]] == [
        f"Site: Answer {number}" for number in (4, 3, 2, 1, 0)
    ]
    assert {n["session_id"] for n in seen} == {None, quote["id"]}
    refused(await site.get("/notices"), 401, "unauthenticated")
    for wrong in ("2026-05-01T00:00:00Z", "eA", quote["id"]):
        refused(await site.get(f"/notices?before={wrong}", headers=me), 400, "invalid_input")
        refused(await site.get(f"/reports?before={wrong}", headers=me), 400, "invalid_input")


def test_the_document_shows_how_to_be_told(site: Site) -> None:
    """Issue D1, OpenAPI with examples: requests, answers and paths about notifications."""
    document = build_driver_api(site.deps).openapi()
    schemas = document["components"]["schemas"]
    shown = 0
    for methods in document["paths"].values():
        for operation in methods.values():
            if operation.get("tags") != ["notifications"]:
                continue
            parts = [each for each in operation.get("parameters", []) if each["in"] == "path"]
            assert all(each["schema"]["examples"] for each in parts), operation["operationId"]
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            good = [a for code, a in operation["responses"].items() if code.startswith("2")]
            for each in (*bodies, *good):
                for content in each.get("content", {}).values():
                    name = content["schema"]["$ref"].rpartition("/")[2]
                    (example,) = schemas[name]["examples"]
                    assert "text" not in str(example).replace("'text':", ""), name
                    shown += 1
    assert shown >= 12
