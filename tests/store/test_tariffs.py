"""Tariffs in both databases."""

import pytest

from app.domain.errors import NotFound
from app.store.transaction import Store
from tests.support.roaming_objects import CPO, THEIR_CPO, a_tariff


async def test_tariffs_are_kept_by_owner_and_id(store: Store) -> None:
    """C-118, I-60: objects of two owners with equal ids are separate."""
    async with store.transaction() as tx:
        for tariff in (a_tariff(), a_tariff("T2"), a_tariff(party=THEIR_CPO, own=False)):
            await tx.tariffs.put(tariff)
        await tx.tariffs.put(a_tariff(currency="SEK"))
    async with store.reading() as tx:
        assert (await tx.tariffs.need(CPO, "t1")).currency == "SEK"
        assert (await tx.tariffs.need(THEIR_CPO, "T1")).currency == "EUR"
        assert [t.id for t in await tx.tariffs.of_party(CPO)] == ["T1", "T2"]
        found = await tx.tariffs.many(CPO, ["T2", "nobody", "t1", "T2"])
        assert [tariff.id for tariff in found] == ["T2", "T1"]


async def test_a_deleted_tariff_is_gone(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.tariffs.put(a_tariff())
        assert await tx.tariffs.delete(CPO, "T1")
        assert not await tx.tariffs.delete(CPO, "T1")
        with pytest.raises(NotFound):
            await tx.tariffs.need(CPO, "T1")
