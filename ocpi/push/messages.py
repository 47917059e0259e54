"""Makes what a partner is told from the present state, in its version: method, address, body."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, Role
from ocpi.client.exchange import Route, joined, version_of
from ocpi.push.subjects import path_segment
from ocpi.versions.registry import NOWHERE, Kind, Surroundings

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One request; `instead` is sent when it is refused, `fine` are HTTP codes of no trouble.

    `periods` is how many charging periods the partner will know of after a PUT of a session.
    """

    method: str
    url: str
    body: Json | None
    route: Route
    instead: "Message | None" = None
    fine: frozenset[int] = frozenset()
    periods: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where one partner takes one module, and which of its parties is meant."""

    partner: Partner
    endpoint: str
    receiver: PartyId

    def message(
        self,
        method: str,
        kind: Kind,
        owner: PartyId,
        ids: Iterable[str],
        *,
        body: Json | None,
        query: str = "",
        around: Surroundings = NOWHERE,
        instead: Message | None = None,
        fine: frozenset[int] = frozenset(),
    ) -> Message:
        """A push of a client-owned object; raises Inexpressible.

        Source: OCPI 2.2.1, Transport and format, Client owned object push.
        """
        version = version_of(self.partner)
        segments = (owner.country, owner.code, *(path_segment(each) for each in ids))
        lowered = None if body is None else version.lower(kind, body, around)
        return Message(
            method,
            joined(self.endpoint, *segments) + query,
            lowered,
            Route(owner, self.receiver),
            instead,
            fine,
        )


def addresses(partner: Partner, module: str, roles: Iterable[Role]) -> list[Address]:
    """Every party of a partner in one of these roles; a hub is told once and passes it on."""
    endpoint = partner.endpoint(module, InterfaceRole.RECEIVER)
    if endpoint is None:
        return []
    hub = partner.parties(Role.HUB)
    wanted = set(roles)
    parties = hub[:1] or tuple(r.party for r in partner.roles if r.role in wanted)
    return [Address(partner, endpoint, party) for party in dict.fromkeys(parties)]


def address_of(partner: Partner, module: str, party: PartyId) -> Address | None:
    """The address of one party of a partner."""
    endpoint = partner.endpoint(module, InterfaceRole.RECEIVER)
    return Address(partner, endpoint, party) if endpoint else None
