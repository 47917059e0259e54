"""Locations of members, for sessions of 2.1.1, which hold the whole of them.

Kept for a while in memory as they pass, else asked of their CPO. Source: OCPI 2.1.1, Sessions,
Session object.
"""

from collections import OrderedDict
from dataclasses import dataclass
from logging import getLogger
from typing import Any
from urllib.parse import quote

from app.domain.errors import DomainError
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner
from app.ports.clock import Clock
from ocpi.client.exchange import PartnerCalls, Route, joined, version_of
from ocpi.versions.rung import Inexpressible, Json, Kind, Surroundings

log = getLogger(__name__)

_ASK_S = 5.0
_FRESH_S = 600.0
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose an object is, whom else it is for, and at whose platform its owner can be asked."""

    owner: PartyId
    other: PartyId
    home: Partner | None = None

    @property
    def around(self) -> Surroundings:
        """What objects of older versions leave to their connection."""
        return Surroundings(
            owner=(self.owner.country, self.owner.code),
            provider=(self.other.country, self.other.code),
        )


class Places:
    """Locations by their owners and ids, none of them older than ten minutes."""

    def __init__(self, calls: PartnerCalls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._locations: OrderedDict[tuple[PartyId, str], tuple[float, Json]] = OrderedDict()

    async def of(self, session: Json, parties: Parties) -> Json:
        """The location of a session; raises Inexpressible when its CPO does not tell it."""
        name = session.get("location_id")
        if not isinstance(name, str) or not name:
            raise Inexpressible
        known = self._known(parties.owner, name)
        if known is None or not _has_evse(known, session.get("evse_uid")):
            known = await self._ask(name, parties) or known
        if known is None:
            raise Inexpressible
        return known

    def _known(self, owner: PartyId, name: str) -> Json | None:
        at, location = self._locations.get((owner, name.casefold()), (0.0, None))
        fresh = location is not None and self._clock.monotonic() - at < _FRESH_S
        return location if fresh else None

    async def _ask(self, name: str, parties: Parties) -> Json | None:
        if parties.home is None:
            return None
        endpoint = parties.home.endpoint("locations", InterfaceRole.SENDER)
        if endpoint is None:
            return None
        url = joined(endpoint, quote(name, safe=""))
        route = Route(sender=parties.other, receiver=parties.owner)
        try:
            answer = await self._calls.call(
                parties.home, "GET", url, route=route, timeout_s=_ASK_S
            )
            if not isinstance(answer.single, dict):
                return None
            version = version_of(parties.home)
            location = version.lift(Kind.LOCATION, answer.single, parties.around)
        except (DomainError, Inexpressible) as error:
            log.warning("hub.location_unknown", extra={"owner": str(parties.owner), "why": error})
            return None
        self.note(parties.owner, location)
        return location

    def note(self, owner: PartyId, location: Json) -> None:
        """A canonical location as it passed just now."""
        name = location.get("id")
        if not isinstance(name, str):
            return
        key = (owner, name.casefold())
        self._locations[key] = (self._clock.monotonic(), location)
        self._locations.move_to_end(key)
        if len(self._locations) > _MOST:
            self._locations.popitem(last=False)


def _has_evse(location: Json, uid: Any) -> bool:
    evses = location.get("evses") or []
    return any(isinstance(each, dict) and each.get("uid") == uid for each in evses)
