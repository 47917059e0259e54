"""Single statements straight through PostgreSQL's driver, for what every request asks.

SQLAlchemy takes several times as long about a short statement as PostgreSQL: it takes a connection
from the pool, begins, looks the statement up, reads its result and gives the connection back. What
is met with every request is compiled once here, and costs one round trip on a connection that is
kept. Trouble of any kind is left to the ordinary way, which says it in the house's words.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import asyncpg
from sqlalchemy import ClauseElement
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler

from app.store.bulk import REFUSALS

KEPT = 4
"""How many connections one process keeps for this; more than that go back to the pool."""

Values = Mapping[str, Any]
Found = Sequence[Sequence[Any]]
Convert = Callable[[Any], Any] | None


class Asks(Protocol):
    """Who runs single statements: a `Database`, or a `Store`."""

    async def ask(self, statement: ClauseElement, values: Values) -> Found:
        """The rows that a statement finds."""
        ...


class Ready:
    """A statement as the driver takes it; `values` are of the names that it is given later."""

    def __init__(self, statement: Any, dialect: Dialect, values: Values) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(values))
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"{statement} cannot be run")
        whole = compiled.construct_expanded_state(dict(values))  # the lists in it are written out
        self.text = whole.statement
        self._names = values.keys()
        self._fields = [
            (name, name in values, whole.parameters[name], whole.processors.get(name))
            for name in whole.positiontup or ()
        ]
        columns = getattr(statement, "selected_columns", ())
        self._columns = [_reader(column, dialect) for column in columns]

    def arguments(self, values: Values) -> list[Any]:
        """The values in the order of the text; raises KeyError when they are not its names."""
        if values.keys() != self._names:
            raise KeyError(*(self._names ^ values.keys()))
        every = [
            (values[name] if given else fixed, convert)
            for name, given, fixed, convert in self._fields
        ]
        return [value if convert is None else convert(value) for value, convert in every]

    def read(self, rows: Sequence[Sequence[Any]]) -> Found:
        """Rows as SQLAlchemy would read them."""
        return [
            [
                value if read is None else read(value)
                for value, read in zip(row, self._columns, strict=True)
            ]
            for row in rows
        ]


def _reader(column: Any, dialect: Dialect) -> Convert:
    convert: Convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
    return convert


class _Held:
    """One of the pool's connections, and the driver's own below it."""

    def __init__(self, connection: AsyncConnection, driver: Any) -> None:
        self.connection = connection
        self.driver = driver

    async def give_up(self) -> None:
        await self.connection.invalidate()
        await self.connection.close()


class Straight:
    """Statements of PostgreSQL, each a transaction by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._ready: dict[ClauseElement, Ready] = {}
        self._idle: list[_Held] = []

    async def ask(self, statement: ClauseElement, values: Values) -> Found | None:
        """The rows it finds; None when it has to be asked the ordinary way."""
        try:
            ready = self._prepared(statement, values)
            return ready.read(await self._run(ready, values))
        except REFUSALS:
            return None

    async def add(self, statement: ClauseElement, values: Values) -> bool:
        """Write what it says; False when that has to be tried the ordinary way.

        Where a connection is lost, what is to be written may be there all the same.
        """
        try:
            await self._run(self._prepared(statement, values), values)
        except REFUSALS:
            return False
        return True

    async def close(self) -> None:
        """Close the connections."""
        idle, self._idle = self._idle, []
        for held in idle:
            await held.give_up()

    def _prepared(self, statement: ClauseElement, values: Values) -> Ready:
        known = self._ready.get(statement)
        if known is None:
            known = Ready(statement, self._engine.dialect, values)
            self._ready[statement] = known
        return known

    async def _run(self, ready: Ready, values: Values) -> Sequence[Any]:
        arguments = ready.arguments(values)
        held = await self._take()
        try:
            rows: Sequence[Any] = await held.driver.fetch(ready.text, *arguments)
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._put_back(held)
            raise
        except BaseException:
            await held.give_up()
            raise
        await self._put_back(held)
        return rows

    async def _take(self) -> _Held:
        while self._idle:
            held = self._idle.pop()
            if not held.driver.is_closed():
                return held
            await held.give_up()
        connection = await self._engine.connect()
        raw = await connection.get_raw_connection()
        return _Held(connection, raw.driver_connection)

    async def _put_back(self, held: _Held) -> None:
        if held.driver.is_closed():
            await held.give_up()
        elif len(self._idle) < KEPT:
            self._idle.append(held)
        else:
            await held.connection.close()
