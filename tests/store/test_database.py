"""Connections to PostgreSQL are renewed when the server or the network took them away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from app.store import database as module
from app.store.database import Database

MY_PROCESS = text("SELECT pg_backend_pid()")


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url, pool_size=1)
    yield database
    await database.close()


async def process(database: Database) -> int:
    """The server's process that serves us."""
    async with database.reading() as connection:
        return int((await connection.execute(MY_PROCESS)).scalar_one())


async def test_a_connection_the_server_closed_is_replaced(
    database: Database, postgres_url: str
) -> None:
    before = await process(database)
    other = Database(postgres_url, pool_size=1)
    async with other.reading() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
    await other.close()
    await asyncio.sleep(0.2)
    async with database.writing() as connection:
        assert (await connection.execute(MY_PROCESS)).scalar_one() != before


async def test_a_connection_that_rested_is_asked_before_use(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await process(database)
    monkeypatch.setattr(module, "ASKED_AFTER_S", -1.0)
    assert await process(database) == before
    dialect = database.engine.dialect

    def no_answer(_connection: object) -> bool:
        raise dialect.loaded_dbapi.OperationalError("the network is gone")

    monkeypatch.setattr(dialect, "do_ping", no_answer)
    assert await process(database) != before


async def test_reading_begins_no_transaction(database: Database) -> None:
    async with database.reading() as connection:
        first = (await connection.execute(text("SELECT txid_current()"))).scalar_one()
        assert (await connection.execute(text("SELECT txid_current()"))).scalar_one() != first
