"""SQLite's connection goes to its thread and comes back, also when whoever waited is stopped."""

import asyncio
import time
from pathlib import Path

import pytest

from app.store.sqlite_driver import READS, WRITES, Connection

SLOW_S = 0.3


class Slowly:
    """A function of SQL that takes its time; `done` when it has."""

    def __init__(self) -> None:
        self.begun = self.done = 0

    def __call__(self) -> int:
        self.begun += 1
        time.sleep(SLOW_S)
        self.done += 1
        return 1


async def _ask(connection: Connection) -> None:
    cursor = await connection.execute("SELECT slowly()")
    await cursor.fetchall()


async def _stopped_midway(connection: Connection, slowly: Slowly) -> None:
    """Begin a query that takes long, and stop waiting for it."""
    await connection.create_function("slowly", 0, slowly)
    async with asyncio.TaskGroup() as tasks:
        query = tasks.create_task(_ask(connection))
        while not slowly.begun:
            await asyncio.sleep(0.01)
        query.cancel()


@pytest.mark.parametrize("step", ["close", "rollback", "begin", "begin_writing"])
async def test_nothing_touches_a_connection_that_its_thread_uses(
    tmp_path: Path, step: str
) -> None:
    """Else the process dies: SQLite's objects would be freed under the running query."""
    connection, slowly = await Connection(str(tmp_path / "x.db"), READS), Slowly()
    await _stopped_midway(connection, slowly)
    assert slowly.done == 0
    await getattr(connection, step)()
    assert slowly.done == 1
    await connection.close()


async def test_afterwards_it_works_as_before(tmp_path: Path) -> None:
    connection, slowly = await Connection(str(tmp_path / "x.db"), READS | WRITES), Slowly()
    await connection.execute("CREATE TABLE t (a)")
    await _stopped_midway(connection, slowly)
    for number in range(3):
        await connection.begin_writing()
        await connection.execute("INSERT INTO t VALUES (?)", (number,))
        await connection.commit()
    await connection.begin()
    assert list(await connection.execute_fetchall("SELECT a FROM t")) == [(0,), (1,), (2,)]
    await connection.rollback()
    await connection.close()


async def test_errors_are_told_and_stop_nothing(tmp_path: Path) -> None:
    connection = await Connection(str(tmp_path / "x.db"), READS)
    with pytest.raises(Exception, match="no such table"):
        await connection.execute("SELECT * FROM nowhere")
    assert list(await connection.execute_fetchall("SELECT 1")) == [(1,)]
    await connection.close()
