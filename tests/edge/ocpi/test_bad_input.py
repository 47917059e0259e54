"""Whatever a partner sends, the answer is an envelope, and never our failure (C-286)."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from app.domain.stations import Station
from ocpi.wire.documents import decode, encode
from tests.edge.ocpi.conftest import Peer, World
from tests.support.roaming_documents import (
    cdr_document,
    connector_document,
    evse_document,
    location_document,
    session_document,
    tariff_document,
    token_document,
)
from tests.support.roaming_objects import CPO, a_location, a_session, an_evse
from tests.support.wrong_values import Request, mutations

RECEIVER, CPO_SIDE = "/emsp/2.2.1", "/cpo/2.2.1"
ANSWERED = {200, 201, 400, 404, 405}
CALLBACK = "https://them.example/callback"
NASTY: list[Any] = [
    None, True, 0, -1, 10**30, -(10**30), 1.5, "", "x" * 6_000, "NaN", "1e400", [], {}, [None],
    ["x"], {"a": 1}, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+99:99", "/", "%00", "ü€😀", "\n",
]  # fmt: skip
PROFILE = {
    "charging_rate_unit": "W", "start_date_time": "2026-05-04T12:00:00Z", "duration": 3600,
    "min_charging_rate": 1380,
    "charging_profile_period": [{"start_period": 0, "limit": 4000}],
}  # fmt: skip
_ANSWERED_ONLY = re.compile(
    "/commands/|/chargingprofiles/|/charging_preferences|/authorize|/cdrs$"
)
TARGETS: list[Request] = [
    ("PUT", f"{RECEIVER}/locations/DE/TNC/LOC1", location_document()),
    ("PUT", f"{RECEIVER}/locations/DE/TNC/LOC1/3256", evse_document("3256")),
    ("PUT", f"{RECEIVER}/locations/DE/TNC/LOC1/3256/1", connector_document()),
    ("PATCH", f"{RECEIVER}/locations/DE/TNC/LOC1", location_document()),
    ("PUT", f"{RECEIVER}/tariffs/DE/TNC/12", tariff_document()),
    ("PUT", f"{RECEIVER}/sessions/DE/TNC/101", session_document()),
    ("PATCH", f"{RECEIVER}/sessions/DE/TNC/101", session_document()),
    ("POST", f"{RECEIVER}/cdrs", cdr_document()),
    ("PUT", f"{CPO_SIDE}/tokens/DE/TNM/012345678", token_document()),
    ("PATCH", f"{CPO_SIDE}/tokens/DE/TNM/012345678", token_document()),
    (
        "POST",
        f"{CPO_SIDE}/commands/START_SESSION",
        {"response_url": CALLBACK, "token": token_document(), "location_id": "L1"},
    ),
    ("POST", f"{CPO_SIDE}/commands/STOP_SESSION", {"response_url": CALLBACK, "session_id": "s"}),
    ("POST", f"{RECEIVER}/commands/START_SESSION/c-1", {"result": "ACCEPTED"}),
    ("POST", f"{RECEIVER}/tokens/04AABBCC/authorize", {"location_id": "L1", "evse_uids": ["E1"]}),
    (
        "PUT",
        f"{CPO_SIDE}/chargingprofiles/s-1",
        {"charging_profile": PROFILE, "response_url": CALLBACK},
    ),
    (
        "PUT",
        f"{RECEIVER}/chargingprofiles/101",
        {"start_date_time": "2026-05-04T12:00:00Z", "charging_profile": PROFILE},
    ),
    ("POST", f"{RECEIVER}/chargingprofiles/results/k-1", {"result": "ACCEPTED"}),
    (
        "PUT",
        f"{CPO_SIDE}/sessions/s-1/charging_preferences",
        {
            "profile_type": "CHEAP",
            "departure_time": "2026-05-04T15:00:00Z",
            "energy_need": 10,
            "discharge_allowed": False,
        },
    ),
]
RAW = [
    b'{"a":1e400}', b'{"a":1e999999999999999999999}', b'{"id":"\\u0000"}', b'{"id":"\\ud800"}',
    b'{"a":NaN}', b"[" * 40 + b"]" * 40, b"[" * 100_000, b'{"a":' + b"9" * 100 + b"}",
    b'{"a":1,"a":2}', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"null", b"1", b'"x"', b"[]",
]  # fmt: skip
SEGMENTS = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF",
    "x" * 3_000,
    "%2F",
    "%20",
    "%25",
    "..",
    "%0d%0aX:y",
]


async def spoken(peer: Peer, method: str, path: str, body: Any = None) -> int:
    """The status of an answer that is a proper one; asserts that it is no failure of ours."""
    answer = await peer.call(method, path, body)
    envelope = decode(answer.content)
    assert answer.status_code in ANSWERED, (method, path, body, answer.text)
    assert 1000 <= envelope["status_code"] < 3000, (method, path, body, answer.text)
    return int(envelope["status_code"])


@pytest.fixture
async def furnished(peer: Peer, world: World) -> Peer:
    """Objects of the partner's that can be changed, and a location of ours."""
    async with world.store.transaction() as tx:
        able = ("CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE")
        await tx.locations.put(a_location(evses=(an_evse("E1", capabilities=able),)))
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
        await tx.sessions.put(a_session("s-1", station_id="ST-1", transaction="12"))
    for method, path, document in TARGETS:
        if method == "PUT":
            assert await spoken(peer, method, path, document) == 1000
    return peer


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mutated=mutations(TARGETS, NASTY, at_most=2))
async def test_one_wrong_value_is_told_and_harms_nothing(
    furnished: Peer, mutated: Request
) -> None:
    """§10.1: what was taken can be read again, and what was refused changed nothing."""
    method, path, document = mutated
    kept = not _ANSWERED_ONLY.search(path)
    before = (await furnished.get(path)).content if kept else b""
    status = await spoken(furnished, method, path, document)
    if not kept:
        return
    after = (await furnished.get(path)).content
    assert 1000 <= decode(after)["status_code"] < 3000
    if status == 1000:
        assert _data(after) is not None
    else:
        assert _data(after) == _data(before)


def _data(content: bytes) -> bytes | None:
    """The object in an answer, None when there is none (a PUT may take an EVSE away)."""
    return encode(decode(content)["data"]) if "data" in decode(content) else None


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: str(raw[:24]))
async def test_bodies_that_are_no_documents(furnished: Peer, raw: bytes) -> None:
    for method, path, _ in TARGETS:
        assert await spoken(furnished, method, path, raw) >= 2000


@pytest.mark.parametrize("segment", SEGMENTS)
async def test_addresses_that_are_none(furnished: Peer, segment: str) -> None:
    for module in ("locations", "sessions", "tariffs", "cdrs"):
        await spoken(furnished, "GET", f"{RECEIVER}/{module}/DE/TNC/{segment}")
        await spoken(furnished, "GET", f"{CPO_SIDE}/{module}/{segment}")
        await spoken(furnished, "PUT", f"{RECEIVER}/{module}/{segment}/{segment}/x", {"a": 1})
    await spoken(furnished, "POST", f"{RECEIVER}/tokens/{segment}/authorize")
    await spoken(furnished, "POST", f"{CPO_SIDE}/commands/{segment}", {"a": 1})
    for side in (CPO_SIDE, RECEIVER):
        await spoken(furnished, "PUT", f"{side}/chargingprofiles/{segment}", {"a": 1})
    address = f"duration={segment[:200]}&response_url={segment[:200]}"
    await spoken(furnished, "GET", f"{CPO_SIDE}/chargingprofiles/{segment}?{address}")
    await spoken(furnished, "DELETE", f"{CPO_SIDE}/chargingprofiles/s-1?{address}")


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1", "limit=0", "limit=1e5", "limit=99999999999999999999", "limit=%C2%B2",
        "offset=99999999999999999999", "offset=4611686018427387904", "limit=%00",
        "date_from=0001-01-01T00:00:00Z", "date_to=9999-12-31T23:59:59-14:00", "date_from=%00",
        "date_from=2026-13-01T00:00:00Z", "date_from=0001-01-01T00:00:00%2B14:00",
    ],
)  # fmt: skip
async def test_queries_that_are_none(furnished: Peer, query: str) -> None:
    for module in ("locations", "sessions", "tariffs", "cdrs"):
        assert await spoken(furnished, "GET", f"{CPO_SIDE}/{module}?{query}") in {1000, 2001}
    await spoken(furnished, "GET", f"{RECEIVER}/tokens?{query}")
