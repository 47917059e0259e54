"""SQLite connections that go to their thread only for what may take long.

aiosqlite sends each step of each statement to a thread and waits for the loop to come round again,
ten times for one read. Most steps take microseconds, less than that; in a busy process, where the
loop takes long to come round, a transaction would hold the write lock all that time.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiosqlite

LONGEST_WAIT_MS = 10_000
"""How long a writer waits for another process's transaction."""

TURN = 50
"""After so many steps in one go somebody else has a turn."""

Aside = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs something in a thread."""

WRITES = frozenset({"commit"})
"""What a writer leaves to the thread: waiting for the disk. Its statements change memory."""

READS = frozenset({"execute", "fetchall"})
"""What a reader leaves to the thread: nobody knows how much a query has to read."""


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, with only the named steps in its thread."""

    def __init__(self, path: str, aside: frozenset[str]) -> None:
        connector = partial(sqlite3.connect, path, isolation_level=None, check_same_thread=False)
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True
        self._aside = aside
        self._is_elsewhere = False
        self._steps = 0

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if fn.__name__ in self._aside or self._is_elsewhere:
            return await self._in_thread(fn, *args, **kwargs)
        self._steps += 1
        if self._steps % TURN == 0:
            await asyncio.sleep(0)
        return fn(*args, **kwargs)

    async def _in_thread(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A step in the thread, after those of callers that were cancelled while they waited.

        Their steps go on. The thread takes one after the other; were the next one done here, it
        would free the statement that the thread is at, and the process would die.
        """
        self._is_elsewhere = True
        try:
            result = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped there
        except asyncio.CancelledError:
            raise
        except BaseException:
            self._is_elsewhere = False
            raise
        self._is_elsewhere = False
        return result

    async def begin(self) -> None:
        """Begin to read."""
        await self._calm()
        self._conn.execute("BEGIN")

    async def begin_writing(self) -> None:
        """Begin to write, when no other process does."""
        await self._calm()
        await begin_writing(self._conn, self._in_thread)

    async def _calm(self) -> None:
        """Wait until the thread has nothing to do."""
        if self._is_elsewhere:
            await self._in_thread(int)


async def begin_writing(connection: sqlite3.Connection, aside: Aside) -> None:
    """Take the write lock: at once if it is free, as it nearly always is, else in a thread.

    The connection's `busy_timeout` is 0.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        await aside(partial(_begin_patiently, connection))


def _begin_patiently(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout={LONGEST_WAIT_MS}")
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.execute("PRAGMA busy_timeout=0")
