"""Families and fleets: who pays for whom, and how much."""

from datetime import datetime

from pydantic import Field

from app.domain.groups import Group, GroupKind, MemberState, limit_of
from app.domain.money import Money
from app.use_cases.groups import GroupFacts, Share, Sheet
from mobile_api.schemas.values import MoneyOut, Shape, shown

_MOST = 100_000_000


class LimitsIn(Shape):
    """Limits for a calendar month in minor units of the group's currency; null is no limit."""

    limit_minor: int | None = Field(None, ge=0, le=_MOST)
    member_limit_minor: int | None = Field(None, ge=0, le=_MOST)


class GroupIn(LimitsIn):
    """A family or fleet that the caller pays for; months begin in `zone`."""

    kind: GroupKind
    name: str = Field(min_length=1, max_length=60)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    zone: str = Field(min_length=1, max_length=60)

    def facts(self) -> GroupFacts:
        """As they are kept."""
        return GroupFacts(
            kind=self.kind,
            name=self.name,
            zone=self.zone,
            limit=money(self.limit_minor, self.currency),
            member_limit=money(self.member_limit_minor, self.currency),
        )


def money(minor: int | None, currency: str) -> Money | None:
    """A limit, or none."""
    return None if minor is None else Money.from_minor(minor, currency)


class InviteIn(Shape):
    """Whom to let in: `email` gets the code by mail, `label` is what the owner calls them."""

    email: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    label: str | None = Field(None, min_length=1, max_length=60)
    limit_minor: int | None = Field(None, ge=0, le=_MOST)


class MemberIn(Shape):
    """What the owner calls a member, and the member's own limit; null is the group's."""

    label: str | None = Field(None, min_length=1, max_length=60)
    limit_minor: int | None = Field(None, ge=0, le=_MOST)


class AcceptIn(Shape):
    """The code of an invitation; whether the owner may see where one charges."""

    code: str = Field(min_length=1, max_length=40)
    shares_places: bool = False


class SharesIn(Shape):
    """Whether the owner may see where one charges."""

    shares_places: bool


class MemberOut(Shape):
    """A member with what they spent this month; an invitation has not been accepted yet."""

    id: str
    state: str
    label: str | None
    email: str | None
    limit: MoneyOut | None
    spent: MoneyOut
    sessions: int
    shares_places: bool
    invited_at: datetime
    expires_at: datetime
    joined_at: datetime | None

    @classmethod
    def of(cls, group: Group, share: Share) -> "MemberOut":
        """As the owner sees them, and they themselves."""
        found = share.member
        return cls(
            id=found.id,
            state=found.state,
            label=found.label,
            email=found.email if found.state is MemberState.INVITED else None,
            limit=shown(limit_of(group, found)),
            spent=MoneyOut.of(share.spent),
            sessions=share.sessions,
            shares_places=found.shares_places,
            invited_at=found.invited_at,
            expires_at=found.expires_at,
            joined_at=found.joined_at,
        )


class GroupOut(Shape):
    """A group this month; `reserved` is set aside for what runs. Members see but themselves."""

    id: str
    kind: str
    name: str
    currency: str
    zone: str
    owner: bool
    month: str
    limit: MoneyOut | None
    member_limit: MoneyOut | None
    spent: MoneyOut
    reserved: MoneyOut
    members: list[MemberOut]

    @classmethod
    def of(cls, sheet: Sheet, driver_id: str) -> "GroupOut":
        """As this driver sees it."""
        group, owner = sheet.group, sheet.group.owner_id == driver_id
        return cls(
            id=group.id,
            kind=group.kind,
            name=group.name,
            currency=group.currency,
            zone=group.zone,
            owner=owner,
            month=sheet.month,
            limit=shown(group.limit) if owner else None,
            member_limit=shown(group.member_limit) if owner else None,
            spent=MoneyOut.of(sheet.spent.booked),
            reserved=MoneyOut.of(sheet.spent.reserved),
            members=[MemberOut.of(group, share) for share in sheet.shares],
        )


class GroupsOut(Shape):
    """The groups somebody owns, and the one they are a member of."""

    groups: list[GroupOut]


class InvitedOut(Shape):
    """An invitation; its code is shown here only."""

    id: str
    code: str
    expires_at: datetime


class MemberSessionOut(Shape):
    """What a member charged: the place only with their consent."""

    id: str
    started_at: datetime | None
    total: MoneyOut | None
    state: str
    party: str | None
    location_id: str | None


class MemberSessionsOut(Shape):
    """What a member charged this month, the newest first; at most 200."""

    sessions: list[MemberSessionOut]
