"""The notification ledger: one row for each kind of news of a session, so each is told once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, select, update
from sqlmodel import Field

from app.domain.charging_triggers import NoticeKind
from app.domain.drivers import Notice
from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class NoticeRow(Row, table=True):
    """That a session's driver is told something; `sent_at` once it has left.

    Until `due_at` it is kept back.
    """

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_due", "due_at"),)

    charging_id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(primary_key=True, max_length=40)
    created_at: datetime = Field(sa_type=Utc)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    due_at: datetime | None = Field(default=None, sa_type=Utc)


NOTICES = table_of(NoticeRow)


class Notices(Repository):
    """News of sessions by session and kind."""

    async def add(
        self, charging_id: str, kind: NoticeKind, now: datetime, *, again: bool = False
    ) -> bool:
        """Note that this must be told; False when it was noted before.

        `again` makes of what was told before something that must be told now.
        """
        values = {"charging_id": charging_id, "kind": kind.value, "created_at": now}
        statement = insert_into(self._connection, NOTICES).values(**values)
        if again:
            anew = {"created_at": now, "sent_at": None}
            done = statement.on_conflict_do_update(
                index_elements=["charging_id", "kind"], set_=anew
            )
        else:
            done = statement.on_conflict_do_nothing()
        return (await self._connection.execute(done)).rowcount == 1

    async def unsent(self, charging_id: str) -> list[Notice]:
        """What is still to be told of a session, the oldest first."""
        return await self._many(NOTICES.c.charging_id == charging_id, NOTICES.c.sent_at.is_(None))

    async def of_charging(self, charging_id: str) -> list[Notice]:
        """All news of a session, the oldest first."""
        return await self._many(NOTICES.c.charging_id == charging_id)

    async def mark_sent(self, charging_id: str, kind: NoticeKind, now: datetime) -> bool:
        """Note that it was told; False when it was so before."""
        which = (NOTICES.c.charging_id == charging_id, NOTICES.c.kind == kind.value)
        statement = update(NOTICES).where(*which, NOTICES.c.sent_at.is_(None))
        return (await self._connection.execute(statement.values(sent_at=now))).rowcount == 1

    async def _many(self, *conditions: Any) -> list[Notice]:
        order = (NOTICES.c.created_at, NOTICES.c.kind)
        rows = await self._connection.execute(select(NOTICES).where(*conditions).order_by(*order))
        return [Notice(r.charging_id, NoticeKind(r.kind), r.created_at, r.sent_at) for r in rows]
