"""Our own parties join our own hub by the handshake that everybody makes, over real sockets."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import Partner as KnownPartner
from app.domain.partners import PartnerState, Role
from app.simulators.partner import Partner
from app.store.transaction import Store
from app.use_cases.hub_clients import partners_reaching
from ocpi.client.own_hub import OwnMembership
from tests.edge.ocpi.house import House, a_house
from tests.support.roaming_objects import AN_OPERATOR

HUB = PartyId("NL", "RWH")


@pytest.fixture
async def house(store: Store, sealer: FernetSealer) -> AsyncIterator[House]:
    async with a_house(store, sealer) as made:
        yield made


@pytest.fixture
def membership(house: House) -> OwnMembership:
    return of(house)


def of(house: House, url: str | None = None) -> OwnMembership:
    return OwnMembership(
        house.partners, house.handshake, house.calls, public_url=url or house.url, name="Roamwatt"
    )


async def ends(membership: OwnMembership) -> tuple[KnownPartner, KnownPartner]:
    """The hub, and we at the hub."""
    found = await membership.find()
    assert found.complete
    assert found.hub is not None
    assert found.member is not None
    return found.hub, found.member


async def test_our_parties_become_members(house: House, membership: OwnMembership) -> None:
    """C-060: an invitation of the hub, and a registration of our platform at its versions URL."""
    joined = await membership.join()
    hub, member = await ends(membership)
    assert joined == hub
    assert hub.parties(Role.HUB) == (HUB,)
    assert not hub.hub
    assert member.hub
    assert {r.role for r in member.roles} == {Role.CPO, Role.EMSP}
    assert hub.version == member.version == "2.3.0"
    assert hub.versions_url == hub_versions(house)
    assert member.versions_url == f"{house.url}/ocpi/versions"
    # Each end lets the other in, by tokens of this connection only.
    for end, url in ((hub, hub.versions_url), (member, member.versions_url)):
        answer = await house.calls.call(end, "GET", url)
        assert answer.http == 200


async def test_who_the_hub_lists_is_reached_through_it(
    house: House, membership: OwnMembership
) -> None:
    """C-087: as by HubClientInfo; who is connected with us directly is still reached directly."""
    theirs = PartyId("DE", "CPA")
    async with Partner(party="CPA", roles=("CPO",), name="Them") as member:
        url, invited = hub_versions(house), await house.partners.invite("A", [Role.CPO], hub=True)
        await member.register(url, invited.token)
        hub = await membership.join()
        assert [r.role for r in hub.roles] == [Role.HUB]
        assert [p.id for p in await reaching(house, theirs)] == [hub.id]
    async with Partner(party="CPA", roles=("CPO",), name="Them") as directly:
        own = await house.partners.invite("B", [Role.CPO])
        await directly.register(house.versions_url, own.token)
        await house.handshake.renew(hub.id)
        known = await house.partners.need_by_name("B")
        assert [p.id for p in await reaching(house, theirs)] == [known.id]
        await house.partners.suspend(known.id)
        assert [p.id for p in await reaching(house, theirs)] == [hub.id]
    left = await house.partners.need_by_name("A")
    await house.partners.suspend(left.id)
    await house.handshake.renew(hub.id)
    assert await reaching(house, theirs) == []


def hub_versions(house: House) -> str:
    return f"{house.url}/ocpi/hub/versions"


async def reaching(house: House, party: PartyId) -> list[KnownPartner]:
    """Through whom our parties reach this CPO."""
    async with house.store.reading() as tx:
        return await partners_reaching(tx, party, Role.CPO)


async def test_joining_again_changes_nothing(house: House, membership: OwnMembership) -> None:
    await membership.join()
    before = [_kept(end) for end in await ends(membership)]
    await membership.join()
    assert [_kept(end) for end in await ends(membership)] == before
    assert len(await house.partners.all()) == 2


def _kept(partner: KnownPartner) -> KnownPartner:
    return replace(partner, last_seen=None, former_token=None, server_tokens=(), invitation=None)


async def test_a_new_operator_is_told_to_the_hub(store: Store, membership: OwnMembership) -> None:
    await membership.join()
    party = PartyId("NL", "RW2")
    async with store.transaction() as tx:
        await tx.operators.put(replace(AN_OPERATOR, party=party, name="Second"))
    await membership.join()
    _, member = await ends(membership)
    assert party in member.parties(Role.CPO)


@pytest.mark.parametrize("lost", ["hub", "member"])
async def test_a_broken_connection_is_made_anew(
    house: House, membership: OwnMembership, lost: str
) -> None:
    await membership.join()
    hub, member = await ends(membership)
    await house.partners.suspend(hub.id if lost == "hub" else member.id)
    await membership.join()
    again = await ends(membership)
    assert [end.id for end in again] == [hub.id, member.id]
    assert all(end.state is PartnerState.CONNECTED for end in again)
    assert len(await house.partners.all()) == 2


async def test_tokens_that_the_hub_forgot_are_replaced(
    store: Store, house: House, membership: OwnMembership
) -> None:
    await membership.join()
    _, member = await ends(membership)
    async with store.transaction() as tx:
        await tx.partners.put(replace(member, server_tokens=("somebody-else's",)))
    await membership.join()
    hub, _ = await ends(membership)
    assert (await house.calls.call(hub, "GET", hub.versions_url or "")).http == 200


async def test_what_stands_in_the_way_is_said(house: House) -> None:
    with pytest.raises(PartnerUnavailable, match="ROAMWATT_PARTNER_NETWORKS"):
        await of(house, "http://10.255.255.1:9").join()
    with pytest.raises(PartnerUnavailable, match="is our server running"):
        await of(house, "http://127.0.0.1:9").join()


async def test_two_companies_of_other_names_do_not_collide(
    house: House, membership: OwnMembership
) -> None:
    """The platform's name may change: the partners are known by where they are."""
    await membership.join()
    renamed = OwnMembership(
        house.partners, house.handshake, house.calls, public_url=house.url, name="Voltwatt"
    )
    await renamed.join()
    assert len(await house.partners.all()) == 2
