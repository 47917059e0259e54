"""Tokens heard at the hub, on both databases."""

from dataclasses import replace
from datetime import timedelta

from app.domain.hub_tokens import HeardToken, Reference
from app.domain.identifiers import PartyId
from app.store.transaction import Store
from tests.support.roaming_objects import EMSP, NOON, THEIR_CPO, THEIR_EMSP

CARD = HeardToken(EMSP, "04AA", "RFID", "NL-RWD-C1", "{}", NOON)


async def hear(store: Store, *tokens: HeardToken) -> None:
    async with store.transaction() as tx:
        await tx.hub_tokens.put(tokens)


async def of_contract(store: Store, contract: str, owner: PartyId = EMSP) -> HeardToken | None:
    async with store.reading() as tx:
        return await tx.hub_tokens.of_contract(owner, contract)


async def test_a_token_is_found_by_its_contract_and_its_uid(store: Store) -> None:
    await hear(store, CARD)
    assert await of_contract(store, "nl-rwd-c1") == CARD
    async with store.reading() as tx:
        assert await tx.hub_tokens.of_uid(EMSP, "04aa") == CARD
        assert await tx.hub_tokens.of_uid(EMSP, "04AA", "RFID") == CARD
        assert await tx.hub_tokens.of_uid(EMSP, "04AA", "OTHER") is None


async def test_nobody_elses_tokens_are_found(store: Store) -> None:
    await hear(store, CARD)
    assert await of_contract(store, "NL-RWD-C1", THEIR_EMSP) is None


async def test_the_token_heard_last_counts(store: Store) -> None:
    newer = replace(CARD, uid="05BB", heard_at=NOON + timedelta(minutes=1))
    await hear(store, CARD, newer)
    assert await of_contract(store, "NL-RWD-C1") == newer
    moved = replace(newer, contract_id="NL-RWD-C2")
    await hear(store, moved)
    assert await of_contract(store, "NL-RWD-C1") == CARD
    assert await of_contract(store, "NL-RWD-C2") == moved


async def test_references_are_kept_for_a_while(store: Store) -> None:
    given = Reference(EMSP, "A1", THEIR_CPO, "NL-RWD-C1", NOON)
    newer = Reference(EMSP, "A2", THEIR_CPO, "nl-rwd-c1", NOON + timedelta(minutes=1))
    async with store.transaction() as tx:
        await tx.hub_tokens.put_reference(given)
        await tx.hub_tokens.put_reference(newer)
        await tx.hub_tokens.put_reference(replace(given, started_at=NOON))
    async with store.reading() as tx:
        found = await tx.hub_tokens.references(THEIR_CPO, EMSP, "NL-RWD-C1")
        assert [each.reference for each in found] == ["A2", "A1"]
        assert found[1].started_at == NOON
        assert await tx.hub_tokens.references(THEIR_CPO, THEIR_EMSP, "NL-RWD-C1") == []
    async with store.transaction() as tx:
        assert await tx.hub_tokens.forget_references(NOON + timedelta(seconds=1), 9) == 1
        found = await tx.hub_tokens.references(THEIR_CPO, EMSP, "NL-RWD-C1")
    assert [each.reference for each in found] == ["A2"]


async def test_tokens_are_forgotten_by_when_they_were_heard_or_needed(store: Store) -> None:
    hours = [
        replace(CARD, uid=f"0{n}", contract_id=f"C{n}", heard_at=NOON + n * timedelta(hours=1))
        for n in range(4)
    ]
    await hear(store, *hours)
    async with store.transaction() as tx:
        await tx.hub_tokens.needed(hours[0], NOON + timedelta(hours=9))
        assert await tx.hub_tokens.forget_tokens(NOON + timedelta(hours=2), 9) == 1
        assert await tx.hub_tokens.count() == 3
        assert await tx.hub_tokens.forget_oldest(2) == 2
        assert await tx.hub_tokens.count() == 1
    left = await of_contract(store, "C0")
    assert left == replace(hours[0], heard_at=NOON + timedelta(hours=9))
