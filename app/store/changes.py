"""Which objects were written lately, so that whoever remembers them knows what to read again.

A row is written with the change itself, for the few nouns that are kept in memory. What has been
seen of them is told by a mark: on SQLite, where transactions follow one another, by the number of
the newest row; on PostgreSQL by a snapshot, since there a lower number can commit later than a
higher one (PostgreSQL, System Information Functions, Transaction ID and Snapshot Information).
"""

from typing import Any

from sqlalchemy import BigInteger, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlmodel import Field

from app.store.columns import BigId
from app.store.nouns import DECIDING, Noun, Seen
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of

KEPT_S = 3600
"""How long a row is kept, in seconds; whoever looks less often reads everything again."""


_DECIDED = "decided"


class ChangeRow(Row, table=True):
    """That an object was written; `revision` is PostgreSQL's transaction, `at` epoch seconds."""

    __tablename__ = "changes"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    revision: int = Field(sa_type=BigInteger, index=True)
    noun: str = Field(max_length=12)
    key: str = Field(max_length=240)
    at: int = Field(sa_type=BigInteger)


class _Revision(FunctionElement[int]):
    """The transaction that is under way; 0 on SQLite, which goes by the row's number."""

    type = BigInteger()
    inherit_cache = True


class _Now(FunctionElement[int]):
    """The database's own time in whole seconds."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Revision)
def _transaction(_element: Any, _compiler: Any, **_: Any) -> str:
    return "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"


@compiles(_Revision, "sqlite")
def _no_transaction(_element: Any, _compiler: Any, **_: Any) -> str:
    return "0"


@compiles(_Now)
def _seconds(_element: Any, _compiler: Any, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) AS BIGINT)"


@compiles(_Now, "sqlite")
def _seconds_of_sqlite(_element: Any, _compiler: Any, **_: Any) -> str:
    return "CAST(strftime('%s', 'now') AS INTEGER)"


CHANGES = table_of(ChangeRow)
NOTE = insert(CHANGES).values(revision=_Revision(), at=_Now())


def note_values(seen: Seen) -> dict[str, str]:
    """The row that tells of an object."""
    return {"noun": seen[0].value, "key": seen[1]}


async def note(connection: AsyncConnection, noun: Noun, key: str, *, decides: bool = True) -> None:
    """That this object is written, in an open transaction.

    `decides` is False for what of a `DECIDING` noun changes nothing of who may do what.
    """
    await connection.execute(NOTE, note_values((noun, key)))
    if decides and noun in DECIDING:
        connection.info[_DECIDED] = True


def has_decided(connection: AsyncConnection) -> bool:
    """Whether a `DECIDING` noun was noted here since this was asked.

    It may have been in a transaction that was rolled back: then somebody waits once for nothing.
    """
    return bool(connection.info.pop(_DECIDED, False))


class Changes(Repository):
    """The rows of one database."""

    async def forget(self) -> int:
        """Delete what everybody has seen who looks often enough."""
        old = CHANGES.c.at < _Now() - KEPT_S
        return (await self._connection.execute(CHANGES.delete().where(old))).rowcount
