"""The database behind an address: engines, SQLite's settings, and who may write when."""

from asyncio import Lock
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import asyncpg
from sqlalchemy import ClauseElement, event, text
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.domain.errors import Unavailable
from app.store.bulk import Bulk, Group, PostgresBulk, SqliteBulk
from app.store.feed import Feed, PostgresFeed, SqliteFeed
from app.store.sqlite_driver import LONGEST_WAIT_MS, READS, WRITES, Connection
from app.store.straight import Found, Straight, Values

SQLITE_SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "wal_autocheckpoint=10000",
)


def async_address(address: str) -> str:
    """The address with the asynchronous driver that we use for its database."""
    url = make_url(address)
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url.set(drivername="sqlite+aiosqlite").render_as_string(hide_password=False)
    if backend == "postgresql":
        return url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    raise ValueError(f"{backend} is neither sqlite nor postgresql")


@contextmanager
def reaching() -> Iterator[None]:
    """Say in one line, without the address's password, why the database cannot be reached."""
    try:
        yield
    except (OSError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        cause = getattr(error, "orig", None) or error
        why = " ".join(str(cause).split()) or type(cause).__name__
        raise Unavailable(f"the database cannot be reached: {why}") from error


ASKED_AFTER_S = 5.0
RESTS_SINCE = "rests_since"


@dataclass(frozen=True, slots=True)
class _Manner:
    """How connections to SQLite go about their work; `aside` is what they do in a thread."""

    aside: frozenset[str]
    busy_timeout: str
    begin: Callable[[Connection], Awaitable[None]]


_READING = _Manner(READS, f"busy_timeout={LONGEST_WAIT_MS}", Connection.begin)
_WRITING = _Manner(WRITES, "busy_timeout=0", Connection.begin_writing)
"""The writer waits for its turn by itself."""


def _sqlite(url: str, manner: _Manner, **pool: int) -> AsyncEngine:
    """An engine on connections of our own driver."""
    path = make_url(url).database or ""
    engine = create_async_engine(
        url,
        async_creator=lambda: Connection(path, manner.aside),
        pool_reset_on_return=None,
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def settings(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for each in (*SQLITE_SETTINGS, manner.busy_timeout):
            cursor.execute(f"PRAGMA {each}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: SyncConnection) -> None:
        connection.connection.run_async(manner.begin)

    return engine


def _postgres(url: str, **pool: float) -> AsyncEngine:
    """An engine that asks after a connection's health only when it rested.

    A pool's own ping before each use costs three round trips; that the server has closed a
    connection is known without asking, and a broken network shows after some rest.
    """
    engine = create_async_engine(url, hide_parameters=True, **pool)

    @event.listens_for(engine.sync_engine, "checkin")
    def rest(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[RESTS_SINCE] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def wake(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        since = record.info.get(RESTS_SINCE)
        if since is not None and monotonic() - since > ASKED_AFTER_S:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error

    return engine


class Database:
    """Connections to one database.

    SQLite lets one connection write; waiting for it in Python is fair and cheap, waiting inside
    SQLite is neither. A writing transaction there begins IMMEDIATE, since one that reads first
    and writes later fails when somebody else wrote in between.
    """

    def __init__(self, address: str, *, pool_size: int = 10, patience_s: float = 30.0) -> None:
        """On PostgreSQL there are up to twice `pool_size` connections.

        Who waits longer than `patience_s` for one of them is refused.
        """
        url = async_address(address)
        self._lock = Lock()
        self._bulk: Bulk
        self.feed: Feed
        self._straight: Straight | None = None
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self._writer = _sqlite(url, _WRITING, pool_size=1, max_overflow=0)
            self._reader = _sqlite(url, _READING, pool_size=4, max_overflow=4)
            self._bulk = SqliteBulk(
                self._writer.url.database or "",
                self._writer.dialect,
                self._lock,
                settings=(*SQLITE_SETTINGS, _WRITING.busy_timeout),
            )
            self.feed = SqliteFeed(self._writer.url.database or "")
        else:
            self._writer = _postgres(
                url, pool_size=pool_size, max_overflow=pool_size, pool_timeout=patience_s
            )
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            self._bulk = PostgresBulk(self._writer)
            self.feed = PostgresFeed(self._reader)
            self._straight = Straight(self._writer)

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes; for migrations and tests."""
        return self._writer

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end and rolls back on an exception."""
        if not self.is_sqlite:
            async with self._writer.begin() as connection:
                yield connection
            return
        async with self._lock, self._writer.begin() as connection:
            yield connection

    async def write(self, groups: Iterable[Group]) -> None:
        """Write many rows in one transaction; raises one of `bulk.REFUSALS`."""
        await self._bulk.write(groups)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that only looks: at one state of SQLite, at PostgreSQL's of each query."""
        async with self._reader.connect() as connection:
            yield connection

    async def ask(self, statement: Any, values: Values) -> Found:
        """The rows that a statement finds which is met with every request."""
        found = None
        if self._straight is not None:
            found = await self._straight.ask(statement, values)
        if found is None:
            async with self.reading() as connection:
                found = (await connection.execute(statement, values)).all()
        return found

    async def add(self, statement: ClauseElement, values: Values) -> bool:
        """Write by one statement; False when that needs a transaction, as always on SQLite."""
        return self._straight is not None and await self._straight.add(statement, values)

    async def reach(self) -> None:
        """Raise Unavailable when the database does not answer."""
        with reaching():
            await self.ping()

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self._reader.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self._bulk.close()
        await self.feed.close()
        if self._straight is not None:
            await self._straight.close()
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()
