"""Whether members of the hub are there: what passes is a sign of life, what fails a doubt.

Nothing is sent to a party that is not CONNECTED, and whoever wants to is told so at once. A
member that does not answer is not OFFLINE for that: it is checked first (`ocpi.hub.liveness`).
Source: OCPI 2.2.1, HubClientInfo; Status codes, 4003.
"""

from dataclasses import dataclass, field

from app.domain.hub_clients import ClientStatus
from app.domain.hub_members import STANDING
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerState
from app.ports.clock import Clock
from app.use_cases.hub_members import HubMembers
from app.use_cases.partners import SEEN_EVERY, Partners
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.faults import NotConnected
from ocpi.hub.messages import Leg
from ocpi.wire.calls import Relayed

NOTED_EVERY_S = 2.0
"""One doubt, or one sign of life, in so many seconds is enough for each member."""


@dataclass(slots=True)
class Presence:
    """A step of forwarding, and what others who call members tell of them."""

    partners: Partners
    members: HubMembers
    clock: Clock
    _doubted: dict[str, float] = field(default_factory=dict)
    _heard: dict[str, float] = field(default_factory=dict)
    _afterwards: Afterwards = field(default_factory=Afterwards)

    async def outward(self, leg: Leg) -> Leg:
        """Refuse what is for somebody who is not there (C-231)."""
        check_connected(leg.partner, leg.receiver)
        return leg

    async def homeward(self, leg: Leg, answer: Relayed) -> Relayed:
        """Whoever answers is there (C-268)."""
        await self.heard(leg.partner)
        return answer

    async def heard(self, partner: Partner) -> None:
        """A member answered; written down once in a minute, or when it was OFFLINE."""
        last = partner.last_seen
        stale = last is None or self.clock.now() - last >= SEEN_EVERY
        offline = partner.state is PartnerState.OFFLINE
        if offline or (stale and self._is_time(self._heard, partner)):
            await self._afterwards.do("is there", lambda: self.partners.reached(partner.id))

    async def silent(self, partner: Partner) -> None:
        """A member did not answer: let it be checked."""
        if self._is_time(self._doubted, partner):
            await self._afterwards.do("is silent", lambda: self.members.doubt(partner.id))

    def _is_time(self, noted: dict[str, float], partner: Partner) -> bool:
        """Whether the last time is long enough ago; now is the last time, then."""
        now = self.clock.monotonic()
        last = noted.get(partner.id)
        if last is not None and now - last < NOTED_EVERY_S:
            return False
        noted[partner.id] = now
        return True


def check_connected(partner: Partner, party: PartyId) -> None:
    """Raises NotConnected for a party that is OFFLINE, PLANNED or SUSPENDED, or left."""
    if not partner.hosts(party):
        raise NotConnected(f"{party} is {ClientStatus.SUSPENDED}")
    if partner.state is not PartnerState.CONNECTED:
        raise NotConnected(f"{party} is {STANDING[partner.state]}")
