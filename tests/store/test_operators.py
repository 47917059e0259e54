"""Operators and their keys in both databases."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.operators import ApiKey, Holder
from app.store.transaction import Store
from tests.support.roaming_objects import AN_OPERATOR, CPO, NOON, THEIR_CPO


async def test_operators_are_kept_by_party(store: Store) -> None:
    other = replace(AN_OPERATOR, party=THEIR_CPO, created_at=NOON)
    async with store.transaction() as tx:
        await tx.operators.put(other)
        await tx.operators.put(AN_OPERATOR)
    async with store.reading() as tx:
        assert await tx.operators.list() == [AN_OPERATOR, other]
        assert await tx.operators.of(CPO) == AN_OPERATOR


async def test_a_key_leads_to_its_operator_until_it_is_revoked(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
        await tx.operators.add_key(ApiKey("k1", CPO, "hash", NOON, platform=True))
    async with store.transaction() as tx:
        holder = Holder(AN_OPERATOR, platform=True, key_id="k1")
        assert await tx.operators.by_key("hash") == holder
        assert await tx.operators.by_key("other") is None
        assert not await tx.operators.revoke_key(THEIR_CPO, "k1", NOON)
        assert await tx.operators.revoke_key(CPO, "k1", NOON)
        assert not await tx.operators.revoke_key(CPO, "k1", NOON)
        assert await tx.operators.by_key("hash") is None


async def test_two_keys_are_never_the_same(store: Store) -> None:
    with pytest.raises(IntegrityError):
        async with store.transaction() as tx:
            await tx.operators.add_key(ApiKey("k1", CPO, "hash", NOON))
            await tx.operators.add_key(ApiKey("k2", CPO, "hash", NOON))
