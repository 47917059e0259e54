"""What was told to everybody, and who missed some of it, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.errors import InvalidInput
from app.domain.hub_objects import HubNoun, HubObject, HubRef, Mark
from app.domain.identifiers import PartyId
from app.store.nouns import Noun
from app.store.transaction import Store
from tests.support.clock import NOON
from tests.support.roaming_objects import a_partner

PARTY = PartyId("DE", "TNC")
LOCATION = HubRef(HubNoun.LOCATION, PARTY, "Loc/1")
CARD = HubRef(HubNoun.TOKEN, PARTY, "A1", "RFID")
MINUTE = timedelta(minutes=1)
KEPT = HubObject(LOCATION, "p-1", "2.2.1", '{"a": 1.50}', NOON, NOON, canonical='{"a":1.5}')


@pytest.fixture
async def hub(store: Store) -> Store:
    async with store.transaction() as tx:
        await tx.partners.put(a_partner(hub=True))
    return store


async def put(store: Store, *values: HubObject) -> list[bool]:
    async with store.transaction() as tx:
        return [await tx.hub_objects.put(value) for value in values]


async def test_objects_are_kept_as_they_came(hub: Store) -> None:
    """By owner, kind and id in any case; the type is part of a token's name."""
    card = replace(KEPT, ref=CARD, canonical=None, public=False, told=False, gone=True)
    assert await put(hub, KEPT, card) == [True, True]
    async with hub.reading() as tx:
        assert await tx.hub_objects.get(replace(LOCATION, id="LOC/1")) == KEPT
        assert await tx.hub_objects.get(CARD) == card
        assert await tx.hub_objects.get(replace(CARD, type="APP_USER")) is None
        assert await tx.hub_objects.get(replace(LOCATION, party=PartyId("DE", "ELS"))) is None
    with pytest.raises(InvalidInput):
        replace(LOCATION, id="x" * 200)


async def test_nothing_is_written_over_what_is_newer(hub: Store) -> None:
    """C-119: also where both were new to their writers at the same time."""
    older = replace(KEPT, sent="{}", last_updated=NOON - MINUTE)
    same = replace(KEPT, sent='{"b":1}')
    assert await put(hub, KEPT, older, same) == [True, False, True]
    async with hub.reading() as tx:
        assert await tx.hub_objects.get(LOCATION) == same


async def test_lists_hold_what_is_public_and_there(hub: Store) -> None:
    """C-252: in the order of their coming, whatever changes later."""
    refs = [replace(LOCATION, id=f"L{number}") for number in range(4)]
    await put(hub, *(replace(KEPT, ref=ref) for ref in refs))
    hidden = replace(KEPT, ref=refs[1], public=False)
    await put(hub, hidden, replace(KEPT, ref=refs[2], gone=True), replace(KEPT, ref=CARD))
    await put(hub, replace(KEPT, ref=refs[0], last_updated=NOON + MINUTE))
    async with hub.reading() as tx:
        listed = tx.hub_objects.listed(HubNoun.LOCATION)
        rows = sorted(await listed.index(), key=lambda row: row.place)
        assert [(row.key[-2:], row.moment) for row in rows] == [
            ("l0", NOON + MINUTE),
            ("l3", NOON),
        ]
        assert rows[0].party == "DE-TNC"
        keys = [ref.key for ref in refs]
        assert [row.key for row in await listed.index(keys[1:])] == [keys[3]]
        assert set(await listed.shown(keys)) == {keys[0], keys[3]}


async def test_what_was_touched_since(hub: Store) -> None:
    """In portions; what nobody was ever told of is not among it, what is gone is."""
    refs = [replace(LOCATION, id=f"L{number}") for number in range(5)]
    values = [replace(KEPT, ref=ref, touched=NOON + MINUTE) for ref in refs]
    values[1] = replace(values[1], told=False)
    values[2] = replace(values[2], gone=True)
    values[3] = replace(values[3], touched=NOON)
    await put(hub, *values)
    async with hub.reading() as tx:
        first = await tx.hub_objects.touched(NOON + MINUTE, after=0, limit=2)
        assert [mark.ref for mark in first] == [refs[0], refs[2]]
        assert first[0] == Mark(first[0].number, refs[0], "p-1")
        rest = await tx.hub_objects.touched(NOON + MINUTE, after=first[1].number, limit=2)
        assert [mark.ref for mark in rest] == [refs[4]]


async def test_a_gap_begins_with_what_was_missed_first(hub: Store) -> None:
    async with hub.transaction() as tx:
        assert await tx.hub_objects.gap("p-1") is None
        for since in (NOON, NOON + MINUTE, NOON - MINUTE):
            await tx.hub_objects.note_gap("p-1", since)
    async with hub.transaction() as tx:
        assert await tx.hub_objects.gap("p-1") == NOON - MINUTE
        assert await tx.hub_objects.close_gap("p-1") == NOON - MINUTE
        assert await tx.hub_objects.close_gap("p-1") is None


async def test_objects_are_forgotten_and_whoever_keeps_them_is_told(hub: Store) -> None:
    """Deleted ones by age, those of a platform altogether; little by little."""
    tariffs = [
        replace(KEPT, ref=HubRef(HubNoun.TARIFF, PARTY, f"T{n}"), gone=n < 2) for n in range(4)
    ]
    await put(hub, *tariffs)
    seen: set[str] = set()

    async def heard(keys: frozenset[str] | None) -> None:
        seen.update(keys or ())

    hub.watch.follow({Noun.HUB_TARIFF}, heard)
    await hub.watch.look()
    seen.clear()
    async with hub.transaction() as tx:
        marks = await tx.hub_objects.touched(NOON, after=0, limit=9)
        assert await tx.hub_objects.last() == marks[-1].number
        assert await tx.hub_objects.forget_gone(NOON, 9) == 0
        assert await tx.hub_objects.forget_gone(NOON + MINUTE, 1) == 1
        assert await tx.hub_objects.forget_gone(NOON + MINUTE, 9) == 1
        assert await tx.hub_objects.forget_of("p-1", 1) == 1
        assert await tx.hub_objects.get(tariffs[3].ref) == tariffs[3]
        assert await tx.hub_objects.forget_of("nobody", 9) == 0
    await hub.watch.look()
    assert seen == {each.ref.key for each in tariffs[:3]}


async def test_an_owners_objects_are_found_in_portions(hub: Store) -> None:
    mine = [replace(KEPT, ref=HubRef(HubNoun.TARIFF, PARTY, f"T{n}")) for n in range(3)]
    other = replace(KEPT, ref=HubRef(HubNoun.TARIFF, PartyId("DE", "OTH"), "T9"))
    await put(hub, *mine, other, replace(mine[0], ref=CARD), replace(other, told=False))
    async with hub.reading() as tx:
        wanted = {HubNoun.TARIFF: [PARTY], HubNoun.LOCATION: []}
        first = await tx.hub_objects.of_owners(wanted, after=0, limit=2)
        rest = await tx.hub_objects.of_owners(wanted, after=first[-1].number, limit=2)
        assert [each.ref.id for each in (*first, *rest)] == ["T0", "T1", "T2"]


async def test_the_first_change_of_the_rules_that_was_missed_counts(hub: Store) -> None:
    async with hub.transaction() as tx:
        for change in ("c-2", "c-1", "c-3"):
            await tx.hub_objects.note_missed_rules("p-1", change)
    async with hub.transaction() as tx:
        assert await tx.hub_objects.missed_rules("p-1") == "c-1"
        assert await tx.hub_objects.close_missed_rules("p-1") == "c-1"
        assert await tx.hub_objects.close_missed_rules("p-1") is None
        await tx.hub_objects.note_missed_rules("p-1", "c-4")
        await tx.hub_objects.note_gap("p-1", NOON)
        await tx.hub_objects.forget_gaps("p-1")
        assert await tx.hub_objects.missed_rules("p-1") is None
        assert await tx.hub_objects.gap("p-1") is None
