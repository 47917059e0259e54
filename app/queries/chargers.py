"""What operators look up about one charger: what was asked of it, and what it told."""

from app.domain.commands import Command
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.stations import Station
from app.queries.operations import After
from app.store.station_facts import Told
from app.store.transaction import Store, Transaction


class Chargers:
    """Reads for the operator's API."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def commands(self, party: PartyId, station_id: str, after: After) -> list[Command]:
        """What was asked of an own charger, the newest first; raises NotFound."""
        async with self._store.reading() as tx:
            station = await own_station(tx, party, station_id)
            return await tx.commands.of_station(station.id, before=after.key, limit=after.limit)

    async def station(self, party: PartyId, station_id: str) -> Station:
        """An own charger; raises NotFound."""
        async with self._store.reading() as tx:
            return await own_station(tx, party, station_id)

    async def facts(self, party: PartyId, station_id: str) -> list[Told]:
        """What an own charger told beyond charging; raises NotFound."""
        async with self._store.reading() as tx:
            station = await own_station(tx, party, station_id)
            return await tx.station_facts.told(station.id)


async def own_station(tx: Transaction, party: PartyId, station_id: str) -> Station:
    """The operator's charger; another's is as unknown as none. Raises NotFound."""
    station = await tx.stations.get(station_id)
    if station is None or station.party != party:
        raise NotFound("charger", station_id)
    return station
