"""Pulls that come round: what is gone at the partner goes here, carefully, and comes back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.addresses import AddressGuard
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import PartnerUnavailable
from app.domain.events import EvseStatusChanged, PartnerReturned
from app.domain.locations import EvseStatus
from app.domain.partners import PartnerRole, PartnerState, Role
from app.domain.tokens import TokenType
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.hub_clients import HubClients
from app.use_cases.partners import Partners, Platform
from app.use_cases.pulls import Pulls
from ocpi.client.exchange import PartnerCalls
from ocpi.client.gate import GateRules, Gates
from ocpi.client.hub_clients import HubDirectory
from ocpi.client.pull import Pull
from tests.support.clock import FakeClock
from tests.support.pulling import a_book, a_keeping
from tests.support.roaming_documents import (
    cdr_document,
    location_document,
    session_document,
    tariff_document,
)
from tests.support.roaming_objects import (
    AN_OPERATOR,
    EMSP,
    THEIR_CPO,
    THEIR_EMSP,
    a_location,
    a_token,
)
from tests.support.scripted_partner import Received, Say, ScriptedPartner, scripted_partner

DAY = 24 * 3600
CARD = {
    "country_code": "DE", "party_id": "TNM", "uid": "CARD-1", "type": "RFID",
    "contract_id": "DE-TNM-C1", "issuer": "Them", "valid": True, "whitelist": "ALLOWED",
    "last_updated": "2026-05-04T10:00:00Z",
}  # fmt: skip


@dataclass
class Desk:
    """A partner whose lists are `lists`, and our pulls of them."""

    store: Store
    clock: FakeClock
    partners: Partners
    pull: Pull
    book: Pulls
    them: ScriptedPartner
    lists: dict[str, list[Any]]
    totals: dict[str, int]

    async def whole(self, after_s: float = DAY) -> None:
        """The next pull, when everything is due."""
        await self.clock.advance(after_s)
        await self.pull.refresh("p-1")

    async def statuses(self, location_id: str = "L1") -> set[EvseStatus]:
        async with self.store.reading() as tx:
            location = await tx.locations.need(THEIR_CPO, location_id)
        return {evse.status for evse in location.evses}

    async def tariffs(self) -> list[str]:
        async with self.store.reading() as tx:
            return [tariff.id for tariff in await tx.tariffs.of_party(THEIR_CPO)]

    async def is_valid(self, uid: str, kind: TokenType = TokenType.RFID) -> bool:
        async with self.store.reading() as tx:
            return (await tx.tokens.need_token(THEIR_EMSP, uid, kind)).valid


@pytest.fixture
async def desk(store: Store, clock: FakeClock, sealer: FernetSealer) -> AsyncIterator[Desk]:
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
    partners = Partners(store, sealer, clock, platform=platform)
    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), SystemClock())
    gates = Gates(clock, GateRules(failures=2))
    calls = PartnerCalls(client, sealer, clock, timeout_s=3, gates=gates)
    book = a_book(store, clock, sealer)
    pull = Pull(
        calls,
        partners,
        clock,
        keeping=a_keeping(store, clock, sealer),
        book=book,
        directory=HubDirectory(calls, HubClients(store)),
    )
    async with scripted_partner() as them:
        made = Desk(store, clock, partners, pull, book, them, {}, {})

        def answer(request: Received) -> Say:
            module = request.path.partition("?")[0].rpartition("/")[2]
            items = made.lists.get(module, [])
            total = made.totals.get(module, len(items))
            changes_only = "date_from" in request.path and module != "sessions"
            return Say([] if changes_only else items, headers=(f"X-Total-Count: {total}",))

        them.answers = answer
        async with store.transaction() as tx:
            await tx.operators.put(AN_OPERATOR)
            await tx.partners.put(them.partner(sealer))
        yield made
    await client.close()


def some(count: int) -> list[Any]:
    return [location_document(f"L{number}") for number in range(1, count + 1)]


async def test_a_location_that_is_gone_is_removed_and_comes_back(desk: Desk) -> None:
    """I-26: locations are never deleted; the whole list is the new truth."""
    desk.lists["locations"] = some(4)
    await desk.pull.first("p-1")
    before = await desk.statuses()
    assert EvseStatus.REMOVED not in before
    desk.lists["locations"] = some(4)[1:]
    await desk.pull.refresh("p-1")
    assert await desk.statuses() == before, "a pull of changes is no proof of absence"
    await desk.whole()
    assert await desk.statuses() == {EvseStatus.REMOVED}
    assert await desk.statuses("L2") == before
    async with desk.store.reading() as tx:
        events = [r.event for r in await tx.events.unplanned(100)]
    removed = [e for e in events if isinstance(e, EvseStatusChanged) and e.location_id == "L1"]
    assert removed
    desk.lists["locations"] = some(4)
    await desk.whole()
    assert await desk.statuses() == before


async def test_tariffs_are_withdrawn_and_cards_are_blocked(desk: Desk) -> None:
    """Whole lists of tariffs and tokens; apps' tokens are in no list and stay."""
    app = a_token("APP-1", party=THEIR_EMSP, own=False, type=TokenType.APP_USER)
    ours = a_location(id="OURS")
    async with desk.store.transaction() as tx:
        await tx.tokens.put(app)
        await tx.locations.put(ours)
    desk.lists["tariffs"] = [tariff_document(f"T{number}") for number in range(3)]
    desk.lists["tokens"] = [CARD | {"uid": f"card-{number}"} for number in range(3)]
    await desk.pull.first("p-1")
    for module in ("tariffs", "tokens"):
        desk.lists[module].pop()
    desk.lists["tokens"][1]["uid"] = "CARD-1"
    await desk.whole()
    assert await desk.tariffs() == ["T0", "T1"]
    assert await desk.is_valid("card-1")
    assert not await desk.is_valid("card-2")
    assert await desk.is_valid("APP-1", TokenType.APP_USER)
    desk.lists["tokens"].append(CARD | {"uid": "card-2"})
    await desk.whole()
    assert await desk.is_valid("card-2")
    async with desk.store.reading() as tx:
        assert await tx.locations.get(ours.party, ours.id) == ours


async def test_an_empty_list_is_believed_the_second_time(desk: Desk) -> None:
    """A partner in trouble may show nothing for a while; half an hour later it is the truth."""
    desk.lists["locations"] = some(4)
    await desk.pull.first("p-1")
    desk.lists["locations"] = []
    await desk.whole()
    assert EvseStatus.REMOVED not in await desk.statuses()
    await desk.whole(60)
    assert EvseStatus.REMOVED not in await desk.statuses()
    await desk.whole(1800)
    assert await desk.statuses() == {EvseStatus.REMOVED}


async def test_a_doubt_ends_with_a_full_list(desk: Desk) -> None:
    desk.lists["locations"] = some(4)
    await desk.pull.first("p-1")
    desk.lists["locations"] = []
    await desk.whole()
    desk.lists["locations"] = some(4)
    await desk.whole(3600)
    desk.lists["locations"] = []
    await desk.whole()
    assert EvseStatus.REMOVED not in await desk.statuses()


async def test_a_list_that_is_not_whole_proves_nothing(desk: Desk) -> None:
    """Fewer objects than X-Total-Count says, or one that cannot even be named."""
    desk.lists["locations"] = some(5)
    await desk.pull.first("p-1")
    desk.lists["locations"] = some(5)[1:]
    desk.totals["locations"] = 5
    await desk.whole()
    assert EvseStatus.REMOVED not in await desk.statuses()
    desk.totals.clear()
    desk.lists["locations"] = [*some(5)[1:], {"city": "Nowhere"}]
    await desk.whole()
    assert EvseStatus.REMOVED not in await desk.statuses()


async def test_an_object_that_cannot_be_read_is_not_gone(desk: Desk) -> None:
    """It is left out of what is kept, and stays as it was."""
    desk.lists["locations"] = some(3)
    await desk.pull.first("p-1")
    desk.lists["locations"][0]["address"] = None
    await desk.whole()
    assert EvseStatus.REMOVED not in await desk.statuses()


async def test_who_comes_back_is_pulled(desk: Desk) -> None:
    """OFFLINE → an exchange goes through → PartnerReturned, which our follow-up pulls after."""
    await desk.pull.first("p-1")
    answers, desk.them.answers = desk.them.answers, lambda _: None
    for _ in range(2):
        with pytest.raises(PartnerUnavailable):
            await desk.pull.refresh("p-1")
    assert (await desk.partners.get("p-1")).state is PartnerState.OFFLINE
    asked = len(desk.them.received)
    with pytest.raises(PartnerUnavailable, match="not called") as refused:
        await desk.pull.refresh("p-1")
    assert refused.value.retry_after == timedelta(seconds=5)
    assert len(desk.them.received) == asked, "an open circuit lets nothing through"
    desk.them.answers = answers
    await desk.clock.advance(5)
    await desk.pull.call("p-1")
    assert (await desk.partners.get("p-1")).state is PartnerState.CONNECTED
    async with desk.store.reading() as tx:
        events = [r.event for r in await tx.events.unplanned(100)]
    assert events[-1] == PartnerReturned("p-1")


async def queued(desk: Desk) -> list[tuple[str, str]]:
    """What waits for pulls and calls, after a look at what is due; it is taken off then."""
    await desk.book.look()
    found = []
    async with desk.store.transaction() as tx:
        for destination in ("pull:p-1", "call:p-1"):
            if (pending := await tx.deliveries.pending(destination)) is not None:
                found.append((destination, pending.delivery.kind))
                await tx.deliveries.forget(destination)
    return found


async def test_pulls_are_queued_when_they_are_due(desk: Desk) -> None:
    """In the database, where they outlive this process; a partner that is away is called."""
    assert await queued(desk) == [("pull:p-1", "follow.refresh_partner")]
    await desk.pull.first("p-1")
    assert await queued(desk) == []
    await desk.clock.advance(3 * 3600)
    assert await queued(desk) == [("pull:p-1", "follow.refresh_partner")]
    await desk.partners.missed("p-1")
    assert await queued(desk) == [("call:p-1", "follow.call_partner")]
    await desk.partners.suspend("p-1")
    assert await queued(desk) == []
    assert await desk.book.of_partner("p-1") == []


async def test_a_pull_under_way_is_enough(desk: Desk) -> None:
    """A long first pull is not followed by another of the same, nor is one that restarts."""
    first = Delivery("pull:p-1", "p-1", Mode.LATEST, "follow.pull_partner")
    async with desk.store.transaction() as tx:
        await tx.deliveries.add([first], desk.clock.now())
    await desk.book.look()
    async with desk.store.reading() as tx:
        assert await tx.deliveries.waiting() == 1


async def test_who_has_no_lists_is_looked_at_now_and_then(desk: Desk) -> None:
    """A provider without cards to show, say: not once a minute for nothing."""
    async with desk.store.transaction() as tx:
        partner = await tx.partners.need("p-1")
        await tx.partners.put(replace(partner, endpoints=()))
    assert await queued(desk) == [("pull:p-1", "follow.refresh_partner")]
    assert (await desk.pull.refresh("p-1")).kept == {}
    assert await queued(desk) == []
    await desk.clock.advance(3 * 3600)
    assert await queued(desk) == [("pull:p-1", "follow.refresh_partner")]


async def test_sessions_and_bills_we_missed_are_pulled(desk: Desk) -> None:
    """OCPI queues nothing for who was away, so it is asked for; once more changes nothing."""
    desk.lists["sessions"] = [session_document("S1")]
    desk.lists["cdrs"] = [cdr_document("C1")]
    for _ in range(2):
        pulled = await desk.pull.first("p-1")
        assert pulled.kept == {"sessions": 1, "cdrs": 1}
    async with desk.store.reading() as tx:
        assert await tx.sessions.get_foreign(THEIR_CPO, "S1") is not None
        assert await tx.cdrs.of_party(THEIR_CPO, "C1") is not None
    asked = [path for _, path in desk.them.asked]
    assert "/sender/sessions?date_from=2026-04-04T12%3A00%3A00Z&limit=100" in asked
    assert "/sender/cdrs?limit=100" in asked
