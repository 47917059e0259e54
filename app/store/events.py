"""The event log: facts appended by transactions, taken by the planner once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, bindparam, func, insert, select, text, update
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


_TABLE = table_of(EventRow)

APPEND = insert(_TABLE)
"""Appends event rows; also used by the group commit."""

_UNPLANNED = (
    select(_TABLE.c.id, _TABLE.c.kind, _TABLE.c.document, _TABLE.c.correlation)
    .where(_TABLE.c.planned_at.is_(None))
    .order_by(_TABLE.c.id)
    .limit(bindparam("most"))
)
_CLAIM = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(bindparam("ids", expanding=True)), _TABLE.c.planned_at.is_(None))
    .values(planned_at=bindparam("claimed_at", type_=Utc))
    .returning(_TABLE.c.id)
)


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
        rows = await self._connection.execute(_UNPLANNED, {"most": limit})
        return [Recorded(r.id, unpack(EVENTS[r.kind], r.document), r.correlation) for r in rows]

    async def claim(self, ids: Sequence[int], now: datetime) -> set[int]:
        """Mark events as planned; gives those that were not yet, which are the caller's alone."""
        claimed = await self._connection.execute(_CLAIM, {"ids": ids, "claimed_at": now})
        return set(claimed.scalars())

    async def backlog(self) -> int:
        """How many events wait to be planned."""
        statement = select(func.count()).where(_TABLE.c.planned_at.is_(None))
        return (await self._connection.execute(statement)).scalar_one()

    async def oldest_unplanned(self) -> datetime | None:
        """Since when the oldest event waits."""
        statement = select(_TABLE.c.at).where(_TABLE.c.planned_at.is_(None))
        ordered = statement.order_by(_TABLE.c.id).limit(1)
        return (await self._connection.execute(ordered)).scalar_one_or_none()

    async def forget_before(self, moment: datetime) -> int:
        """Delete planned events older than this; the objects they speak of stay."""
        statement = _TABLE.delete().where(_TABLE.c.planned_at < moment)
        return (await self._connection.execute(statement)).rowcount
