"""Reads the feed of changes below SQLAlchemy, since it is asked before every page."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.store.nouns import Noun, Seen


@dataclass(frozen=True, slots=True)
class News:
    """What was written after a mark, and the mark to ask from next time."""

    mark: str
    written: Sequence[Seen]


class Feed(Protocol):
    """The changes of one database.

    What it said is good enough for `grace_s` seconds, about nouns whose writers wait that long.
    """

    grace_s: float

    async def since(self, mark: str | None) -> News:
        """Everything that was committed by now and not by `mark`; None asks for a mark only."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


class SqliteFeed:
    """Asks in the event loop's thread: the newest rows of a table are in memory.

    That costs so little that nobody has to wait instead.
    """

    grace_s = 0.0

    _NEWEST = "SELECT coalesce(max(id), 0) FROM changes"
    _AFTER = "SELECT id, noun, key FROM changes WHERE id > ? ORDER BY id"

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    async def since(self, mark: str | None) -> News:
        """What came after the row of this number."""
        if self._connection is None:
            self._connection = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False
            )
        if mark is None:
            return News(str(self._connection.execute(self._NEWEST).fetchone()[0]), ())
        rows = self._connection.execute(self._AFTER, (int(mark),)).fetchall()
        if not rows:
            return News(mark, ())
        return News(str(rows[-1][0]), [(Noun(noun), key) for _, noun, key in rows])

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresFeed:
    """Keeps one of the pool's connections; when it is lost it takes another, once.

    The question is planned once: PostgreSQL would take longer to plan it each time than to answer.
    Even so it takes longer than everything else that a message costs.
    """

    grace_s = 0.05

    _PLAN_ONCE = "SET plan_cache_mode = force_generic_plan"

    _SNAPSHOT = "SELECT CAST(pg_current_snapshot() AS text), CAST(ARRAY[] AS text[])"
    _AFTER = """
        SELECT CAST(pg_current_snapshot() AS text), ARRAY(
            SELECT noun || ' ' || key FROM changes
            WHERE revision >= $1 AND NOT pg_visible_in_snapshot(
                CAST(CAST(revision AS text) AS xid8), CAST(CAST($2 AS text) AS pg_snapshot)
            )
        )
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._after: Any = None

    async def since(self, mark: str | None) -> News:
        """What the snapshot that `mark` is did not show."""
        kept = self._connection is not None
        try:
            return await self._ask(mark)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, DBAPIError):
            await self.close()
            if not kept:
                raise
        return await self._ask(mark)

    async def _ask(self, mark: str | None) -> News:
        if self._driver is None:
            self._connection = await self._engine.connect()
            self._driver = (await self._connection.get_raw_connection()).driver_connection
            await self._driver.execute(self._PLAN_ONCE)
            self._after = await self._driver.prepare(self._AFTER)
        if mark is None:
            row = await self._driver.fetchrow(self._SNAPSHOT)
        else:
            row = await self._after.fetchrow(int(mark.partition(":")[0]), mark)
        written = [text.partition(" ") for text in row[1]]
        return News(row[0], [(Noun(noun), key) for noun, _, key in written])

    async def close(self) -> None:
        """Give the connection up, whatever state it is in."""
        connection, self._connection = self._connection, None
        self._driver = self._after = None
        if connection is not None:
            await connection.invalidate()
            await connection.close()
