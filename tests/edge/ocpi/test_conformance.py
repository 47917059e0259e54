"""Points of OCPI that are of no one module: every answer, every list, every place."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.cdrs import Cdr
from app.domain.errors import NotFound
from app.domain.sessions import Session
from app.queries.map import Box, Map
from ocpi.models.common import write_datetime
from ocpi.wire.documents import decode
from tests.edge.ocpi.conftest import PUBLIC, Peer, World, answered
from tests.support.roaming_documents import (
    location_document,
    session_document,
    tariff_document,
    token_document,
)
from tests.support.roaming_objects import (
    EARLIER,
    NOON,
    THEIR_CPO,
    a_cdr,
    a_location,
    a_session,
    a_tariff,
    a_token,
)

EUROPE = Box(Decimal(40), Decimal(0), Decimal(60), Decimal(20))
LISTS = {
    "locations": "/cpo/2.2.1/locations",
    "sessions": "/cpo/2.2.1/sessions",
    "cdrs": "/cpo/2.2.1/cdrs",
    "tariffs": "/cpo/2.2.1/tariffs",
    "tokens": "/emsp/2.2.1/tokens",
}

EVERY_KIND = [
    ("GET", "/versions", None, 200),
    ("GET", "/2.2.1", None, 200),
    ("GET", "/cpo/2.2.1/locations", None, 200),
    ("PUT", "/emsp/2.2.1/tariffs/DE/TNC/12", tariff_document(), 201),
    ("PUT", "/emsp/2.2.1/tariffs/DE/TNC/12", {}, 200),
    ("PUT", "/emsp/2.2.1/tariffs/DE/TNC/12", b"{", 400),
    ("GET", "/emsp/2.2.1/tariffs/DE/TNC/13", None, 404),
    ("DELETE", "/emsp/2.2.1/sessions/DE/TNC/13", None, 405),
    ("GET", "/nowhere", None, 404),
    ("POST", "/emsp/2.2.1/tokens/nobody/authorize", None, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "http"), EVERY_KIND)
async def test_every_answer_is_json_of_this_moment(  # noqa: PLR0917 - a table
    peer: Peer, world: World, method: str, path: str, body: Any, http: int
) -> None:
    """§10.26.

    C-009, C-010, C-011, §10.2, §10.21: also refusals, and never a 204 or a compressed one.
    """
    world.clock.set(NOON + timedelta(minutes=7))
    answer = await peer.call(method, path, body, **{"Accept-Encoding": "gzip, deflate, br"})
    assert answer.status_code == http
    assert answer.headers["content-type"].partition(";")[0] == "application/json"
    assert "content-encoding" not in answer.headers
    envelope = decode(answer.content)
    assert isinstance(envelope["status_code"], int)
    assert envelope["timestamp"] == "2026-05-04T12:07:00Z"
    assert answer.headers["x-request-id"] == "req-1"


async def test_asking_for_versions_changes_nothing(peer: Peer, world: World) -> None:
    """C-058: however often it is done."""
    async with world.store.reading() as tx:
        before = [await tx.partners.need(each) for each in ("p-1", "p-2")]
    heard = replace(before[0], last_seen=world.clock.now())
    answers = {(await peer.get(path)).text for path in ("/versions", "/versions/") * 5}
    assert len(answers) == 1
    async with world.store.reading() as tx:
        after = [await tx.partners.need(each) for each in ("p-1", "p-2")]
    assert after == [heard, before[1]]


# ---------------------------------------------------------------- lists

MANY = 7


@pytest.fixture
async def many(world: World) -> World:
    """Seven of everything, made one after the other and changed in another order."""
    async with world.store.transaction() as tx:
        for number in range(MANY):
            changed = EARLIER + timedelta(minutes=(number * 3) % MANY)
            await tx.locations.put(a_location(f"L{number}", evses=(), last_updated=changed))
            await tx.tariffs.put(a_tariff(f"T{number}", last_updated=changed))
            await tx.tokens.put(a_token(f"A{number}", last_updated=changed))
            await tx.sessions.put(_session(number))
            await tx.cdrs.add(_cdr(number))
    return world


def _session(number: int) -> Session:
    return replace(a_session(f"s-{number}"), last_updated=NOON + timedelta(minutes=number))


def _cdr(number: int) -> Cdr:
    return replace(a_cdr(f"c-{number}"), session_id=f"s-{number}")


def _ids(documents: list[dict[str, Any]]) -> list[str]:
    return [document.get("id") or document["uid"] for document in documents]


async def _pages(peer: Peer, path: str) -> AsyncIterator[tuple[list[str], str]]:
    """The pages that the links lead through, with the total that each names."""
    while path:
        answer = await peer.get(path)
        yield _ids(answered(answer)), answer.headers["x-total-count"]
        path = answer.links.get("next", {}).get("url", "").removeprefix(f"{PUBLIC}/ocpi")


@pytest.mark.parametrize("module", LISTS)
async def test_slices_and_links_give_the_whole_list(peer: Peer, many: World, module: str) -> None:
    """C-093, C-096, I-22, I-23: each object once, in one order, as many as the total says."""
    whole = _ids(answered(await peer.get(LISTS[module])))
    assert len(whole) == len(set(whole)) == MANY
    for limit in (1, 2, 3, MANY - 1, MANY, MANY + 1):
        pages = [page async for page in _pages(peer, f"{LISTS[module]}?limit={limit}")]
        assert [each for ids, _ in pages for each in ids] == whole
        assert {total for _, total in pages} == {str(MANY)}
        offsets = range(0, MANY + limit, limit)
        sliced = [
            _ids(answered(await peer.get(f"{LISTS[module]}?offset={at}&limit={limit}")))
            for at in offsets
        ]
        assert [each for ids in sliced for each in ids] == whole


@pytest.mark.parametrize("module", LISTS)
async def test_dates_are_kept_by_the_links(peer: Peer, many: World, module: str) -> None:
    """C-095, C-096, C-098: a filtered list is followed to its own end."""
    begin, end = write_datetime(EARLIER + timedelta(minutes=2)), "2026-05-04T12:05:00Z"
    query = f"date_from={begin}&date_to={end}"
    whole = _ids(answered(await peer.get(f"{LISTS[module]}?{query}")))
    assert 2 < len(whole) < MANY + 1
    pages = [page async for page in _pages(peer, f"{LISTS[module]}?{query}&limit=2")]
    assert [each for ids, _ in pages for each in ids] == whole
    assert {total for _, total in pages} == {str(len(whole))}


# ---------------------------------------------------------------- what drivers see

PRIVATE = [
    {"publish": False},
    {"publish": False, "publish_allowed_to": [{"uid": "04AABBCC", "type": "RFID"}]},
    {"publish": False, "publish_allowed_to": [{"visual_number": "1234", "issuer": "Others"}]},
]


@pytest.mark.parametrize("private", PRIVATE)
async def test_private_places_are_on_no_map(
    peer: Peer, world: World, private: dict[str, Any]
) -> None:
    """C-135: our drivers' tokens are made for each start, so no entry can match one of them."""
    path, places = "/emsp/2.2.1/locations/DE/TNC/LOC1", Map(world.store)
    answered(await peer.put(path, location_document()), http=201)
    assert len((await places.view(EUROPE, NOON)).pins) == 1
    later = "2026-05-04T11:00:00Z"
    document = location_document(**private, last_updated=later)
    answered(await peer.put(path, document))
    assert (await places.view(EUROPE, NOON)).pins == []
    with pytest.raises(NotFound):
        await places.sheet(THEIR_CPO, "LOC1", NOON)
    kept = answered(await peer.get(path))
    assert kept.get("publish_allowed_to") == private.get("publish_allowed_to")


# ---------------------------------------------------------------- traps

CI = {
    "/emsp/2.2.1/tariffs/DE/TNC/12": tariff_document(),
    "/emsp/2.2.1/sessions/DE/TNC/101": session_document(),
    "/emsp/2.2.1/locations/DE/TNC/LOC1": location_document(),
    "/cpo/2.2.1/tokens/DE/TNM/012345678": token_document(),
}


@pytest.mark.parametrize("path", CI)
async def test_bodies_of_get_and_delete_are_ignored(peer: Peer, path: str) -> None:
    """C-121, I-26, §10.22: and what is not for deleting stays."""
    answered(await peer.put(path, CI[path]), http=201)
    before = answered(await peer.call("GET", path, b"{ no json"))
    gone = await peer.call("DELETE", path, b"{ no json")
    if "tariffs" in path:
        answered(gone)
    else:
        answered(gone, 2000, 405)
        assert answered(await peer.get(path)) == before


@pytest.mark.parametrize("path", CI)
async def test_ids_mean_the_same_in_any_case(peer: Peer, path: str) -> None:
    """C-024, C-025, §10.6: found in any case, shown in the owner's."""
    answered(await peer.put(path, CI[path]), http=201)
    head, _, tail = path.partition("/2.2.1/")
    module, _, ids = tail.partition("/")
    other = f"{head}/2.2.1/{module}/{ids.swapcase()}"
    assert answered(await peer.get(other)) == answered(await peer.get(path))
    answered(await peer.put(other, CI[path]))


async def test_what_nobody_asked_for_is_not_believed(peer: Peer, many: World) -> None:
    """§10.19: links are built from the configured address, whatever a request says of its host."""
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    answer = await peer.get("/cpo/2.2.1/locations?limit=1", **forged)
    assert answer.links["next"]["url"].startswith(f"{PUBLIC}/ocpi/cpo/2.2.1/locations?")
    listed = answered(await peer.get("/versions", **forged))
    assert all(each["url"].startswith(f"{PUBLIC}/") for each in listed)


async def test_links_stay_well_formed(peer: Peer, many: World) -> None:
    """§10.20: whatever the query holds."""
    answer = await peer.get(
        "/cpo/2.2.1/locations?limit=1&x=%3E%2C%3B%22&date_from=2026-01-01T00:00:00Z"
    )
    (link,) = answer.links.values()
    assert (link["rel"], answer.headers["link"].count("<")) == ("next", 1)
    assert len(answered(await peer.get(link["url"].removeprefix(f"{PUBLIC}/ocpi")))) == 1
