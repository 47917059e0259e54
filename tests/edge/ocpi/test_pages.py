"""Pages from memory: never older than the last commit, walked without gap or repetition."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace, EvseStatus
from app.domain.sessions import SessionStatus
from app.store.batch import apply
from app.store.locations import status_changes
from app.store.sessions import opened, saved
from app.store.transaction import Store
from ocpi.models.common import write_datetime
from tests.edge.ocpi.conftest import OURS, PUBLIC, TOKEN, Peer, World, answered
from tests.support.roaming_objects import (
    AN_OPERATOR,
    CPO,
    EARLIER,
    NOON,
    a_cdr,
    a_foreign_token,
    a_location,
    a_partner,
    a_session,
    a_tariff,
    a_token,
    an_evse,
)

LIST = "/cpo/2.2.1/locations"
SECOND = timedelta(seconds=1)


@pytest.fixture
def database_url(url_of_each_kind: str) -> str:
    """Of both kinds: what is remembered must follow both."""
    return url_of_each_kind


async def walk(peer: Peer, path: str, between: Callable[[], Awaitable[None]]) -> list[Any]:
    """Every object of a list, page by page along the links."""
    seen: list[Any] = []
    while path:
        response = await peer.get(path, **OURS)
        seen += answered(response)
        link = response.links.get("next", {}).get("url", "")
        assert link.startswith(PUBLIC) or not link
        path = link.removeprefix(f"{PUBLIC}/ocpi")
        await between()
    return seen


class Changes:
    """Random changes of a few locations, made here or in another process."""

    def __init__(self, stores: list[Store], seed: int) -> None:
        self.stores = stores
        self.random = Random(seed)
        self.now = NOON
        self.truth: dict[str, tuple[str, str, bool]] = {}

    async def make(self) -> None:
        """One change, and what it makes of the list."""
        self.now += SECOND
        name = f"L{self.random.randrange(8)}"
        store = self.random.choice(self.stores)
        known = self.truth.get(name)
        if known is None or self.random.random() < 0.4:
            publish = self.random.random() < 0.7
            title = f"Site {self.random.random()}"
            location = a_location(
                name, name=title, publish=publish, last_updated=self.now, evses=(an_evse(),)
            )
            async with store.transaction() as tx:
                await tx.locations.put(location)
            self.truth[name] = (title, "AVAILABLE", publish)
            return
        status = self.random.choice([s for s in EvseStatus if s.value != known[1]])
        await self._set_status(store, name, status)
        self.truth[name] = (known[0], status.value, known[2])

    async def _set_status(self, store: Store, name: str, status: EvseStatus) -> None:
        """By a transaction, or by what the group commit writes."""
        async with store.transaction() as tx:
            if self.random.random() < 0.5:
                await tx.locations.set_status(CPO, name, "E1", status, now=self.now)
                return
            place = EvsePlace(a_location(name), an_evse(), an_evse().connectors[0])
            await apply(tx.connection, status_changes(place, status, self.now))

    def published(self) -> dict[str, tuple[str, str]]:
        """What the list has to be."""
        return {n: (title, status) for n, (title, status, shown) in self.truth.items() if shown}


def _shown(locations: list[Any]) -> dict[str, tuple[str, str]]:
    return {loc["id"]: (loc["name"], loc["evses"][0]["status"]) for loc in locations}


@pytest.mark.parametrize("seed", range(3))
async def test_no_page_is_older_than_the_last_commit(
    peer: Peer, world: World, elsewhere: Store, seed: int
) -> None:
    """C-093, C-126: after each of many changes, here or elsewhere, the list is the truth."""
    changes = Changes([world.store, elsewhere], seed)
    for _ in range(40):
        for _ in range(changes.random.randrange(1, 3)):
            await changes.make()
        response = await peer.get(LIST, **OURS)
        assert _shown(answered(response)) == changes.published()
        assert response.headers["x-total-count"] == str(len(changes.published()))
        recent = await peer.get(f"{LIST}?date_from={write_datetime(changes.now)}", **OURS)
        for location in answered(recent):
            assert location["last_updated"] == write_datetime(changes.now)
            assert location["id"] in changes.published()


@pytest.mark.parametrize("path", [LIST, "/cpo/2.1.1/locations"])
async def test_slices_are_disjoint_while_objects_change(
    peer: Peer, world: World, elsewhere: Store, path: str
) -> None:
    """C-093, C-096, C-099: by offset and limit alone, in each version."""
    version = path.split("/")[2]
    await world.put_partner(a_partner(version=version), TOKEN)
    names = [f"L{number:02}" for number in range(11)]
    async with elsewhere.transaction() as tx:
        for name in names:
            await tx.locations.put(a_location(name))
    seen: list[str] = []
    for offset in range(0, 12, 3):
        response = await peer.get(f"{path}?offset={offset}&limit=3")
        seen += [location["id"] for location in answered(response)]
        assert response.headers["x-total-count"] == "11"
        assert ("link" in response.headers) is (offset + 3 < 11)
        async with elsewhere.transaction() as tx:
            await tx.locations.set_status(CPO, names[0], "E1", EvseStatus.BLOCKED, now=NOON)
            await tx.locations.put(a_location(names[-1], name=str(offset), last_updated=NOON))
    assert seen == names


async def test_links_lead_past_what_left_the_list(
    peer: Peer, world: World, elsewhere: Store
) -> None:
    """C-093, C-095: neither gap nor repetition when objects enter and leave a filtered list."""
    names = [f"L{number:02}" for number in range(9)]
    async with elsewhere.transaction() as tx:
        for name in names:
            moment = NOON if name in names[:2] else EARLIER
            await tx.locations.put(a_location(name, last_updated=moment))
    steps = iter([("L02", NOON), ("L00", EARLIER), ("L04", NOON), ("L08", NOON)])

    async def move() -> None:
        name, moment = next(steps, ("L09", NOON))
        async with elsewhere.transaction() as tx:
            await tx.locations.put(a_location(name, last_updated=moment))

    path = f"{LIST}?limit=2&date_to={write_datetime(NOON)}"
    seen = [location["id"] for location in await walk(peer, path, move)]
    assert seen == names[2:]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=%00", "after=1%3BDROP"])
async def test_a_place_that_is_none_is_2001(peer: Peer, world: World, query: str) -> None:
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
    answered(await peer.get(f"{LIST}?{query}"), 2001)


async def test_a_revoked_token_is_refused_at_once(
    peer: Peer, world: World, elsewhere: Store
) -> None:
    """Wherever it was revoked; and let in again as soon as it is valid."""
    answered(await peer.get(LIST))
    async with elsewhere.transaction() as tx:
        await tx.partners.put(a_partner(server_tokens=("of another token",)))
    answered(await peer.get(LIST), 2001, 401)
    await world.put_partner(a_partner(), TOKEN)
    answered(await peer.get(LIST))
    await world.partners.suspend(world.partner.id)
    answered(await peer.get(LIST), 2001, 401)


async def test_a_new_operator_is_there_at_once(peer: Peer, world: World, elsewhere: Store) -> None:
    """C-123."""
    other = PartyId("NL", "RW2")
    headers = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "RW2"}
    answered(await peer.get(LIST, **headers), 2001)
    async with elsewhere.transaction() as tx:
        await tx.operators.put(type(AN_OPERATOR)(other, "Second", EARLIER))
        await tx.locations.put(a_location("L2", party=other))
    assert [loc["id"] for loc in answered(await peer.get(LIST, **headers))] == ["L2"]


async def test_tariffs_and_cards_follow_as_well(
    peer: Peer, world: World, elsewhere: Store
) -> None:
    """C-181, C-190: written, changed and gone elsewhere; app tokens are nobody's business."""
    tariffs, tokens = "/cpo/2.2.1/tariffs", "/emsp/2.2.1/tokens"
    assert answered(await peer.get(tariffs)) == answered(await peer.get(tokens)) == []
    async with elsewhere.transaction() as tx:
        await tx.tariffs.put(a_tariff("T1"))
        await tx.tariffs.put(a_tariff("T2"))
        await tx.tokens.put(a_token("A"))
    assert [t["id"] for t in answered(await peer.get(tariffs))] == ["T1", "T2"]
    assert [(t["uid"], t["valid"]) for t in answered(await peer.get(tokens))] == [("A", True)]
    async with elsewhere.transaction() as tx:
        await tx.tariffs.delete(CPO, "T1")
        await tx.tokens.put(a_token("A", valid=False, last_updated=NOON))
    assert [t["id"] for t in answered(await peer.get(tariffs))] == ["T2"]
    assert [(t["uid"], t["valid"]) for t in answered(await peer.get(tokens))] == [("A", False)]


async def test_partners_see_their_own_sessions_and_cdrs(
    peer: Peer, world: World, elsewhere: Store
) -> None:
    """C-105, C-144, C-170: lists and totals, also for what is written while they are walked."""
    stranger = replace(a_foreign_token(), party=PartyId("DE", "XYZ")).ref
    over = SessionStatus.COMPLETED
    async with elsewhere.transaction() as tx:
        for number in range(5):
            session = a_session(f"s-{number}", status=over if number % 2 else SessionStatus.ACTIVE)
            await apply(tx.connection, [opened(session)])
            await tx.cdrs.add(a_cdr(f"c-{number}"))
        await apply(tx.connection, [opened(a_session("s-x", token=stranger))])
    added = iter(range(5, 7))

    async def add() -> None:
        if (number := next(added, None)) is not None:
            async with elsewhere.transaction() as tx:
                await tx.sessions.put(a_session(f"s-{number}", status=over))
                await tx.cdrs.add(a_cdr(f"c-{number}"))

    for module, letter, more in (("sessions", "s", add), ("cdrs", "c", add)):
        found = await walk(peer, f"/cpo/2.2.1/{module}?limit=2", more)
        assert [item["id"] for item in found] == [f"{letter}-{n}" for n in range(7)]
        last = await peer.get(f"/cpo/2.2.1/{module}?limit=2&offset=6")
        assert last.headers["x-total-count"] == "7"
        assert [item["id"] for item in answered(last)] == [f"{letter}-6"]
    async with elsewhere.transaction() as tx:
        await apply(tx.connection, [saved(a_session("s-0", status=over, last_updated=NOON))])
    recent = await peer.get(f"/cpo/2.2.1/sessions?date_from={write_datetime(NOON)}")
    assert [item["id"] for item in answered(recent)] == ["s-0"]
    assert recent.headers["x-total-count"] == "1"
