"""The event log: facts appended by transactions, taken by the planner once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, func, insert, select, text, update
from sqlmodel import Field

from app.domain.events import EVENTS, DomainEvent
from app.store.columns import BigId, Document, Utc
from app.store.correlation import LONGEST, origin
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of


class EventRow(Row, table=True):
    """One fact; `planned_at` is empty until every audience was asked."""

    __tablename__ = "events"
    __table_args__ = (
        Index(
            "ix_events_unplanned",
            "id",
            sqlite_where=text("planned_at IS NULL"),
            postgresql_where=text("planned_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str = Field(max_length=40)
    document: str = Field(sa_type=Document)
    correlation: str | None = Field(default=None, max_length=LONGEST)
    at: datetime = Field(sa_type=Utc)
    planned_at: datetime | None = Field(default=None, sa_type=Utc)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the log."""

    id: int
    event: DomainEvent
    correlation: str | None


APPEND = insert(table_of(EventRow))
"""Appends event rows; also used by the group commit."""


def event_values(event: DomainEvent, now: datetime) -> dict[str, object]:
    """The row of an event that happens now."""
    return {
        "kind": event.kind,
        "document": pack(event),
        "correlation": origin(),
        "at": now,
    }


class Events(Repository):
    """The log of one database."""

    async def append(self, events: Sequence[DomainEvent], now: datetime) -> None:
        """Add facts to the log."""
        await self._connection.execute(APPEND, [event_values(e, now) for e in events])

    async def unplanned(self, limit: int) -> list[Recorded]:
        """The oldest events nobody was asked about yet."""
        table = table_of(EventRow)
        statement = (
            select(table.c.id, table.c.kind, table.c.document, table.c.correlation)
            .where(table.c.planned_at.is_(None))
            .order_by(table.c.id)
            .limit(limit)
        )
        rows = await self._connection.execute(statement)
        return [Recorded(r.id, unpack(EVENTS[r.kind], r.document), r.correlation) for r in rows]

    async def claim(self, ids: Sequence[int], now: datetime) -> set[int]:
        """Mark events as planned; gives those that were not yet, which are the caller's alone."""
        table = table_of(EventRow)
        statement = (
            update(table)
            .where(table.c.id.in_(ids), table.c.planned_at.is_(None))
            .values(planned_at=now)
            .returning(table.c.id)
        )
        return set((await self._connection.execute(statement)).scalars())

    async def backlog(self) -> int:
        """How many events wait to be planned."""
        table = table_of(EventRow)
        statement = select(func.count()).where(table.c.planned_at.is_(None))
        return (await self._connection.execute(statement)).scalar_one()

    async def oldest_unplanned(self) -> datetime | None:
        """Since when the oldest event waits."""
        table = table_of(EventRow)
        statement = select(table.c.at).where(table.c.planned_at.is_(None))
        ordered = statement.order_by(table.c.id).limit(1)
        return (await self._connection.execute(ordered)).scalar_one_or_none()

    async def forget_before(self, moment: datetime) -> int:
        """Delete planned events older than this; the objects they speak of stay."""
        table = table_of(EventRow)
        statement = table.delete().where(table.c.planned_at < moment)
        return (await self._connection.execute(statement)).rowcount
