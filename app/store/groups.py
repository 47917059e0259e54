"""Families and fleets in the database: groups, memberships, and what was spent by month."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, select, update
from sqlmodel import Field

from app.domain.charging import Charging
from app.domain.groups import OPEN, Group, Member, MemberState, Spent
from app.domain.money import Money
from app.store.columns import BigId, Document, Utc
from app.store.repository import Repository, VersionedRepository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class GroupRow(Row, table=True):
    """A family or fleet."""

    __tablename__ = "driver_groups"

    id: str = Field(primary_key=True, max_length=36)
    owner_id: str = Field(max_length=36, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


class GroupMemberRow(Row, table=True):
    """A membership or an invitation."""

    __tablename__ = "group_members"

    id: str = Field(primary_key=True, max_length=36)
    group_id: str = Field(max_length=36, index=True)
    driver_id: str | None = Field(default=None, max_length=36, index=True)
    state: str = Field(max_length=12)
    code_hash: str | None = Field(default=None, max_length=128, unique=True)
    version: int = 0
    document: str = Field(sa_type=Document)


class GroupSpendingRow(Row, table=True):
    """What one session takes of its group's month: set aside, then booked."""

    __tablename__ = "group_spending"
    __table_args__ = (Index("ix_group_spending_month", "group_id", "month", "driver_id"),)

    charging_id: str = Field(primary_key=True, max_length=36)
    group_id: str = Field(max_length=36)
    driver_id: str = Field(max_length=36)
    month: str = Field(max_length=7)
    minor: int = Field(sa_type=BigId)
    currency: str = Field(max_length=3)
    booked: bool
    at: datetime = Field(sa_type=Utc)


GROUPS, MEMBERS = table_of(GroupRow), table_of(GroupMemberRow)
SPENDING = table_of(GroupSpendingRow)


class Groups(VersionedRepository[Group]):
    """Groups by id."""

    row = GroupRow
    shape = Group
    noun = "group"

    @property
    def members(self) -> "Members":
        """Memberships."""
        return Members(self._connection)

    @property
    def spending(self) -> "Spending":
        """What was spent."""
        return Spending(self._connection)

    def columns(self, value: Group) -> dict[str, Any]:
        """What groups are found by."""
        return {
            "id": value.id,
            "owner_id": value.owner_id,
            "closed_at": value.closed_at,
            "created_at": value.created_at,
            "version": value.version,
        }

    async def of_owner(self, owner_id: str) -> list[Group]:
        """The groups somebody pays for, the oldest first."""
        mine = (GROUPS.c.owner_id == owner_id, GROUPS.c.closed_at.is_(None))
        return await self._many(*mine, order=GROUPS.c.created_at)


class Members(VersionedRepository[Member]):
    """Memberships by id."""

    row = GroupMemberRow
    shape = Member
    noun = "member"

    def columns(self, value: Member) -> dict[str, Any]:
        """What memberships are found by."""
        return {
            "id": value.id,
            "group_id": value.group_id,
            "driver_id": value.driver_id,
            "state": value.state.value,
            "code_hash": value.code_hash,
            "version": value.version,
        }

    async def of_group(self, group_id: str) -> list[Member]:
        """Open invitations and members, in order of invitation."""
        open_ = [state.value for state in OPEN]
        return await self._many(MEMBERS.c.group_id == group_id, MEMBERS.c.state.in_(open_))

    async def by_code(self, code_hash: str) -> Member | None:
        """The invitation of a code, kept from others until this transaction ends."""
        return await self._one(MEMBERS.c.code_hash == code_hash, lock=True)

    async def of_driver(self, driver_id: str) -> Member | None:
        """The membership that somebody has now; there is at most one."""
        active = MEMBERS.c.state == MemberState.ACTIVE.value
        return await self._one(MEMBERS.c.driver_id == driver_id, active)


class Spending(Repository):
    """What sessions take of groups' months."""

    async def reserve(self, charging: Charging, month: str, amount: Money, now: datetime) -> None:
        """Set an amount aside for a session that begins; once per session."""
        statement = insert_into(self._connection, SPENDING).values(
            charging_id=charging.id,
            group_id=charging.group_id,
            driver_id=charging.driver_id,
            month=month,
            minor=amount.minor,
            currency=amount.currency,
            booked=False,
            at=now,
        )
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def book(self, charging_id: str, amount: Money) -> str | None:
        """Write what a session cost in the end; its month, None when that is known already."""
        mine = (SPENDING.c.charging_id == charging_id, SPENDING.c.group_id.is_not(None))
        found = await self._connection.execute(select(SPENDING).where(*mine))
        row = found.one_or_none()
        if row is None or (row.booked and row.minor == amount.minor):
            return None
        statement = update(SPENDING).where(SPENDING.c.charging_id == charging_id)
        await self._connection.execute(statement.values(minor=amount.minor, booked=True))
        return str(row.month)

    async def of(
        self, group_id: str, month: str, currency: str, *, driver_id: str | None = None
    ) -> Spent:
        """What a group, or one of its members, spent in a month."""
        table = SPENDING
        wanted = [table.c.group_id == group_id, table.c.month == month]
        if driver_id is not None:
            wanted.append(table.c.driver_id == driver_id)
        statement = select(table.c.booked, func.sum(table.c.minor)).where(*wanted)
        rows = await self._connection.execute(statement.group_by(table.c.booked))
        sums = {bool(booked): int(minor) for booked, minor in rows}
        return Spent(
            booked=_money(sums.get(True, 0), currency),
            reserved=_money(sums.get(False, 0), currency),
        )

    async def by_member(self, group_id: str, month: str) -> dict[str, tuple[int, int]]:
        """For each member of a month: what they spent in minor units, and in how many sessions."""
        table = SPENDING
        columns = (table.c.driver_id, func.sum(table.c.minor), func.count())
        mine = (table.c.group_id == group_id, table.c.month == month, table.c.booked.is_(True))
        statement = select(*columns).where(*mine).group_by(table.c.driver_id)
        rows = await self._connection.execute(statement)
        return {driver: (int(minor), int(count)) for driver, minor, count in rows}

    async def sessions(self, group_id: str, month: str, driver_id: str, limit: int) -> list[str]:
        """The sessions of a member in a month, the newest first."""
        table = SPENDING
        mine = (table.c.group_id == group_id, table.c.month == month)
        statement = select(table.c.charging_id).where(*mine, table.c.driver_id == driver_id)
        found = await self._connection.execute(statement.order_by(table.c.at.desc()).limit(limit))
        return list(found.scalars())


def _money(minor: int, currency: str) -> Money:
    return Money.from_minor(minor, currency)
