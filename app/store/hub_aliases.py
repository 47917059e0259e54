"""Ids that members of our hub have, and what stands for them where they are too long."""

from collections.abc import Mapping

from sqlalchemy import delete, select, tuple_
from sqlmodel import Field

from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class HubAliasRow(Row, table=True):
    """One id of a member, by its alias; `alias_key` is what is compared."""

    __tablename__ = "hub_aliases"

    partner_id: str = Field(primary_key=True, max_length=36, foreign_key="partners.id")
    alias_key: str = Field(primary_key=True, max_length=36)
    named: str = Field(max_length=255)


ALIASES = table_of(HubAliasRow)


class HubAliases(Repository):
    """Aliases over one connection."""

    async def put(self, partner_id: str, named: Mapping[str, str]) -> None:
        """Write what each alias stands for, whether or not it was known."""
        statement = upsert(self._connection, ALIASES, "partner_id", "alias_key")
        for alias, name in named.items():
            values = {"partner_id": partner_id, "alias_key": alias.casefold(), "named": name}
            await self._connection.execute(statement.values(**values))

    async def named(self, partner_id: str, alias: str) -> str | None:
        """What an alias stands for; None for one that was never given."""
        statement = select(ALIASES.c.named).where(
            ALIASES.c.partner_id == partner_id, ALIASES.c.alias_key == alias.casefold()
        )
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def forget_of(self, partner_id: str, limit: int) -> int:
        """Forget some of a member's; gives how many."""
        columns = (ALIASES.c.partner_id, ALIASES.c.alias_key)
        some = select(*columns).where(ALIASES.c.partner_id == partner_id).limit(limit)
        statement = delete(ALIASES).where(tuple_(*columns).in_(some))
        return (await self._connection.execute(statement)).rowcount
