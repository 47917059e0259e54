"""Partners are invited, recognised, and never locked out by an answer that got lost."""

from dataclasses import dataclass, replace

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import AlreadyExists, InvalidInput
from app.domain.events import PartnerLeft, PartnerReturned
from app.domain.partners import Partner, PartnerRole, PartnerState, Role
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.partners import Partners, Platform
from app.use_cases.registration import (
    AlreadyRegistered,
    NotRegistered,
    Registrations,
    Terms,
    client_token_context,
)
from tests.support.clock import FakeClock
from tests.support.roaming_objects import AN_OPERATOR, CPO, EMSP, THEIR_CPO, THEIR_EMSP

PLATFORM = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"))
HUB = PartnerRole(Role.HUB, CPO, "Hub")
THEIRS = (PartnerRole(Role.EMSP, THEIR_EMSP, "Them"),)
TERMS = Terms("2.2.1", "https://them.example/versions", (), THEIRS, "client-1")


@dataclass(frozen=True)
class Caller:
    partner: Partner
    token: str
    invited: bool


@dataclass
class Desk:
    """Both use-cases, and how a caller comes in."""

    store: Store
    sealer: FernetSealer
    partners: Partners
    registrations: Registrations

    async def caller(self, token: str) -> Caller | None:
        await self.partners.look()
        found = await self.partners.recognise(token)
        return None if found is None else Caller(found[0], token, found[1])

    async def registered(self) -> tuple[str, str]:
        """A registered partner's invitation and its first server token, not used yet."""
        invited = await self.partners.invite("Them", [Role.EMSP])
        caller = await self.caller(invited.token)
        assert caller is not None
        offer = await self.registrations.accept(caller, TERMS)
        return invited.token, offer.token


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> Desk:
    sealer = FernetSealer(["a secret of the house"])
    platform = Platform(PLATFORM.emsp, HUB)
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    return Desk(
        store,
        sealer,
        Partners(store, sealer, clock, platform=platform),
        Registrations(store, sealer, clock, platform=platform),
    )


async def test_an_invitation_is_kept_as_a_hash(desk: Desk) -> None:
    invited = await desk.partners.invite(" Them ", [Role.EMSP, Role.EMSP], hub=True)
    assert invited.partner.name == "Them"
    assert invited.partner.allowed_roles == (Role.EMSP,)
    assert invited.token not in repr(invited.partner)
    caller = await desk.caller(invited.token)
    assert caller is not None
    assert caller.invited
    assert await desk.caller("something else") is None


async def test_inviting_again_replaces_the_invitation(desk: Desk) -> None:
    first = await desk.partners.invite("Them", [Role.EMSP])
    second = await desk.partners.invite("them", [Role.CPO])
    assert first.partner.id == second.partner.id
    assert await desk.caller(first.token) is None
    await desk.registered()
    with pytest.raises(AlreadyExists):
        await desk.partners.invite("Them", [Role.EMSP])


@pytest.mark.parametrize(("name", "roles"), [("", [Role.CPO]), ("x" * 101, [Role.CPO]), ("x", [])])
async def test_unfit_invitations_are_refused(desk: Desk, name: str, roles: list[Role]) -> None:
    with pytest.raises(InvalidInput):
        await desk.partners.invite(name, roles)


async def test_the_invitation_ends_with_the_first_use_of_the_token(desk: Desk) -> None:
    """C-066, C-077."""
    invitation, token = await desk.registered()
    assert await desk.caller(invitation) is not None
    caller = await desk.caller(token)
    assert caller is not None
    assert not caller.invited
    assert caller.partner.registered
    assert await desk.caller(invitation) is None


async def test_a_repeated_registration_replaces_the_unused_token(desk: Desk) -> None:
    """C-077."""
    invitation, lost = await desk.registered()
    caller = await desk.caller(invitation)
    assert caller is not None
    await desk.registrations.review(caller, THEIRS, renewing=False)
    again = await desk.registrations.accept(caller, TERMS)
    assert await desk.caller(again.token) is not None
    assert await desk.caller(lost) is None


async def test_old_and_new_token_overlap_while_renewing(desk: Desk) -> None:
    """C-078, C-080, I-03: whichever answer gets lost, one of the tokens still works."""
    _, first = await desk.registered()
    caller = await desk.caller(first)
    assert caller is not None
    await desk.registrations.review(caller, THEIRS, renewing=True)
    lost = await desk.registrations.accept(caller, replace(TERMS, client_token="client-2"))
    assert await desk.caller(first) is not None
    again = await desk.registrations.accept(caller, replace(TERMS, client_token="client-3"))
    assert await desk.caller(lost.token) is None
    assert await desk.caller(first) is not None
    known = await desk.caller(again.token)
    assert known is not None
    assert await desk.caller(first) is None
    sealed = known.partner.client_token or ""
    opened = desk.sealer.open(sealed, client_token_context(known.partner.id))
    assert opened == "client-3"


async def test_what_we_offer_ends_nothing_before_it_is_agreed(desk: Desk) -> None:
    """C-076 from our side: the partner calls back with the new token, then fails."""
    _, first = await desk.registered()
    caller = await desk.caller(first)
    assert caller is not None
    offer = await desk.registrations.offer_again(caller.partner.id)
    assert await desk.caller(offer.token) is not None
    assert await desk.caller(first) is not None
    assert await desk.caller(offer.token) is not None
    await desk.registrations.agree(offer, TERMS, by="in")
    assert await desk.caller(first) is not None
    assert await desk.caller(offer.token) is not None
    assert await desk.caller(first) is None


async def test_a_replaced_offer_is_not_agreed(desk: Desk) -> None:
    stale = await desk.registrations.offer("Them", [])
    offer = await desk.registrations.offer("Them", [])
    with pytest.raises(NotRegistered):
        await desk.registrations.agree(stale, TERMS, by="in")
    partner = await desk.registrations.agree(offer, TERMS, by="in")
    assert partner.state is PartnerState.CONNECTED
    with pytest.raises(AlreadyExists):
        await desk.registrations.offer("Them", [])


async def test_the_state_decides_what_is_possible(desk: Desk) -> None:
    """C-068, C-069."""
    invitation, token = await desk.registered()
    invited = await desk.caller(invitation)
    assert invited is not None
    with pytest.raises(NotRegistered):
        await desk.registrations.review(invited, THEIRS, renewing=True)
    caller = await desk.caller(token)
    assert caller is not None
    with pytest.raises(AlreadyRegistered):
        await desk.registrations.review(caller, THEIRS, renewing=False)
    with pytest.raises(NotRegistered):
        await desk.registrations.accept(invited, TERMS)


@pytest.mark.parametrize(
    "roles",
    [
        (),
        THEIRS * 2,
        (PartnerRole(Role.CPO, THEIR_CPO, "x"),),
        (PartnerRole(Role.EMSP, EMSP, "us"),),
        (PartnerRole(Role.EMSP, CPO, "our operator"),),
    ],
)
async def test_nobody_speaks_for_others(desk: Desk, roles: tuple[PartnerRole, ...]) -> None:
    """C-085, C-089."""
    invited = await desk.partners.invite("Them", [Role.EMSP])
    caller = await desk.caller(invited.token)
    assert caller is not None
    with pytest.raises(InvalidInput):
        await desk.registrations.review(caller, roles, renewing=False)


async def test_suspending_ends_tokens_and_deliveries(desk: Desk, clock: FakeClock) -> None:
    """C-082."""
    _, token = await desk.registered()
    caller = await desk.caller(token)
    assert caller is not None
    destination = f"partner:{caller.partner.id}"
    async with desk.store.transaction() as tx:
        await tx.deliveries.add([Delivery(destination, "s", Mode.LATEST, "ocpi.x")], clock.now())
    await desk.partners.suspend(caller.partner.id)
    assert await desk.caller(token) is None
    async with desk.store.reading() as tx:
        assert await tx.deliveries.waiting() == 0
        events = [r.event for r in await tx.events.unplanned(10)]
    assert events[-1] == PartnerLeft(caller.partner.id)


async def test_a_sign_of_life_ends_the_back_off(desk: Desk, clock: FakeClock) -> None:
    _, token = await desk.registered()
    caller = await desk.caller(token)
    assert caller is not None
    partner_id = caller.partner.id
    destination = f"partner:{partner_id}"
    await desk.partners.missed(partner_id)
    assert (await desk.partners.get(partner_id)).state is PartnerState.OFFLINE
    async with desk.store.transaction() as tx:
        await tx.deliveries.add([Delivery(destination, "s", Mode.LATEST, "ocpi.x")], clock.now())
        lease = await tx.deliveries.lease("w", clock.now(), clock.now())
        assert lease is not None
        await tx.deliveries.back_off(lease, None, "down", clock.now())
    await clock.advance(10)
    await desk.partners.seen(partner_id)
    partner = await desk.partners.get(partner_id)
    assert (partner.state, partner.last_seen) == (PartnerState.CONNECTED, clock.now())
    async with desk.store.reading() as tx:
        assert await tx.deliveries.next_due() == clock.now()
        events = [r.event for r in await tx.events.unplanned(10)]
    assert events[-1] == PartnerReturned(partner_id)
    await desk.partners.missed(partner_id)
    await desk.partners.seen(partner_id)
    assert (await desk.partners.get(partner_id)).state is PartnerState.OFFLINE
    await clock.advance(3)
    await desk.partners.seen(partner_id)
    assert (await desk.partners.get(partner_id)).state is PartnerState.CONNECTED


async def test_all_processes_hear_of_a_sign_of_life(store: Store, desk: Desk) -> None:
    told: list[str] = []

    async def tell(partner_id: str) -> None:
        told.append(partner_id)

    partners = Partners(store, desk.sealer, FakeClock(), platform=PLATFORM, alive=tell)
    invited = await partners.invite("Them", [Role.EMSP])
    for _ in range(3):
        await partners.seen(invited.partner.id)
    assert told == [invited.partner.id]


async def test_our_roles(desk: Desk, store: Store, clock: FakeClock) -> None:
    """C-086: a hub names nobody but itself."""
    ours = await desk.partners.own_roles(hub=False)
    assert [(r.role, r.party) for r in ours] == [(Role.CPO, CPO), (Role.EMSP, EMSP)]
    assert await desk.partners.own_roles(hub=True) == (HUB,)
    without = Partners(store, desk.sealer, clock, platform=PLATFORM)
    with pytest.raises(InvalidInput):
        await without.own_roles(hub=True)
