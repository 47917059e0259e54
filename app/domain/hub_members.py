"""Members of our hub: the parties that are, were or will be behind it, and how they stand.

A member is one party in one role; all parties of a platform stand as their platform does.
Source: OCPI 2.2.1, HubClientInfo, Scenarios.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.hub_clients import ClientStatus
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerState, Role

STANDING: dict[PartnerState, ClientStatus] = {
    PartnerState.INVITED: ClientStatus.PLANNED,
    PartnerState.CONNECTED: ClientStatus.CONNECTED,
    PartnerState.OFFLINE: ClientStatus.OFFLINE,
    PartnerState.SUSPENDED: ClientStatus.SUSPENDED,
}
"""How the parties of a platform stand."""

_TICK = timedelta(milliseconds=1)
"""A change is this much later than the one before, also where clocks differ."""

MemberKey = tuple[PartyId, Role, PartyId | None]


@dataclass(frozen=True, slots=True)
class HubMember:
    """A party in one role at the platform `partner_id`.

    `counterpart` is the only party that it can be reached by, where its version knows no other.
    `came` is whether it ever was CONNECTED.
    """

    party: PartyId
    role: Role
    partner_id: str
    status: ClientStatus
    last_updated: datetime
    counterpart: PartyId | None = None
    came: bool = False

    @property
    def key(self) -> MemberKey:
        """What tells it from others; a platform can take a party over from another."""
        return (self.party, self.role, self.counterpart)

    @property
    def reachable(self) -> bool:
        """Whether it is behind the hub, though it may not answer at this moment."""
        return self.status in {ClientStatus.CONNECTED, ClientStatus.OFFLINE}

    def now(self, status: ClientStatus, partner_id: str, at: datetime) -> "HubMember":
        """As it stands from now on; `last_updated` never goes back."""
        return replace(
            self,
            status=status,
            partner_id=partner_id,
            last_updated=max(at, self.last_updated + _TICK),
            came=self.came or status is ClientStatus.CONNECTED,
        )


def hosted(partner: Partner) -> tuple[MemberKey, ...]:
    """The members that a platform has, or will have once it registers; hubs are none."""
    roles = (r for r in partner.roles if r.role is not Role.HUB)
    return tuple(dict.fromkeys((r.party, r.role, partner.counterpart) for r in roles))


def changed(
    known: Mapping[MemberKey, HubMember], partner: Partner, at: datetime
) -> Iterator[HubMember]:
    """The members that stand otherwise than before, now that their platform is as it is.

    `known` are those of the platform, and others that it hosts now. Whoever it hosts no more is
    SUSPENDED, since entries are never deleted; one that is only planned may come yet.
    """
    here = hosted(partner)
    status = STANDING[partner.state]
    for key in here:
        before = known.get(key)
        if before is None:
            yield _new(key, partner.id, status, at)
        elif _moves(before, partner):
            yield before.now(status, partner.id, at)
    for key, before in known.items():
        if before.partner_id == partner.id and key not in here:
            after = _without_host(before, partner)
            if after is not before.status:
                yield before.now(after, partner.id, at)


def _new(key: MemberKey, partner_id: str, status: ClientStatus, at: datetime) -> HubMember:
    party, role, counterpart = key
    came = status is ClientStatus.CONNECTED
    return HubMember(party, role, partner_id, status, at, counterpart, came)


def _moves(member: HubMember, partner: Partner) -> bool:
    """Whether a platform that hosts it makes it stand otherwise, or takes it over."""
    if member.partner_id == partner.id:
        return member.status is not STANDING[partner.state]
    over = member.status is ClientStatus.SUSPENDED
    return partner.registered or (over and partner.state is PartnerState.INVITED)


def _without_host(member: HubMember, partner: Partner) -> ClientStatus:
    if member.status is ClientStatus.PLANNED and not member.came and partner.registered:
        return ClientStatus.PLANNED
    return ClientStatus.SUSPENDED


# ---------------------------------------------------------------- who is told of whom

_ALIKE = (frozenset({Role.CPO}), frozenset({Role.EMSP, Role.NSP, Role.NAP}))
"""Within these nobody has anything to say to another one."""


def is_of_use(member: HubMember, reader: PartyId, role: Role) -> bool:
    """Whether a party in a role can have to do with a member; never with itself (C-271)."""
    if member.party == reader or member.counterpart not in {None, reader}:
        return False
    return not any({member.role, role} <= alike for alike in _ALIKE)


def readers_of(member: HubMember, partner: Partner) -> tuple[PartyId, ...]:
    """The parties of a platform that a member may concern; none of its own platform's do."""
    if member.partner_id == partner.id or partner.hosts(member.party):
        return ()
    if partner.counterpart not in {None, member.party}:
        return ()
    found = (r.party for r in partner.roles if is_of_use(member, r.party, r.role))
    return tuple(dict.fromkeys(found))


_ORDER = tuple(ClientStatus(each) for each in ("CONNECTED", "OFFLINE", "PLANNED", "SUSPENDED"))


def merged(members: Iterable[HubMember]) -> list[HubMember]:
    """One entry for each party and role: it stands as well as it does for anybody.

    A platform of several parties may reach a party over several connections.
    """
    found: dict[tuple[PartyId, Role], HubMember] = {}
    for member in members:
        name = (member.party, member.role)
        other = found.get(name, member)
        best = min(member, other, key=lambda each: _ORDER.index(each.status))
        newest = max(member.last_updated, other.last_updated)
        found[name] = replace(best, last_updated=newest)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Told:
    """What a platform was told last of a party in a role."""

    party: PartyId
    role: Role
    status: ClientStatus
    last_updated: datetime


def news(member: HubMember, told: Told | None) -> Told | None:
    """What to tell of a member that may be known; None when that was told already."""
    if told is None:
        return Told(member.party, member.role, member.status, member.last_updated)
    if told.status is member.status and told.last_updated >= member.last_updated:
        return None
    at = max(member.last_updated, told.last_updated + _TICK)
    return replace(told, status=member.status, last_updated=at)


def farewell(told: Told, at: datetime) -> Told | None:
    """What to tell of somebody who may not be known any more; None when nothing is left to say.

    PLANNED is also the word for two parties without a contract between them.
    """
    if told.status in {ClientStatus.PLANNED, ClientStatus.SUSPENDED}:
        return None
    at = max(at, told.last_updated + _TICK)
    return replace(told, status=ClientStatus.PLANNED, last_updated=at)


def by_key(members: Iterable[HubMember]) -> dict[MemberKey, HubMember]:
    """Members by what tells them apart."""
    return {member.key: member for member in members}
