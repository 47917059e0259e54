"""Whatever a phone sends, the answer is a problem with a code, and never our failure."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.edge.mobile.conftest import CODE, Site
from tests.support.wrong_values import Request, fair, mutations

NASTY: list[Any] = [
    None, True, 0, -1, 10**30, 1e308, float("nan"), "", "x" * 6_000, "NaN", "1e400", [], {},
    [None], ["x"], {"a": 1}, "0001-01-01T00:00:00+14:00", "/", "\x00", "\ud800", "ü€😀", "\n",
    "a@b", "a\x00@b", "a,b@c.example", "\u202e",
]  # fmt: skip
RAW = [
    b"", b"null", b"1", b"[]", b'"x"', b"{", b"\xff", b"NaN", b'{"a":1e400}', b"[" * 60_000,
    b'{"a":' * 5_000, b'{"\\ud800":1}', b'{"\\u0000":1}', b"1e99999999999999", b"x" * 70_000,
    b'{"code":"\\ud800"}', b'{"refresh_token":"\\ud800","device_id":"12345678"}',
]  # fmt: skip
DEVICE = {"id": "a-device-id", "platform": "ios", "name": "N", "push_token": "t"}
BODIES: list[Request] = [
    ("POST", "/auth/exchange", {
        "provider": "simulated", "id_token": "a.b.c", "nonce": "n", "device": DEVICE
    }),
    ("POST", "/auth/refresh", {"refresh_token": "t", "device_id": "a-device-id"}),
    ("POST", "/auth/revoke", {"sign_in": "s"}),
    ("POST", "/quotes", {"code": CODE, "target_kwh": "10", "target_minutes": 5}),
    ("POST", "/quotes", {"party": "NL-RW1", "location_id": "L", "evse_uid": "E1"}),
    ("POST", "/guest/quotes", {"code": CODE, "connector_id": "1", "email": "a@b.example"}),
    ("POST", "/guest/sessions", {"quote_id": "q", "method": "pm", "email": "a@b.example"}),
    ("POST", "/sessions", {"quote_id": "q", "payment_method_id": "m"}),
    ("POST", "/sessions/s/pay", {"payment_method_id": "m"}),
    ("PUT", "/sessions/s/preferences", {
        "profile_type": "CHEAP", "departure": "2026-05-04T15:00:00Z", "energy_need_kwh": "10",
        "discharge_allowed": True,
    }),
    ("POST", "/payment-methods", {"reference": "r"}),
    ("PATCH", "/me", {"name": "N", "language": "en"}),
    ("PUT", "/devices/device-1/push", {"push_token": "t", "push_kind": "fcm_token"}),
    ("PUT", "/me/consents/news", {"granted": True}),
]  # fmt: skip
SEGMENTS = ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 3_000, "%2F", "%20", "%25"]


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mutated=mutations(BODIES, NASTY))
async def test_one_wrong_value_is_told(site: Site, mutated: Request) -> None:
    method, path, body = mutated
    me = await site.sign_in()
    await site.drive.floor.clock.advance(30)
    content = json.dumps(body)
    headers = {**me, "Content-Type": "application/json"}
    fair(await site.http.request(method, path, content=content, headers=headers))


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: str(raw[:24]))
async def test_bodies_that_are_no_documents(site: Site, raw: bytes) -> None:
    me = await site.sign_in()
    headers = {**me, "Content-Type": "application/json"}
    for method, path, _ in BODIES:
        if not path.endswith(("revoke", "/pay")) or raw not in {b"", b"null"}:
            answer = await site.http.request(method, path, content=raw, headers=headers)
            assert fair(answer) >= 400


@pytest.mark.parametrize("segment", SEGMENTS)
async def test_addresses_that_are_none(site: Site, segment: str) -> None:
    me = await site.sign_in()
    for path in (
        "/codes/{}", "/codes/{}/estimate", "/locations/NL-RW1/{}", "/locations/{}/x",
        "/sessions/{}", "/sessions/{}/receipt", "/sessions/{}/events", "/map?bbox={}",
    ):  # fmt: skip
        assert fair(await site.get(path.format(segment), headers=me)) >= 400
    for path in ("/sessions/{}/stop", "/sessions/{}/confirmed", "/payment-methods/{}/default"):
        assert fair(await site.post(path.format(segment), headers=me)) >= 400
    for path in ("/payment-methods/{}", "/auth/sessions/{}"):
        assert fair(await site.http.delete(path.format(segment), headers=me)) >= 400
    secret = {"Authorization": f"Bearer {segment}"}
    assert fair(await site.get("/sessions/s", headers=secret)) >= 400


@pytest.mark.parametrize(
    "before", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "-1", "%00", "1e400"]
)
async def test_times_that_are_none(site: Site, before: str) -> None:
    fair(await site.get(f"/sessions?before={before}", headers=await site.sign_in()))


@pytest.mark.parametrize(
    "token",
    ["a.b.c", "." * 100, "eyJhbGciOiJub25lIn0.e30.", "W" * 4_000 + ".e30.x", "e30.e30.e30",
     "WyI" + "W" * 3_000 + ".W10.x", "é.é.é", "eyJhbGciOiJFUzI1NiIsImtpZCI6WzFdfQ.e30.AA",
     "W1tb" * 4_000 + ".e30.AA"],
    ids=lambda token: token[:12],
)  # fmt: skip
async def test_tokens_that_are_none(site: Site, token: str) -> None:
    header = f"Bearer {token}".encode("latin-1", "replace")
    assert fair(await site.get("/me", headers={"Authorization": header})) == 401
    body = {"provider": "simulated", "id_token": token, "nonce": "n", "device": DEVICE}
    assert fair(await site.post("/auth/exchange", body)) in {401, 422}
