"""Partners as the platform knows them: invited, recognised by their tokens, seen, suspended."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from app.domain.errors import AlreadyExists, InvalidInput, NotFound
from app.domain.events import PartnerLeft, PartnerReturned
from app.domain.identifiers import PartyId
from app.domain.operators import Operator
from app.domain.partners import Endpoint, Partner, PartnerRole, PartnerState, Quirk, Role
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.circuits import Alive
from app.use_cases.directory import Directory
from app.use_cases.hub_members import (
    HubMembers,
    Talks,
    check_destination,
    told_destination,
    write_partner,
)
from app.use_cases.hub_telling import hub_destination

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(seconds=60)
CLEAR_EVERY_S = 2.0
_TOKENS = 1_000


@dataclass(frozen=True, slots=True)
class Platform:
    """The parties we are besides our operators: the driver app's eMSP, and the hub's own."""

    emsp: PartnerRole
    hub: PartnerRole | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """A partner that may register with `token`, which is shown once."""

    partner: Partner
    token: str

    @property
    def our_side(self) -> Role | None:
        """Whom of us it registers with in 2.1.1, whose endpoints have no roles.

        None at the hub, where it registers with its `counterpart`.
        """
        if self.partner.hub:
            return None
        return Role.CPO if Role.EMSP in self.partner.allowed_roles else Role.EMSP


def new_token() -> str:
    """An unguessable credentials token of 43 characters.

    Source: OCPI 2.2.1, Credentials, Credentials object: at most 64, no white space.
    """
    return secrets.token_urlsafe(TOKEN_BYTES)


def destination_of(partner_id: str) -> str:
    """The name of a partner's delivery queue."""
    return f"partner:{partner_id}"


def call_destination(partner_id: str) -> str:
    """The name of the queue of our own calls that ask whether a partner is back."""
    return f"call:{partner_id}"


def pull_destination(partner_id: str) -> str:
    """The name of the queue of our own pulls from a partner."""
    return f"pull:{partner_id}"


async def roles_in(tx: Transaction, platform: Platform, *, hub: bool) -> tuple[PartnerRole, ...]:
    """Who we are ourselves, on a connection of this kind.

    The hub platform is nobody but itself (OCPI 2.2.1, Credentials, HUB role).
    """
    if hub:
        if platform.hub is None:
            raise InvalidInput("hub", "this platform runs no hub")
        return (platform.hub,)
    return ours(await tx.operators.list(), platform)


def ours(operators: Sequence[Operator], platform: Platform) -> tuple[PartnerRole, ...]:
    """The parties of our own platform: its operators, and the driver app's eMSP."""
    cpos = (PartnerRole(Role.CPO, o.party, o.name, o.website) for o in operators)
    return (*cpos, platform.emsp)


def check_counterpart(counterpart: PartyId | None, roles: Sequence[Role], *, hub: bool) -> None:
    """Whether a connection can be good for one counterpart only; raises InvalidInput."""
    if counterpart is None:
        return
    if not hub:
        raise InvalidInput("counterpart", "only the hub has connections for one counterpart")
    if len(set(roles)) != 1 or not set(roles) <= {Role.CPO, Role.EMSP}:
        raise InvalidInput("roles", "either CPO or EMSP, where there is one counterpart only")


class Partners:
    """What becomes of a partner besides its handshake (see `use_cases.registration`)."""

    def __init__(
        self,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        *,
        platform: Platform,
        tokens: Callable[[], str] = new_token,
        alive: Alive | None = None,
        talks: Talks | None = None,
    ) -> None:
        """`alive` tells all processes that a partner called us; `talks` are the hub's rules."""
        self._store = store
        self._sealer = sealer
        self._fingerprint = lru_cache(maxsize=_TOKENS)(sealer.fingerprint)
        self._clock = clock
        self._platform = platform
        self._tokens = tokens
        self._alive = alive
        self._members = HubMembers(store, clock, talks=talks)
        self._directory = Directory(store)
        self._cleared: dict[str, float] = {}

    async def invite(
        self,
        name: str,
        roles: Sequence[Role],
        *,
        hub: bool = False,
        planned: Sequence[PartnerRole] = (),
        counterpart: PartyId | None = None,
    ) -> Invited:
        """Let a platform register in these roles; inviting again replaces an unused invitation.

        Members of the hub are told that the `planned` parties will come. A platform whose version
        cannot name its receivers is invited once for each `counterpart` that it is to meet. Raises
        AlreadyExists when a partner of this name is registered.
        """
        name = name.strip()
        if not name or len(name) > 100:  # noqa: PLR2004 - OCPI's longest business name
            raise InvalidInput("name", "1 to 100 characters")
        if not roles:
            raise InvalidInput("roles", "at least one role")
        if planned and not (hub and {each.role for each in planned} <= set(roles)):
            raise InvalidInput("planned", "parties at the hub, in roles that it may have")
        check_counterpart(counterpart, roles, hub=hub)
        token = self._tokens()
        async with self._store.transaction() as tx:
            await roles_in(tx, self._platform, hub=hub)
            partner = await self._blank(tx, name, hub=hub)
            partner = replace(
                partner,
                counterpart=counterpart,
                allowed_roles=tuple(dict.fromkeys(roles)),
                roles=tuple(planned) or partner.roles,
                invitation=self._sealer.fingerprint(token),
            )
            await write_partner(tx, partner, self._clock.now())
        return Invited(partner, token)

    async def _blank(self, tx: Transaction, name: str, *, hub: bool) -> Partner:
        known = await tx.partners.by_name(name)
        if known is None:
            return Partner(new_id(), name, PartnerState.INVITED, self._clock.now(), hub=hub)
        if known.registered:
            raise AlreadyExists(f"partner {known.name!r} is registered; suspend it first")
        roles = known.roles if hub and known.hub else ()
        return Partner(
            known.id, name, PartnerState.INVITED, known.created_at, roles=roles, hub=hub
        )

    async def look(self) -> None:
        """See to it that nobody is let in, and nothing shown, as it was before the last commit."""
        await self._directory.look()

    async def glance(self) -> bool:
        """See to it that nobody is let in as it was before the last change that was answered.

        Whether it took a look, after which nothing is shown either as it was.
        """
        return await self._directory.glance()

    async def recognise(self, token: str) -> tuple[Partner, bool] | None:
        """Who presents this plain token, and whether it is an invitation; None when nobody's.

        As of the last look, which a request makes at its beginning.
        The first use of a new server token ends the older ones and the invitation: until then an
        answer that got lost must not lock the partner out (OCPI 2.2.1, Credentials, Registration).
        """
        fingerprint = self._fingerprint(token)
        partner = await self._directory.by_token(fingerprint)
        if partner is None:
            return None
        if _ends_older(partner, fingerprint):
            partner = await self._settle_token(partner.id, fingerprint)
        return partner, partner.invitation == fingerprint

    async def _settle_token(self, partner_id: str, fingerprint: str) -> Partner:
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(partner_id)
            if _ends_older(partner, fingerprint):
                partner = replace(partner, server_tokens=(fingerprint,), invitation=None)
                await write_partner(tx, partner, self._clock.now())
        return partner

    async def seen(self, partner_id: str) -> None:
        """A sign of life: what waits for the partner is sent now, and it is not OFFLINE any more.

        Looked at once in 2 s for each partner, since a busy one calls many times a second.
        """
        now = self._clock.monotonic()
        last = self._cleared.get(partner_id)
        if last is not None and now - last < CLEAR_EVERY_S:
            return
        self._cleared[partner_id] = now
        if self._alive is not None:
            await self._alive(partner_id)
        await self.reached(partner_id)

    async def reached(self, partner_id: str) -> None:
        """The partner answers, or calls: note it at once.

        One that was OFFLINE may have missed and changed much, so its lists are pulled then.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.deliveries.clear(destination_of(partner_id), now)
            partner = await tx.partners.hold(partner_id)
            if partner.hub:
                await tx.deliveries.clear(hub_destination(partner_id), now)
                await tx.deliveries.clear(told_destination(partner_id), now)
            offline = partner.state is PartnerState.OFFLINE
            fresh = partner.last_seen is not None and now - partner.last_seen < SEEN_EVERY
            if offline:
                back = replace(partner, state=PartnerState.CONNECTED, last_seen=now)
                await write_partner(tx, back, now)
                await tx.deliveries.clear(pull_destination(partner_id), now)
                tx.emit(PartnerReturned(partner_id))
            elif not fresh:
                await tx.partners.put_seen(replace(partner, last_seen=now))

    async def missed(self, partner_id: str) -> None:
        """The partner could not be reached."""
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(partner_id)
            if partner.state is PartnerState.CONNECTED:
                partner = replace(partner, state=PartnerState.OFFLINE)
                await write_partner(tx, partner, self._clock.now())
                await tx.deliveries.clear(hub_destination(partner_id), self._clock.now())

    async def moved(self, partner_id: str, endpoints: tuple[Endpoint, ...]) -> bool:
        """Store endpoints that a partner serves now; False when they are those we know."""
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(partner_id)
            if not partner.registered or set(partner.endpoints) == set(endpoints):
                return False
            partner = replace(partner, endpoints=endpoints)
            await write_partner(tx, partner, self._clock.now())
        return True

    async def switch(
        self, partner_id: str, *, on: Mapping[Quirk, str], off: Sequence[Quirk] = ()
    ) -> Partner:
        """Switch quirks on (those with a number, with it) and off; raises InvalidInput, NotFound.

        They count from the next exchange on, in every process.
        """
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(partner_id)
            for quirk in off:
                partner = partner.switched(quirk, None)
            for quirk, value in on.items():
                partner = partner.switched(quirk, value)
            await write_partner(tx, partner, self._clock.now())
        return partner

    async def suspend(self, partner_id: str) -> Partner:
        """End the connection: both sides' tokens are void and what waits is dropped.

        Also what DELETE credentials does (OCPI 2.2.1, Credentials, DELETE method). The partner
        can be invited again under its name.
        """
        async with self._store.transaction() as tx:
            partner = replace(
                await tx.partners.hold(partner_id),
                state=PartnerState.SUSPENDED,
                invitation=None,
                offered=None,
                outstanding=(),
                former_token=None,
                server_tokens=(),
                client_token=None,
                endpoints=(),
            )
            await write_partner(tx, partner, self._clock.now())
            await tx.deliveries.forget(destination_of(partner_id))
            await tx.deliveries.forget(pull_destination(partner_id))
            await tx.deliveries.forget(told_destination(partner_id))
            await tx.deliveries.forget(hub_destination(partner_id))
            await tx.hub_objects.close_gap(partner_id)
            await tx.deliveries.forget(check_destination(partner_id))
            await tx.pulls.forget(partner_id)
            tx.emit(PartnerLeft(partner_id))
        return partner

    async def own_roles(self, *, hub: bool) -> tuple[PartnerRole, ...]:
        """What our Credentials object lists on a connection of this kind."""
        async with self._store.reading() as tx:
            return await roles_in(tx, self._platform, hub=hub)

    async def roles_towards(self, partner: Partner) -> tuple[PartnerRole, ...]:
        """The same towards this partner, in the newest form.

        The hub comes with the parties that can be reached there; over some of its connections it
        is but one other party.
        """
        if partner.counterpart is None:
            own = await self.own_roles(hub=partner.hub)
            return (*own, *await self._members.reached_by(partner)) if partner.hub else own
        party, role = partner.counterpart, partner.counterpart_role
        async with self._store.reading() as tx:
            hosts = await tx.partners.hosting(party, role, hub=True)
        known = next((p.role_of(party, role) for p in hosts), None)
        return (known or PartnerRole(role, party, str(party)),)

    async def our_roles(self) -> tuple[PartnerRole, ...]:
        """The same for partners of our own parties, as of the last look."""
        return ours(await self._directory.operators(), self._platform)

    async def get(self, partner_id: str) -> Partner:
        """The partner; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.partners.need(partner_id)

    async def known(self, partner_id: str) -> Partner:
        """The same from memory, no older than what was committed before the call."""
        await self._directory.look()
        return await self._directory.by_id(partner_id)

    async def by_name(self, name: str) -> Partner | None:
        """The partner of this name, or None."""
        async with self._store.reading() as tx:
            return await tx.partners.by_name(name)

    async def need_by_name(self, name: str) -> Partner:
        """The partner of this name; raises NotFound."""
        found = await self.by_name(name)
        if found is None:
            raise NotFound("partner", name)
        return found

    async def all(self) -> list[Partner]:
        """Every partner, the oldest first."""
        async with self._store.reading() as tx:
            return await tx.partners.all()


def _ends_older(partner: Partner, fingerprint: str) -> bool:
    """Whether this token is the newest one and older ones are still valid."""
    newest = bool(partner.server_tokens) and partner.server_tokens[-1] == fingerprint
    older = len(partner.server_tokens) > 1 or partner.invitation is not None
    return newest and older and partner.registered
