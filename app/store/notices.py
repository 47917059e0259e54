"""The notification ledger: one row for each kind of news of a session, so each is told once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, or_, select, update
from sqlmodel import Field

from app.domain.charging_triggers import NoticeKind
from app.domain.drivers import Notice
from app.domain.notice_rules import GAP
from app.store.charging import CHARGINGS
from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class NoticeRow(Row, table=True):
    """That a session's driver is told something; `sent_at` once it has left for their phones.

    Until `due_at` it is kept back. `mailed_at` is once its mail has left.
    """

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_due", "due_at"),)

    charging_id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(primary_key=True, max_length=40)
    created_at: datetime = Field(sa_type=Utc)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    due_at: datetime | None = Field(default=None, sa_type=Utc)
    mailed_at: datetime | None = Field(default=None, sa_type=Utc)


NOTICES = table_of(NoticeRow)
_OF_CHARGING = (
    select(NOTICES)
    .where(NOTICES.c.charging_id == bindparam("of_charging"))
    .order_by(NOTICES.c.created_at, NOTICES.c.kind)
)
_OF_CHARGINGS = (
    select(NOTICES)
    .where(NOTICES.c.charging_id.in_(bindparam("of_chargings", expanding=True)))
    .order_by(NOTICES.c.created_at, NOTICES.c.kind)
)


class Notices(Repository):
    """News of sessions by session and kind."""

    async def add(
        self, charging_id: str, kind: NoticeKind, now: datetime, *, again: bool = False
    ) -> bool:
        """Note that this must be told; False when it was noted before.

        `again` makes of what was told before something that must be told now, unless it was told
        just now: nobody is told one thing twice within `GAP`, however often it happens.
        """
        values = {"charging_id": charging_id, "kind": kind.value, "created_at": now}
        statement = insert_into(self._connection, NOTICES).values(**values)
        if again:
            done = statement.on_conflict_do_update(
                index_elements=["charging_id", "kind"],
                set_={"created_at": now, "sent_at": None, "due_at": None, "mailed_at": None},
                where=or_(NOTICES.c.sent_at.is_(None), NOTICES.c.sent_at <= now - GAP),
            )
        else:
            done = statement.on_conflict_do_nothing()
        return (await self._connection.execute(done)).rowcount == 1

    async def unsent(self, charging_id: str) -> list[Notice]:
        """What phones are still to be told of a session, the oldest first."""
        return [n for n in await self.of_charging(charging_id) if n.sent_at is None]

    async def of_charging(self, charging_id: str) -> list[Notice]:
        """All news of a session, the oldest first."""
        rows = await self._connection.execute(_OF_CHARGING, {"of_charging": charging_id})
        return [_notice(row) for row in rows]

    async def of_chargings(self, charging_ids: Collection[str]) -> list[Notice]:
        """All news of several sessions, the oldest first."""
        rows = await self._connection.execute(_OF_CHARGINGS, {"of_chargings": charging_ids})
        return [_notice(row) for row in rows]

    async def of_driver(
        self, driver_id: str, *, before: datetime | None, limit: int
    ) -> list[Notice]:
        """News of a driver's sessions, the newest first; that a mail left is none."""
        mine = [
            CHARGINGS.c.driver_id == driver_id,
            NOTICES.c.kind != NoticeKind.RECEIPT_MAILED.value,
        ]
        if before is not None:
            mine.append(NOTICES.c.created_at < before)
        joined = select(NOTICES).join(CHARGINGS, CHARGINGS.c.id == NOTICES.c.charging_id)
        statement = joined.where(*mine).order_by(NOTICES.c.created_at.desc()).limit(limit)
        return [_notice(row) for row in await self._connection.execute(statement)]

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Sessions of which something was kept back until now."""
        kept = (NOTICES.c.due_at <= now, NOTICES.c.sent_at.is_(None))
        statement = select(NOTICES.c.charging_id).where(*kept).distinct().limit(limit)
        return list((await self._connection.execute(statement)).scalars())

    async def keep_back(self, notice: Notice, until: datetime) -> None:
        """Tell it then."""
        await self._connection.execute(
            update(NOTICES).where(*_this(notice.charging_id, notice.kind)).values(due_at=until)
        )

    async def mark_sent(self, charging_id: str, kind: NoticeKind, now: datetime) -> bool:
        """Note that phones were told; False when they were so before."""
        values = {"of_charging": charging_id, "of_kind": kind.value, "at": now}
        return (await self._connection.execute(_SENT, values)).rowcount == 1

    async def mark_mailed(self, charging_id: str, kind: NoticeKind, now: datetime) -> bool:
        """Note that its mail has left; False when it had before."""
        values = {"of_charging": charging_id, "of_kind": kind.value, "at": now}
        return (await self._connection.execute(_MAILED, values)).rowcount == 1

    async def mark_all_sent(self, notices: Sequence[Notice], now: datetime) -> None:
        """Note that phones were told all of this."""
        await self._connection.execute(_SENT, _values(notices, now))

    async def mark_all_mailed(self, notices: Sequence[Notice], now: datetime) -> None:
        """Note that the mails of all this have left."""
        await self._connection.execute(_MAILED, _values(notices, now))


def _values(notices: Sequence[Notice], now: datetime) -> list[dict[str, Any]]:
    return [{"of_charging": n.charging_id, "of_kind": n.kind.value, "at": now} for n in notices]


def _this(charging_id: Any, kind: Any) -> tuple[Any, ...]:
    return (NOTICES.c.charging_id == charging_id, NOTICES.c.kind == kind)


_ONE = _this(bindparam("of_charging"), bindparam("of_kind"))
_AT = bindparam("at", type_=Utc)
_SENT = update(NOTICES).where(*_ONE, NOTICES.c.sent_at.is_(None)).values(sent_at=_AT, due_at=None)
_MAILED = update(NOTICES).where(*_ONE, NOTICES.c.mailed_at.is_(None)).values(mailed_at=_AT)


def _notice(row: Any) -> Notice:
    return Notice(
        charging_id=row.charging_id,
        kind=NoticeKind(row.kind),
        created_at=row.created_at,
        sent_at=row.sent_at,
        due_at=row.due_at,
        mailed_at=row.mailed_at,
    )
