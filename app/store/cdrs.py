"""CDRs in the database: written once, never changed."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Index, func, insert, select
from sqlmodel import Field

from app.domain.cdrs import Cdr
from app.domain.errors import Conflict
from app.domain.identifiers import PartyId
from app.store.batch import Change
from app.store.columns import Document, Utc
from app.store.documents import pack
from app.store.ids import new_id
from app.store.repository import DocumentRepository
from app.store.rows import Row
from app.store.sessions import foreign_session_key
from app.store.statements import insert_into, table_of


class CdrRow(Row, table=True):
    """One CDR; `place` is when it came, by which lists are ordered."""

    __tablename__ = "cdrs"
    __table_args__ = (
        Index("ix_cdrs_provider", "token_party", "party", "place"),
        Index("ix_cdrs_provider_issued", "token_party", "party", "issued_at"),
    )

    key: str = Field(primary_key=True, max_length=64)
    party: str = Field(max_length=6, index=True)
    token_party: str = Field(max_length=6, index=True)
    session_id: str | None = Field(default=None, max_length=64, index=True)
    charging_id: str | None = Field(default=None, max_length=36, index=True)
    partner_id: str | None = Field(default=None, max_length=36)
    own: bool
    issued_at: datetime = Field(sa_type=Utc, index=True)
    place: str = Field(max_length=36, index=True)
    document: str = Field(sa_type=Document)


def cdr_key(cdr: Cdr) -> str:
    """What names this CDR among all owners'; events and driver sessions refer to it by this."""
    return cdr.id if cdr.own else foreign_cdr_key(cdr.party, cdr.id)


def _session_key(cdr: Cdr) -> str | None:
    if cdr.own or cdr.session_id is None:
        return cdr.session_id
    return foreign_session_key(cdr.party, cdr.session_id)


def foreign_cdr_key(party: PartyId, cdr_id: str) -> str:
    """The key of a partner's CDR; its id is unique for its owner only, whatever its case."""
    return f"{party}/{cdr_id.casefold()}"


CDRS = table_of(CdrRow)
ISSUE = insert(CDRS)


def issued(cdr: Cdr) -> Change:
    """A new own CDR, for the group commit."""
    return Change(ISSUE, {**_columns(cdr), "document": pack(cdr)})


class Cdrs(DocumentRepository[Cdr]):
    """CDRs by key; see `cdr_key`."""

    row = CdrRow
    shape = Cdr
    noun = "cdr"
    key = "key"

    def columns(self, value: Cdr) -> dict[str, Any]:
        """What CDRs are found by."""
        return _columns(value)

    async def add(self, value: Cdr) -> None:
        """Write a new CDR; the same again is no error, another one of that id raises Conflict."""
        if not await self.add_new(value):
            kept = await self.need(cdr_key(value))
            if not _same(kept, value):
                raise Conflict(f"CDR {value.id} was issued before with other content")

    async def add_new(self, value: Cdr) -> bool:
        """Write the CDR unless one of its id is there; whether it was written."""
        statement = insert_into(self._connection, self.table).values(**self._values(value))
        result = await self._connection.execute(statement.on_conflict_do_nothing())
        return bool(result.rowcount)

    async def put(self, value: Cdr) -> None:
        """As `add`: a CDR is never overwritten."""
        await self.add(value)

    async def of_party(self, party: PartyId, cdr_id: str) -> Cdr | None:
        """A partner's CDR by its owner and its id there."""
        return await self.get(foreign_cdr_key(party, cdr_id))

    async def of_session(self, session_id: str) -> list[Cdr]:
        """The CDR of the session of this key, and what corrected it, in the order they came."""
        return await self._many(self.table.c.session_id == session_id, order=self.table.c.place)

    async def of_charging(self, charging_id: str) -> list[Cdr]:
        """The CDRs of a driver's session, in the order they came."""
        return await self._many(self.table.c.charging_id == charging_id, order=self.table.c.place)

    async def page(
        self,
        parties: Sequence[PartyId],
        token_parties: Sequence[PartyId],
        *,
        changed_from: datetime | None = None,
        changed_to: datetime | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[list[Cdr], int]:
        """Own CDRs of these parties for tokens of those, as they came, and how many there are.

        A CDR is shown to the eMSP concerned only. Source: OCPI 2.2.1, CDRs, GET method.
        """
        table = self.table
        wanted: list[ColumnElement[bool]] = [
            table.c.own.is_(True),
            table.c.party.in_([str(p) for p in parties]),
            table.c.token_party.in_([str(p) for p in token_parties]),
        ]
        if changed_from is not None:
            wanted.append(table.c.issued_at >= changed_from)
        if changed_to is not None:
            wanted.append(table.c.issued_at < changed_to)
        counted = select(func.count()).select_from(table).where(*wanted)
        total = (await self._connection.execute(counted)).scalar_one()
        statement = select(table.c.document).where(*wanted).order_by(table.c.place)
        rows = await self._connection.execute(statement.offset(offset).limit(limit))
        return [self._read(d) for d in rows.scalars()], total


def _columns(value: Cdr) -> dict[str, Any]:
    return {
        "key": cdr_key(value),
        "party": str(value.party),
        "token_party": str(value.token.party),
        "session_id": _session_key(value),
        "charging_id": value.charging_id,
        "partner_id": value.partner_id,
        "own": value.own,
        "issued_at": value.issued_at,
        "place": new_id(),
    }


def _same(kept: Cdr, offered: Cdr) -> bool:
    """Whether two CDRs say the same; a partner's by its own document, not by how we filed it."""
    if kept.document is not None and offered.document is not None:
        return bool(_content(kept.document) == _content(offered.document))
    return kept == offered


def _content(document: str) -> Any:
    return json.loads(document, parse_float=Decimal)
