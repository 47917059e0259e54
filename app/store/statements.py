"""SQL that both databases speak: upserts, and tables from row classes."""

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


def upsert(connection: AsyncConnection, table: Table, *keys: str) -> Any:
    """An INSERT that overwrites the row of the same keys with the given values."""
    statement = insert_into(connection, table)
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=others)
