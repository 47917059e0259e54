"""Local lists are looked at when tokens change and chargers come back, where they are kept."""

from app.delivery.follow_ups import FollowUps
from app.domain.events import StationConnected, TokenChanged
from app.domain.identifiers import PartyId
from app.domain.local_lists import WantedList
from app.store.transaction import Store
from app.use_cases.local_lists import WANTED
from tests.support.clock import NOON


async def test_only_where_a_list_is_kept(store: Store) -> None:
    work = FollowUps(store, {})
    token = TokenChanged(PartyId("NL", "RWM"), "04AA", "RFID")
    back, other = StationConnected("CP1"), StationConnected("CP2")
    assert [await work.plan(event) for event in (token, back)] == [[], []]
    async with store.transaction() as tx:
        await tx.station_facts.put("CP1", WANTED, WantedList(), now=NOON)
    work.look_again()
    planned = [each.kind for event in (token, back, other) for each in await work.plan(event)]
    assert planned == ["follow.list_tokens_moved", "follow.list_charger_back"]
