"""How Alembic runs our revisions: on the connection that `app.store.migrations` opened."""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.types import TypeEngine

from alembic import context
from app.store.columns import Fixed4, Utc
from app.store.migrations import metadata


def _other_type(
    migration: Any, _inspected: Any, _column: Any, found: TypeEngine[Any], wanted: TypeEngine[Any]
) -> bool:
    """Compare types by what the database calls them, so that stand-ins on SQLite are equal."""
    dialect = migration.dialect
    return found.compile(dialect) != wanted.compile(dialect)


def _render(kind: str, item: Any, migration: Any) -> str | bool:
    """Write our own column types as what they are."""
    if kind == "type" and isinstance(item, Utc | Fixed4):
        name = type(item).__name__
        migration.imports.add(f"from app.store.columns import {name}")
        return f"{name}()"
    if kind == "type" and type(item).__name__ == "AutoString":
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("use app.store.migrations, which opens the database as it must be")
context.configure(
    connection=connection,
    target_metadata=metadata(),
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render,
    compare_type=_other_type,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
