"""Whatever an operator sends, the answer is a problem with a code, and never our failure."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from tests.edge.console.conftest import TEXT
from tests.support.wrong_values import Request, fair, mutations

SITE: dict[str, Any] = json.loads(TEXT)
NASTY: list[Any] = [
    None, True, 0, -1, 10**30, 1e308, "", "x" * 6_000, "NaN", "1e400", [], {}, [None], ["x"],
    {"a": 1}, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "/", "\x00", "\ud800",
    "ü€😀", "\n", 0.1, "24:00",
]  # fmt: skip
RAW = [
    b"", b"null", b"1", b"[]", b'"x"', b"{", b"\xff", b"NaN", b'{"a":1e400}', b"[" * 100_000,
    b'{"a":' * 5_000, b'{"\\ud800":1}', b'{"\\u0000":1}', b'{"a":1,"a":2}', b"1e99999999999999",
    b'{"name":"\\ud800","roles":["CPO"]}',
]  # fmt: skip
PROFILE = {
    "unit": "W", "periods": [{"start_s": 0, "limit": "4000"}], "duration_s": 60,
    "start": "2026-05-04T12:00:00Z", "min_rate": 1,
}  # fmt: skip
BODIES: list[Request] = [
    ("POST", "/partners", {"name": "N", "roles": ["CPO"]}),
    ("POST", "/commands/start", {"location_id": "L", "evse_uid": "E", "token_uid": "T"}),
    ("POST", "/commands/stop", {"session_id": "s"}),
    ("POST", "/commands/unlock", {"location_id": "L", "evse_uid": "E", "connector_id": "1"}),
    ("POST", "/commands/reset", {"station_id": "S", "hard": True}),
    ("POST", "/sessions/s/bill", {"tariff_id": "T", "location_id": "L", "evse_uid": "E"}),
    ("PUT", "/sessions/s/profile", PROFILE),
    ("PUT", "/roaming/DE-TNC/sessions/s/profile", PROFILE),
    ("POST", "/deliveries/retry", {"destination": "partner:x"}),
    ("PUT", "/stations/NEW-1", {"password": "a-password-of-some-length"}),
    ("PUT", "/tariffs/STREET-AC", SITE["tariffs"][0]),
    ("PUT", "/locations/AMS-RING", SITE["locations"][1]),
    ("POST", "/import", SITE),
]


async def answered(api: httpx.AsyncClient, method: str, path: str, body: bytes) -> int:
    """The status of an answer, which is a fair one."""
    headers = {"Content-Type": "application/json"}
    return fair(await api.request(method, path, content=body, headers=headers))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mutated=mutations(BODIES, NASTY))
async def test_one_wrong_value_is_told_and_changes_nothing(
    api: httpx.AsyncClient, mutated: Request
) -> None:
    assert (await api.post("/import", content=TEXT)).status_code == 200
    before = [(await api.get(kind)).json() for kind in ("/locations", "/tariffs")]
    method, path, body = mutated
    status = await answered(api, method, path, json.dumps(body).encode())
    after = [(await api.get(kind)).json() for kind in ("/locations", "/tariffs")]
    if status >= 400:
        assert after == before


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: str(raw[:24]))
async def test_bodies_that_are_no_documents(api: httpx.AsyncClient, raw: bytes) -> None:
    for method, path, _ in BODIES:
        if not (path.startswith("/stations") and raw in {b"", b"null"}):
            assert await answered(api, method, path, raw) >= 400


@pytest.mark.parametrize(
    "segment", ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 3_000, "%2F", "%20", "%25", "%0d%0aX:y"]
)
async def test_addresses_that_are_none(api: httpx.AsyncClient, segment: str) -> None:
    for kind in ("locations", "tariffs", "stations", "sessions", "cdrs", "commands", "exchanges"):
        assert await answered(api, "GET", f"/{kind}/{segment}", b"") in {404, 422}
    await answered(api, "GET", f"/sessions/{segment}/profile", b"")
    await answered(api, "DELETE", f"/roaming/{segment}/sessions/{segment}/profile", b"")
    for kind in ("sessions", "cdrs"):
        await answered(api, "GET", f"/{kind}?after={segment}", b"")
    for field in ("partner", "correlation_id", "before"):
        await answered(api, "GET", f"/exchanges?{field}={segment}", b"")
    assert await answered(api, "POST", f"/exchanges/{segment}/resend", b"") in {404, 422}
    assert await answered(api, "DELETE", f"/tariffs/{segment}", b"") in {404, 422}
    assert await answered(api, "PUT", f"/stations/{segment}", b"{}") in {404, 405, 422}
