"""Tariffs in the database, ours and partners', by party and id."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Field

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.tariffs import Tariff
from app.store.changes import note
from app.store.columns import BigId, Document, Utc
from app.store.documents import pack, unpack
from app.store.locations import object_key
from app.store.nouns import Noun
from app.store.repository import Indexed, Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class TariffRow(Row, table=True):
    """A tariff; `created` counts them in the order they came, which is the order of pages."""

    __tablename__ = "tariffs"

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True, max_length=120)
    party: str = Field(max_length=6, index=True)
    id: str = Field(max_length=100)
    own: bool
    last_updated: datetime = Field(sa_type=Utc, index=True)
    document: str = Field(sa_type=Document)


TARIFFS = table_of(TariffRow)
_BY_KEYS = select(TARIFFS.c.key, TARIFFS.c.document).where(
    TARIFFS.c.key.in_(bindparam("keys", expanding=True))
)


@lru_cache(maxsize=512)
def read_tariff(document: str) -> Tariff:
    """A tariff, which is read a thousand times for each change."""
    return unpack(Tariff, document)


class Tariffs(Repository):
    """Tariffs by party and id."""

    async def get(self, party: PartyId, tariff_id: str) -> Tariff | None:
        """The tariff, or None."""
        found = await self.many(party, [tariff_id])
        return found[0] if found else None

    async def need(self, party: PartyId, tariff_id: str) -> Tariff:
        """The tariff; raises NotFound."""
        found = await self.get(party, tariff_id)
        if found is None:
            raise NotFound("tariff", f"{party}/{tariff_id}")
        return found

    async def many(self, party: PartyId, tariff_ids: Iterable[str]) -> list[Tariff]:
        """The party's tariffs of these ids in their order, without those that do not exist."""
        keys = list(dict.fromkeys(object_key(party, tariff_id) for tariff_id in tariff_ids))
        if not keys:
            return []
        found = await self._connection.execute(_BY_KEYS, {"keys": keys})
        rows = {row.key: row.document for row in found}
        return [read_tariff(rows[key]) for key in keys if key in rows]

    async def of_party(self, party: PartyId) -> list[Tariff]:
        """All tariffs of a party, in creation order."""
        statement = select(TARIFFS.c.document).where(TARIFFS.c.party == str(party))
        rows = await self._connection.execute(statement.order_by(TARIFFS.c.created))
        return [unpack(Tariff, document) for document in rows.scalars()]

    async def index(self, keys: Sequence[str] | None = None) -> list[Indexed]:
        """Own tariffs (of these keys), in no order.

        Source: OCPI 2.2.1, Tariffs, Sender interface, GET method.
        """
        columns = (TARIFFS.c.key, TARIFFS.c.created, TARIFFS.c.party, TARIFFS.c.last_updated)
        statement = select(*columns).where(*_shown(keys))
        return [Indexed(*row) for row in await self._connection.execute(statement)]

    async def shown(self, keys: Sequence[str]) -> Mapping[str, Tariff]:
        """The same, whole."""
        statement = select(TARIFFS.c.key, TARIFFS.c.document).where(*_shown(keys))
        rows = await self._connection.execute(statement)
        return {row.key: unpack(Tariff, row.document) for row in rows}

    async def put(self, tariff: Tariff) -> None:
        """Write the tariff whether or not it was there."""
        statement = upsert(self._connection, TARIFFS, "key", kept=["created"])
        await self._connection.execute(statement.values(**_columns(tariff)))
        noun = Noun.TARIFF if tariff.own else Noun.PRICE
        await note(self._connection, noun, object_key(tariff.party, tariff.id))

    async def delete(self, party: PartyId, tariff_id: str) -> bool:
        """Forget the tariff; False when there is none."""
        key = object_key(party, tariff_id)
        result = await self._connection.execute(TARIFFS.delete().where(TARIFFS.c.key == key))
        await note(self._connection, Noun.TARIFF, key)
        return result.rowcount == 1


def _shown(keys: Sequence[str] | None) -> list[Any]:
    wanted: list[Any] = [TARIFFS.c.own]
    return wanted if keys is None else [*wanted, TARIFFS.c.key.in_(keys)]


def _columns(tariff: Tariff) -> dict[str, Any]:
    return {
        "key": object_key(tariff.party, tariff.id),
        "party": str(tariff.party),
        "id": tariff.id,
        "own": tariff.own,
        "last_updated": tariff.last_updated,
        "document": pack(tariff),
    }
