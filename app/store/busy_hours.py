"""How often EVSEs of a location were in use, by hour of the week: small counts, sampled."""

from typing import Any

from sqlalchemy import BigInteger, Select, case, func, literal, or_, select
from sqlmodel import Field

from app.domain.busy_times import SEEN, USED
from app.store.locations import EVSES, LOCATIONS
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of

MOST = 4_000
"""When so many were seen in an hour, what is older counts half."""


class BusyHourRow(Row, table=True):
    """One hour of the week (UTC, from Monday 0:00) at a location, which is known by `created`."""

    __tablename__ = "busy_hours"

    location: int = Field(primary_key=True, sa_type=BigInteger)
    hour: int = Field(primary_key=True)
    used: int
    seen: int


BUSY = table_of(BusyHourRow)
_USED = func.sum(case((EVSES.c.status.in_([s.value for s in USED]), 1), else_=0))


class BusyHours(Repository):
    """Counts by location and hour."""

    async def sample(self, hour: int) -> int:
        """Count all EVSEs as they are now; a location begins with its first EVSE in use."""
        insert = insert_into(self._connection, BUSY)
        columns = ["location", "hour", "used", "seen"]
        statement = insert.from_select(columns, _counted(hour)).on_conflict_do_update(
            index_elements=["location", "hour"],
            set_={
                "used": _aged(BUSY.c.used) + insert.excluded.used,
                "seen": _aged(BUSY.c.seen) + insert.excluded.seen,
            },
        )
        return int((await self._connection.execute(statement)).rowcount)

    async def of_location(self, key: str) -> dict[int, tuple[int, int]]:
        """In use and seen, by hour of the week."""
        statement = (
            select(BUSY.c.hour, BUSY.c.used, BUSY.c.seen)
            .join(LOCATIONS, LOCATIONS.c.created == BUSY.c.location)
            .where(LOCATIONS.c.key == key)
        )
        rows = await self._connection.execute(statement)
        return {row.hour: (row.used, row.seen) for row in rows}


def _counted(hour: int) -> Select[Any]:
    known = select(BUSY.c.location).where(BUSY.c.location == LOCATIONS.c.created).exists()
    return (
        select(LOCATIONS.c.created, literal(hour), _USED, func.count())
        .join(EVSES, EVSES.c.location == LOCATIONS.c.key)
        .where(LOCATIONS.c.publish, EVSES.c.status.in_([status.value for status in SEEN]))
        .group_by(LOCATIONS.c.created)
        .having(or_(_USED > 0, known))
    )


def _aged(column: Any) -> Any:
    return case((BUSY.c.seen >= MOST, column // 2), else_=column)
