"""Leadership by a row: periodic jobs run in one process at a time, whichever holds the lease.

Also how processes know of each other what only one of them may do (`use_cases.hub_passing`).
"""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Field

from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class LeaseRow(Row, table=True):
    """Who holds a named right, until when."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True, max_length=40)
    owner: str = Field(max_length=64)
    until: datetime = Field(sa_type=Utc)


class Leases(Repository):
    """Named rights that one owner has at a time."""

    async def take(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Get or prolong the right; False while somebody else has it."""
        table = table_of(LeaseRow)
        statement = insert_into(self._connection, table).values(
            name=name, owner=owner, until=until
        )
        statement = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": owner, "until": until},
            where=(table.c.owner == owner) | (table.c.until < now),
        )
        return (await self._connection.execute(statement)).rowcount == 1

    async def release(self, name: str, owner: str) -> None:
        """Give the right back, if this owner has it."""
        table = table_of(LeaseRow)
        mine = (table.c.name == name) & (table.c.owner == owner)
        await self._connection.execute(table.delete().where(mine))

    async def holder(self, name: str) -> str | None:
        """Who has the right, or had it last."""
        table = table_of(LeaseRow)
        found = await self._connection.execute(select(table.c.owner).where(table.c.name == name))
        return found.scalar_one_or_none()

    async def forget_before(self, moment: datetime, prefix: str) -> int:
        """Delete rights of such names that ran out before; gives how many."""
        table = table_of(LeaseRow)
        old = table.c.name.startswith(prefix) & (table.c.until < moment)
        return (await self._connection.execute(table.delete().where(old))).rowcount
