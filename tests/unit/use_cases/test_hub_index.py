"""Whose ids passed the hub: written once, together, and forgotten in time."""

import asyncio

import pytest

from app.domain.hub_index import KEEPING, Keeping, Kind, Known, id_name, token_name
from app.domain.identifiers import PartyId
from app.store.transaction import Store
from app.use_cases.hub_index import FORGET_AT_ONCE, HubIndex
from tests.support.clock import FakeClock

CPO, EMSP, OTHER = PartyId("DE", "CPA"), PartyId("DE", "EMA"), PartyId("DE", "EMB")
HOUR_S = 3600
S1 = Known(Kind.SESSION, "s1", CPO, EMSP)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The store's own tests run on both kinds."""
    return sqlite_url


@pytest.fixture
def index(store: Store, clock: FakeClock) -> HubIndex:
    return HubIndex(store, clock)


async def seen_at(store: Store, known: Known) -> object:
    async with store.reading() as tx:
        rows = await tx.connection.exec_driver_sql(
            "SELECT seen_at FROM hub_index WHERE name = ?", (known.name,)
        )
        return rows.scalar_one()


async def test_what_was_noted_is_found_in_every_process(
    index: HubIndex, elsewhere: Store, clock: FakeClock
) -> None:
    await index.note([S1, S1, Known(Kind.LOCATION, "l1", CPO)])
    there = HubIndex(elsewhere, clock)
    assert await there.find(Kind.SESSION, "s1") == [S1]
    assert await there.find(Kind.SESSION, None) == []


async def test_it_is_written_again_only_for_a_new_word_or_after_a_day(
    index: HubIndex, store: Store, clock: FakeClock
) -> None:
    await index.note([S1])
    first = await seen_at(store, S1)
    await clock.advance(23 * HOUR_S)
    await index.note([S1])
    assert await seen_at(store, S1) == first
    await index.note([Known(Kind.SESSION, "s1", CPO, OTHER)])
    assert [each.other for each in await index.find(Kind.SESSION, "s1")] == [OTHER]
    second = await seen_at(store, S1)
    await clock.advance(24 * HOUR_S)
    await index.note([Known(Kind.SESSION, "s1", CPO, OTHER)])
    assert await seen_at(store, S1) != second


async def test_notes_at_one_time_are_all_kept(index: HubIndex) -> None:
    things = [Known(Kind.LOCATION, f"l{number}", CPO) for number in range(1_200)]
    halves = (things[:700], things[500:])
    await asyncio.gather(*(index.note(half) for half in halves))
    for each in (things[0], things[600], things[-1]):
        assert await index.find(Kind.LOCATION, each.name) == [each]


async def test_the_expired_and_the_surplus_are_forgotten(store: Store, clock: FakeClock) -> None:
    few = {kind: Keeping(keeping.age, 5) for kind, keeping in KEEPING.items()}
    index, surplus = HubIndex(store, clock, keeping=few), FORGET_AT_ONCE + 4
    await index.note(Known(Kind.LOCATION, f"l{number}", CPO) for number in range(surplus))
    await clock.advance(60)
    await index.note(Known(Kind.LOCATION, f"k{number}", CPO) for number in range(5))
    assert await index.forget() == surplus
    assert await index.find(Kind.LOCATION, "l0") == []
    assert await index.find(Kind.LOCATION, "k0") != []
    assert await index.forget() == 0
    await clock.advance(KEEPING[Kind.LOCATION].age.total_seconds() + 3600)
    assert await index.forget() == 5


def test_ids_are_compared_as_ocpi_does() -> None:
    assert id_name(" Loc-1 ") == "loc-1"
    assert id_name("") is None
    assert id_name("x" * 121) is None
    assert token_name("04:a2-b3", "RFID") == "rfid/04a2b3"
    assert token_name(" ", "RFID") is None
