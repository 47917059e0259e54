"""Gives a new database its tables: by the migrations, as in production."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

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


async def empty_tables(address: str) -> None:
    """Delete every row."""
    database = Database(address)
    async with database.writing() as connection:
        for table in reversed(migrations.metadata().sorted_tables):
            await connection.execute(table.delete())
    await database.close()
