"""Drivers' vehicles in the database, and which ones chargers reported lately."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, select
from sqlmodel import Field

from app.domain.vehicles import Sighting, Vehicle
from app.store.columns import Document, Utc
from app.store.ids import new_id
from app.store.repository import Repository, VersionedRepository
from app.store.rows import Row
from app.store.statements import insert_into, table_of


class VehicleRow(Row, table=True):
    """A driver's vehicle; the id that chargers report is one driver's only."""

    __tablename__ = "vehicles"

    id: str = Field(primary_key=True, max_length=36)
    driver_id: str = Field(max_length=36, index=True)
    vehicle_key: str | None = Field(default=None, max_length=36, unique=True)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


class SightingRow(Row, table=True):
    """A charger told which vehicle is there; kept for a day."""

    __tablename__ = "vehicle_sightings"
    __table_args__ = (Index("ix_vehicle_sightings_at", "at"),)

    id: str = Field(primary_key=True, max_length=36)
    station_key: str = Field(max_length=255, index=True)
    evse_uid: str = Field(default="", max_length=48)
    vehicle_key: str = Field(max_length=36)
    at: datetime = Field(sa_type=Utc)


VEHICLES, SIGHTINGS = table_of(VehicleRow), table_of(SightingRow)


class Vehicles(VersionedRepository[Vehicle]):
    """Vehicles by id."""

    row = VehicleRow
    shape = Vehicle
    noun = "vehicle"

    def columns(self, value: Vehicle) -> dict[str, Any]:
        """What vehicles are found by."""
        return {
            "id": value.id,
            "driver_id": value.driver_id,
            "vehicle_key": value.vehicle_key,
            "created_at": value.created_at,
            "version": value.version,
        }

    async def of_driver(self, driver_id: str) -> list[Vehicle]:
        """A driver's vehicles, the oldest first."""
        mine = VEHICLES.c.driver_id == driver_id
        return await self._many(mine, order=VEHICLES.c.created_at)

    async def by_key(self, vehicle_key: str) -> Vehicle | None:
        """The vehicle of this EVCCID or MAC address."""
        return await self._one(VEHICLES.c.vehicle_key == vehicle_key)

    async def delete(self, vehicle_id: str) -> None:
        """Forget a vehicle."""
        await self._connection.execute(VEHICLES.delete().where(VEHICLES.c.id == vehicle_id))


class Sightings(Repository):
    """Vehicles at chargers."""

    async def add(self, seen: Sighting) -> None:
        """Note that a vehicle was reported."""
        statement = insert_into(self._connection, SIGHTINGS).values(
            id=new_id(),
            station_key=seen.station_id.casefold(),
            evse_uid=seen.evse_uid or "",
            vehicle_key=seen.vehicle_key,
            at=seen.at,
        )
        await self._connection.execute(statement)

    async def at_station(
        self, station_id: str, *, after: datetime, before: datetime
    ) -> list[Sighting]:
        """What a charger reported in a span of time, the oldest first."""
        table = SIGHTINGS
        here = (table.c.station_key == station_id.casefold(), table.c.at >= after)
        statement = select(table).where(*here, table.c.at <= before).order_by(table.c.at)
        rows = await self._connection.execute(statement)
        return [Sighting(station_id, r.vehicle_key, r.at, r.evse_uid or None) for r in rows]

    async def forget_before(self, moment: datetime) -> int:
        """Delete what is too old to prove anything."""
        old = SIGHTINGS.delete().where(SIGHTINGS.c.at < moment)
        return (await self._connection.execute(old)).rowcount
