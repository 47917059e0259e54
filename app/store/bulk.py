"""Many rows of few kinds in one transaction, through the driver below SQLAlchemy.

The group commit writes the same two dozen statements for as long as the process lives, so each is
compiled once, and its rows go to the driver as plain tuples.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias, TypeVar

import asyncpg
from sqlalchemy import ClauseElement, Compiled, Insert, Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler

from app.store.sqlite_driver import begin_writing

T = TypeVar("T")
Values = Mapping[str, Any]
Group = tuple[ClauseElement, Sequence[Values]]
Row = tuple[Any, ...]

COPIED_FROM = 5
"""From so many rows of a table on, COPY costs PostgreSQL half as much as one by one."""

REFUSALS = (
    sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, SQLAlchemyError,
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
"""What drivers and the pool of connections raise, and then what types do that are asked to
convert what they cannot."""


class Bulk(Protocol):
    """Writes whole transactions."""

    async def write(self, groups: Iterable[Group]) -> None:
        """Write all rows or none, group by group; durable on return. Raises one of REFUSALS."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


class Prepared:
    """A statement as a driver takes it: its text, and what makes a tuple of a row's values.

    `table` and `columns` are set where it is nothing but new rows of a table, in this order.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect, names: Iterable[str]) -> None:
        compiled = _compiled(statement, dialect, names)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"{statement} writes no rows")
        self.text = compiled.string
        self.table: str | None = None
        self.columns = tuple(compiled.positiontup or ())
        if isinstance(statement, Insert) and isinstance(statement.table, Table):
            plain = insert(statement.table)
            if _compiled(plain, dialect, names).string == self.text:
                self.table = statement.table.name
        self._names = frozenset(compiled.positiontup or ())
        self._fields = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]

    def row(self, values: Values) -> Row:
        """The values in the order of the text; raises KeyError when they are not its names."""
        if len(values) != len(self._names):
            raise KeyError(*(self._names ^ values.keys()))
        return tuple(
            [
                values[name] if convert is None else convert(values[name])
                for name, convert in self._fields
            ]
        )


def _compiled(statement: ClauseElement, dialect: Dialect, names: Iterable[str]) -> Compiled:
    return statement.compile(dialect=dialect, column_keys=list(names), for_executemany=True)


class Shelf:
    """The prepared statements of one database, by statement."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[ClauseElement, Prepared] = {}

    def rows(self, groups: Iterable[Group]) -> list[tuple[Prepared, list[Row]]]:
        """Each group's statement and rows."""
        return [self._rows(statement, values) for statement, values in groups]

    def _rows(
        self, statement: ClauseElement, values: Sequence[Values]
    ) -> tuple[Prepared, list[Row]]:
        known = self._prepared.get(statement)
        if known is None:
            known = Prepared(statement, self._dialect, values[0])
            self._prepared[statement] = known
        return known, [known.row(each) for each in values]


class SqliteBulk:
    """A connection of its own for bulk writes; `lock` keeps it and the other writer apart.

    Statements run in the event loop's thread: they touch memory only, and in another thread each
    row would fight for the interpreter. What may wait, for the disk or for another process's
    transaction, is left to a thread.
    """

    def __init__(
        self, path: str, dialect: Dialect, lock: asyncio.Lock, *, settings: Sequence[str]
    ) -> None:
        self._path = path
        self._lock = lock
        self._settings = settings
        self._shelf = Shelf(dialect)
        self._thread = ThreadPoolExecutor(1, "sqlite-bulk")
        self._connection: sqlite3.Connection | None = None

    async def write(self, groups: Iterable[Group]) -> None:
        """Write all or nothing."""
        statements = self._shelf.rows(groups)
        async with self._lock:
            if self._connection is None:
                self._connection = await self._aside(self._connect)
            connection = self._connection
            await begin_writing(connection, self._aside)
            try:
                for statement, rows in statements:
                    connection.executemany(statement.text, rows)
                await self._aside(connection.commit)
            finally:
                if connection.in_transaction:
                    connection.rollback()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for setting in self._settings:
            connection.execute(f"PRAGMA {setting}")
        return connection

    async def _aside(self, work: Callable[[], T]) -> T:
        running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])  # nothing else touches the connection meanwhile
            raise

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._thread.shutdown()


class PostgresBulk:
    """Keeps one of the pool's connections, which saves asking before each use if it is alive.

    When it is not, one write fails, and the next takes another.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._shelf = Shelf(engine.dialect)
        self._connection: AsyncConnection | None = None
        self._raw: _Driver | None = None

    async def write(self, groups: Iterable[Group]) -> None:
        """Write all or nothing."""
        statements = self._shelf.rows(groups)
        driver = self._raw or await self._driver()
        try:
            if len(statements) == 1:  # atomic by itself, without two more round trips
                await _put(driver, *statements[0])
                return
            async with driver.transaction():
                for statement, rows in statements:
                    await _put(driver, statement, rows)
        except BaseException:
            await self.close()
            raise

    async def _driver(self) -> "_Driver":
        self._connection = await self._engine.connect()
        raw = (await self._connection.get_raw_connection()).driver_connection
        self._raw = raw
        return raw  # type: ignore[return-value]

    async def close(self) -> None:
        """Give the connection up, whatever state it is in."""
        connection, self._connection, self._raw = self._connection, None, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()


_Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def _put(driver: _Driver, statement: Prepared, rows: Sequence[Row]) -> None:
    """Write the rows of one statement, all or none."""
    if statement.table is None or len(rows) < COPIED_FROM:
        await driver.executemany(statement.text, rows)
        return
    await driver.copy_records_to_table(statement.table, columns=statement.columns, records=rows)
