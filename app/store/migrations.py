"""Brings a database to the newest schema, on SQLite and PostgreSQL from the same revisions.

`python -m app.store.migrations revision "Message"` writes the next revision from the tables' rows.
"""

import asyncio
import io
import pkgutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import app.store
from alembic import command
from app.store.database import async_address, reaching

_APP = Path(app.store.__file__).parent.parent
_LOCK = 7_301_949_113
"""Any number of our own: who holds it on PostgreSQL is the one process that migrates."""


class SchemaBroken(Exception):
    """The database is not what the revisions make of it."""


def metadata() -> MetaData:
    """All tables, whoever imported what before."""
    for module in pkgutil.iter_modules(app.store.__path__):
        import_module(f"app.store.{module.name}")
    return SQLModel.metadata


def scripts() -> Path:
    """The folder of the revisions: inside the package when installed, else beside it."""
    packed = _APP / "_alembic"
    return packed if packed.is_dir() else _APP.parent / "alembic"


def _config(connection: Connection, output: io.StringIO) -> Config:
    config = Config(stdout=output, output_buffer=output)
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _engine(address: str) -> AsyncEngine:
    """An engine for migrations alone.

    On SQLite, changing a table means copying it and dropping the old one, which would take the
    rows that refer to it along; so foreign keys are off while that goes on, and checked after it.
    """
    url = async_address(address)
    engine = create_async_engine(url, poolclass=NullPool)
    if url.startswith("sqlite"):

        @event.listens_for(engine.sync_engine, "connect")
        def settings(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            for setting in ("journal_mode=WAL", "busy_timeout=60000", "foreign_keys=OFF"):
                connection.execute(f"PRAGMA {setting}")

        @event.listens_for(engine.sync_engine, "begin")
        def start(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def _with(address: str, work: Callable[[Connection], Any]) -> Any:
    engine = _engine(address)
    try:
        async with AsyncExitStack() as open_until_done:
            with reaching():
                connection = await open_until_done.enter_async_context(engine.begin())
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(_config(connection, io.StringIO()), "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise SchemaBroken(f"rows refer to rows that are gone: {broken[:3]}")


def _check(connection: Connection) -> None:
    try:
        command.check(_config(connection, io.StringIO()))
    except CommandError as error:
        raise SchemaBroken(str(error)) from error


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def upgrade(address: str) -> None:
    """Bring the database to the newest revision; several processes may do so at once."""
    await _with(address, _upgrade)


async def check(address: str) -> None:
    """Raise SchemaBroken when the tables are not what the row classes say."""
    await _with(address, _check)


async def current(address: str) -> str | None:
    """The revision the database is at, None before the first."""
    revision: str | None = await _with(address, _current)
    return revision


async def write_revision(message: str) -> Path:
    """Write the revision that leads from the newest one to the rows as they are now."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/revision.db"
        await upgrade(address)

        def make(connection: Connection) -> Path:
            config = _config(connection, io.StringIO())
            made = command.revision(config, message, autogenerate=True)
            if made is None or isinstance(made, list):
                raise SchemaBroken("there is nothing to write")
            return Path(made.path)

        written: Path = await _with(address, make)
    return written


if __name__ == "__main__":
    if sys.argv[1:-1] != ["revision"]:
        sys.exit('usage: python -m app.store.migrations revision "Message"')
    sys.stdout.write(f"{asyncio.run(write_revision(sys.argv[-1]))}\n")
