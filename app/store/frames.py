"""The journal of chargers' frames: pages of frames, so that a charger's chatter is few rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Index, delete, func, insert, select
from sqlmodel import Field

from app.domain.frames import Frame, FramePage
from app.store.columns import Document, Utc
from app.store.ids import new_id
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of


class FramePageRow(Row, table=True):
    """Some frames that follow each other; `size` in characters."""

    __tablename__ = "frame_pages"
    __table_args__ = (Index("ix_frame_pages_station", "station", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    station: str = Field(max_length=255)
    first: datetime = Field(sa_type=Utc)
    last: datetime = Field(sa_type=Utc, index=True)
    size: int
    document: str = Field(sa_type=Document)


PAGES = table_of(FramePageRow)
_FRAMES: TypeAdapter[tuple[Frame, ...]] = TypeAdapter(tuple[Frame, ...])


class FramePages(Repository):
    """Pages by charger."""

    async def append(self, pages: Sequence[FramePage]) -> None:
        """Write pages, none of which is empty."""
        await self._connection.execute(insert(PAGES), [_values(page) for page in pages])

    async def of_station(
        self,
        station_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        limit: int,
    ) -> list[tuple[str, tuple[Frame, ...]]]:
        """A charger's newest pages of a time (and before a page), the newest first, with ids."""
        mine: list[Any] = [PAGES.c.station == station_id.casefold()]
        if since is not None:
            mine.append(PAGES.c.last >= since)
        if until is not None:
            mine.append(PAGES.c.first < until)
        if before is not None:
            mine.append(PAGES.c.id < before)
        statement = select(PAGES.c.id, PAGES.c.document).where(*mine)
        newest = statement.order_by(PAGES.c.id.desc()).limit(limit)
        rows = await self._connection.execute(newest)
        return [(row.id, _FRAMES.validate_json(row.document)) for row in rows]

    async def forget_before(self, moment: datetime) -> int:
        """Delete pages that ended before this."""
        statement = delete(PAGES).where(PAGES.c.last < moment)
        return (await self._connection.execute(statement)).rowcount

    async def stations_with_more_than(self, size: int) -> list[str]:
        """Which chargers have more than this."""
        station = PAGES.c.station
        statement = select(station).group_by(station).having(func.sum(PAGES.c.size) > size)
        return list((await self._connection.execute(statement)).scalars())

    async def forget_beyond(self, station: str | None, size: int, limit: int) -> int:
        """Delete a charger's (or None: anybody's) oldest pages beyond a size, `limit` at once."""
        mine = [] if station is None else [PAGES.c.station == station]
        total = await self._connection.execute(select(func.sum(PAGES.c.size)).where(*mine))
        too_much = int(total.scalar_one() or 0) - size
        if too_much <= 0:
            return 0
        oldest = select(PAGES.c.id, PAGES.c.size).where(*mine).order_by(PAGES.c.id).limit(limit)
        names = []
        for row in await self._connection.execute(oldest):
            if too_much <= 0:
                break
            names.append(row.id)
            too_much -= row.size
        statement = delete(PAGES).where(PAGES.c.id.in_(names))
        return (await self._connection.execute(statement)).rowcount


def _values(page: FramePage) -> dict[str, Any]:
    document = _FRAMES.dump_json(page.frames).decode()
    return {
        "id": new_id(),
        "station": page.station_id.casefold(),
        "first": page.frames[0].at,
        "last": page.frames[-1].at,
        "size": len(document),
        "document": document,
    }
