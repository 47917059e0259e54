"""What repositories share: a connection, and objects kept as documents with typed keys."""

from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import NotFound, StaleVersion
from app.store.documents import pack, unpack
from app.store.rows import Row
from app.store.statements import table_of, upsert

T = TypeVar("T")

Place = int | str
"""Where an object stands among those of its noun: objects that come later stand behind it."""


class Indexed(NamedTuple):
    """What a list that is kept in memory is made of."""

    key: str
    place: Place
    party: str
    moment: datetime


class Repository:
    """Reads and writes one noun on the connection of one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection


class DocumentRepository(Repository, Generic[T]):
    """Objects of one class, each a row with a document and the columns it is found by.

    The key column is `id` unless `key` says otherwise. Where the class has a `version`, `save`
    only writes over the version that was read.
    """

    row: ClassVar[type[Row]]
    shape: ClassVar[Any]
    noun: ClassVar[str]
    key: ClassVar[str] = "id"

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
        return unpack(self.shape, document)  # type: ignore[no-any-return]

    async def _one(self, *conditions: Any) -> T | None:
        statement = select(self.table.c.document).where(*conditions).limit(1)
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if document is None else self._read(document)

    async def _many(
        self, *conditions: Any, order: Any = None, limit: int | None = None
    ) -> list[T]:
        statement = select(self.table.c.document).where(*conditions).limit(limit)
        ordered = statement.order_by(self.table.c[self.key] if order is None else order)
        return [self._read(d) for d in (await self._connection.execute(ordered)).scalars()]

    async def get(self, key: str) -> T | None:
        """The object of this key, or None."""
        return await self._one(self.table.c[self.key] == key)

    async def need(self, key: str) -> T:
        """The object of this key; raises NotFound."""
        found = await self.get(key)
        if found is None:
            raise NotFound(self.noun, key)
        return found

    async def add(self, value: T) -> None:
        """A new object."""
        await self._connection.execute(insert(self.table).values(**self._values(value)))

    async def put(self, value: T) -> None:
        """Write the object whether or not it was there."""
        statement = upsert(self._connection, self.table, self.key)
        await self._connection.execute(statement.values(**self._values(value)))

    async def _save_version(self, before: int, after: T) -> T:
        """Write over version `before`; raises StaleVersion when it is another one by now."""
        values = self._values(after)
        matches = (self.table.c[self.key] == values[self.key], self.table.c.version == before)
        statement = update(self.table).where(*matches).values(**values)
        result = await self._connection.execute(statement)
        if result.rowcount != 1:
            raise StaleVersion(f"{self.noun} {values[self.key]} was changed by somebody else")
        return after
