"""What drivers like and wait for: favourite locations, and queues for taken chargers."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Field

from app.domain.waiting import Waiting
from app.store.columns import Document, Utc
from app.store.locations import object_key
from app.store.repository import DocumentRepository, Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class FavouriteRow(Row, table=True):
    """A location that a driver likes, by its key."""

    __tablename__ = "favourites"

    driver_id: str = Field(primary_key=True, max_length=36)
    location: str = Field(primary_key=True, max_length=120)
    created_at: datetime = Field(sa_type=Utc)


class WaitingRow(Row, table=True):
    """A driver who waits at a location."""

    __tablename__ = "waitings"

    id: str = Field(primary_key=True, max_length=36)
    driver_id: str = Field(max_length=36, index=True)
    location: str = Field(max_length=120, index=True)
    document: str = Field(sa_type=Document)


FAVOURITES, WAITINGS = table_of(FavouriteRow), table_of(WaitingRow)


class Favourites(Repository):
    """Locations by driver."""

    async def add(self, driver_id: str, location: str, now: datetime) -> None:
        """A favourite; it is one once."""
        values = {"driver_id": driver_id, "location": location, "created_at": now}
        statement = insert_into(self._connection, FAVOURITES).values(**values)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def remove(self, driver_id: str, location: str) -> None:
        """No favourite any more."""
        this = (FAVOURITES.c.driver_id == driver_id, FAVOURITES.c.location == location)
        await self._connection.execute(FAVOURITES.delete().where(*this))

    async def count(self, driver_id: str) -> int:
        """How many a driver has."""
        mine = FAVOURITES.c.driver_id == driver_id
        statement = select(func.count()).select_from(FAVOURITES).where(mine)
        return int((await self._connection.execute(statement)).scalar_one())

    async def of_driver(
        self, driver_id: str, *, before: datetime | None, before_id: str, limit: int
    ) -> list[tuple[str, datetime]]:
        """A driver's favourites with when they became it, the newest first.

        Of those of the moment `before` only the ones whose keys stand before `before_id`.
        """
        mine = [FAVOURITES.c.driver_id == driver_id]
        made, location = FAVOURITES.c.created_at, FAVOURITES.c.location
        if before is not None:
            mine.append(or_(made < before, and_(made == before, location < before_id)))
        statement = select(location, made).where(*mine)
        rows = await self._connection.execute(
            statement.order_by(made.desc(), location.desc()).limit(limit)
        )
        return [(row.location, row.created_at) for row in rows]

    async def has(self, driver_id: str, location: str) -> bool:
        """Whether a location is a driver's favourite."""
        this = (FAVOURITES.c.driver_id == driver_id, FAVOURITES.c.location == location)
        statement = select(FAVOURITES.c.location).where(*this)
        return (await self._connection.execute(statement)).first() is not None


class Waitings(DocumentRepository[Waiting]):
    """Queues."""

    row = WaitingRow
    shape = Waiting
    noun = "waiting"

    def columns(self, value: Waiting) -> dict[str, Any]:
        """What waiting drivers are found by."""
        return {
            "id": value.id,
            "driver_id": value.driver_id,
            "location": object_key(value.party, value.location_id),
        }

    async def of_driver(self, driver_id: str) -> list[Waiting]:
        """Where a driver waits."""
        return await self._many(WAITINGS.c.driver_id == driver_id)

    async def at(self, location: str) -> list[Waiting]:
        """Who waits at a location."""
        return await self._many(WAITINGS.c.location == location)

    async def locations(self) -> list[str]:
        """The keys of the locations at which somebody waits."""
        statement = select(WAITINGS.c.location).distinct()
        return sorted((await self._connection.execute(statement)).scalars())

    async def delete(self, waiting_id: str) -> None:
        """Forget that somebody waits."""
        await self._connection.execute(WAITINGS.delete().where(WAITINGS.c.id == waiting_id))
