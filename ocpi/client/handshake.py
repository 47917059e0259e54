"""The credentials handshake, both sides: versions → details → credentials.

The network is used between the transactions of `use_cases.registration`, never inside one, so a
partner that calls us back in the middle of it is served. Source: OCPI 2.2.1, Credentials,
Registration; the cases are C-060..C-090.
"""

from collections.abc import Sequence
from logging import getLogger

from app.domain.errors import DomainError, InvalidInput, PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerRole, Role
from app.use_cases.partners import Partners
from app.use_cases.registration import Caller, Offer, Registrations, Terms
from ocpi.client.discovery import Discovery, Found, NoCommonVersion, part_of
from ocpi.client.exchange import Access, ExchangeFailed, PartnerCalls
from ocpi.models.common import Json
from ocpi.models.credentials import Credentials, CredentialsRole
from ocpi.models.locations import BusinessDetails
from ocpi.versions.registry import VERSIONS, Inexpressible, Kind, OcpiVersion, Surroundings
from ocpi.wire.addresses import CPO, EMSP, HUB, OWN, Face, face_at, versions_url
from ocpi.wire.faults import MissingEndpoints, UnsupportedVersion, UnusableApi

log = getLogger(__name__)

SENDER, RECEIVER = InterfaceRole.SENDER, InterfaceRole.RECEIVER
NEEDED: dict[Role, tuple[tuple[str, InterfaceRole], ...]] = {
    Role.CPO: (("locations", SENDER),),
    Role.EMSP: (("tokens", SENDER), ("cdrs", RECEIVER), ("commands", SENDER)),
}
"""Of these a partner in the role has to offer at least one, or we have no use for each other."""


class Handshake:
    """Answers and makes registrations."""

    def __init__(
        self,
        calls: PartnerCalls,
        partners: Partners,
        registrations: Registrations,
        *,
        public_url: str,
    ) -> None:
        self._calls = calls
        self._discovery = Discovery(calls)
        self._partners = partners
        self._registrations = registrations
        self._public_url = public_url

    async def shown(self, caller: Caller, version: OcpiVersion) -> Json:
        """Our credentials with the token the caller uses at this moment (C-083)."""
        return await self._ours(caller.partner, caller.token, version)

    async def accept(
        self, caller: Caller, version: OcpiVersion, document: object, *, renewing: bool
    ) -> Json:
        """Serve POST (or PUT, when `renewing`) credentials; the answer holds the new token.

        Raises UnusableApi (3001), UnsupportedVersion (3002), MissingEndpoints (3003), InvalidInput
        (2001), AlreadyRegistered or NotRegistered (405); after each of them everything is as
        before, so the partner can try again with what it has.
        """
        theirs = _read(document, version, part_of(caller.partner))
        roles, _ = _parties(theirs)
        await self._registrations.review(caller, roles, renewing=renewing)
        found = await self._call_back(caller.partner, theirs, version, roles)
        terms = _terms(theirs, found)
        offer = await self._registrations.accept(caller, terms)
        log.info(
            "partner.registered",
            extra={"partner": caller.partner.id, "version": version.number, "renewed": renewing},
        )
        return await self._ours(offer.partner, offer.token, version)

    async def _call_back(
        self,
        partner: Partner,
        theirs: Credentials,
        version: OcpiVersion,
        roles: Sequence[PartnerRole],
    ) -> Found:
        """Read their endpoints by the token they gave; while renewing, else by the one we had."""
        access = Access(theirs.token, version.token_is_base64, partner)
        try:
            found = await self._find(theirs.url, access, version, partner)
        except NoCommonVersion as error:
            raise UnsupportedVersion(
                f"{version.number} was called, but your side {error}"
            ) from None
        except PartnerUnavailable as error:
            raise UnusableApi(f"your API could not be used: {error}") from None
        _require([r.role for r in roles], found)
        return found

    async def _find(
        self, url: str, access: Access, version: OcpiVersion, partner: Partner
    ) -> Found:
        wanted = {version.number}
        try:
            return await self._discovery.find(url, access, wanted=wanted, role=part_of(partner))
        except ExchangeFailed as failure:
            if not failure.is_unauthorized or partner.client_token is None:
                raise
            old = self._calls.access(partner)
            found = await self._discovery.find(url, old, wanted=wanted, role=part_of(partner))
            new = Access(access.token, old.base64_encoded, partner)
            return Found(found.version, found.endpoints, new)

    async def join(
        self,
        url: str,
        token: str,
        *,
        name: str,
        roles: Sequence[Role] = (),
        hub: bool = False,
        counterpart: PartyId | None = None,
    ) -> Partner:
        """Register at a platform that invited us, in the newest version both speak.

        `roles` limits what it may claim to be, empty does not. With a `counterpart` we register as
        that party behind the hub, in a version that cannot name several. Can be repeated after any
        failure. Raises PartnerUnavailable (with what to tell the operator), InvalidInput,
        AlreadyExists.
        """
        offer = await self._registrations.offer(name, roles, hub=hub, counterpart=counterpart)
        part = part_of(offer.partner)
        access = Access(token, partner=offer.partner)
        wanted = [v.number for v in VERSIONS.values() if _fits(v, counterpart)]
        found = await self._discovery.find(url, access, wanted=wanted, role=part)
        return await self._exchange(offer, found, "POST")

    async def renew(self, partner_id: str) -> Partner:
        """Give a partner a new token and our present roles, and take its new ones.

        Until it has agreed the old tokens work in both directions. Raises as `join`.
        """
        offer = await self._registrations.offer_again(partner_id)
        partner = offer.partner
        found = await self._known_endpoints(partner)
        return await self._exchange(offer, found, "PUT")

    async def _known_endpoints(self, partner: Partner) -> Found:
        """A partner's endpoints, by the token it takes: the present one or the one before."""
        url, wanted = partner.versions_url or "", {partner.version or ""}
        access, former = self._calls.access(partner), self._calls.former_access(partner)
        try:
            return await self._discovery.find(url, access, wanted=wanted, role=part_of(partner))
        except ExchangeFailed as failure:
            if former is None or not failure.is_unauthorized:
                raise
        return await self._discovery.find(url, former, wanted=wanted, role=part_of(partner))

    async def _exchange(self, offer: Offer, found: Found, method: str) -> Partner:
        """Send our credentials and store theirs. What we need is checked before (C-090)."""
        url = found.endpoint("credentials")
        if url is None:
            raise PartnerUnavailable("the platform has no credentials endpoint")
        _require([r.role for r in offer.partner.roles] or offer.partner.allowed_roles, found)
        ours = await self._ours(offer.partner, offer.token, found.version)
        answer = await self._calls.call_as(found.access, method, url, body=ours)
        theirs = _read(answer.single, found.version, part_of(offer.partner))
        terms = _terms(theirs, found)
        return await self._registrations.agree(offer, terms, by=found.access.token)

    async def leave(self, partner_id: str) -> Partner:
        """Unregister at a partner and end the connection, whether or not it answers."""
        partner = await self._partners.get(partner_id)
        url = next((e.url for e in partner.endpoints if e.module == "credentials"), None)
        if url is not None and partner.registered:
            try:
                await self._calls.call(partner, "DELETE", url)
            except DomainError as error:
                log.warning("partner.not_told", extra={"partner": partner.id, "why": str(error)})
        return await self._partners.suspend(partner_id)

    async def _ours(self, partner: Partner, token: str, version: OcpiVersion) -> Json:
        roles = await self._partners.roles_towards(partner)
        hub = next((r.party for r in roles if r.role is Role.HUB), None)
        credentials = Credentials(
            token=token,
            url=versions_url(self._public_url, _face(partner, version)),
            roles=[_wire_role(role) for role in roles],
            hub_party_id=f"{hub.country}{hub.code}" if hub else None,
        )
        part = "EMSP" if part_of(partner) == "CPO" else "CPO"
        try:
            return version.lower(Kind.CREDENTIALS, credentials.document(), Surroundings(role=part))
        except Inexpressible:
            raise InvalidInput("roles", f"we have no {part} party to speak for") from None


def _read(document: object, version: OcpiVersion, part: str | None) -> Credentials:
    if not isinstance(document, dict):
        raise InvalidInput("", "credentials are an object")
    return Credentials.read(version.lift(Kind.CREDENTIALS, document, Surroundings(role=part)))


def _terms(theirs: Credentials, found: Found) -> Terms:
    roles, behind = _parties(theirs)
    return Terms(
        version=found.version.number,
        versions_url=theirs.url,
        endpoints=found.endpoints,
        roles=roles,
        client_token=theirs.token,
        raw=not found.access.base64_encoded,
        behind=behind,
    )


def _parties(
    theirs: Credentials,
) -> tuple[tuple[PartnerRole, ...], tuple[PartnerRole, ...]]:
    """The parties a platform speaks for itself, and those that are only behind it.

    A hub is its own party, whatever 2.3.0 lists it as; all others that it lists are behind it.
    """
    hub = PartyId.parse(theirs.hub_party_id) if theirs.hub_party_id else None
    listed = [_role(role, hub) for role in theirs.roles]
    if hub is None:
        return tuple(listed), ()
    own = [role for role in listed if role.party == hub] or [PartnerRole(Role.HUB, hub, str(hub))]
    others = (role for role in listed if role.party != hub and role.role is not Role.HUB)
    return tuple(own), tuple(others)


def _role(role: CredentialsRole, hub: PartyId | None) -> PartnerRole:
    party = PartyId.of(role.country_code, role.party_id)
    details = role.business_details
    is_hub = party == hub and role.role == Role.OTHER
    return PartnerRole(
        Role.HUB if is_hub else Role(role.role), party, details.name, details.website
    )


def _wire_role(role: PartnerRole) -> CredentialsRole:
    wire = Role.OTHER if role.role is Role.HUB else role.role
    return CredentialsRole(
        role=wire.value,
        business_details=BusinessDetails(name=role.name, website=role.website),
        party_id=role.party.code,
        country_code=role.party.country,
    )


def _require(roles: Sequence[Role], found: Found) -> None:
    """What the partner's roles need of its endpoints (C-074, C-090); raises MissingEndpoints."""
    offered = {(e.module, e.role) for e in found.endpoints}
    for role in roles:
        needed = NEEDED.get(role, ())
        if needed and not offered.intersection(needed):
            names = " or ".join(f"{module} {side}" for module, side in needed)
            raise MissingEndpoints(f"your role {role} needs {names}")


def _fits(version: OcpiVersion, counterpart: PartyId | None) -> bool:
    """A connection for one counterpart only is for versions that could not name another."""
    return counterpart is None or not version.has_routing_headers


def _face(partner: Partner, version: OcpiVersion) -> Face:
    """Which versions URL of ours a partner is to use; 2.1.1 has one for each side."""
    if partner.counterpart is not None:
        return face_at(str(partner.counterpart))
    if partner.hub:
        return HUB
    if version.has_interface_roles:
        return OWN
    return EMSP if part_of(partner) == Role.CPO else CPO
