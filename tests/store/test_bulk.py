"""Bulk writes: whole transactions through the driver, patient with other writers."""

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.store.bulk import REFUSALS
from app.store.database import Database
from app.store.events import APPEND

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
FACT = {"kind": "test", "document": "{}", "correlation": None, "at": NOW}


async def kept(database: Database) -> int:
    async with database.reading() as connection:
        found = await connection.execute(text("SELECT count(*) FROM events"))
        return int(found.scalar_one())


async def test_all_rows_or_none(database: Database) -> None:
    await database.write([(APPEND, [FACT, FACT])])
    with pytest.raises(REFUSALS):
        await database.write([(APPEND, [FACT, {**FACT, "kind": None}])])
    assert await kept(database) == 2
    await database.write([(APPEND, [FACT])])
    assert await kept(database) == 3


@pytest.mark.parametrize("changed", [{"more": 1}, {"document": None, "at": "noon"}])
async def test_rows_that_do_not_fit_are_refused(
    database: Database, changed: dict[str, object]
) -> None:
    with pytest.raises(REFUSALS):
        await database.write([(APPEND, [FACT, {**FACT, **changed}])])
    assert await kept(database) == 0


async def test_a_row_without_one_of_the_names_is_refused(database: Database) -> None:
    less = {name: value for name, value in FACT.items() if name != "document"}
    with pytest.raises(KeyError):
        await database.write([(APPEND, [FACT, less])])
    assert await kept(database) == 0


@pytest.mark.parametrize("way", ["bulk", "transaction"])
async def test_another_processs_transaction_is_waited_for(
    sqlite_template: Path, tmp_path: Path, way: str
) -> None:
    """SQLite: without holding up the loop, since chargers that only listen must be heard."""
    path = tmp_path / "busy.db"
    shutil.copyfile(sqlite_template, path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{path}")

    async def write() -> None:
        if way == "bulk":
            await database.write([(APPEND, [FACT])])
            return
        async with database.writing() as connection:
            await connection.execute(APPEND, FACT)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write())
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert not writing.done()
        other.execute("COMMIT")
    assert await kept(database) == 1
    other.close()
    await database.close()
