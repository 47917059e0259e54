"""What holds for the whole API: keys, tags, conditions, limits, examples."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.requests import Request

from app.domain.drivers import Identity
from app.use_cases.drivers import DeviceInfo
from mobile_api.etags import etag_of
from mobile_api.examples import REQUESTS
from mobile_api.limits import Limits
from mobile_api.rates import Rates
from mobile_api.site import build_driver_api
from tests.edge.mobile.conftest import CODE, STRANGER, Site, refused

Document = dict[str, Any]
KEYLESS: set[str] = set()
"""POSTs that take no Idempotency-Key; the provider's webhook is not in the document."""
LISTS_THAT_GROW = ("/sessions", "/reservations", "/reports", "/notices")


@pytest.fixture
def document(site: Site) -> Document:
    return build_driver_api(site.deps).openapi()


def operations(document: Document) -> list[tuple[str, str, Document]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_every_post_takes_a_key(document: Document) -> None:
    """D1, API quality: yours is missing? Take `once: OnceOnly` and answer through it."""
    posts = [(path, o) for method, path, o in operations(document) if method == "post"]
    keyless = {
        path
        for path, operation in posts
        if not any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
    }
    assert len(posts) > 20
    assert keyless == KEYLESS


async def test_lists_that_grow_are_paged(document: Document) -> None:
    for path in LISTS_THAT_GROW:
        names = {p["name"] for p in document["paths"][path]["get"]["parameters"]}
        assert {"before", "limit"} <= names, path


async def test_every_answer_is_documented(document: Document) -> None:
    for method, path, operation in operations(document):
        answers = operation["responses"]
        assert "application/problem+json" in answers["default"]["content"], path
        assert "Retry-After" in answers["429"]["headers"], path
        good = [code for code in answers if code.startswith("2")]
        assert good, (method, path)
        assert all("RateLimit" in answers[code]["headers"] for code in good), path
        tagged = method == "get" and "application/json" in answers[good[0]].get("content", {})
        assert ("304" in answers) is tagged, path
        changes = method in {"put", "patch"} and "application/json" in answers[good[0]].get(
            "content", {}
        )
        assert ("ETag" in answers[good[0]]["headers"]) is (tagged or changes), path


async def test_every_request_has_an_example_that_is_allowed(document: Document) -> None:
    """Yours is missing? Add it to REQUESTS in mobile_api/examples.py."""
    schemas = document["components"]["schemas"]
    named = set(re.findall(r"schemas/(\w+)'", str([
        operation.get("requestBody") for _, _, operation in operations(document)
    ])))  # fmt: skip
    assert named <= set(REQUESTS)
    for name in {n for n in schemas if "examples" in schemas[n]}:
        whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(whole).validate(schemas[name]["examples"][0])


async def test_what_a_phone_has_is_not_sent_again(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    paths = ("/me", f"/sessions/{quote['id']}", "/sessions", f"/codes/{CODE}",
             "/map?bbox=52,5,53,6")  # fmt: skip
    for path in paths:
        first = await site.get(path, headers=me)
        tag = first.headers["etag"]
        again = await site.get(path, headers=me | {"If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == tag
        other = await site.get(path, headers=me | {"If-None-Match": '"other"'})
        assert (other.status_code, other.content) == (200, first.content), path
    await site.post(f"/sessions/{quote['id']}/cancel", headers=me)
    path = f"/sessions/{quote['id']}"
    changed = await site.get(path, headers=me | {"If-None-Match": tag})
    assert changed.status_code == 200


async def test_the_time_of_asking_changes_no_tag() -> None:
    one, two = b'{"as_of":"2026-01-01","pins":[]}', b'{"as_of":"2026-01-02","pins":[]}'
    assert etag_of(one) == etag_of(two)
    assert etag_of(one) != etag_of(b'{"as_of":"2026-01-01","pins":[1]}')


async def test_two_phones_do_not_overwrite_each_other(site: Site) -> None:
    me = await site.sign_in()
    for path, change in (
        ("/me", {"language": "de"}),
        ("/me/notifications", {"categories": {"tips": False}}),
    ):
        read = (await site.get(path, headers=me)).headers["etag"]
        method = "PATCH" if path == "/me" else "PUT"
        mine = me | {"If-Match": read}
        first = await site.http.request(method, path, json=change, headers=mine)
        assert first.status_code == 200, first.text
        late = await site.http.request(method, path, json=change, headers=mine)
        refused(late, 412, "changed")
        anyway = await site.http.request(method, path, json=change, headers=me)
        assert anyway.status_code == 200


async def test_refusals_streams_and_files_are_not_tagged(site: Site) -> None:
    me = await site.sign_in()
    assert "etag" not in (await site.get("/nothing", headers=me)).headers
    assert "etag" not in (await site.get("/me/export", headers=me)).headers


async def test_every_answer_says_what_is_left(site: Site) -> None:
    me = await site.sign_in()
    first, second = await site.get("/me", headers=me), await site.get("/me", headers=me)
    assert first.headers["ratelimit-policy"] == '"address";q=6000;w=60, "driver";q=600;w=60'
    left = [re.findall(r"r=(\d+)", each.headers["ratelimit"]) for each in (first, second)]
    assert [int(a) - int(b) for a, b in zip(*left, strict=True)] == [1, 1]
    nonce = await site.post("/auth/nonce")
    assert '"sign_ins";r=19' in nonce.headers["ratelimit"]


async def test_a_driver_who_asks_too_often_waits_and_others_do_not(site: Site) -> None:
    me = await site.sign_in()
    other = await site.sign_in("other", STRANGER)
    limits = Limits(site.drive.clock, by_driver=2)
    site.deps.limits.drivers = limits.drivers
    for _ in range(2):
        assert (await site.get("/me", headers=me)).status_code == 200
    answer = await site.get("/me", headers=me)
    refused(answer, 429, "rate_limited")
    assert answer.headers["retry-after"] == "30"
    assert '"driver";r=0' in answer.headers["ratelimit"]
    assert (await site.get("/me", headers=other)).status_code == 200
    await site.drive.clock.advance(30)
    assert (await site.get("/me", headers=me)).status_code == 200


async def test_an_address_that_asks_too_often_is_turned_away_first(site: Site) -> None:
    sent: list[Any] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        assert Request(scope).state.rates
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    quota = Limits(site.drive.clock, by_address=1).addresses
    rates = Rates(app, quota)
    for _ in range(2):
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("1", 2)}
        await rates(scope, None, send)  # type: ignore[arg-type]
    starts = [m for m in sent if m["type"] == "http.response.start"]
    assert [m["status"] for m in starts] == [200, 429]
    headers = dict(starts[1]["headers"])
    assert headers[b"ratelimit"] == b'"address";r=0;t=60'
    assert headers[b"retry-after"] == b"60"


async def test_what_is_asked_twice_is_done_once(site: Site) -> None:
    """One key for one request: an exchange, a start, a card made default."""
    me = await site.sign_in()
    key = {"Idempotency-Key": "a-key-of-a-phone-1"}
    await site.drive.floor.connect()
    quote = await site.quote(me)
    for path, body in (
        ("/sessions", {"quote_id": quote["id"]}),
        (f"/sessions/{quote['id']}/cancel", None),
        ("/auth/nonce", None),
    ):
        named = me | {"Idempotency-Key": f"{key['Idempotency-Key']}{path[:9]}"}
        first = await site.post(path, body, headers=named)
        again = await site.post(path, body, headers=named)
        assert (first.status_code, again.content) == (again.status_code, first.content), path


async def test_a_repeated_refresh_is_told_the_same_for_half_a_minute(site: Site) -> None:
    """Then the copy of a used token is what it is: stolen."""
    device = DeviceInfo("device-00001", "ios")
    signed_in = await site.deps.drivers.sign_in(Identity("https://idp.example", "1"), device)
    body = {"refresh_token": signed_in.refresh_token, "device_id": device.id}
    key = {"Idempotency-Key": "a-key-of-a-phone-1"}
    first = await site.post("/auth/refresh", body, headers=key)
    again = await site.post("/auth/refresh", body, headers=key)
    assert first.status_code == 200
    assert again.json() == first.json()
    await site.drive.clock.advance(31)
    refused(await site.post("/auth/refresh", body, headers=key), 401, "unauthenticated")
