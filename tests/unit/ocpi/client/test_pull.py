"""Lists are pulled page by page, whatever the Link holds; bad objects are left out."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import InvalidInput, PartnerUnavailable
from app.domain.partners import Partner, PartnerRole, PartnerState, Quirk, Role
from app.domain.tokens import Token
from app.store.transaction import Store
from app.use_cases.hub_clients import HubClients
from app.use_cases.partners import Partners, Platform
from app.use_cases.pulls import Pulls
from ocpi.client.exchange import PartnerCalls
from ocpi.client.hub_clients import HubDirectory
from ocpi.client.keeping import Keeping
from ocpi.client.pull import Pull
from tests.support.clock import FakeClock
from tests.support.pulling import a_book
from tests.support.roaming_documents import location_document, tariff_document
from tests.support.roaming_objects import AN_OPERATOR, EMSP
from tests.support.scripted_partner import Received, Say, ScriptedPartner

TOKEN = {
    "country_code": "DE",
    "party_id": "TNM",
    "uid": "DEADBEEF",
    "type": "RFID",
    "contract_id": "DE-TNM-C1",
    "issuer": "Them",
    "valid": True,
    "whitelist": "ALLOWED",
    "last_updated": "2026-05-04T10:00:00Z",
}


@dataclass
class Kept:
    """Stands for the use-cases, and remembers what it was given."""

    ids: list[str] = field(default_factory=list)
    refuse: str | None = None

    async def accept(self, *items: Any) -> None:
        if items[-1].id == self.refuse:
            raise InvalidInput("id", "not that one")
        self.ids.append(items[-1].id)

    async def accept_put(self, _partner: Partner, item: Any) -> None:
        self.ids.append(item.uid if isinstance(item, Token) else item.id)


@dataclass
class Desk:
    store: Store
    pull: Pull
    kept: Kept
    book: Pulls
    clock: FakeClock
    them: ScriptedPartner
    sealer: FernetSealer

    async def register(self, **changes: Any) -> None:
        async with self.store.transaction() as tx:
            await tx.partners.put(self.them.partner(self.sealer, **changes))

    async def state(self) -> PartnerState:
        async with self.store.reading() as tx:
            return (await tx.partners.need("p-1")).state


@pytest.fixture
async def desk(
    store: Store, calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> Desk:
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    clock = FakeClock()
    partners = Partners(store, sealer, clock, platform=platform)
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    kept = Kept()
    book = a_book(store, clock, sealer)
    keeping = Keeping(locations=kept, tariffs=kept, tokens=kept, sessions=kept, cdrs=kept)
    pull = Pull(
        calls,
        partners,
        clock,
        keeping=keeping,
        book=book,
        directory=HubDirectory(calls, HubClients(store)),
    )
    made = Desk(store, pull, kept, book, clock, them, sealer)
    await made.register()
    return made


def lists(them: ScriptedPartner, **pages: list[Any]) -> None:
    """Answer each module with these objects, one a page, by an opaque Link."""

    def answer(request: Received) -> Say:
        path, _, query = request.path.partition("?")
        items = pages.get(path.rpartition("/")[2], [])
        number = int(query.partition("cursor=")[2].partition("%")[0] or 0)
        more = number + 1 < len(items)
        link = f'Link: <{them.url}{path}?cursor={number + 1}%2Fopaque&q=a+b>; rel="next"'
        return Say(items[number : number + 1], headers=(link,) if more else ())

    them.answers = answer


async def test_everything_of_a_partner_is_pulled(desk: Desk) -> None:
    """C-102, C-103: Link as it stands, short pages are no end; addressed to each party."""
    lists(
        desk.them,
        tariffs=[tariff_document("T1")],
        locations=[location_document("L1"), location_document("L2"), location_document("L3")],
        tokens=[TOKEN],
    )
    pulled = await desk.pull.first("p-1")
    assert desk.kept.ids == ["T1", "L1", "L2", "L3", "DEADBEEF"]
    assert pulled.kept == {"tariffs": 1, "locations": 3, "tokens": 1}
    paths = [path for _, path in desk.them.asked]
    assert "/sender/locations?cursor=1%2Fopaque&q=a+b" in paths
    headers = {r.path.partition("?")[0]: r.headers for r in desk.them.received}
    assert headers["/sender/locations"]["ocpi-to-party-id"] == "TNC"
    assert headers["/sender/locations"]["ocpi-from-party-id"] == "RWD"
    assert headers["/sender/tokens"]["ocpi-to-party-id"] == "TNM"
    assert headers["/sender/tokens"]["ocpi-from-party-id"] == "RW1"


async def test_bad_objects_are_left_out(desk: Desk) -> None:
    """C-104, I-28, I-29: invalid, refused, somebody else's, no object at all."""
    desk.kept.refuse = "L4"
    lists(
        desk.them,
        locations=[
            location_document("L1", address=None),
            location_document("L2", country_code="FR"),
            "nonsense",
            location_document("L4"),
            location_document("L5"),
        ],
    )
    pulled = await desk.pull.first("p-1")
    assert desk.kept.ids == ["L5"]
    assert pulled.skipped == {"locations": 4}


async def test_a_refresh_asks_for_what_changed(desk: Desk) -> None:
    """From the time of the last first page, with an overlap."""
    lists(desk.them, locations=[location_document("L1")])
    await desk.pull.refresh("p-1")
    assert [path for _, path in desk.them.asked if "date_from" in path] == [
        "/sender/sessions?date_from=2026-04-04T12%3A00%3A00Z&limit=100"
    ]
    desk.them.received.clear()
    await desk.pull.refresh("p-1")
    firsts = [path for _, path in desk.them.asked if "locations" in path]
    assert firsts == ["/sender/locations?date_from=2026-05-04T11%3A55%3A00Z&limit=100"]


async def test_progress_outlives_the_process(desk: Desk) -> None:
    """C-107: it is written when a list came to its end, and read by whoever pulls next."""
    lists(desk.them, locations=[location_document("L1")])
    await desk.pull.first("p-1")
    book = {p.module: p for p in await desk.book.of_partner("p-1")}
    assert book.keys() == {"tariffs", "locations", "tokens", "sessions", "cdrs"}
    assert book["locations"].whole_at == desk.clock.now()
    assert book["locations"].since == desk.clock.now() - timedelta(minutes=5)


async def test_everything_is_asked_for_again_after_a_day(desk: Desk) -> None:
    """I-24: some owners do not touch last_updated; but lists that only grow are not read again."""
    lists(desk.them)
    await desk.pull.first("p-1")
    desk.them.received.clear()
    await desk.clock.advance(24 * 3600)
    await desk.pull.refresh("p-1")
    asked = {path.partition("?")[0]: path for _, path in desk.them.asked}
    assert "date_from" not in asked["/sender/locations"] + asked["/sender/tokens"]
    assert "date_from" in asked["/sender/cdrs"]
    assert "date_from" in asked["/sender/sessions"]


async def test_quirks_of_lists(desk: Desk) -> None:
    """page-size and whole-pulls."""
    await desk.register(quirks={Quirk.WHOLE_PULLS.value: "", Quirk.PAGE_SIZE.value: "20"})
    lists(desk.them)
    await desk.pull.first("p-1")
    await desk.pull.refresh("p-1")
    asked = [path for _, path in desk.them.asked if "/locations" in path]
    assert asked == ["/sender/locations?limit=20"] * 2


@pytest.mark.parametrize("data", [[], [{}]], ids=["nothing", "nonsense"])
async def test_endless_lists_end(desk: Desk, data: list[Any]) -> None:
    """A Link to itself, or to ever new pages; the other lists are pulled all the same."""

    def answer(request: Received) -> Say:
        name = "again" if "/tariffs" in request.path else f"{len(desk.them.received)}"
        module = request.path.rpartition("/")[2].partition("?")[0]
        link = f'Link: <{desk.them.url}/sender/{module}?{name}>; rel="next"'
        if module == "tokens":
            return Say([TOKEN])
        return Say(data if module == "tariffs" else [], headers=(link,))

    desk.them.answers = answer
    pulled = await desk.pull.first("p-1")
    assert "never ends" in pulled.troubles["tariffs"]
    assert "never ends" in pulled.troubles["locations"]
    assert desk.kept.ids == ["DEADBEEF"]
    troubles = {p.module: p.trouble for p in await desk.book.of_partner("p-1")}
    assert "never ends" in (troubles["tariffs"] or "")
    assert troubles["tokens"] is None


async def test_a_link_to_another_host_is_not_followed(desk: Desk) -> None:
    """C-284: our token stays with the partner."""
    away = 'Link: <http://127.0.0.2:1/tariffs>; rel="next"'
    desk.them.answers = lambda _: Say([], headers=(away,))
    pulled = await desk.pull.first("p-1")
    assert "another host" in pulled.troubles["tariffs"]
    assert len(desk.them.received) == 5


async def test_what_came_before_a_failure_is_kept_and_asked_for_again(desk: Desk) -> None:
    """Partial failure: the book says nothing of a list that broke off but its trouble."""
    lists(desk.them, locations=[location_document("L1"), location_document("L2")])
    pages = desk.them.answers
    desk.them.answers = lambda r: Say(code=3000) if "cursor=1" in r.path else pages(r)
    with pytest.raises(PartnerUnavailable):
        await desk.pull.first("p-1")
    assert desk.kept.ids == ["L1"]
    book = {p.module: p for p in await desk.book.of_partner("p-1")}
    assert book["tariffs"].whole_at is not None
    assert book["locations"].since is None
    assert "3000" in (book["locations"].trouble or "")
    desk.them.answers = pages
    await desk.pull.refresh("p-1")
    assert desk.kept.ids == ["L1", "L1", "L2"]


async def test_a_refused_list_waits_for_its_turn(desk: Desk) -> None:
    """Nobody asks again and again for what the partner does not give."""
    desk.them.answers = lambda r: Say(code=2000, http=404) if "/locations" in r.path else Say([])
    pulled = await desk.pull.first("p-1")
    assert pulled.troubles.keys() == {"locations"}
    book = {p.module: p for p in await desk.book.of_partner("p-1")}
    assert book["locations"].pulled_at == desk.clock.now()
    assert not book["locations"].is_due(desk.clock.now(), desk.book.rules)


async def test_moved_lists_are_found_again(desk: Desk) -> None:
    """I-10: 404 without an envelope; the pull is tried again at the new address."""
    lists(desk.them, locations=[location_document("L1")])
    served = desk.them.answers

    def answer(request: Received) -> Say | bytes | None:
        if request.path == "/versions":
            return Say([{"version": "2.2.1", "url": f"{desk.them.url}/2.2.1"}])
        if request.path == "/2.2.1":
            url = f"{desk.them.url}/new/locations"
            endpoint = {"identifier": "locations", "role": "SENDER", "url": url}
            return Say({"version": "2.2.1", "endpoints": [endpoint]})
        return served(request) if "/new" in request.path else Say(http=404, raw=b"gone")

    desk.them.answers = answer
    with pytest.raises(PartnerUnavailable):
        await desk.pull.first("p-1")
    pulled = await desk.pull.first("p-1")
    assert (pulled.kept, pulled.troubles) == ({"locations": 1}, {})


async def test_silence_is_noted_and_an_answer_too(desk: Desk) -> None:
    desk.them.answers = lambda _: None
    with pytest.raises(PartnerUnavailable):
        await desk.pull.refresh("p-1")
    assert (await desk.state()) is PartnerState.OFFLINE
    await desk.pull.call("p-1")
    assert (await desk.state()) is PartnerState.OFFLINE
    desk.them.answers = lambda _: Say(http=401, raw=b"")
    await desk.pull.call("p-1")
    assert (await desk.state()) is PartnerState.CONNECTED
    desk.them.received.clear()
    await desk.pull.call("p-1")
    assert not desk.them.received


async def test_one_object_is_as_good_as_a_list_of_one(desk: Desk) -> None:
    """I-15, and an empty object or null as good as an empty list."""
    single = {"locations": location_document("L1"), "tariffs": {}, "tokens": None}
    desk.them.answers = lambda r: Say(single.get(r.path.rpartition("/")[2].partition("?")[0], []))
    pulled = await desk.pull.first("p-1")
    assert (desk.kept.ids, pulled.skipped, pulled.troubles) == (["L1"], {}, {})


async def test_a_failure_is_told(desk: Desk) -> None:
    desk.them.answers = lambda _: Say(code=3000)
    with pytest.raises(PartnerUnavailable):
        await desk.pull.first("p-1")


async def test_only_what_is_offered_is_pulled(desk: Desk) -> None:
    lists(desk.them, locations=[location_document("L1")])
    await desk.register(state=PartnerState.SUSPENDED)
    await desk.pull.first("p-1")
    await desk.register(endpoints=())
    await desk.pull.first("p-1")
    assert not desk.them.received
    assert replace(desk.kept) == Kept()


@pytest.mark.parametrize("wrong", ["https:{rest}", "{home}/cpo/nowhere?offset=1"])
async def test_a_link_that_leads_nowhere_is_counted_instead(desk: Desk, wrong: str) -> None:
    """extrawest-ocpi writes https and a path of its own; X-Total-Count says what is missing."""
    ids = ["L1", "L2", "L3"]

    def answer(request: Received) -> Say:
        path, _, query = request.path.partition("?")
        if "nowhere" in path:
            return Say(http=404, raw=b"Not Found")
        if not path.endswith("locations"):
            return Say([])
        offset = int(query.partition("offset=")[2] or 0)
        link = wrong.format(rest=desk.them.url.removeprefix("http:"), home=desk.them.url)
        more = (f'Link: <{link}&{offset}>; rel="next"', "X-Total-Count: 3")
        return Say([location_document(ids[offset])], headers=more if offset < 2 else more[1:])

    desk.them.answers = answer
    await desk.pull.first("p-1")
    assert desk.kept.ids == ids
    paths = [path for _, path in desk.them.asked if path.startswith("/sender/locations")]
    assert [path.partition("offset=")[2] for path in paths] == ["", "1", "2"]
