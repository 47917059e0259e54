"""The book of our hub's members follows whatever becomes of their platforms."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import InvalidInput
from app.domain.hub_clients import ClientStatus, HubClient
from app.domain.hub_members import HubMember, Told
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerRole, PartnerState, Role
from app.store.transaction import Store
from app.use_cases.hub_clients import keep_listed
from app.use_cases.hub_members import HubMembers, check_destination, told_destination
from app.use_cases.partners import Partners, Platform
from app.use_cases.registration import Registrations, Terms
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import (
    AN_OPERATOR,
    CPO,
    EMSP,
    THEIR_CPO,
    THEIR_EMSP,
    a_partner,
)

PLATFORM = Platform(
    PartnerRole(Role.EMSP, EMSP, "Drive"), PartnerRole(Role.HUB, PartyId("NL", "RWH"), "Hub")
)
BOTH = (PartnerRole(Role.EMSP, THEIR_EMSP, "Them"), PartnerRole(Role.CPO, THEIR_CPO, "Them"))
TERMS = Terms("2.2.1", "https://them.example/versions", (), BOTH, "client-1")
PLANNED, CONNECTED = ClientStatus.PLANNED, ClientStatus.CONNECTED
OFFLINE, SUSPENDED = ClientStatus.OFFLINE, ClientStatus.SUSPENDED


@dataclass(frozen=True)
class Caller:
    partner: Partner
    token: str
    invited: bool


@dataclass
class Desk:
    """The use-cases that change partners, and the book."""

    store: Store
    clock: FakeClock
    partners: Partners
    registrations: Registrations
    members: HubMembers

    async def caller(self, token: str) -> Caller:
        await self.partners.look()
        found = await self.partners.recognise(token)
        assert found is not None
        return Caller(found[0], token, found[1])

    async def register(self, token: str, terms: Terms = TERMS) -> str:
        """Gives the token that it presents from now on."""
        offer = await self.registrations.accept(await self.caller(token), terms)
        return offer.token

    async def book(self) -> dict[str, ClientStatus]:
        async with self.store.reading() as tx:
            return {str(m.party): m.status for m in await tx.hub_members.all()}

    async def changes(self) -> int:
        """How many times a member was said to stand otherwise."""
        async with self.store.reading() as tx:
            recorded = await tx.events.unplanned(1_000)
        return [r.event.kind for r in recorded].count("hub_member.changed")

    async def put(self, *partners: Partner) -> None:
        async with self.store.transaction() as tx:
            for partner in partners:
                await tx.partners.put(partner)

    async def doubted(self) -> set[str]:
        async with self.store.reading() as tx:
            partners = await tx.partners.all()
            busy = await tx.deliveries.busy([check_destination(p.id) for p in partners])
        return {p.id for p in partners if check_destination(p.id) in busy}


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> Desk:
    sealer = FernetSealer(["a secret of the house"])
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    return Desk(
        store,
        clock,
        Partners(store, sealer, clock, platform=PLATFORM),
        Registrations(store, sealer, clock, platform=PLATFORM),
        HubMembers(store, clock),
    )


def both(status: ClientStatus) -> dict[str, ClientStatus]:
    return {str(THEIR_EMSP): status, str(THEIR_CPO): status}


async def test_the_life_of_a_member(desk: Desk) -> None:
    """C-266..C-270: every way a platform's state changes is in the book, in one transaction."""
    roles = [Role.EMSP, Role.CPO]
    invited = await desk.partners.invite("Them", roles, hub=True, planned=BOTH)
    partner_id = invited.partner.id
    assert await desk.book() == both(PLANNED)
    assert await desk.changes() == 2
    token = await desk.register(invited.token)
    assert await desk.book() == both(CONNECTED)
    await desk.caller(token)
    await desk.partners.moved(partner_id, ())
    await desk.partners.switch(partner_id, on={})
    assert await desk.changes() == 4
    await desk.partners.missed(partner_id)
    assert await desk.book() == both(OFFLINE)
    await desk.partners.reached(partner_id)
    assert await desk.book() == both(CONNECTED)
    await desk.register(token, replace(TERMS, roles=BOTH[:1]))
    assert await desk.book() == {**both(CONNECTED), str(THEIR_CPO): SUSPENDED}
    await desk.partners.suspend(partner_id)
    assert await desk.book() == both(SUSPENDED)
    await desk.partners.invite("Them", roles, hub=True)
    assert await desk.book() == {**both(SUSPENDED), str(THEIR_EMSP): PLANNED}


async def test_who_we_register_at_is_a_member_too(desk: Desk) -> None:
    """C-266: whichever side began the handshake."""
    offer = await desk.registrations.offer("Them", [Role.EMSP, Role.CPO], hub=True)
    assert await desk.book() == {}
    await desk.registrations.agree(offer, TERMS, by="their-token-a")
    assert await desk.book() == both(CONNECTED)
    again = await desk.registrations.offer_again(offer.partner.id)
    await desk.registrations.agree(again, replace(TERMS, roles=BOTH[1:]), by="client-1")
    assert await desk.book() == {**both(CONNECTED), str(THEIR_EMSP): SUSPENDED}
    await desk.partners.suspend(offer.partner.id)
    await desk.registrations.offer("Them", [Role.CPO], hub=True)
    assert await desk.book() == {str(THEIR_CPO): PLANNED, str(THEIR_EMSP): SUSPENDED}


async def test_partners_of_our_own_parties_are_no_members(desk: Desk) -> None:
    invited = await desk.partners.invite("Them", [Role.EMSP, Role.CPO])
    await desk.register(invited.token)
    await desk.partners.missed(invited.partner.id)
    assert (await desk.book(), await desk.changes()) == ({}, 0)
    await desk.clock.advance(3600)
    await desk.members.look()
    assert await desk.doubted() == set()


@pytest.mark.parametrize("hub", [True, False])
async def test_only_members_in_their_roles_can_be_planned(desk: Desk, *, hub: bool) -> None:
    roles = [Role.EMSP] if hub else [Role.EMSP, Role.CPO]
    with pytest.raises(InvalidInput):
        await desk.partners.invite("Them", roles, hub=hub, planned=BOTH)


def test_every_change_of_a_partner_is_seen_by_the_book() -> None:
    """Use-cases write partners by `write_partner`, never past the book."""
    folder = Path(__file__).parents[3] / "app" / "use_cases"
    writing = [f.name for f in folder.glob("*.py") if "partners.put(" in f.read_text()]
    assert writing == ["hub_members.py"]


async def test_who_is_silent_for_long_is_checked_once(desk: Desk) -> None:
    """C-267: five minutes; who is OFFLINE each time, who is not registered never."""
    state, seen = PartnerState, NOON
    await desk.put(
        a_partner(id="p-1", name="1", hub=True, last_seen=seen),
        a_partner(id="p-2", name="2", hub=True, last_seen=seen, state=state.OFFLINE),
        a_partner(id="p-3", name="3", hub=True, state=state.INVITED, roles=()),
        a_partner(id="p-4", name="4", hub=True, state=state.SUSPENDED, roles=()),
        a_partner(id="p-5", name="5", hub=True, roles=()),
        a_partner(id="p-6", name="6", last_seen=seen - timedelta(days=1)),
    )
    await desk.members.look()
    assert await desk.doubted() == {"p-2", "p-5"}
    await desk.clock.advance(300)
    await desk.members.look()
    await desk.members.look()
    await desk.members.doubt("p-1")
    assert await desk.doubted() == {"p-1", "p-2", "p-5"}
    async with desk.store.reading() as tx:
        assert await tx.deliveries.waiting() == 3


async def test_what_waits_for_a_member_is_dropped_with_it(desk: Desk) -> None:
    invited = await desk.partners.invite("Them", [Role.EMSP, Role.CPO], hub=True)
    await desk.register(invited.token)
    await desk.members.doubt(invited.partner.id)
    assert await desk.doubted() == {invited.partner.id}
    await desk.partners.suspend(invited.partner.id)
    assert await desk.doubted() == set()
    assert told_destination("x") != check_destination("x")


async def test_who_registers_anew_is_told_anew(desk: Desk) -> None:
    """It may be another system now, that knows of nobody."""
    reader = await desk.partners.invite("Reader", [Role.EMSP], hub=True)
    roles = (PartnerRole(Role.EMSP, PartyId("FR", "RDR"), "Reader"),)
    terms = replace(TERMS, roles=roles)
    token = await desk.register(reader.token, terms)
    them = await desk.partners.invite("Them", [Role.EMSP, Role.CPO], hub=True)
    await desk.register(them.token)
    known = await desk.partners.get(reader.partner.id)
    wanted = [Told(THEIR_CPO, Role.CPO, CONNECTED, desk.clock.now())]
    assert await desk.members.news_for(known) == wanted
    assert await desk.members.news_for(known, THEIR_EMSP) == []
    await desk.members.note_told(known, wanted[0])
    assert await desk.members.news_for(known) == []
    await desk.register(token, terms)
    assert await desk.members.news_for(known, THEIR_CPO) == wanted


async def test_a_connection_for_one_counterpart_is_that_ones_business(desk: Desk) -> None:
    """C-271: nobody else knows of it, and nobody has it twice."""
    reader = a_partner(id="p-1", name="1", hub=True, roles=(_role(CPO), _role(EMSP)))
    older = PartnerRole(Role.EMSP, THEIR_EMSP, "2.1.1")
    virtual = a_partner(id="p-2", name="2", hub=True, roles=(older,), counterpart=CPO)
    second = replace(virtual, id="p-3", name="3", counterpart=EMSP, state=PartnerState.OFFLINE)
    stranger = a_partner(id="p-4", name="4", hub=True, roles=(_role(PartyId("FR", "XXX")),))
    await desk.put(reader, virtual, second, stranger)
    await desk.members.look()
    shown = [m for m in await desk.members.shown_to(reader) if m.party == THEIR_EMSP]
    assert [(m.role, m.status) for m in shown] == [(Role.EMSP, CONNECTED)]
    assert await desk.members.shown_to(stranger) == []
    found: list[HubMember] = await desk.members.shown_to(virtual)
    assert {m.party for m in found} == {CPO}


async def test_a_hub_behind_the_hub_brings_along_whom_it_lists(desk: Desk) -> None:
    """C-087: but nobody who is here already, nor in a role that was not agreed on."""
    await desk.put(a_partner(id="p-1", name="1", hub=True, roles=BOTH[:1]))
    invited = await desk.partners.invite("Hub", [Role.HUB, Role.EMSP, Role.CPO], hub=True)
    hub = PartnerRole(Role.HUB, PartyId("NL", "HUB"), "Hub")
    mobile = PartnerRole(Role.NSP, PartyId("FR", "NSP"), "not agreed on")
    fresh = _role(PartyId("FR", "XXX"))
    terms = replace(TERMS, roles=(hub,), behind=(*BOTH, mobile, fresh))
    await desk.register(invited.token, terms)
    known = await desk.partners.get(invited.partner.id)
    assert known.roles == (hub, BOTH[1], fresh)


async def test_what_a_hub_tells_counts_more_than_what_it_lists(desk: Desk) -> None:
    """C-087, C-273: HubClientInfo knows how a party stands, credentials only that it is there."""
    await desk.put(a_partner(id="hub", name="A hub", roles=(PartnerRole(Role.HUB, CPO, "Hub"),)))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    told = HubClient("hub", THEIR_CPO, Role.CPO, OFFLINE, at)

    async def listing(*roles: PartnerRole) -> dict[str, ClientStatus]:
        async with desk.store.transaction() as tx:
            await keep_listed(tx, "hub", roles)
            return {str(c.party): c.status for c in await tx.hub_clients.of_hub("hub")}

    assert await listing(*BOTH) == both(CONNECTED)
    assert await listing(BOTH[0]) == {**both(CONNECTED), str(THEIR_CPO): SUSPENDED}
    assert await listing(*BOTH) == both(CONNECTED)
    async with desk.store.transaction() as tx:
        await tx.hub_clients.put(told)
    assert await listing(*BOTH) == {**both(CONNECTED), str(THEIR_CPO): OFFLINE}
    assert await listing() == {str(THEIR_EMSP): SUSPENDED, str(THEIR_CPO): OFFLINE}


def _role(party: PartyId) -> PartnerRole:
    return PartnerRole(Role.CPO, party, str(party))
