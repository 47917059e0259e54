"""Asks a member of the hub that has been silent whether it is still there.

Two failures in a row make a member OFFLINE, one success makes it CONNECTED again (I-72).
Source: OCPI 2.2.1, HubClientInfo, Still alive check.
"""

from logging import getLogger

from app.domain.errors import PartnerUnavailable
from app.domain.partners import Partner, PartnerState
from app.ports.clock import Clock
from app.use_cases.partners import Partners
from ocpi.client.exchange import ExchangeFailed, NotTried, PartnerCalls

log = getLogger(__name__)

AGAIN_S = 5.0
"""So long after a first failure a member is asked once more."""

_BUSY = 429


class Liveness:
    """The work of one check; that it is due is found in `use_cases.hub_members`."""

    def __init__(
        self, calls: PartnerCalls, partners: Partners, clock: Clock, *, again_s: float = AGAIN_S
    ) -> None:
        self._calls = calls
        self._partners = partners
        self._clock = clock
        self._again_s = again_s

    async def check(self, partner_id: str) -> None:
        """Ask for the versions, and note what the answer says of the whole platform (C-267)."""
        partner = await self._partners.get(partner_id)
        if not partner.hub or not partner.registered:
            return
        there = await self._ask(partner)
        if there is False and partner.state is PartnerState.CONNECTED:
            await self._clock.sleep(self._again_s)
            there = await self._ask(partner)
        if there:
            await self._back(partner)
        elif there is False:
            await self._gone(partner)

    async def _ask(self, partner: Partner) -> bool | None:
        """Whether it is there; None when it could not be asked, being busy with others."""
        self._calls.gates.woken(partner.id)
        try:
            await self._calls.call(partner, "GET", partner.versions_url or "")
        except NotTried:
            return None
        except ExchangeFailed as failure:
            log.info("hub.member_silent", extra={"partner": partner.id, "why": str(failure)})
            return failure.http == _BUSY
        except PartnerUnavailable:
            return False
        return True

    async def _back(self, partner: Partner) -> None:
        """CONNECTED; other processes, which may have given it up, try it again at once."""
        await self._partners.reached(partner.id)
        if partner.state is PartnerState.OFFLINE:
            await self._partners.seen(partner.id)

    async def _gone(self, partner: Partner) -> None:
        """OFFLINE, unless it called us while we asked."""
        now = await self._partners.get(partner.id)
        if now.last_seen == partner.last_seen:
            await self._partners.missed(partner.id)
