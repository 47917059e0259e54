"""Gives a new database its tables: by the migrations, as in production."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import asyncpg

from app.store import migrations
from app.store.database import Database


async def _create(address: str) -> None:
    if any((migrations.scripts() / "versions").glob("*.py")):
        await migrations.upgrade(address)
        return
    database = Database(address)
    async with database.engine.begin() as connection:
        await connection.run_sync(migrations.metadata().create_all)
    await database.close()


def create_tables(address: str) -> None:
    """Create all tables; may be called while a loop runs in this thread."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, _create(address)).result()


@cache
def _emptying() -> str:
    """Deletes every row of every table, in one go."""
    tables = reversed(migrations.metadata().sorted_tables)
    return ";".join(str(table.delete()) for table in tables)


async def empty_tables(address: str) -> None:
    """Delete every row of a PostgreSQL database."""
    connection = await asyncpg.connect(address)
    await connection.execute(_emptying())
    await connection.close()
