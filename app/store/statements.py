"""SQL that both databases speak: upserts, and tables from row classes."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.rows import Row


def table_of(row: type[Row]) -> Table:
    """The table behind a row class."""
    return row.__table__  # type: ignore[attr-defined, no-any-return]


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def upsert(
    connection: AsyncConnection, table: Table, *keys: str, kept: Collection[str] = ()
) -> Any:
    """An INSERT that overwrites the row of the same keys, but for the columns that are `kept`."""
    statement = insert_into(connection, table)
    same = {*keys, *kept}
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in same}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=others)
