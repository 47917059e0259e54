"""The handshake's transactions: what is stored between the calls that two platforms make.

Tokens in our own words (OCPI calls them A, B and C): the *invitation* lets a platform register
once, a *server token* is what a partner presents to us, the *client token* what we present to it.
The calls themselves are made by `ocpi.client.handshake`, never inside one of these transactions,
and nothing is stored before they succeeded; so a handshake that breaks off anywhere leaves both
sides with tokens that still work. The order of `Partner.server_tokens` is the key to that: the
last one is the newest, and only its first use ends the others. A token that we offer is kept
apart until the partner has agreed; when its answer is lost nobody knows whether it has, so such
a token stays good until a later offer is agreed on, and the partner may register by it, too. In
the other direction the token we showed until now is kept beside the one we were given last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from app.domain.errors import AlreadyExists, Conflict, InvalidInput
from app.domain.events import PartnerRegistered
from app.domain.identifiers import PartyId
from app.domain.partners import Endpoint, Partner, PartnerRole, PartnerState, Role
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.hub_clients import keep_listed
from app.use_cases.hub_members import write_partner
from app.use_cases.partners import Platform, check_counterpart, new_token, roles_in

MOST_OFFERS = 4
"""So many offers whose answers were lost are remembered, the newest first."""


class AlreadyRegistered(Conflict):
    """A registered platform asks to register; it can renew or leave (HTTP 405)."""

    code = "already_registered"


class NotRegistered(Conflict):
    """A platform that is not registered asks to renew or to leave (HTTP 405)."""

    code = "not_registered"


class Caller(Protocol):
    """Who presented which plain token; `invited` when it is the one-time one of an invitation."""

    @property
    def partner(self) -> Partner:
        """The partner as the token was looked up."""
        ...

    @property
    def token(self) -> str:
        """The token as presented."""
        ...

    @property
    def invited(self) -> bool:
        """Whether the token is good for registering only."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What a handshake agreed on; `client_token` is plain, `raw` means sent without base64.

    `behind` are the parties that a hub lists beside itself (OCPI 2.3.0, Credentials object).
    """

    version: str
    versions_url: str
    endpoints: tuple[Endpoint, ...]
    roles: tuple[PartnerRole, ...]
    client_token: str
    raw: bool = False
    behind: tuple[PartnerRole, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A partner being registered with, and the plain server token it is offered."""

    partner: Partner
    token: str


class Registrations:
    """Both sides of the credentials handshake, one transaction a method."""

    def __init__(
        self,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        *,
        platform: Platform,
        tokens: Callable[[], str] = new_token,
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._platform = platform
        self._tokens = tokens

    async def review(
        self, caller: Caller, roles: Sequence[PartnerRole], *, renewing: bool
    ) -> None:
        """Whether this caller may register or renew as these parties.

        Raises AlreadyRegistered, NotRegistered, or InvalidInput for parties it may not claim.
        A second POST with the invitation is a repetition whose first answer got lost; a PUT with a
        token we offered is from a partner whose answer we never got.
        """
        heard = self._sealer.fingerprint(caller.token) in caller.partner.offers
        if renewing and not heard and (caller.invited or not caller.partner.registered):
            raise NotRegistered("register first, by POST")
        if not renewing and not caller.invited:
            raise AlreadyRegistered("registered before: use PUT to renew")
        async with self._store.reading() as tx:
            await self._check_claim(tx, caller.partner, roles)

    async def _check_claim(
        self, tx: Transaction, partner: Partner, roles: Sequence[PartnerRole], url: str = ""
    ) -> None:
        """Nobody speaks for others. Source: ocpi issue 509; one platform, one (role, party).

        A platform that registers once for each counterpart does so from the host of its `url`.
        """
        claimed = [(r.role, r.party) for r in roles]
        if not claimed:
            raise InvalidInput("roles", "at least one role")
        if len(set(claimed)) != len(claimed):
            raise InvalidInput("roles", "a role of a party is listed twice")
        ours = {r.party for r in await roles_in(tx, self._platform, hub=partner.hub)}
        for index, (role, party) in enumerate(claimed):
            if partner.allowed_roles and role not in partner.allowed_roles:
                raise InvalidInput(f"roles.{index}.role", f"{role} was not agreed on")
            holders = await tx.partners.hosting(party, role)
            others = (p for p in holders if p.id != partner.id and p.hub == partner.hub)
            taken = any(not _same_platform(p, partner, url) for p in others)
            if taken or party in {*ours, partner.counterpart}:
                raise InvalidInput(f"roles.{index}", f"{role} {party} belongs to another platform")

    async def _with_those_behind(
        self, tx: Transaction, partner: Partner, behind: Sequence[PartnerRole]
    ) -> Partner:
        """Keep whom a hub lists, but for those that are nearer to us than through it.

        To our own parties they are its clients; behind our own hub they are its parties.
        """
        ours = {r.party for r in await roles_in(tx, self._platform, hub=partner.hub)}
        others = [role for role in behind if role.party not in ours]
        if not partner.hub:
            await keep_listed(tx, partner.id, others)
            return partner
        free = [role for role in others if await self._is_free(tx, partner, role)]
        return replace(partner, roles=(*partner.roles, *free))

    async def _is_free(self, tx: Transaction, partner: Partner, claimed: PartnerRole) -> bool:
        """Whether a hub behind our hub may bring this party along."""
        try:
            await self._check_claim(tx, partner, [claimed])
        except InvalidInput:
            return False
        return True

    async def accept(self, caller: Caller, terms: Terms) -> Offer:
        """Store what a partner that called us agreed on, and give it a new server token.

        The presented token stays valid until the new one is used. Raises as `review`, since
        things may have changed during the calls.
        """
        token = self._tokens()
        new = self._sealer.fingerprint(token)
        presented = self._sealer.fingerprint(caller.token)
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(caller.partner.id)
            if presented not in {partner.invitation, *partner.offers, *partner.server_tokens}:
                raise NotRegistered("the token was replaced meanwhile")
            await self._check_claim(tx, partner, terms.roles, terms.versions_url)
            kept = () if presented == partner.invitation else (presented,)
            former = _in_force(partner, presented)
            partner = self._connected(partner, terms, (*kept, new))
            partner = await self._with_those_behind(tx, partner, terms.behind)
            partner = replace(partner, former_token=former)
            await write_partner(tx, partner, self._clock.now(), anew=True)
            tx.emit(PartnerRegistered(partner.id))
        return Offer(partner, token)

    async def offer(
        self,
        name: str,
        roles: Sequence[Role],
        *,
        hub: bool = False,
        counterpart: PartyId | None = None,
    ) -> Offer:
        """Begin to register at another platform: it may call us with the token from now on.

        `counterpart` is the only party that it is to meet at the hub, if it cannot tell several
        apart. Can be repeated after a failure. Raises AlreadyExists when it is registered.
        """
        check_counterpart(counterpart, roles, hub=hub)
        token = self._tokens()
        async with self._store.transaction() as tx:
            await roles_in(tx, self._platform, hub=hub)
            known = await tx.partners.by_name(name)
            if known is not None and known.registered:
                raise AlreadyExists(f"partner {known.name!r} is registered")
            partner = Partner(
                known.id if known else new_id(),
                name,
                PartnerState.INVITED,
                known.created_at if known else self._clock.now(),
                allowed_roles=tuple(dict.fromkeys(roles)),
                roles=known.roles if known and known.hub and hub else (),
                invitation=known.invitation if known else None,
                hub=hub,
                counterpart=counterpart,
                quirks=known.quirks if known else {},
            )
            partner = _offering(partner, known, self._sealer.fingerprint(token))
            await write_partner(tx, partner, self._clock.now())
        return Offer(partner, token)

    async def offer_again(self, partner_id: str) -> Offer:
        """Begin to renew at a partner: its present token and the new one both work meanwhile.

        Raises NotRegistered.
        """
        token = self._tokens()
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(partner_id)
            if not partner.registered:
                raise NotRegistered(f"partner {partner.name!r} is not registered")
            partner = _offering(partner, partner, self._sealer.fingerprint(token))
            await write_partner(tx, partner, self._clock.now())
        return Offer(partner, token)

    async def agree(self, offer: Offer, terms: Terms, *, by: str) -> Partner:
        """Store what a platform that we called agreed on; it let us in `by` this plain token."""
        new = self._sealer.fingerprint(offer.token)
        async with self._store.transaction() as tx:
            partner = await tx.partners.hold(offer.partner.id)
            await self._check_claim(tx, partner, terms.roles, terms.versions_url)
            if partner.offered != new:
                raise NotRegistered("the offered token was replaced meanwhile")
            partner = self._connected(partner, terms, (*partner.server_tokens[-1:], new))
            partner = await self._with_those_behind(tx, partner, terms.behind)
            former = self._sealer.seal(by, client_token_context(partner.id))
            partner = replace(partner, offered=None, outstanding=(), former_token=former)
            await write_partner(tx, partner, self._clock.now(), anew=True)
            tx.emit(PartnerRegistered(partner.id))
        return partner

    def _connected(self, partner: Partner, terms: Terms, tokens: tuple[str, ...]) -> Partner:
        return replace(
            partner,
            state=PartnerState.CONNECTED,
            roles=terms.roles,
            version=terms.version,
            versions_url=terms.versions_url,
            endpoints=terms.endpoints,
            server_tokens=tokens,
            client_token=self._sealer.seal(terms.client_token, client_token_context(partner.id)),
            raw_token=terms.raw,
            last_seen=self._clock.now(),
        )


def _same_platform(other: Partner, partner: Partner, url: str) -> bool:
    """Whether two connections are one platform's, each for another counterpart.

    That they come from the same host is known once the `url` is.
    """
    if None in {other.counterpart, partner.counterpart}:
        return False
    if other.counterpart == partner.counterpart:
        return False
    return not url or urlsplit(url).hostname == urlsplit(other.versions_url or "").hostname


def _offering(partner: Partner, before: Partner | None, fingerprint: str) -> Partner:
    """The partner with one more token on its way to it."""
    outstanding = before.offers[:MOST_OFFERS] if before else ()
    return replace(partner, offered=fingerprint, outstanding=outstanding)


def _in_force(partner: Partner, presented: str) -> str | None:
    """Which of our tokens the partner surely takes.

    One that presents an older token than we gave it last has not heard our last answer, and may
    have gone back to the token it took before.
    """
    heard = presented in {*partner.offers, *partner.server_tokens[-1:]}
    return partner.client_token if heard else partner.former_token or partner.client_token


def client_token_context(partner_id: str) -> str:
    """What a partner's sealed client token is bound to."""
    return f"partner:{partner_id}:client_token"
