"""Objects of the rarely used modules, each platform's apart from the others'."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Field

from app.domain.identifiers import PartyId
from app.domain.module_objects import ModuleObject, ObjectKind
from app.store.columns import BigId, Document, Utc
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.scopes import Range
from app.store.statements import table_of, upsert


class ModuleObjectRow(Row, table=True):
    """An object; `created` counts them in the order they came, which is the order of pages."""

    __tablename__ = "module_objects"

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True, max_length=255)
    kind: str = Field(max_length=24, index=True)
    own: bool
    partner_id: str = Field(max_length=36, index=True, foreign_key="partners.id")
    party: str = Field(max_length=6)
    last_updated: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


OBJECTS = table_of(ModuleObjectRow)


class ModuleObjects(Repository):
    """Objects by kind, platform, owner and id."""

    async def get(
        self, kind: ObjectKind, partner_id: str, party: PartyId, key: str, *, own: bool = False
    ) -> ModuleObject | None:
        """One object, or None; ids are compared without regard to case (CiString)."""
        wanted = OBJECTS.c.key == _key(kind, partner_id, party, key, own=own)
        statement = select(OBJECTS.c.document).where(wanted)
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if document is None else unpack(ModuleObject, document)

    async def page(
        self,
        kind: ObjectKind,
        partner_id: str,
        parties: Sequence[PartyId],
        *,
        changed_from: datetime | None = None,
        changed_to: datetime | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[list[ModuleObject], int]:
        """Our objects for a platform in creation order, and how many there are.

        Source: OCPI 2.2.1, Transport and format, Pagination.
        """
        wanted = [
            OBJECTS.c.kind == kind.value,
            OBJECTS.c.own,
            OBJECTS.c.partner_id == partner_id,
            OBJECTS.c.party.in_([str(party) for party in parties]),
            *Range(changed_from, changed_to).bounds(OBJECTS.c.last_updated),
        ]
        documents, total = await self._page(OBJECTS, wanted, offset=offset, limit=limit)
        return [unpack(ModuleObject, document) for document in documents], total

    async def of_partner(self, kind: ObjectKind, partner_id: str) -> list[ModuleObject]:
        """What a platform sent of a kind, in creation order."""
        wanted = (
            OBJECTS.c.kind == kind.value,
            OBJECTS.c.partner_id == partner_id,
            OBJECTS.c.own.is_(False),
        )
        statement = select(OBJECTS.c.document).where(*wanted).order_by(OBJECTS.c.created)
        rows = await self._connection.execute(statement)
        return [unpack(ModuleObject, document) for document in rows.scalars()]

    async def put(self, value: ModuleObject) -> None:
        """Write the object whether or not it was there."""
        statement = upsert(self._connection, OBJECTS, "key", kept=["created"])
        await self._connection.execute(statement.values(**_columns(value)))

    async def delete(self, value: ModuleObject) -> None:
        """Forget the object."""
        key = _columns(value)["key"]
        await self._connection.execute(delete(OBJECTS).where(OBJECTS.c.key == key))


def _key(kind: ObjectKind, partner_id: str, party: PartyId, key: str, *, own: bool) -> str:
    side = "own" if own else "theirs"
    return f"{kind.value}/{side}/{partner_id}/{party}/{key.casefold()}"


def _columns(value: ModuleObject) -> dict[str, Any]:
    return {
        "key": _key(value.kind, value.partner_id, value.party, value.id, own=value.own),
        "kind": value.kind.value,
        "own": value.own,
        "partner_id": value.partner_id,
        "party": str(value.party),
        "last_updated": value.last_updated,
        "document": pack(value),
    }
