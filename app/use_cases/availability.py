"""Which parts of a charger were put in or out of use, and whether they are by now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.identifiers import PartyId
from app.domain.station_news import AvailabilityChanged
from app.domain.stations import Address, ConnectorState
from app.store.stations import Reported
from app.store.transaction import Store
from app.use_cases.live_stations import Layout
from app.use_cases.station_news import AVAILABILITY


@dataclass(frozen=True, slots=True)
class PartInUse:
    """A part of a charger that was put in or out of use; `done` once the charger shows it so."""

    at: datetime
    wanted: AvailabilityChanged
    done: bool


class Availability:
    """Follows what chargers agreed to."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, party: PartyId, station_id: str) -> list[PartInUse]:
        """The parts of an own charger; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            known = await tx.station_facts.all(station.id, AVAILABILITY, AvailabilityChanged)
            shown = await tx.stations.connectors(station.id)
            layout = Layout(await tx.locations.by_station(station.id))
        return [PartInUse(f.at, f.value, _is_so(f.value, layout, shown)) for f in known]


def _is_so(wanted: AvailabilityChanged, layout: Layout, shown: Iterable[Reported]) -> bool:
    """Whether what a charger shows there is what was wanted; it may wait for a session's end."""
    there = [r for r in shown if r.address.evse and _is_there(wanted, layout, r.address)]
    if not there:
        return not wanted.scheduled
    out = [reported.state is ConnectorState.UNAVAILABLE for reported in there]
    return not any(out) if wanted.operative else all(out)


def _is_there(wanted: AvailabilityChanged, layout: Layout, address: Address) -> bool:
    place = layout.place(address)
    if wanted.evse_uid is None:
        return True
    if place is None or place.evse.uid != wanted.evse_uid:
        return False
    return wanted.connector_id in {None, place.connector.id}
