"""Stations in the database: who they are, who owns their socket, what they last showed."""

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, text, update
from sqlmodel import Field

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.stations import Address, ConnectorState, Station, StationState
from app.store.batch import Change
from app.store.columns import Document, Utc
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class StationRow(Row, table=True):
    """A station. `node`, `epoch` and `seen_at` are the truth about its connection.

    `lost` is set once its EVSEs were shown as UNKNOWN for its silence.
    """

    __tablename__ = "stations"
    key: str = Field(primary_key=True, max_length=255)
    party: str = Field(max_length=6, index=True)
    state: str = Field(max_length=12)
    node: str | None = Field(default=None, max_length=64)
    epoch: int = 0
    seen_at: datetime | None = Field(default=None, sa_type=Utc)
    lost: bool = False
    document: str = Field(sa_type=Document)


class ConnectorRow(Row, table=True):
    """What a connector was last said to be; evse and connector 0 stand for the whole."""

    __tablename__ = "connector_states"

    station: str = Field(primary_key=True, max_length=255)
    evse: int = Field(primary_key=True)
    connector: int = Field(primary_key=True)
    state: str = Field(max_length=16)
    at: datetime = Field(sa_type=Utc)
    error: str | None = Field(default=None, max_length=100)
    vendor_error: str | None = Field(default=None, max_length=100)
    info: str | None = Field(default=None, max_length=255)


class Reported(NamedTuple):
    """A connector's stored state."""

    address: Address
    state: ConnectorState
    at: datetime
    error: str | None = None
    vendor_error: str | None = None
    info: str | None = None


STATIONS, CONNECTORS = table_of(StationRow), table_of(ConnectorRow)

SEEN = (
    update(STATIONS)
    .where(STATIONS.c.key == bindparam("of_key"), STATIONS.c.epoch == bindparam("in_epoch"))
    .values(seen_at=bindparam("at", type_=Utc))
)
SHOW = text(
    "INSERT INTO connector_states (station, evse, connector, state, at, error, vendor_error, info)"
    " VALUES (:station, :evse, :connector, :state, :at, :error, :vendor_error, :info)"
    " ON CONFLICT (station, evse, connector) DO UPDATE SET state = excluded.state,"
    " at = excluded.at, error = excluded.error, vendor_error = excluded.vendor_error,"
    " info = excluded.info"
).bindparams(bindparam("at", type_=Utc))


def seen(station: Station, at: datetime) -> Change:
    """A sign of life of the connection of this epoch."""
    return Change(SEEN, {"of_key": station.id.casefold(), "in_epoch": station.epoch, "at": at})


def shown(station_id: str, reported: Reported) -> Change:
    """A connector's state."""
    values = {
        "station": station_id.casefold(),
        "evse": reported.address.evse,
        "connector": reported.address.connector,
        "state": reported.state.value,
        "at": reported.at,
        "error": _short(reported.error, 100),
        "vendor_error": _short(reported.vendor_error, 100),
        "info": _short(reported.info, 255),
    }
    return Change(SHOW, values)


def _short(value: str | None, most: int) -> str | None:
    return None if value is None else value[:most]


_BY_KEY = select(STATIONS).where(STATIONS.c.key == bindparam("of_key"))
_LOCKED_BY_KEY = _BY_KEY.with_for_update()


class Stations(Repository):
    """Stations by id, compared without regard to case."""

    async def get(self, station_id: str, *, lock: bool = False) -> Station | None:
        """The station, or None; `lock` holds back other writers until the transaction ends."""
        statement = _LOCKED_BY_KEY if lock else _BY_KEY
        found = await self._connection.execute(statement, {"of_key": station_id.casefold()})
        row = found.one_or_none()
        return None if row is None else _station(row)

    async def need(self, station_id: str) -> Station:
        """The station; raises NotFound."""
        found = await self.get(station_id)
        if found is None:
            raise NotFound("station", station_id)
        return found

    async def own(self, party: PartyId, station_id: str, *, lock: bool = False) -> Station:
        """The party's charger; another's is as unknown as none. Raises NotFound."""
        found = await self.get(station_id, lock=lock)
        if found is None or found.party != party:
            raise NotFound("charger", station_id)
        return found

    async def add(self, station: Station) -> None:
        """A new station."""
        await self._connection.execute(insert(STATIONS).values(**_columns(station)))

    async def put(self, station: Station) -> None:
        """Write the station whether or not it was there."""
        statement = upsert(self._connection, STATIONS, "key")
        await self._connection.execute(statement.values(**_columns(station)))

    async def connected(self, station: Station) -> None:
        """Note a new connection: its node, epoch and time, and that the charger is not lost."""
        await self._connection.execute(
            update(STATIONS)
            .where(STATIONS.c.key == station.id.casefold())
            .values(
                node=station.node,
                epoch=station.epoch,
                seen_at=station.seen_at,
                lost=False,
                document=pack(station),
            )
        )

    async def secure(self, station: Station) -> None:
        """Write what the charger is asked for, of a station that the caller has locked."""
        mine = STATIONS.c.key == station.id.casefold()
        values = {"document": pack(station)}
        await self._connection.execute(update(STATIONS).where(mine).values(**values))

    async def disconnected(self, station: Station, at: datetime) -> bool:
        """Note that the connection of this epoch is gone; False if there is a newer one."""
        key, epoch = station.id.casefold(), station.epoch
        mine = (STATIONS.c.key == key, STATIONS.c.epoch == epoch)
        statement = update(STATIONS).where(*mine).values(node=None, seen_at=at)
        return (await self._connection.execute(statement)).rowcount == 1

    async def lose(self, silent_since: datetime, limit: int) -> list[Station]:
        """Mark the chargers not seen since then as lost, and give them; each only once."""
        silent = (STATIONS.c.lost.is_(False), STATIONS.c.seen_at < silent_since)
        oldest = select(STATIONS.c.key).where(*silent).order_by(STATIONS.c.seen_at).limit(limit)
        statement = (
            update(STATIONS)
            .where(STATIONS.c.key.in_(oldest), *silent)
            .values(lost=True)
            .returning(*STATIONS.c)
        )
        return [_station(row) for row in await self._connection.execute(statement)]

    async def of_party(self, party: PartyId) -> list[Station]:
        """All stations of an operator by name."""
        statement = select(STATIONS).where(STATIONS.c.party == str(party))
        rows = await self._connection.execute(statement.order_by(STATIONS.c.key))
        return [_station(row) for row in rows]

    async def connectors(self, station_id: str) -> list[Reported]:
        """What the connectors of a station last showed."""
        mine = CONNECTORS.c.station == station_id.casefold()
        rows = await self._connection.execute(select(CONNECTORS).where(mine))
        return [
            Reported(
                Address(r.evse, r.connector),
                ConnectorState(r.state),
                r.at,
                r.error,
                r.vendor_error,
                r.info,
            )
            for r in rows
        ]


def _columns(station: Station) -> dict[str, Any]:
    return {
        "key": station.id.casefold(),
        "party": str(station.party),
        "state": station.state.value,
        "node": station.node,
        "epoch": station.epoch,
        "seen_at": station.seen_at,
        "lost": False,
        "document": pack(station),
    }


def _station(row: Any) -> Station:
    return replace(
        unpack(Station, row.document),
        state=StationState(row.state),
        node=row.node,
        epoch=row.epoch,
        seen_at=row.seen_at,
    )
