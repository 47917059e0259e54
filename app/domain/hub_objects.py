"""Objects that members of our hub told everybody: kept as they were sent, shown to who may see.

What one member sends to one other is passed on and never kept; what is here was told to all.
Source: OCPI 2.2.1, Transport and format, Broadcast push; ocpi issues 507, 508 and 511.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerRole, Role
from app.domain.routing import listening_roles, serving_roles

LONGEST_KEY = 130
"""Letters of an object's name with its owner; longer ids are none that OCPI has."""


class HubNoun(StrEnum):
    """What can be told to everybody."""

    LOCATION = "location"
    TARIFF = "tariff"
    TOKEN = "token"  # noqa: S105 - the noun

    @property
    def module(self) -> str:
        """The module that it belongs to."""
        return f"{self.value}s"


NOUNS = {noun.module: noun for noun in HubNoun}
"""The nouns by their modules."""


@dataclass(frozen=True, slots=True)
class HubRef:
    """Which object is meant; `type` tells tokens of one uid apart and is empty for others.

    Ids are as they were written first, and are compared without regard to case (CiString).
    """

    noun: HubNoun
    party: PartyId
    id: str
    type: str = ""

    def __post_init__(self) -> None:
        if not self.id or len(self.key) > LONGEST_KEY:
            raise InvalidInput("id", "is empty or longer than any id may be")

    @property
    def names(self) -> tuple[str, ...]:
        """What tells it from others of its owner."""
        return (self.type, self.id) if self.type else (self.id,)

    @property
    def key(self) -> str:
        """The same for all spellings."""
        return "/".join((self.noun.value, str(self.party), *self.names)).casefold()


@dataclass(frozen=True, slots=True)
class HubObject:
    """One object in OCPI `version`: `sent` as its owner wrote it, to the byte for a whole one.

    `canonical` is the same in canonical form, None where that is no other. `partner_id` names the
    platform that sent it, `last_updated` is the object's own and `touched` when the hub took it.
    `public`: everybody may see it now; `told`: everybody was to be told of it once, and so has to
    hear whatever becomes of it. `gone`: its owner has deleted it. `unsaid` are the versions that
    have no words for it.
    """

    ref: HubRef
    partner_id: str
    version: str
    sent: str
    last_updated: datetime
    touched: datetime
    canonical: str | None = None
    public: bool = True
    told: bool = True
    gone: bool = False
    unsaid: tuple[str, ...] = ()

    def says_the_same(self, other: "HubObject") -> bool:
        """Whether nobody has to be told of it again."""
        same = self.sent == other.sent and self.version == other.version
        return same and self.partner_id == other.partner_id and self.gone == other.gone


@dataclass(frozen=True, slots=True)
class Mark:
    """An object without what it says; later ones have larger numbers."""

    number: int
    ref: HubRef
    partner_id: str


def roles_of(partner: Partner, party: PartyId) -> frozenset[Role]:
    """What a party is at a platform."""
    return frozenset(role.role for role in partner.roles if role.party == party)


def listeners(noun: HubNoun, owner: frozenset[Role]) -> frozenset[Role]:
    """The roles that hear of an object whose owner is in these roles; empty: it owns none such.

    OTHER is anything: what it owns is told to operators only.
    """
    owners = owner & serving_roles(noun.module, InterfaceRole.SENDER)
    if owners:
        return listening_roles(owners)
    return listening_roles(owner & {Role.OTHER}) if Role.OTHER in owner else frozenset()


def hearing(partner: Partner, ref: HubRef, roles: frozenset[Role]) -> tuple[PartyId, ...]:
    """The parties of a platform that an object in these roles' interest is told to, one by one.

    None of its owner's own platform, and where a connection is good for one counterpart only,
    none but by that one's.
    """
    if not partner.registered or partner.hosts(ref.party):
        return ()
    if partner.counterpart not in {None, ref.party}:
        return ()
    if partner.endpoint(ref.noun.module, InterfaceRole.RECEIVER) is None:
        return ()
    return _in(partner.roles, roles)


def _in(found: tuple[PartnerRole, ...], roles: frozenset[Role]) -> tuple[PartyId, ...]:
    return tuple(dict.fromkeys(role.party for role in found if role.role in roles))
