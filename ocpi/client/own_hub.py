"""Our own parties as a member of our own hub, joined by the handshake that every member makes.

The hub is a platform of its own, so it and our parties are two partners of each other here: the
*member* is the hub's partner, the *hub* is a partner of our parties. What passes between them goes
over the public address like everybody's, and nothing in the hub knows that it is us.
"""

from dataclasses import dataclass

from app.domain.errors import PartnerUnavailable
from app.domain.partners import Partner, PartnerState, Role
from app.use_cases.partners import Partners
from ocpi.client.exchange import ExchangeFailed, PartnerCalls
from ocpi.client.handshake import Handshake
from ocpi.wire.addresses import HUB, OWN, versions_url

ROLES = (Role.CPO, Role.EMSP)
"""What our platform may be at the hub, also where it has no operator yet."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Both ends of our own connection, as far as there are any."""

    hub: Partner | None
    member: Partner | None

    @property
    def complete(self) -> bool:
        """Whether both ends are registered."""
        return all(end is not None and end.registered for end in (self.hub, self.member))


class OwnMembership:
    """Makes our parties members of our hub, and keeps them so."""

    def __init__(
        self,
        partners: Partners,
        handshake: Handshake,
        calls: PartnerCalls,
        *,
        public_url: str,
        name: str,
    ) -> None:
        """`name` is the platform's; the two partners are called by it."""
        self._partners = partners
        self._handshake = handshake
        self._calls = calls
        self._hub_url = versions_url(public_url, HUB)
        self._own_url = versions_url(public_url, OWN)
        self._hub_name = f"{name} hub"
        self._member_name = f"{name} (own parties)"

    async def find(self) -> Membership:
        """How things stand."""
        known = await self._partners.all()
        hubs = [p for p in known if not p.hub and self._is(p, self._hub_name, self._hub_url)]
        members = [p for p in known if p.hub and self._is(p, self._member_name, self._own_url)]
        return Membership(_first(hubs), _first(members))

    def _is(self, partner: Partner, name: str, url: str) -> bool:
        return partner.name.casefold() == name.casefold() or partner.versions_url == url

    async def join(self) -> Partner:
        """Be registered with all our parties of now; gives the hub as a partner of ours.

        Can be repeated at any time: what is well stays as it is, parties that came or went are
        told, and what is half done or broken is made anew. Our server has to be running. Raises
        PartnerUnavailable with what to do about it.
        """
        found = await self.find()
        try:
            if found.complete and found.hub and found.member:
                kept = await self._kept(found.hub, found.member)
                if kept is not None:
                    return kept
            return await self._register(found)
        except PartnerUnavailable as failure:
            raise PartnerUnavailable(
                f"our hub at {self._hub_url} cannot be joined: {failure} (is our server running, "
                "and its address in ROAMWATT_PARTNER_NETWORKS if it is not a public one?)"
            ) from failure

    async def _kept(self, hub: Partner, member: Partner) -> Partner | None:
        """The connection as it is or renewed; None where the hub does not let us in any more."""
        try:
            await self._calls.call(hub, "GET", self._hub_url)
        except ExchangeFailed as failure:
            if failure.is_unauthorized:
                return None
            raise
        ours = {(r.role, r.party, r.name) for r in await self._partners.own_roles(hub=False)}
        if {(r.role, r.party, r.name) for r in member.roles} == ours:
            return hub
        return await self._handshake.renew(hub.id)

    async def _register(self, found: Membership) -> Partner:
        """From an invitation on; what is left of an earlier connection ends before."""
        for end in (found.hub, found.member):
            if end is not None and end.state is not PartnerState.INVITED:
                await self._partners.suspend(end.id)
        hub_name = found.hub.name if found.hub else self._hub_name
        member_name = found.member.name if found.member else self._member_name
        invited = await self._partners.invite(member_name, ROLES, hub=True)
        return await self._handshake.join(
            self._hub_url, invited.token, name=hub_name, roles=[Role.HUB]
        )


def _first(found: list[Partner]) -> Partner | None:
    """A registered one before one that is not."""
    return next((p for p in found if p.registered), next(iter(found), None))
