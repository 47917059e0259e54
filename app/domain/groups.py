"""Families and fleets: an owner who pays, members who charge, limits by calendar month.

What a running session may cost is set aside with its hold, so all sessions together never cost
more than the limit; when it is over, what it did cost stays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.money import Money

INVITATION_LIFE = timedelta(days=14)
MOST_MEMBERS = 500
"""Members and open invitations of one group."""

MOST_GROUPS = 5
"""Groups of one owner."""

NEARLY, WHOLE = 80, 100
"""At how much of a limit, in percent, owner and member are told."""


class GroupKind(StrEnum):
    """What a group is called; both work the same way."""

    FAMILY = "family"
    FLEET = "fleet"


class MemberState(StrEnum):
    """Where a membership is."""

    INVITED = "invited"
    ACTIVE = "active"
    LEFT = "left"
    REMOVED = "removed"


OPEN = frozenset({MemberState.INVITED, MemberState.ACTIVE})


@dataclass(frozen=True, slots=True)
class Group:
    """Who pays for whom; the limits are for a calendar month in `zone`, None is no limit.

    `member_limit` is that of every member who has none of their own.
    """

    id: str
    owner_id: str
    kind: GroupKind
    name: str
    currency: str
    zone: str
    created_at: datetime
    limit: Money | None = None
    member_limit: Money | None = None
    closed_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """A membership, from the invitation on; `code_hash` is the keyed hash of the code.

    With `shares_places` the owner also sees where the member charges.
    """

    id: str
    group_id: str
    state: MemberState
    invited_at: datetime
    expires_at: datetime
    code_hash: str | None = None
    email: str | None = None
    label: str | None = None
    driver_id: str | None = None
    limit: Money | None = None
    shares_places: bool = False
    joined_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What sessions of a month cost so far, and what running ones have set aside."""

    booked: Money
    reserved: Money

    @property
    def taken(self) -> Money:
        """What is no longer there to spend."""
        return self.booked + self.reserved


def month_of(moment: datetime, zone: str) -> str:
    """The calendar month of a moment where the owner lives, such as 2026-05."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def limit_of(group: Group, member: Member) -> Money | None:
    """The most a member may spend in a month."""
    return member.limit if member.limit is not None else group.member_limit


def left_of(limit: Money | None, spent: Spent) -> Money | None:
    """What may still be spent; None without a limit."""
    if limit is None:
        return None
    left = limit - spent.taken
    return left if left.minor > 0 else Money.zero(limit.currency)


def crossed(limit: Money | None, before: Money, after: Money) -> list[int]:
    """Which of 80 and 100 percent of a limit were reached by a booking."""
    if limit is None or limit.minor <= 0:
        return []
    return [
        percent
        for percent in (NEARLY, WHOLE)
        if before.minor * 100 < limit.minor * percent <= after.minor * 100
    ]
