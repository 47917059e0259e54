"""Whose ids passed the hub, found again until they expire or are too many."""

from datetime import timedelta

from app.domain.hub_index import KEEPING, Kind, Known
from app.domain.identifiers import PartyId
from app.store.transaction import Store
from tests.support.clock import NOON

ONE, TWO, EMSP = PartyId("DE", "CPA"), PartyId("DE", "CPB"), PartyId("DE", "EMA")
HOUR = timedelta(hours=1)


async def test_every_owner_of_an_id_is_found_the_latest_first(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.hub_index.put([Known(Kind.SESSION, "s1", ONE, EMSP)], NOON)
        later = [Known(Kind.SESSION, "s1", TWO), Known(Kind.LOCATION, "s1", ONE)]
        await tx.hub_index.put(later, NOON + HOUR)
    async with store.reading() as tx:
        found = await tx.hub_index.find(Kind.SESSION, "s1", NOON)
        assert found == [
            Known(Kind.SESSION, "s1", TWO), Known(Kind.SESSION, "s1", ONE, EMSP),
        ]  # fmt: skip
        assert await tx.hub_index.find(Kind.TOKEN, "s1", NOON) == []


async def test_what_is_seen_again_lives_longer_and_takes_the_new_word(store: Store) -> None:
    age = KEEPING[Kind.SESSION].age
    async with store.transaction() as tx:
        await tx.hub_index.put([Known(Kind.SESSION, "s1", ONE)], NOON)
        await tx.hub_index.put([Known(Kind.SESSION, "s1", ONE, EMSP)], NOON + HOUR)
    async with store.reading() as tx:
        kept = [Known(Kind.SESSION, "s1", ONE, EMSP)]
        assert await tx.hub_index.find(Kind.SESSION, "s1", NOON + age) == kept
        assert await tx.hub_index.find(Kind.SESSION, "s1", NOON + age + HOUR) == []


async def test_a_reservation_is_known_as_long_as_it_lasts(store: Store) -> None:
    """C-259: a driver may reserve for longer than anything else is remembered."""
    end = NOON + timedelta(days=300)
    async with store.transaction() as tx:
        await tx.hub_index.put([Known(Kind.RESERVATION, "r1", EMSP, ONE, end)], NOON)
    async with store.reading() as tx:
        assert await tx.hub_index.find(Kind.RESERVATION, "r1", end - HOUR) != []


async def test_the_old_and_the_surplus_are_forgotten(store: Store) -> None:
    age = KEEPING[Kind.LOCATION].age
    async with store.transaction() as tx:
        for hours, name in enumerate(("a", "b", "c", "d")):
            await tx.hub_index.put([Known(Kind.LOCATION, name, ONE)], NOON + hours * HOUR)
        await tx.hub_index.put([Known(Kind.SESSION, "a", ONE)], NOON)
    async with store.transaction() as tx:
        assert await tx.hub_index.forget_before(Kind.LOCATION, NOON + age + 2 * HOUR, 1) == 1
        assert await tx.hub_index.forget_before(Kind.LOCATION, NOON + age + 2 * HOUR, 9) == 1
        assert await tx.hub_index.count(Kind.LOCATION) == 2
        assert await tx.hub_index.forget_oldest(Kind.LOCATION, 1) == 1
        assert await tx.hub_index.find(Kind.LOCATION, "c", NOON) == []
        assert await tx.hub_index.find(Kind.LOCATION, "d", NOON) != []
        assert await tx.hub_index.count(Kind.SESSION) == 1
