"""What repositories share: a connection, and objects kept as documents with typed keys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import Field, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import NotFound, StaleVersion
from app.store.documents import pack, unpack
from app.store.rows import Row
from app.store.statements import (
    document_by_key,
    documents_by_keys,
    new_row,
    table_of,
    upsert,
    version_by_key,
)

T = TypeVar("T")

Place = int | str
"""Where an object stands among those of its noun: objects that come later stand behind it."""


class Indexed(NamedTuple):
    """What a list that is kept in memory is made of; `unsaid` as in `Entry`."""

    key: str
    place: Place
    party: str
    moment: datetime
    unsaid: str = ""


class Repository:
    """Reads and writes one noun on the connection of one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def _page(
        self, table: Table, wanted: Sequence[ColumnElement[bool]], *, offset: int, limit: int
    ) -> tuple[Sequence[str], int]:
        """The documents of a page in the order of `created`, and how many there are in all."""
        counted = select(func.count()).select_from(table).where(*wanted)
        total = (await self._connection.execute(counted)).scalar_one()
        statement = select(table.c.document).where(*wanted).order_by(table.c.created)
        rows = await self._connection.execute(statement.offset(offset).limit(limit))
        return rows.scalars().all(), total


class DocumentRepository(Repository, Generic[T]):
    """Objects of one class, each a row with a document and the columns it is found by.

    The key column is `id` unless `key` says otherwise. The columns of `kept` stay as they were
    when the object was new.
    """

    row: ClassVar[type[Row]]
    shape: ClassVar[Any]
    noun: ClassVar[str]
    key: ClassVar[str] = "id"
    kept: ClassVar[Collection[str]] = ()

    @property
    def table(self) -> Table:
        """The table of this noun."""
        return table_of(self.row)

    def columns(self, value: T) -> dict[str, Any]:
        """The typed columns of an object: its key and what it is searched by."""
        raise NotImplementedError

    def _values(self, value: T) -> dict[str, Any]:
        return {**self.columns(value), "document": pack(value, self.shape)}

    def _read(self, document: str) -> T:
        value: T = unpack(self.shape, document)
        return value

    async def _one(self, *conditions: Any, lock: bool = False) -> T | None:
        statement = select(self.table.c.document).where(*conditions).limit(1)
        if lock:
            statement = statement.with_for_update()
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if document is None else self._read(document)

    async def _many(
        self, *conditions: Any, order: Any = None, limit: int | None = None
    ) -> list[T]:
        statement = select(self.table.c.document).where(*conditions).limit(limit)
        orders = order if isinstance(order, tuple) else (order,)
        by = (self.table.c[self.key],) if order is None else orders
        return await self._all(statement.order_by(*by))

    async def _all(self, statement: Any, values: Mapping[str, Any] | None = None) -> list[T]:
        """What a statement finds that asks for documents."""
        found = await self._connection.execute(statement, values)
        return [self._read(document) for document in found.scalars()]

    async def get(self, key: str, *, lock: bool = False) -> T | None:
        """The object, or None; `lock` holds back other writers until the transaction ends."""
        statement = document_by_key(self.table, self.key, lock=lock)
        found = await self._connection.execute(statement, {"of_key": key})
        document = found.scalar_one_or_none()
        return None if document is None else self._read(document)

    async def need(self, key: str, *, lock: bool = False) -> T:
        """The same; raises NotFound."""
        found = await self.get(key, lock=lock)
        if found is None:
            raise NotFound(self.noun, key)
        return found

    async def by_keys(self, keys: Collection[str]) -> list[T]:
        """Those of the objects that are there."""
        if not keys:
            return []
        return await self._all(documents_by_keys(self.table, self.key), {"of_keys": list(keys)})

    async def add(self, value: T) -> None:
        """A new object."""
        await self._connection.execute(new_row(self.table), self._values(value))

    async def put(self, value: T) -> None:
        """Write the object whether or not it was there."""
        statement = upsert(self._connection, self.table, self.key, kept=self.kept)
        await self._connection.execute(statement, self._values(value))


class Versioned(Protocol):
    """A dataclass that counts how often it was written."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> int:
        """How often."""
        ...


V = TypeVar("V", bound=Versioned)


class VersionedRepository(DocumentRepository[V]):
    """Objects that several write: nobody writes over what they have not read."""

    async def save(self, value: V) -> V:
        """Write over the version that was read; raises StaleVersion."""
        after = replace(value, version=value.version + 1)
        values = self._values(after)
        over = {"of_key": values.pop(self.key), "of_version": value.version}
        statement = version_by_key(self.table, self.key)
        result = await self._connection.execute(statement, {**values, **over})
        if result.rowcount != 1:
            raise StaleVersion(f"{self.noun} {over['of_key']} was changed by somebody else")
        return after
