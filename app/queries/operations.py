"""What an operator sees: its own chargers, sessions and bills, and what is stuck."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.domain.cdrs import Cdr
from app.domain.commands import Command
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace, Location
from app.domain.sessions import Session
from app.domain.stations import Station
from app.domain.tariffs import Tariff
from app.store.cdrs import CDRS
from app.store.deliveries import Stuck
from app.store.documents import unpack
from app.store.needed import awaits_bill
from app.store.sessions import SESSIONS
from app.store.stations import Reported
from app.store.transaction import Store

RUNNING = ("ACTIVE", "PENDING")
STUCK_SHOWN = 200


@dataclass(frozen=True, slots=True)
class StationSheet:
    """A charger, where its connectors are, and what they last showed."""

    station: Station
    places: tuple[EvsePlace, ...]
    connectors: tuple[Reported, ...]


@dataclass(frozen=True, slots=True)
class After:
    """A page of a list that begins with the newest: after this id, at most so many."""

    key: str | None
    limit: int


class Operations:
    """Lists and details within one operator's party."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def locations(self, party: PartyId) -> list[Location]:
        """The operator's locations."""
        async with self._store.reading() as tx:
            return await tx.locations.of_party(party)

    async def tariffs(self, party: PartyId) -> list[Tariff]:
        """The operator's tariffs."""
        async with self._store.reading() as tx:
            return await tx.tariffs.of_party(party)

    async def stations(self, party: PartyId) -> list[Station]:
        """The operator's chargers by name."""
        async with self._store.reading() as tx:
            return await tx.stations.of_party(party)

    async def station(self, party: PartyId, station_id: str) -> StationSheet:
        """One charger; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.need(station_id)
            if station.party != party:
                raise NotFound("station", station_id)
            places = await tx.locations.by_station(station_id)
            shown = await tx.stations.connectors(station_id)
        return StationSheet(station, tuple(places), tuple(shown))

    async def sessions(
        self,
        party: PartyId,
        after: After,
        *,
        running: bool | None = None,
        unbilled: bool = False,
    ) -> list[Session]:
        """The operator's sessions, the newest first, as they are now; prices need `session`.

        `unbilled` are those that have a payer and ended without a bill.
        """
        mine: list[Any] = [SESSIONS.c.own, SESSIONS.c.party == str(party)]
        if after.key is not None:
            mine.append(SESSIONS.c.key < after.key)
        if running is not None:
            goes_on = SESSIONS.c.status.in_(RUNNING)
            mine.append(goes_on if running else ~goes_on)
        if unbilled:
            mine.append(awaits_bill())
        statement = select(SESSIONS.c.key).where(*mine).order_by(SESSIONS.c.key.desc())
        async with self._store.reading() as tx:
            keys = await tx.connection.execute(statement.limit(after.limit))
            return [await tx.sessions.need(key) for key in keys.scalars().all()]

    async def session(self, party: PartyId, session_id: str) -> Session:
        """One session; raises NotFound."""
        async with self._store.reading() as tx:
            session = await tx.sessions.get(session_id)
        if session is None or not session.own or session.party != party:
            raise NotFound("session", session_id)
        return session

    async def messages(self, session_id: str) -> list[str]:
        """What a charger said of a session, as it came."""
        async with self._store.reading() as tx:
            return await tx.meters.raw_of(session_id)

    async def cdrs(self, party: PartyId, after: After) -> list[Cdr]:
        """The operator's CDRs, the newest first."""
        mine: list[Any] = [CDRS.c.own, CDRS.c.party == str(party)]
        order = CDRS.c.place.desc()
        async with self._store.reading() as tx:
            if after.key is not None:
                place = select(CDRS.c.place).where(CDRS.c.key == after.key).scalar_subquery()
                mine.append(CDRS.c.place < place)
            statement = select(CDRS.c.document).where(*mine).order_by(order).limit(after.limit)
            rows = await tx.connection.execute(statement)
            return [unpack(Cdr, document) for document in rows.scalars()]

    async def cdr(self, party: PartyId, cdr_id: str) -> Cdr:
        """One CDR; raises NotFound."""
        async with self._store.reading() as tx:
            cdr = await tx.cdrs.get(cdr_id)
        if cdr is None or not cdr.own or cdr.party != party:
            raise NotFound("CDR", cdr_id)
        return cdr

    async def command(self, party: PartyId, command_id: str) -> Command:
        """One command to the operator's chargers; raises NotFound."""
        async with self._store.reading() as tx:
            command = await tx.commands.need(command_id)
        if command.party != party:
            raise NotFound("command", command_id)
        return command

    async def stuck(self) -> list[Stuck]:
        """Destinations that do not take what we send, the worst first."""
        async with self._store.reading() as tx:
            return await tx.deliveries.stuck(STUCK_SHOWN)
