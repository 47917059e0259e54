"""Partners that move their endpoints without telling: their version details are read again (I-10).

Done when an address of theirs is not there any more, which is an HTTP 404 or 410 without an
envelope; an unknown object has one. At most once in ten minutes for each partner.
"""

from datetime import datetime, timedelta
from logging import getLogger

from app.domain.errors import PartnerUnavailable
from app.domain.partners import Partner
from app.ports.clock import Clock
from app.use_cases.partners import Partners
from ocpi.client.discovery import Discovery, part_of
from ocpi.client.exchange import ExchangeFailed, PartnerCalls

log = getLogger(__name__)

AT_MOST_EVERY = timedelta(minutes=10)
_GONE = frozenset({404, 410})


def is_gone(failure: PartnerUnavailable) -> bool:
    """Whether nothing is served at an address, as far as an answer tells."""
    if not isinstance(failure, ExchangeFailed):
        return False
    return failure.http in _GONE and failure.status is None


class Relearning:
    """Reads endpoints again."""

    def __init__(self, calls: PartnerCalls, partners: Partners, clock: Clock) -> None:
        self._calls = calls
        self._discovery = Discovery(calls)
        self._partners = partners
        self._clock = clock
        self._asked: dict[str, datetime] = {}

    async def has_moved(self, partner: Partner) -> bool:
        """Whether the partner's endpoints are others now, which are stored then."""
        now = self._clock.now()
        last = self._asked.get(partner.id)
        if partner.versions_url is None or (last and now - last < AT_MOST_EVERY):
            return False
        self._asked[partner.id] = now
        try:
            found = await self._discovery.find(
                partner.versions_url,
                self._calls.access(partner),
                wanted={partner.version or ""},
                role=part_of(partner),
            )
        except PartnerUnavailable as error:
            log.info("partner.not_relearned", extra={"partner": partner.id, "why": str(error)})
            return False
        return await self._partners.moved(partner.id, found.endpoints)
