"""Names for new things: text ids that sort by time, and small numbers taken in blocks."""

import os
import time
from asyncio import Lock
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Field

from app.store.columns import BigId
from app.store.database import Database
from app.store.rows import Row
from app.store.statements import insert_into, table_of

_RANDOM_BITS = 74
_NOISE = 10
_AT_ONCE = 64


class Uuids:
    """Version 7 UUIDs that sort in the order they were made, also within a millisecond.

    Source: RFC 9562, 6.2, method 2.
    """

    def __init__(self) -> None:
        self._stamp = self._noise = self._at = 0
        self._random = b""

    def next(self) -> str:
        """As text of 36 characters: unique, and sorting by when it was made."""
        stamp = time.time_ns() // 1_000_000
        noise = int.from_bytes(self._bytes()) & ((1 << _RANDOM_BITS - 1) - 1)
        if stamp <= self._stamp:
            stamp, noise = self._stamp, self._noise + 1 + (noise & 0xFFFFFFFF)
        self._stamp, self._noise = stamp, noise
        high, low = noise >> 62, noise & ((1 << 62) - 1)
        value = (stamp << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low
        return _text(value)

    def _bytes(self) -> bytes:
        """Asked of the system for many ids at once: a question takes longer than an id."""
        at = self._at
        if at >= len(self._random):
            self._random, at = os.urandom(_NOISE * _AT_ONCE), 0
        self._at = at + _NOISE
        return self._random[at : at + _NOISE]

    def forget(self) -> None:
        """Make no ids of what a process that this one was split off has, too."""
        self._random = b""


def first_id_at(moment: datetime) -> str:
    """What sorts before all ids made at this moment or later, and behind all made before."""
    stamp = max(0, int(moment.timestamp() * 1000))
    return _text((stamp << 80) | (0x7 << 76) | (0b10 << 62))


def _text(value: int) -> str:
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_uuids = Uuids()
os.register_at_fork(after_in_child=_uuids.forget)
new_id = _uuids.next
"""The id of something new, in the order of this process."""


class BlockRow(Row, table=True):
    """How far a sequence of numbers has been given out."""

    __tablename__ = "id_blocks"

    name: str = Field(primary_key=True, max_length=32)
    next: int = Field(sa_type=BigId)


class Blocks:
    """Numbers from 1 up, unique over all processes, taken from the database a block at a time.

    A process that dies loses the rest of its block; the numbers stay small and never repeat.
    """

    def __init__(self, database: Database, *, size: int = 200) -> None:
        self._database = database
        self._size = size
        self._free: dict[str, list[int]] = {}
        self._lock = Lock()

    async def take(self, name: str) -> int:
        """The next number of this sequence."""
        async with self._lock:
            free = self._free.get(name)
            if not free:
                free = self._free[name] = await self._reserve(name)
            return free.pop()

    async def _reserve(self, name: str) -> list[int]:
        table = table_of(BlockRow)
        async with self._database.writing() as connection:
            start = insert_into(connection, table).values(name=name, next=1)
            await connection.execute(start.on_conflict_do_nothing())
            claim = (
                update(table)
                .where(table.c.name == name)
                .values(next=table.c.next + self._size)
                .returning(table.c.next)
            )
            after = (await connection.execute(claim)).scalar_one()
        return list(range(after - 1, after - self._size - 1, -1))
