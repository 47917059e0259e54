"""Whose the ids are that passed the hub; bounded in age and number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, delete, func, select
from sqlmodel import Field

from app.domain.hub_index import LONGEST_NAME, Kind, Known
from app.domain.identifiers import PartyId
from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert

MOST_OWNERS = 50
"""How many owners of one id are looked at; that many cannot be told apart anyway."""


class HubIndexRow(Row, table=True):
    """One thing of one party."""

    __tablename__ = "hub_index"
    __table_args__ = (Index("ix_hub_index_kind_expires_at", "kind", "expires_at"),)

    kind: str = Field(primary_key=True, max_length=12)
    name: str = Field(primary_key=True, max_length=LONGEST_NAME)
    owner: str = Field(primary_key=True, max_length=6)
    other: str | None = Field(default=None, max_length=6)
    seen_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)


INDEX = table_of(HubIndexRow)


class HubIndex(Repository):
    """Things by kind, id and owner."""

    async def put(self, things: Sequence[Known], now: datetime) -> None:
        """That these were seen now; one thing at most once."""
        statement = upsert(self._connection, INDEX, "kind", "name", "owner")
        # In one order everywhere, so that no two wait for each other.
        ordered = sorted(things, key=lambda each: (each.kind, each.name, each.owner))
        if ordered:
            await self._connection.execute(statement, [_values(each, now) for each in ordered])

    async def find(self, kind: Kind, name: str, now: datetime) -> list[Known]:
        """Everybody whose thing has this id, the latest seen first."""
        wanted = (INDEX.c.kind == kind.value, INDEX.c.name == name, INDEX.c.expires_at > now)
        statement = select(INDEX).where(*wanted).order_by(INDEX.c.seen_at.desc(), INDEX.c.owner)
        rows = await self._connection.execute(statement.limit(MOST_OWNERS))
        return [_known(row) for row in rows]

    async def count(self, kind: Kind) -> int:
        """How many things of a kind are known."""
        statement = select(func.count()).select_from(INDEX).where(INDEX.c.kind == kind.value)
        return int((await self._connection.execute(statement)).scalar_one())

    async def forget_before(self, kind: Kind, moment: datetime, limit: int) -> int:
        """Delete what expired before, `limit` at most; gives how many."""
        return await self._forget(kind, INDEX.c.expires_at < moment, limit)

    async def forget_oldest(self, kind: Kind, limit: int) -> int:
        """Delete those that would expire first; gives how many."""
        return await self._forget(kind, INDEX.c.kind == kind.value, limit)

    async def _forget(self, kind: Kind, wanted: Any, limit: int) -> int:
        oldest = (
            select(INDEX.c.name, INDEX.c.owner)
            .where(INDEX.c.kind == kind.value, wanted)
            .order_by(INDEX.c.expires_at)
            .limit(limit)
        )
        found = (await self._connection.execute(oldest)).all()
        for name, owner in found:
            these = (INDEX.c.kind == kind.value, INDEX.c.name == name, INDEX.c.owner == owner)
            await self._connection.execute(delete(INDEX).where(*these))
        return len(found)


def _values(known: Known, now: datetime) -> dict[str, Any]:
    return {
        "kind": known.kind.value,
        "name": known.name,
        "owner": str(known.owner),
        "other": None if known.other is None else str(known.other),
        "seen_at": now,
        "expires_at": known.expires_at(now),
    }


def _known(row: Any) -> Known:
    other = None if row.other is None else PartyId.parse(row.other)
    return Known(Kind(row.kind), row.name, PartyId.parse(row.owner), other)
