"""SQL that both databases speak: upserts, tables from row classes, and what is built once.

Building a statement costs as much as running it, so those that are met at every turn are built
once per table and take their values as parameters.
"""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Table, Update, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.rows import Row


def table_of(row: type[Row]) -> Table:
    """The table behind a row class."""
    return row.__table__  # type: ignore[attr-defined, no-any-return]  # SQLModel's own


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    return insert_of(connection.dialect.name, table)


def upsert(
    connection: AsyncConnection, table: Table, *keys: str, kept: Collection[str] = ()
) -> Any:
    """An INSERT that overwrites the row of the same keys, but for the columns that are `kept`."""
    return _upsert(connection.dialect.name, table, keys, frozenset(kept))


@cache
def insert_of(dialect: str, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in this dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _upsert(dialect: str, table: Table, keys: tuple[str, ...], kept: frozenset[str]) -> Any:
    statement = insert_of(dialect, table)
    same = {*keys, *kept}
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in same}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=others)


@cache
def document_by_key(table: Table, key: str, *, lock: bool) -> Select[Any]:
    """The document of the row with the parameter `of_key`, locked until the end if so wished."""
    statement = select(table.c.document).where(table.c[key] == bindparam("of_key"))
    return statement.with_for_update() if lock else statement


@cache
def documents_by_keys(table: Table, key: str) -> Select[Any]:
    """The documents of the rows with the parameter `of_keys`."""
    keys = table.c[key].in_(bindparam("of_keys", expanding=True))
    return select(table.c.document).where(keys).order_by(table.c[key])


@cache
def new_row(table: Table) -> Insert:
    """A new row; the parameters are its columns."""
    return insert(table)


@cache
def first_row(dialect: str, table: Table) -> Any:
    """A new row, unless there is one of its key; the parameters are its columns."""
    return insert_of(dialect, table).on_conflict_do_nothing()


@cache
def version_by_key(table: Table, key: str) -> Update:
    """Writes over the version `of_version` of the row `of_key`; the rest are its columns."""
    same = table.c[key] == bindparam("of_key")
    return update(table).where(same, table.c.version == bindparam("of_version"))
