"""What operators look up about one charger: what was asked of it, and what it told."""

from app.domain.commands import Command
from app.domain.identifiers import PartyId
from app.domain.stations import Station
from app.queries.operations import After
from app.store.station_facts import Told
from app.store.transaction import Store


class Chargers:
    """Reads for the operator's API."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def commands(self, party: PartyId, station_id: str, after: After) -> list[Command]:
        """What was asked of an own charger, the newest first; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            return await tx.commands.of_station(station.id, before=after.key, limit=after.limit)

    async def station(self, party: PartyId, station_id: str) -> Station:
        """An own charger; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.stations.own(party, station_id)

    async def facts(self, party: PartyId, station_id: str) -> list[Told]:
        """What an own charger told beyond charging; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            return await tx.station_facts.told(station.id)
