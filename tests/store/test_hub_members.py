"""Members of our hub on every database."""

from dataclasses import replace
from datetime import timedelta

from app.domain.hub_clients import ClientStatus
from app.domain.hub_members import HubMember, Told
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.store.transaction import Store
from tests.support.clock import NOON
from tests.support.roaming_objects import CPO, EMSP, a_partner

MEMBER = HubMember(CPO, Role.CPO, "p-1", ClientStatus.PLANNED, NOON)


async def test_a_party_has_an_entry_for_each_role_and_counterpart(store: Store) -> None:
    """C-274."""
    provider = replace(MEMBER, role=Role.EMSP, status=ClientStatus.OFFLINE)
    reachable_by_one = replace(MEMBER, counterpart=EMSP, partner_id="p-2", came=True)
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        await tx.partners.put(a_partner(id="p-2", name="Else"))
        for member in (MEMBER, provider, reachable_by_one):
            await tx.hub_members.put(member)
    async with store.reading() as tx:
        members = tx.hub_members
        assert await members.all() == [MEMBER, provider, reachable_by_one]
        assert await members.of_partner("p-2") == [reachable_by_one]
        assert await members.of_party(CPO) == [MEMBER, provider, reachable_by_one]
        assert await members.of_party(EMSP) == []
        assert await members.these([reachable_by_one.key]) == [reachable_by_one]
        assert await members.these([]) == []
        stranger = (PartyId("BE", "XYZ"), Role.CPO, None)
        assert await members.these([provider.key, stranger]) == [provider]


async def test_a_change_keeps_its_place_in_the_list(store: Store) -> None:
    other = replace(MEMBER, party=EMSP)
    later = replace(
        MEMBER, status=ClientStatus.CONNECTED, last_updated=NOON + timedelta(hours=1), came=True
    )
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        for member in (MEMBER, other, later):
            await tx.hub_members.put(member)
    async with store.reading() as tx:
        assert await tx.hub_members.all() == [later, other]


async def test_what_a_platform_was_told_is_remembered_until_it_is_told_anew(
    store: Store,
) -> None:
    told = Told(CPO, Role.CPO, ClientStatus.CONNECTED, NOON)
    newer = replace(told, status=ClientStatus.OFFLINE)
    other = replace(told, role=Role.EMSP)
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        for each in (told, other, newer):
            await tx.hub_members.note_told("p-1", each)
    async with store.transaction() as tx:
        found = await tx.hub_members.told("p-1")
        assert found == {(CPO, Role.CPO): newer, (CPO, Role.EMSP): other}
        await tx.hub_members.forget_told("p-1")
    async with store.reading() as tx:
        assert await tx.hub_members.told("p-1") == {}
