"""Partners are found by what they present and whom they host, on both databases."""

from dataclasses import replace

import pytest

from app.domain.errors import NotFound
from app.domain.partners import PartnerState, Role
from app.store.transaction import Store
from app.use_cases.hub_clients import partners_reaching
from tests.support.roaming_objects import THEIR_CPO, THEIR_EMSP, a_partner


async def put(store: Store, **changes: object) -> None:
    async with store.transaction() as tx:
        await tx.partners.put(a_partner(**changes))


async def test_reads_back_what_was_written(store: Store) -> None:
    partner = a_partner(quirks={"page": "20"}, server_tokens=("f1",), invitation="f2")
    async with store.transaction() as tx:
        await tx.partners.add(partner)
    async with store.reading() as tx:
        assert await tx.partners.get("p-1") == partner
        assert await tx.partners.by_name("tHEM") == partner
        assert await tx.partners.all() == [partner]


async def test_every_valid_token_finds_its_partner(store: Store) -> None:
    await put(store, server_tokens=("old", "new"), invitation="once", offered="maybe")
    async with store.reading() as tx:
        for fingerprint in ("old", "new", "once", "maybe"):
            found = await tx.partners.by_token(fingerprint)
            assert found is not None
            assert found.id == "p-1"
    await put(store, server_tokens=("new",))
    async with store.reading() as tx:
        assert await tx.partners.by_token("old") is None
        assert await tx.partners.by_token("new") is not None


async def test_hosts_are_registered_and_in_the_role(store: Store) -> None:
    await put(store)
    async with store.reading() as tx:
        assert [p.id for p in await tx.partners.hosting(THEIR_CPO)] == ["p-1"]
        assert [p.id for p in await tx.partners.hosting(THEIR_EMSP, Role.EMSP)] == ["p-1"]
        assert await tx.partners.hosting(THEIR_EMSP, Role.CPO) == []
    await put(store, state=PartnerState.SUSPENDED)
    async with store.reading() as tx:
        assert await tx.partners.hosting(THEIR_CPO) == []
        assert await tx.partners.registered() == []


async def test_the_hubs_members_are_not_partners_of_our_own_parties(store: Store) -> None:
    """A party behind our hub is reached through it, also by ourselves."""
    await put(store, hub=True)
    async with store.reading() as tx:
        assert await tx.partners.hosting(THEIR_CPO, hub=False) == []
        assert [p.id for p in await tx.partners.hosting(THEIR_CPO, hub=True)] == ["p-1"]
        assert await partners_reaching(tx, THEIR_CPO, Role.CPO) == []


async def test_holding_needs_the_partner(store: Store) -> None:
    async with store.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.partners.hold("nobody")
        await tx.partners.put(a_partner())
        held = await tx.partners.hold("p-1")
        await tx.partners.put(replace(held, raw_token=True))
        assert (await tx.partners.need("p-1")).raw_token
