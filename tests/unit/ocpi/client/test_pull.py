"""Lists are pulled page by page, whatever the Link holds; bad objects are left out."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import InvalidInput, PartnerUnavailable
from app.domain.partners import Partner, PartnerRole, PartnerState, Role
from app.store.transaction import Store
from app.use_cases.partners import Partners, Platform
from ocpi.client.exchange import PartnerCalls
from ocpi.client.pull import Pull
from tests.support.clock import FakeClock
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
    """Stands for the three use-cases, and remembers what it was given."""

    ids: list[str] = field(default_factory=list)
    refuse: str | None = None

    async def accept(self, item: Any) -> None:
        if item.id == self.refuse:
            raise InvalidInput("id", "not that one")
        self.ids.append(item.id)

    async def accept_put(self, _partner: Partner, token: Any) -> None:
        self.ids.append(token.uid)


@dataclass
class Desk:
    store: Store
    pull: Pull
    kept: Kept
    them: ScriptedPartner
    sealer: FernetSealer

    async def register(self, **changes: Any) -> None:
        async with self.store.transaction() as tx:
            await tx.partners.put(self.them.partner(self.sealer, **changes))


@pytest.fixture
async def desk(
    store: Store, calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer
) -> Desk:
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    partners = Partners(store, sealer, FakeClock(), platform=platform)
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    kept = Kept()
    pull = Pull(calls, partners, locations=kept, tariffs=kept, tokens=kept)
    made = Desk(store, pull, kept, them, sealer)
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
    assert not any("date_from" in path for _, path in desk.them.asked)
    desk.them.received.clear()
    await desk.pull.refresh("p-1")
    firsts = [path for _, path in desk.them.asked if "locations" in path]
    assert firsts == ["/sender/locations?date_from=2026-05-04T11%3A55%3A00Z&limit=100"]


async def test_endless_lists_end(desk: Desk) -> None:
    lists(desk.them)
    loop = f'Link: <{desk.them.url}/sender/tariffs?again>; rel="next"'
    desk.them.answers = lambda _: Say([], headers=(loop,))
    with pytest.raises(PartnerUnavailable, match="never ends"):
        await desk.pull.first("p-1")


async def test_a_link_to_another_host_is_not_followed(desk: Desk) -> None:
    """C-284: our token stays with the partner."""
    away = 'Link: <http://127.0.0.2:1/tariffs>; rel="next"'
    desk.them.answers = lambda _: Say([], headers=(away,))
    with pytest.raises(PartnerUnavailable, match="another host"):
        await desk.pull.first("p-1")
    assert len(desk.them.received) == 1


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
