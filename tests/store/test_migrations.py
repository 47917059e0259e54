"""One set of revisions makes the same schema on SQLite and PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app.store import migrations
from app.store.database import Database
from tests.support.servers import PostgresServer

KINDS = ("sqlite", "postgresql")


@pytest.mark.parametrize("kind", KINDS)
async def test_the_revisions_make_what_the_rows_say(
    kind: str, new_database: Callable[[str], str]
) -> None:
    address = new_database(kind)
    assert await migrations.current(address) is None
    await migrations.upgrade(address)
    assert await migrations.current(address) is not None
    await migrations.check(address)


@pytest.mark.parametrize("kind", KINDS)
async def test_several_processes_may_upgrade_at_once(
    kind: str, new_database: Callable[[str], str]
) -> None:
    address = new_database(kind)
    await asyncio.gather(*(migrations.upgrade(address) for _ in range(3)))
    await migrations.check(address)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_missing_column_is_noticed(kind: str, new_database: Callable[[str], str]) -> None:
    address = new_database(kind)
    await migrations.upgrade(address)
    database = Database(address)
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE api_keys DROP COLUMN label"))
    await database.close()
    with pytest.raises(migrations.SchemaBroken, match="label"):
        await migrations.check(address)


async def test_rows_that_refer_to_nothing_stop_an_upgrade(
    new_database: Callable[[str], str],
) -> None:
    """While SQLite migrates, it does not look after references; so they are checked at the end."""
    address = new_database("sqlite")
    await migrations.upgrade(address)
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as connection:
        connection.execute(
            "INSERT INTO evses (key, location, uid, number, status, last_updated)"
            " VALUES ('k', 'nowhere', 'u', 0, 'UNKNOWN', '2026-01-01T00:00:00.000000Z')"
        )
        connection.commit()
    with pytest.raises(migrations.SchemaBroken, match="gone"):
        await migrations.upgrade(address)


async def test_every_table_of_a_row_is_there(
    postgres_server: PostgresServer, new_database: Callable[[str], str]
) -> None:
    address = new_database("postgresql")
    await migrations.upgrade(address)
    database = Database(address)
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await database.close()
    assert names == set(migrations.metadata().tables) | {"alembic_version"}


def test_the_scripts_are_in_the_package_or_beside_it() -> None:
    assert (migrations.scripts() / "env.py").is_file()
    assert migrations.scripts() == Path(__file__).parents[2] / "alembic"
