"""Partners: other companies' OCPI platforms, their parties, and what was agreed with them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.identifiers import PartyId


class Role(StrEnum):
    """Source: OCPI 2.2.1, Types, Role enum."""

    CPO = "CPO"
    EMSP = "EMSP"
    HUB = "HUB"
    NAP = "NAP"
    NSP = "NSP"
    OTHER = "OTHER"
    SCSP = "SCSP"


class PartnerState(StrEnum):
    """INVITED (token A given out) → CONNECTED ⇄ OFFLINE → SUSPENDED."""

    INVITED = "invited"
    CONNECTED = "connected"
    OFFLINE = "offline"
    SUSPENDED = "suspended"


class InterfaceRole(StrEnum):
    """Source: OCPI 2.2.1, Versions, InterfaceRole enum."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"


@dataclass(frozen=True, slots=True)
class PartnerRole:
    """One party of a partner's platform in one role."""

    role: Role
    party: PartyId
    name: str
    website: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a partner serves one side of one module, exactly as its version details say."""

    module: str
    role: InterfaceRole
    url: str


@dataclass(frozen=True, slots=True)
class Partner:
    """Another platform. It presents a server token to us, we present the client token to it.

    `server_tokens` are hashes of the tokens we issued that are valid now (two while a rotation is
    under way, the newest last); `invitation` is the hash of the one-time registration token,
    `offered` of a token we offered and that was not agreed on yet; `client_token` is sealed. `hub`
    marks a connection of the hub platform instead of our own parties.
    `allowed_roles` limits what it may claim; empty means the roles of the invitation.
    """

    id: str
    name: str
    state: PartnerState
    created_at: datetime
    allowed_roles: tuple[Role, ...] = ()
    roles: tuple[PartnerRole, ...] = ()
    version: str | None = None
    versions_url: str | None = None
    endpoints: tuple[Endpoint, ...] = ()
    invitation: str | None = None
    offered: str | None = None
    server_tokens: tuple[str, ...] = ()
    client_token: str | None = None
    raw_token: bool = False
    hub: bool = False
    last_seen: datetime | None = None
    quirks: dict[str, str] = field(default_factory=dict)

    @property
    def registered(self) -> bool:
        """Whether the handshake is complete and the partner was not suspended."""
        return self.state in {PartnerState.CONNECTED, PartnerState.OFFLINE}

    def endpoint(self, module: str, role: InterfaceRole) -> str | None:
        """The URL of one side of a module, or None when the partner does not offer it."""
        return next((e.url for e in self.endpoints if e.module == module and e.role is role), None)

    def parties(self, role: Role) -> tuple[PartyId, ...]:
        """The partner's parties in this role."""
        return tuple(r.party for r in self.roles if r.role is role)

    def hosts(self, party: PartyId) -> bool:
        """Whether the party is one of the partner's, in whatever role."""
        return any(r.party == party for r in self.roles)

    def speaks_for(self, party: PartyId, role: Role) -> bool:
        """Whether the partner may act as this party in this role; a hub may for everybody.

        Another platform may have the same party in another role, so the role counts.
        """
        return party in self.parties(role) or bool(self.parties(Role.HUB))
