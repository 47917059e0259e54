"""Locations in the database: one row each with its document, and a row per EVSE for what is hot.

An EVSE's status changes a thousand times for each edit of its location, and QR codes, EVSE ids and
chargers must be found quickly, so these live in typed columns of the EVSE's row and are laid over
the document when it is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, exists, select, update
from sqlmodel import Field

from app.domain.distances import scaled
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId, evse_id_key
from app.domain.locations import Evse, EvsePlace, EvseStatus, Location
from app.store.batch import Change
from app.store.changes import note
from app.store.columns import BigId, Document, Utc
from app.store.documents import pack, unpack
from app.store.nouns import Noun
from app.store.repository import Indexed, Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class LocationRow(Row, table=True):
    """A location; `created` counts them in the order they came, which is the order of pages."""

    __tablename__ = "locations"
    __table_args__ = (Index("ix_locations_place", "latitude", "longitude"),)

    created: int = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True, max_length=120)
    party: str = Field(max_length=6, index=True)
    id: str = Field(max_length=100)
    own: bool
    publish: bool
    latitude: int
    longitude: int
    last_updated: datetime = Field(sa_type=Utc, index=True)
    document: str = Field(sa_type=Document)


class EvseRow(Row, table=True):
    """What is searched or changes often of one EVSE; `status` and `last_updated` are the truth."""

    __tablename__ = "evses"

    key: str = Field(primary_key=True, max_length=240)
    location: str = Field(max_length=120, index=True, foreign_key="locations.key")
    uid: str = Field(max_length=100)
    station_id: str | None = Field(default=None, max_length=255, index=True)
    number: int = 0
    code: str | None = Field(default=None, max_length=16, unique=True)
    evse_id: str | None = Field(default=None, max_length=64, index=True)
    status: str = Field(max_length=16)
    last_updated: datetime = Field(sa_type=Utc)


class TariffUseRow(Row, table=True):
    """That a location's connectors name a tariff, by both keys."""

    __tablename__ = "tariff_uses"

    tariff: str = Field(primary_key=True, max_length=120)
    location: str = Field(primary_key=True, max_length=120, index=True)


LOCATIONS, EVSES, USES = table_of(LocationRow), table_of(EvseRow), table_of(TariffUseRow)

SET_STATUS = (
    update(EVSES)
    .where(EVSES.c.key == bindparam("of_evse"), EVSES.c.status != bindparam("to_status"))
    .values(status=bindparam("to_status"), last_updated=bindparam("at", type_=Utc))
)
TOUCH = (
    update(LOCATIONS)
    .where(
        LOCATIONS.c.key == bindparam("of_location"),
        LOCATIONS.c.last_updated < bindparam("at", type_=Utc),
    )
    .values(last_updated=bindparam("at", type_=Utc))
)
_TOUCH_IF_NEW = TOUCH.where(
    exists().where(EVSES.c.key == bindparam("of_evse"), EVSES.c.status != bindparam("to_status"))
)
# Everybody locks a location before its EVSEs, so that nobody waits for whoever waits for them.

_WHOLE = select(LOCATIONS.c.key, LOCATIONS.c.document, LOCATIONS.c.last_updated)
_BY_KEY = _WHOLE.where(LOCATIONS.c.key == bindparam("of_key"))
_LOCKED_BY_KEY = _BY_KEY.with_for_update()
_LIVE = select(EVSES.c.key, EVSES.c.status, EVSES.c.last_updated).where(
    EVSES.c.location.in_(bindparam("keys", expanding=True))
)
_LOCKED_LIVE = _LIVE.order_by(EVSES.c.key).with_for_update()


def object_key(party: PartyId, key: str) -> str:
    """The key of a party's object; ids are compared without regard to case (CiString)."""
    return f"{party}/{key.casefold()}"


def evse_key(party: PartyId, location_id: str, uid: str) -> str:
    """The key of an EVSE's row."""
    return f"{object_key(party, location_id)}/{uid.casefold()}"


def status_changes(place: EvsePlace, status: EvseStatus, now: datetime) -> list[Change]:
    """A status change for the group commit; the caller knows that it is one."""
    location, uid = place.location, place.evse.uid
    own_key = evse_key(location.party, location.id, uid)
    key = object_key(location.party, location.id)
    return [
        Change(TOUCH, {"of_location": key, "at": now}),
        Change(
            SET_STATUS,
            {"of_evse": own_key, "to_status": status.value, "at": now},
            (Noun.LOCATION, key),
        ),
    ]


class Locations(Repository):
    """Locations by their keys, their EVSEs' keys and their place."""

    async def get(
        self, party: PartyId, location_id: str, *, lock: bool = False
    ) -> Location | None:
        """The location, or None; `lock` holds back other writers until the transaction ends."""
        key = object_key(party, location_id)
        statement = _LOCKED_BY_KEY if lock else _BY_KEY
        row = (await self._connection.execute(statement, {"of_key": key})).one_or_none()
        if row is None:
            return None
        return _merged(row, await self._live([key], lock=lock))

    async def need(self, party: PartyId, location_id: str, *, lock: bool = False) -> Location:
        """The location; raises NotFound."""
        found = await self.get(party, location_id, lock=lock)
        if found is None:
            raise NotFound("location", f"{party}/{location_id}")
        return found

    async def by_station(self, station_id: str) -> list[EvsePlace]:
        """Every connector of a charger, by its EVSE and connector numbers."""
        key = station_id.casefold()
        places = await self._places(EVSES.c.station_id == key)
        mine = [p for p in places if (p.evse.station_id or "").casefold() == key]
        return sorted(mine, key=lambda p: (p.evse.number, p.connector.number))

    async def by_code(self, code: str) -> list[EvsePlace]:
        """The connectors of the EVSE whose QR code this is; none when nobody's."""
        places = await self._places(EVSES.c.code == code)
        return [p for p in places if p.evse.code == code]

    async def by_evse_id(self, evse_id: str) -> list[EvsePlace]:
        """The connectors of the EVSE of this eMI3 id, however it is written."""
        key = evse_id_key(evse_id)
        places = await self._places(EVSES.c.evse_id == key)
        return [p for p in places if p.evse.evse_id and evse_id_key(p.evse.evse_id) == key]

    async def of_party(self, party: PartyId) -> list[Location]:
        """All locations of a party, in creation order."""
        return await self._read(LOCATIONS.c.party == str(party))

    async def index(self, keys: Sequence[str] | None = None) -> list[Indexed]:
        """Own published locations (of these keys), in no order.

        Source: OCPI 2.2.1, Locations, Sender interface, GET method.
        """
        columns = (LOCATIONS.c.key, LOCATIONS.c.created, LOCATIONS.c.party)
        statement = select(*columns, LOCATIONS.c.last_updated).where(*_shown(keys))
        return [Indexed(*row) for row in await self._connection.execute(statement)]

    async def shown(self, keys: Sequence[str]) -> Mapping[str, Location]:
        """The same, whole."""
        found = await self._read(*_shown(keys))
        return {object_key(location.party, location.id): location for location in found}

    async def many(self, keys: Sequence[str]) -> dict[str, Location]:
        """The locations of these keys, without those that do not exist."""
        found = await self._read(LOCATIONS.c.key.in_(keys)) if keys else []
        return {object_key(location.party, location.id): location for location in found}

    async def naming(self, party: PartyId, tariff_id: str) -> list[tuple[PartyId, str]]:
        """The locations with a connector that names this tariff."""
        statement = (
            select(LOCATIONS.c.party, LOCATIONS.c.id)
            .join(USES, USES.c.location == LOCATIONS.c.key)
            .where(USES.c.tariff == object_key(party, tariff_id))
            .order_by(LOCATIONS.c.created)
        )
        rows = await self._connection.execute(statement)
        return [(PartyId.parse(row.party), row.id) for row in rows]

    async def set_status(
        self,
        party: PartyId,
        location_id: str,
        evse_uid: str,
        status: EvseStatus,
        *,
        now: datetime,
    ) -> bool:
        """Write an EVSE's status, raising `last_updated` upwards; False if it was so already.

        Source: OCPI 2.2.1, Locations, EVSE object, `last_updated` (C-126).
        """
        own_key, key = evse_key(party, location_id, evse_uid), object_key(party, location_id)
        values = {"of_evse": own_key, "to_status": status.value, "at": now}
        await self._connection.execute(_TOUCH_IF_NEW, {**values, "of_location": key})
        changed = bool((await self._connection.execute(SET_STATUS, values)).rowcount)
        if changed:
            await note(self._connection, Noun.LOCATION, key)
        return changed

    async def put(self, location: Location) -> None:
        """Write the whole location; EVSEs it no longer has are forgotten."""
        key = object_key(location.party, location.id)
        statement = upsert(self._connection, LOCATIONS, "key", kept=["created"])
        await self._connection.execute(statement.values(**_columns(location)))
        rows = [_evse_columns(location, evse) for evse in location.evses]
        gone = EVSES.c.key.not_in([row["key"] for row in rows])
        await self._connection.execute(EVSES.delete().where(EVSES.c.location == key, gone))
        if rows:
            await self._connection.execute(upsert(self._connection, EVSES, "key"), rows)
        await self._put_uses(location, key)
        await note(self._connection, Noun.LOCATION if location.own else Noun.PLACE, key)

    async def _put_uses(self, location: Location, key: str) -> None:
        named = {t for _, connector in location.pairs() for t in connector.tariff_ids}
        tariffs = sorted(object_key(location.party, tariff_id) for tariff_id in named)
        await self._connection.execute(USES.delete().where(USES.c.location == key))
        if tariffs:
            rows = [{"tariff": tariff, "location": key} for tariff in tariffs]
            await self._connection.execute(USES.insert(), rows)

    async def _places(self, *conditions: Any) -> list[EvsePlace]:
        keys = select(EVSES.c.location).join(LOCATIONS, LOCATIONS.c.key == EVSES.c.location)
        found = await self._read(LOCATIONS.c.key.in_(keys.where(*conditions)))
        return [EvsePlace(at, evse, plug) for at in found for evse, plug in at.pairs()]

    async def _read(self, *conditions: Any, limit: int | None = None) -> list[Location]:
        statement = _WHOLE.where(*conditions).order_by(LOCATIONS.c.created).limit(limit)
        rows = (await self._connection.execute(statement)).all()
        live = await self._live([row.key for row in rows], lock=False)
        return [_merged(row, live) for row in rows]

    async def _live(self, keys: Sequence[str], *, lock: bool) -> dict[str, Any]:
        statement = _LOCKED_LIVE if lock else _LIVE
        rows = await self._connection.execute(statement, {"keys": keys})
        return {row.key: row for row in rows}


def _shown(keys: Sequence[str] | None) -> list[Any]:
    """What partners may see (of these)."""
    wanted: list[Any] = [LOCATIONS.c.own, LOCATIONS.c.publish]
    return wanted if keys is None else [*wanted, LOCATIONS.c.key.in_(keys)]


def _columns(location: Location) -> dict[str, Any]:
    return {
        "key": object_key(location.party, location.id),
        "party": str(location.party),
        "id": location.id,
        "own": location.own,
        "publish": location.publish,
        "latitude": scaled(location.coordinates.latitude),
        "longitude": scaled(location.coordinates.longitude),
        "last_updated": location.last_updated,
        "document": pack(location),
    }


def _evse_columns(location: Location, evse: Evse) -> dict[str, Any]:
    return {
        "key": evse_key(location.party, location.id, evse.uid),
        "location": object_key(location.party, location.id),
        "uid": evse.uid.casefold(),
        "station_id": evse.station_id.casefold() if evse.station_id else None,
        "number": evse.number,
        "code": evse.code,
        "evse_id": evse_id_key(evse.evse_id) if evse.evse_id else None,
        "status": evse.status.value,
        "last_updated": evse.last_updated,
    }


def _merged(row: Any, live: dict[str, Any]) -> Location:
    """The document with the statuses of now."""
    location = unpack(Location, row.document)
    evses = tuple(_current(row.key, evse, live) for evse in location.evses)
    return replace(location, evses=evses, last_updated=row.last_updated)


def _current(location: str, evse: Evse, live: dict[str, Any]) -> Evse:
    row = live.get(f"{location}/{evse.uid.casefold()}")
    if row is None:
        return evse
    return replace(evse, status=EvseStatus(row.status), last_updated=row.last_updated)
