"""Group commit: many chargers' changes in one transaction, each told when its own is durable.

While one transaction commits, the changes that arrive meanwhile form the next, so the busier it
gets the more one commit carries: a commit costs the same however much it holds, so as long as
each holds the messages of several chargers the next one waits a moment for more to join it.
If a transaction fails, its parts are tried again one by one, so that one bad message fails alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase

from app.domain.errors import Unavailable
from app.store.bulk import REFUSALS
from app.store.changes import NOTE, note_values
from app.store.database import Database
from app.store.events import APPEND
from app.store.nouns import Seen

log = logging.getLogger(__name__)

GATHER_S = 0.005
ALONE = 2
"""A commit of no more parts than this has no company to wait for."""
FULL = 1_000

Statement = UpdateBase | TextClause
"""Both can be executed and compiled, and are known by their identity."""


class Change(NamedTuple):
    """One row to write: a prepared statement, shared by all changes of its kind, and values.

    `told` is what memories are told of it (`store.changes`).
    """

    statement: Statement
    values: dict[str, Any]
    told: Seen | None = None


async def apply(connection: AsyncConnection, changes: Iterable[Change]) -> None:
    """Write changes that were made for the group commit in an open transaction instead."""
    for change in changes:
        await connection.execute(change.statement, change.values)
        if change.told is not None:
            await connection.execute(NOTE, note_values(change.told))


@dataclass(slots=True)
class _Part:
    changes: Sequence[Change]
    durable: asyncio.Future[None]


class Batch:
    """Collects changes and commits them together, while `run` runs in its owner's task group."""

    def __init__(self, database: Database, wake: Callable[[], Awaitable[None]]) -> None:
        """`wake` is called after a commit that holds events, which somebody has to plan."""
        self._database = database
        self._wake = wake
        self._parts: list[_Part] = []
        self._arrived = asyncio.Event()
        self._ending = self._ended = False
        self.commits = 0

    async def write(self, changes: Sequence[Change]) -> None:
        """Write all of these or none; returns when they are durable, raises the database's word.

        Raises Unavailable when nobody commits any more.

        Statements of a commit run one kind after the other in the order they came up, so changes
        that must follow each other belong to one charger, which waits for its answer.
        """
        if self._ended:
            raise Unavailable("this process is ending")
        part = _Part(changes, asyncio.get_running_loop().create_future())
        self._parts.append(part)
        self._arrived.set()
        await part.durable

    async def run(self) -> None:
        """Commit what arrives, until cancelled; then finish, and commit what is left."""
        async with asyncio.TaskGroup() as tasks:
            committing = tasks.create_task(self._commit_all())
            try:
                await asyncio.shield(committing)
            finally:
                self._ending = True
                self._arrived.set()
                try:
                    await committing
                finally:
                    self._ended = True

    async def _commit_all(self) -> None:
        carried = 0
        while self._parts or not self._ending:
            await self._arrived.wait()
            if carried > ALONE and not self._ending:
                await asyncio.sleep(GATHER_S)
            if self._parts:
                carried = await self._commit_next()

    async def _commit_next(self) -> int:
        """Commit what is there; gives how many parts that were."""
        parts, self._parts = self._parts[:FULL], self._parts[FULL:]
        if not self._parts:
            self._arrived.clear()
        try:
            await self._commit(parts)
        except REFUSALS as error:
            log.warning("batch.retry", extra={"parts": len(parts), "error": type(error).__name__})
            for part in parts:
                await self._commit_alone(part)
        else:
            for part in parts:
                if not part.durable.done():
                    part.durable.set_result(None)
        if any(change.statement is APPEND for part in parts for change in part.changes):
            await self._wake()
        return len(parts)

    async def _commit_alone(self, part: _Part) -> None:
        try:
            async with self._database.writing() as connection:
                await apply(connection, part.changes)
        except REFUSALS as error:
            if not part.durable.done():
                part.durable.set_exception(error)
        else:
            self.commits += 1
            if not part.durable.done():
                part.durable.set_result(None)

    async def _commit(self, parts: Sequence[_Part]) -> None:
        groups: dict[Statement, list[dict[str, Any]]] = {}
        told: set[Seen] = set()
        for part in parts:
            for statement, values, seen in part.changes:
                if seen is not None:
                    told.add(seen)
                rows = groups.get(statement)
                if rows is None:
                    groups[statement] = [values]
                else:
                    rows.append(values)
        if told:
            groups[NOTE] = [note_values(seen) for seen in sorted(told)]
        await self._database.write(groups.items())
        self.commits += 1
