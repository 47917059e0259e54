"""CDRs in the database: written once, never changed."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, insert, select
from sqlmodel import Field

from app.domain.cdrs import Cdr
from app.domain.errors import Conflict, InvalidInput
from app.domain.identifiers import PartyId
from app.store.batch import Change
from app.store.changes import note
from app.store.columns import Document, Utc
from app.store.documents import pack
from app.store.ids import new_id
from app.store.nouns import Noun, Seen
from app.store.repository import DocumentRepository
from app.store.rows import Row
from app.store.scopes import Cut, Range, Scope, counted, keys_of, scoped
from app.store.sessions import foreign_session_key
from app.store.statements import insert_into, table_of


class CdrRow(Row, table=True):
    """One CDR; `place` is when it came, by which those of one moment are ordered."""

    __tablename__ = "cdrs"
    __table_args__ = (
        Index("ix_cdrs_provider", "token_party", "party", "own", "issued_at", "place"),
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
    return Change(ISSUE, {**_columns(cdr), "document": pack(cdr)}, _told(cdr))


def _told(cdr: Cdr) -> Seen:
    """Who counts the CDRs of a token's party has to know of one more."""
    return Noun.CDR, str(cdr.token.party)


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
        if result.rowcount and value.own:
            await note(self._connection, *_told(value))
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

    async def page(self, scope: Scope, within: Range, cut: Cut) -> list[tuple[str, Cdr]]:
        """Own CDRs of the scope with their places, as they were issued, which never changes.

        A CDR is shown to the eMSP concerned only. Source: OCPI 2.2.1, CDRs, GET method.
        """
        table = self.table
        issued = within.bounds(table.c.issued_at)
        ranges = [[*each, *issued] for each in scoped(table, scope)]
        order = (table.c.issued_at, table.c.place)
        behind = None if cut.after is None else _order_of(cut.after)
        found = keys_of(table.c.key, ranges, cut, order=order, behind=behind)
        if found is None:
            return []
        statement = select(*order, table.c.document).where(table.c.key.in_(found))
        rows = await self._connection.execute(statement.order_by(*order))
        return [(_place(row.issued_at, row.place), self._read(row.document)) for row in rows]

    async def count(self, scope: Scope, within: Range) -> int:
        """How many there are."""
        issued = within.bounds(self.table.c.issued_at)
        total = 0
        for each in scoped(self.table, scope):
            found = counted(self.table, [*each, *issued])
            total += (await self._connection.execute(found)).scalar_one()
        return total


def _place(issued_at: datetime, place: str) -> str:
    """Where a CDR stands in the order of lists, as one word."""
    return f"{issued_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{place}"


def _order_of(word: str) -> tuple[datetime, str]:
    """What `_place` made a word of; raises InvalidInput."""
    moment, _, place = word.partition("_")
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), place
    except ValueError:
        raise InvalidInput("after", "is no place in this list") from None


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
