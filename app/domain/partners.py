"""Partners: other companies' OCPI platforms, their parties, and what was agreed with them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from app.domain.errors import InvalidInput
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


class Quirk(StrEnum):
    """What a partner's platform needs that OCPI does not ask for; switched on for it by a person.

    Only what we do differently towards it: what it may send us is taken as it comes, always.
    """

    RAW_TOKEN = "raw-token"  # noqa: S105 - the name of a quirk
    NO_ROUTING_HEADERS = "no-routing-headers"
    TRAILING_SLASH = "trailing-slash"
    UPPER_CASE_IDS = "upper-case-ids"
    WHOLE_SECONDS = "whole-seconds"
    NO_PATCH = "no-patch"
    PAGE_SIZE = "page-size"
    WHOLE_PULLS = "whole-pulls"
    ENDPOINT_SLASH = "endpoint-slash"
    WIDER_OBJECTS = "wider-objects"


QUIRKS: dict[Quirk, str] = {
    Quirk.RAW_TOKEN: "takes our token only as it is, not in Base64",
    Quirk.NO_ROUTING_HEADERS: "chokes on OCPI-to-… and OCPI-from-… headers",
    Quirk.TRAILING_SLASH: "finds its endpoints only with a slash at the end",
    Quirk.UPPER_CASE_IDS: "compares ids letter by letter and knows them in upper case",
    Quirk.WHOLE_SECONDS: "cannot read times with parts of a second",
    Quirk.NO_PATCH: "fails at PATCH in a way that is no refusal; is sent the whole object",
    Quirk.PAGE_SIZE: "takes no more than this `limit` in a list's address (page-size=20)",
    Quirk.WHOLE_PULLS: "does not touch last_updated, so its lists are always pulled whole",
    Quirk.ENDPOINT_SLASH: "joins ids to our addresses without a slash, so they end with one",
    Quirk.WIDER_OBJECTS: "reads or writes some objects by the tables of another version",
}
"""What each quirk says of a partner."""

WITH_VALUE = frozenset({Quirk.PAGE_SIZE})
"""Quirks that need a number, from 1 on."""


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
    `offered` of a token we offered and that was not agreed on yet, `outstanding` of offers before
    it whose answers never came. `client_token` is sealed, and so is `former_token`, which it took
    the place of: a partner that never heard of the change still takes that one. `hub` marks a
    connection of the hub platform instead of our own parties, `counterpart` the only party that
    can be reached over it, where its version cannot say whom it means.
    `allowed_roles` limits what it may claim; empty means the roles of the invitation. `quirks` are
    `Quirk` values that are on, with their numbers; `raw_token` is one too, which the handshake
    finds out by itself.
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
    outstanding: tuple[str, ...] = ()
    server_tokens: tuple[str, ...] = ()
    client_token: str | None = None
    former_token: str | None = None
    raw_token: bool = False
    hub: bool = False
    counterpart: PartyId | None = None
    last_seen: datetime | None = None
    quirks: dict[str, str] = field(default_factory=dict)

    @property
    def registered(self) -> bool:
        """Whether the handshake is complete and the partner was not suspended."""
        return self.state in {PartnerState.CONNECTED, PartnerState.OFFLINE}

    @property
    def has_left(self) -> bool:
        """Whether it is connected no more, and can come back by a new registration only."""
        return not self.registered and self.client_token is None

    @property
    def offers(self) -> tuple[str, ...]:
        """The hashes of all tokens that may have reached the partner without our knowing."""
        return (*((self.offered,) if self.offered else ()), *self.outstanding)

    @property
    def counterpart_role(self) -> Role:
        """What the one party is that this platform meets over a connection of the hub."""
        roles = {r.role for r in self.roles} or set(self.allowed_roles)
        return Role.EMSP if Role.CPO in roles else Role.CPO

    def has(self, quirk: Quirk) -> bool:
        """Whether this quirk is on."""
        if quirk is Quirk.RAW_TOKEN:
            return self.raw_token
        return quirk.value in self.quirks

    def known_quirks(self) -> dict[Quirk, str]:
        """The quirks that are on, each with its number or an empty text."""
        return {quirk: self.quirks.get(quirk.value, "") for quirk in Quirk if self.has(quirk)}

    @property
    def page_size(self) -> int | None:
        """The largest `limit` that may be asked for; None when it does not matter."""
        return int(self.quirks.get(Quirk.PAGE_SIZE.value, 0)) or None

    def switched(self, quirk: Quirk, value: str | None) -> "Partner":
        """With the quirk on (its number, or nothing for those without) or, by None, off.

        Raises InvalidInput for a number that is none.
        """
        if quirk is Quirk.RAW_TOKEN:
            return replace(self, raw_token=value is not None)
        kept = {name: v for name, v in self.quirks.items() if name != quirk.value}
        if value is None:
            return replace(self, quirks=kept)
        if quirk in WITH_VALUE and not (value.isascii() and value.isdigit() and int(value) > 0):
            raise InvalidInput(quirk.value, "needs a number from 1 on, as in page-size=20")
        if quirk not in WITH_VALUE and value:
            raise InvalidInput(quirk.value, "takes no number")
        return replace(self, quirks={**kept, quirk.value: value})

    def endpoint(self, module: str, role: InterfaceRole) -> str | None:
        """The URL of one side of a module, or None when the partner does not offer it."""
        return next((e.url for e in self.endpoints if e.module == module and e.role is role), None)

    def parties(self, role: Role) -> tuple[PartyId, ...]:
        """The partner's parties in this role."""
        return tuple(r.party for r in self.roles if r.role is role)

    def hosts(self, party: PartyId) -> bool:
        """Whether the party is one of the partner's, in whatever role."""
        for role in self.roles:  # noqa: SIM110 - asked for each message; a generator takes longer
            if role.party == party:
                return True
        return False

    def role_of(self, party: PartyId, role: Role) -> PartnerRole | None:
        """One party of the partner's in one role; None when it is not here."""
        return next((r for r in self.roles if (r.party, r.role) == (party, role)), None)

    def speaks_for(self, party: PartyId, role: Role) -> bool:
        """Whether the partner may act as this party in this role; a hub may for everybody.

        Another platform may have the same party in another role, so the role counts.
        """
        return party in self.parties(role) or bool(self.parties(Role.HUB))
