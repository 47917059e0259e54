"""Reports of stickers that are not ours, in the database."""

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlmodel import Field

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.sticker_reports import StickerReport
from app.store.columns import BigId, Document, Utc
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class StickerReportRow(Row, table=True):
    """A report; `created` counts them, `open` until somebody has been there."""

    __tablename__ = "sticker_reports"

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    id: str = Field(unique=True, max_length=36)
    party: str = Field(max_length=6, index=True)
    code: str = Field(max_length=16, index=True)
    open: bool
    at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


REPORTS = table_of(StickerReportRow)

_OPEN = select(func.count()).where(REPORTS.c.code == bindparam("of_code"), REPORTS.c.open)


class StickerReports(Repository):
    """Reports by operator."""

    async def put(self, report: StickerReport) -> None:
        """Write the report whether or not it was there."""
        values = {
            "id": report.id,
            "party": str(report.party),
            "code": report.code,
            "open": report.settled_at is None,
            "at": report.at,
            "document": pack(report),
        }
        statement = upsert(self._connection, REPORTS, "id", kept=["created"])
        await self._connection.execute(statement.values(**values))

    async def get(self, report_id: str) -> StickerReport | None:
        """The report, locked, whosever it is."""
        statement = select(REPORTS.c.document).where(REPORTS.c.id == report_id).with_for_update()
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        return None if document is None else unpack(StickerReport, document)

    async def own(self, party: PartyId, report_id: str) -> StickerReport:
        """The operator's report, locked; raises NotFound."""
        wanted = (REPORTS.c.id == report_id, REPORTS.c.party == str(party))
        statement = select(REPORTS.c.document).where(*wanted).with_for_update()
        document = (await self._connection.execute(statement)).scalar_one_or_none()
        if document is None:
            raise NotFound("sticker report", report_id)
        return unpack(StickerReport, document)

    async def of_party(
        self, party: PartyId, *, only_open: bool, after: str | None, limit: int
    ) -> list[StickerReport]:
        """The newest first, after the report of this id."""
        wanted = [REPORTS.c.party == str(party)]
        if only_open:
            wanted.append(REPORTS.c.open)
        if after is not None:
            last = select(REPORTS.c.created).where(REPORTS.c.id == after).scalar_subquery()
            wanted.append(REPORTS.c.created < last)
        statement = select(REPORTS.c.document).where(*wanted)
        newest = statement.order_by(REPORTS.c.created.desc()).limit(limit)
        rows = await self._connection.execute(newest)
        return [unpack(StickerReport, document) for document in rows.scalars()]

    async def count_open(self, code: str) -> int:
        """How many wait at the EVSE of this code."""
        found = await self._connection.execute(_OPEN, {"of_code": code})
        return int(found.scalar_one())
