"""What chargers told one thing after the other: security events, monitored values, transfers.

A charger's entries of a topic are bounded: the oldest go when there are too many.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Index, bindparam, delete, insert, select
from sqlmodel import Field

from app.store.columns import Document, Utc
from app.store.documents import pack
from app.store.ids import new_id
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of

MOST_KEPT = 2_000
"""Entries of one charger and topic."""
LONGEST_KIND = 255


class StationLogRow(Row, table=True):
    """One entry; ids sort by when it came to us, `at` is the charger's time."""

    __tablename__ = "station_log"
    __table_args__ = (Index("ix_station_log_station", "station", "topic", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    station: str = Field(max_length=255)
    topic: str = Field(max_length=40)
    kind: str = Field(max_length=LONGEST_KIND)
    severity: int | None = Field(default=None)
    at: datetime = Field(sa_type=Utc)
    heard_at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


class Entry(NamedTuple):
    """Something a charger told; `severity` 0 (danger) to 9 (debug), None where it has none."""

    kind: str
    at: datetime
    value: object
    severity: int | None = None


class Logged(NamedTuple):
    """The same as it is kept: the value as JSON text."""

    id: str
    kind: str
    severity: int | None
    at: datetime
    heard_at: datetime
    document: str


class Sought(NamedTuple):
    """Which entries are wanted; `severity` is the least grave, `before` an id."""

    kind: str | None = None
    severity: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    limit: int = 100


LOG = table_of(StationLogRow)
_ADD = insert(LOG)
_MINE = (LOG.c.station == bindparam("of_station"), LOG.c.topic == bindparam("of_topic"))
_OLDEST_KEPT = (
    select(LOG.c.id).where(*_MINE).order_by(LOG.c.id.desc()).offset(MOST_KEPT - 1).limit(1)
)
_PRUNE = delete(LOG).where(*_MINE, LOG.c.id < _OLDEST_KEPT.scalar_subquery())


class StationLog(Repository):
    """Entries by charger and topic."""

    async def add(
        self, station_id: str, topic: str, entries: Sequence[Entry], *, now: datetime
    ) -> None:
        """Write entries; the oldest of too many go."""
        if not entries:
            return
        station = station_id.casefold()
        rows = [
            {
                "id": new_id(),
                "station": station,
                "topic": topic,
                "kind": entry.kind[:LONGEST_KIND],
                "severity": entry.severity,
                "at": entry.at,
                "heard_at": now,
                "document": pack(entry.value),
            }
            for entry in entries
        ]
        await self._connection.execute(_ADD, rows)
        await self._connection.execute(_PRUNE, {"of_station": station, "of_topic": topic})

    async def find(self, station_id: str, topic: str, sought: Sought) -> list[Logged]:
        """What is wanted of a topic, the newest first."""
        mine: list[Any] = [LOG.c.station == station_id.casefold(), LOG.c.topic == topic]
        if sought.kind is not None:
            mine.append(LOG.c.kind == sought.kind)
        if sought.severity is not None:
            mine.append(LOG.c.severity <= sought.severity)
        if sought.since is not None:
            mine.append(LOG.c.at >= sought.since)
        if sought.until is not None:
            mine.append(LOG.c.at < sought.until)
        if sought.before is not None:
            mine.append(LOG.c.id < sought.before)
        columns = (
            LOG.c.id, LOG.c.kind, LOG.c.severity, LOG.c.at, LOG.c.heard_at, LOG.c.document,
        )  # fmt: skip
        wanted = select(*columns).where(*mine).order_by(LOG.c.id.desc()).limit(sought.limit)
        return [Logged(*row) for row in await self._connection.execute(wanted)]
