"""Drivers' sessions in the database, found by everything that may bring news of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, and_, or_, select
from sqlmodel import Field

from app.domain.charging import ENDED, RUNNING, Charging, ChargingState
from app.domain.identifiers import PartyId
from app.store.columns import Document, Utc
from app.store.documents import pack
from app.store.locations import evse_key
from app.store.repository import VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of


class ChargingRow(Row, table=True):
    """A driver's session; `place` is its EVSE, `deadline` when it must be looked at again."""

    __tablename__ = "chargings"
    __table_args__ = (Index("ix_chargings_driver_time", "driver_id", "created_at"),)

    id: str = Field(primary_key=True, max_length=36)
    state: str = Field(max_length=20, index=True)
    driver_id: str | None = Field(default=None, max_length=36)
    payer_id: str | None = Field(default=None, max_length=36, index=True)
    place: str = Field(max_length=240, index=True)
    station_id: str | None = Field(default=None, max_length=255, index=True)
    payment_id: str | None = Field(default=None, max_length=36, index=True)
    command_id: str | None = Field(default=None, max_length=36, index=True)
    stop_command_id: str | None = Field(default=None, max_length=36, index=True)
    session_id: str | None = Field(default=None, max_length=64, index=True)
    cdr_id: str | None = Field(default=None, max_length=64, index=True)
    deadline: datetime | None = Field(default=None, sa_type=Utc, index=True)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


CHARGINGS = table_of(ChargingRow)
S = ChargingState


_WATCHED = [state.value for state in (ChargingState.AWAITING_PLUG, *RUNNING)]


@dataclass(frozen=True, slots=True)
class Watched:
    """Where drivers' sessions depend on what a charger or an EVSE does, by their keys."""

    plugs: frozenset[str]
    stations: frozenset[str]

    def awaits_plug_at(self, party: PartyId, location_id: str, evse_uid: str) -> bool:
        """Whether somebody waits for a cable at this EVSE."""
        return evse_key(party, location_id, evse_uid) in self.plugs

    def runs_at(self, station_id: str) -> bool:
        """Whether this charger's contact matters to somebody."""
        return station_id.casefold() in self.stations


def _columns(value: Charging) -> dict[str, Any]:
    return {
        "id": value.id,
        "state": value.state.value,
        "driver_id": value.driver_id,
        "payer_id": value.payer_id,
        "place": evse_key(value.cpo, value.location_id, value.evse_uid),
        "station_id": value.station_id.casefold() if value.station_id else None,
        "payment_id": value.payment_id,
        "command_id": value.command_id,
        "stop_command_id": value.stop_command_id,
        "session_id": value.session_id,
        "cdr_id": value.cdr_id,
        "deadline": min(filter(None, (value.deadline, value.look_at)), default=None),
        "created_at": value.created_at,
        "version": value.version,
    }


def charging_values(value: Charging) -> dict[str, Any]:
    """The row of a driver's session."""
    return {**_columns(value), "document": pack(value)}


class Chargings(VersionedRepository[Charging]):
    """Drivers' sessions by id."""

    row = ChargingRow
    shape = Charging
    noun = "charging"

    def columns(self, value: Charging) -> dict[str, Any]:
        """What a driver's session is found by."""
        return _columns(value)

    async def locked(self, charging_id: str) -> Charging:
        """The driver's session, held against other writers; raises NotFound."""
        return await self.need(charging_id, lock=True)

    async def by_command(self, command_id: str) -> Charging | None:
        """The one that asked for this start or stop."""
        started, stopped = CHARGINGS.c.command_id, CHARGINGS.c.stop_command_id
        return await self._one(or_(started == command_id, stopped == command_id))

    async def by_session(self, session_id: str) -> Charging | None:
        """The one that the charger's session belongs to."""
        return await self._one(CHARGINGS.c.session_id == session_id)

    async def due(self, now: datetime, limit: int) -> list[str]:
        """The ids of those whose deadline has passed, the oldest first."""
        statement = (
            select(CHARGINGS.c.id)
            .where(CHARGINGS.c.deadline <= now)
            .order_by(CHARGINGS.c.deadline)
            .limit(limit)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def running_at_station(self, station_id: str) -> list[str]:
        """The ids of those that a charger's contact matters to."""
        states = [state.value for state in RUNNING]
        here = CHARGINGS.c.station_id == station_id.casefold()
        statement = select(CHARGINGS.c.id).where(here, CHARGINGS.c.state.in_(states))
        return list((await self._connection.execute(statement)).scalars())

    async def awaiting_plug_at(self, party: PartyId, location_id: str, evse_uid: str) -> list[str]:
        """The ids of those that wait for a cable at an EVSE."""
        here = CHARGINGS.c.place == evse_key(party, location_id, evse_uid)
        waits = CHARGINGS.c.state == ChargingState.AWAITING_PLUG.value
        statement = select(CHARGINGS.c.id).where(here, waits)
        return list((await self._connection.execute(statement)).scalars())

    async def watched(self) -> Watched:
        """What all sessions together depend on."""
        places, stations, states = CHARGINGS.c.place, CHARGINGS.c.station_id, CHARGINGS.c.state
        statement = select(places, stations, states).where(states.in_(_WATCHED))
        plugs, chargers = set(), set()
        for place, station_id, state in await self._connection.execute(statement):
            if state == ChargingState.AWAITING_PLUG.value:
                plugs.add(place)
            elif station_id is not None:
                chargers.add(station_id)
        return Watched(frozenset(plugs), frozenset(chargers))

    async def at_partners(self, states: Iterable[ChargingState], limit: int) -> list[Charging]:
        """Sessions at partners' chargers in these states, the oldest first."""
        values = [state.value for state in states]
        there = (CHARGINGS.c.state.in_(values), CHARGINGS.c.station_id.is_(None))
        found = await self._many(*there, order=CHARGINGS.c.created_at, limit=limit)
        return [charging for charging in found if not charging.own]

    async def open_of_driver(self, driver_id: str) -> list[Charging]:
        """A driver's sessions that are not over, quotes left out, the newest first."""
        over = [state.value for state in (*ENDED, ChargingState.QUOTED)]
        mine = (CHARGINGS.c.driver_id == driver_id, CHARGINGS.c.state.not_in(over))
        return await self._many(*mine, order=CHARGINGS.c.created_at.desc())

    async def of_driver(
        self,
        driver_id: str,
        *,
        before: datetime | None = None,
        before_id: str = "",
        limit: int = 50,
    ) -> list[Charging]:
        """A driver's past and present sessions, quotes left out, the newest first.

        Of those of the moment `before` only the ones whose ids stand before `before_id`.
        """
        silent = [ChargingState.QUOTED.value, ChargingState.EXPIRED.value]
        mine = [CHARGINGS.c.driver_id == driver_id, CHARGINGS.c.state.not_in(silent)]
        if before is not None:
            same = (CHARGINGS.c.created_at == before, CHARGINGS.c.id < before_id)
            mine.append(or_(CHARGINGS.c.created_at < before, and_(*same)))
        order = (CHARGINGS.c.created_at.desc(), CHARGINGS.c.id.desc())
        return await self._many(*mine, order=order, limit=limit)

    async def last_at(self, driver_id: str, party: PartyId, location_id: str) -> Charging | None:
        """The last session that a driver had at a station, done or not paid yet."""
        begun = [S.COMPLETED.value, S.SETTLEMENT_FAILED.value, *(s.value for s in RUNNING)]
        table, here = CHARGINGS, evse_key(party, location_id, "")
        mine = (table.c.driver_id == driver_id, table.c.state.in_(begun))
        place = table.c.place.startswith(here, autoescape=True)
        found = await self._many(*mine, place, order=table.c.created_at.desc(), limit=1)
        return found[0] if found else None

    async def unpaid_of_driver(self, driver_id: str) -> list[Charging]:
        """What a driver has to pay and could not, for others too, the oldest session first."""
        unpaid = CHARGINGS.c.state == ChargingState.SETTLEMENT_FAILED.value
        own = and_(CHARGINGS.c.driver_id == driver_id, CHARGINGS.c.payer_id.is_(None))
        mine = or_(own, CHARGINGS.c.payer_id == driver_id)
        return await self._many(mine, unpaid, order=CHARGINGS.c.created_at)

    async def forget_quotes_before(self, moment: datetime) -> int:
        """Delete quotes nobody took."""
        old = (
            CHARGINGS.c.state == ChargingState.EXPIRED.value,
            CHARGINGS.c.created_at < moment,
        )
        return (await self._connection.execute(CHARGINGS.delete().where(*old))).rowcount
