"""The ledger of what persons are told: one row per driver, kind and subject."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, select, update
from sqlmodel import Field

from app.domain.driver_notices import DriverNotice, DriverNoticeKind
from app.store.columns import Document, Utc
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class DriverNoticeRow(Row, table=True):
    """That a driver is told something; `sent_at` once it has left, `due_at` while kept back.

    `mailed_at` is once its mail has left.
    """

    __tablename__ = "driver_notices"
    __table_args__ = (Index("ix_driver_notices_due", "due_at"),)

    driver_id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(primary_key=True, max_length=40)
    subject: str = Field(primary_key=True, max_length=255)
    created_at: datetime = Field(sa_type=Utc)
    due_at: datetime | None = Field(default=None, sa_type=Utc)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    mailed_at: datetime | None = Field(default=None, sa_type=Utc)
    fields: str = Field(sa_type=Document)


NOTICES = table_of(DriverNoticeRow)
_FIELDS = dict[str, str]


class DriverNotices(Repository):
    """News of persons by driver, kind and subject."""

    async def add(self, notice: DriverNotice) -> bool:
        """Note that this must be told; False when it was noted before."""
        statement = insert_into(self._connection, NOTICES).values(
            driver_id=notice.driver_id,
            kind=notice.kind.value,
            subject=notice.subject,
            created_at=notice.created_at,
            due_at=notice.due_at,
            sent_at=notice.sent_at,
            mailed_at=notice.mailed_at,
            fields=pack(dict(notice.fields), _FIELDS),
        )
        result = await self._connection.execute(statement.on_conflict_do_nothing())
        return result.rowcount == 1

    async def of_driver(self, driver_id: str) -> list[DriverNotice]:
        """All news of a driver, the oldest first."""
        return await self._many(NOTICES.c.driver_id == driver_id)

    async def page(
        self, driver_id: str, *, before: datetime | None, limit: int
    ) -> list[DriverNotice]:
        """News of a driver, the newest first."""
        mine = [NOTICES.c.driver_id == driver_id]
        if before is not None:
            mine.append(NOTICES.c.created_at < before)
        newest = select(NOTICES).where(*mine).order_by(NOTICES.c.created_at.desc()).limit(limit)
        return [_notice(row) for row in await self._connection.execute(newest)]

    async def untold(self, driver_id: str) -> list[DriverNotice]:
        """What was not sent to phones, or not mailed, the oldest first."""
        open_ = NOTICES.c.sent_at.is_(None) | NOTICES.c.mailed_at.is_(None)
        return await self._many(NOTICES.c.driver_id == driver_id, open_)

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Drivers for whom something was kept back until now."""
        kept = (NOTICES.c.due_at <= now, NOTICES.c.sent_at.is_(None))
        statement = select(NOTICES.c.driver_id).where(*kept).distinct().limit(limit)
        return list((await self._connection.execute(statement)).scalars())

    async def keep_back(self, notice: DriverNotice, until: datetime) -> None:
        """Tell it then."""
        await self._connection.execute(update(NOTICES).where(*_this(notice)).values(due_at=until))

    async def mark_sent(self, notice: DriverNotice, now: datetime) -> bool:
        """Note that phones were told; False when they were so before."""
        statement = update(NOTICES).where(*_this(notice), NOTICES.c.sent_at.is_(None))
        result = await self._connection.execute(statement.values(sent_at=now, due_at=None))
        return result.rowcount == 1

    async def mark_mailed(self, notice: DriverNotice, now: datetime) -> bool:
        """Note that its mail has left; False when it had before."""
        statement = update(NOTICES).where(*_this(notice), NOTICES.c.mailed_at.is_(None))
        return (await self._connection.execute(statement.values(mailed_at=now))).rowcount == 1

    async def _many(self, *conditions: Any) -> list[DriverNotice]:
        order = (NOTICES.c.created_at, NOTICES.c.kind, NOTICES.c.subject)
        rows = await self._connection.execute(select(NOTICES).where(*conditions).order_by(*order))
        return [_notice(row) for row in rows]


def _this(notice: DriverNotice) -> tuple[Any, ...]:
    return (
        NOTICES.c.driver_id == notice.driver_id,
        NOTICES.c.kind == notice.kind.value,
        NOTICES.c.subject == notice.subject,
    )


def _notice(row: Any) -> DriverNotice:
    return DriverNotice(
        driver_id=row.driver_id,
        kind=DriverNoticeKind(row.kind),
        subject=row.subject,
        created_at=row.created_at,
        fields=unpack(_FIELDS, row.fields),
        due_at=row.due_at,
        sent_at=row.sent_at,
        mailed_at=row.mailed_at,
    )
