"""Layouts and tariffs kept in memory, so that a session begins without reading its whole site.

A price must not be older than its last change: whatever this process commits is forgotten before
its caller goes on, other processes' changes are hinted by whoever plans their events, and after a
minute everything is read again, should a hint have been lost.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.events import DomainEvent, LocationChanged, TariffChanged, TariffRemoved
from app.domain.identifiers import PartyId
from app.domain.tariffs import Tariff
from app.ports.bus import Bus, Subscription
from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.live_stations import Edition, Layout, LiveStation

PLACES_SUBJECT = "places"
KEPT_S = 60
MOVES_PLACES = (LocationChanged, TariffChanged, TariffRemoved)
"""The events after which an operator's layouts and tariffs are others than they were."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A party's tariffs by folded id as of one edition; None for an id that names none."""

    edition: Edition
    tariffs: dict[str, Tariff | None]


class Places:
    """What a process remembers of the sites its chargers stand at."""

    def __init__(self, store: Store, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._changes: Counter[PartyId] = Counter()
        self._shelves: dict[PartyId, _Shelf] = {}
        store.heed(self._on_commit)

    async def listen(self) -> Subscription:
        """Forget what another process is known to have changed."""
        return await self._bus.subscribe(PLACES_SUBJECT, self._on_hint)

    async def refresh(self, live: LiveStation) -> None:
        """Bring a charger's layout up to date."""
        edition = self.edition(live.station.party)
        if live.edition == edition:
            return
        async with self._store.reading() as tx:
            live.layout = Layout(await tx.locations.by_station(live.id))
        live.edition = edition

    async def tariffs(self, party: PartyId, tariff_ids: Iterable[str]) -> list[Tariff]:
        """The party's tariffs of these ids in their order, without those that do not exist."""
        wanted = list(dict.fromkeys(tariff_id.casefold() for tariff_id in tariff_ids))
        shelf = self._shelf(party)
        missing = [tariff_id for tariff_id in wanted if tariff_id not in shelf.tariffs]
        if missing:
            async with self._store.reading() as tx:
                found = {t.id.casefold(): t for t in await tx.tariffs.many(party, missing)}
            shelf.tariffs.update({tariff_id: found.get(tariff_id) for tariff_id in missing})
        return [tariff for each in wanted if (tariff := shelf.tariffs[each]) is not None]

    def _shelf(self, party: PartyId) -> _Shelf:
        """The party's shelf; what was read while it changed stays on the one before."""
        edition = self.edition(party)
        shelf = self._shelves.get(party)
        if shelf is None or shelf.edition != edition:
            shelf = self._shelves[party] = _Shelf(edition, {})
        return shelf

    def edition(self, party: PartyId) -> Edition:
        """What is read of the party's sites from now on is at least this new."""
        return Edition(self._changes[party], int(self._clock.monotonic()) // KEPT_S)

    def _on_commit(self, events: Sequence[DomainEvent]) -> None:
        for event in events:
            if isinstance(event, MOVES_PLACES):
                self._changes[event.party] += 1

    async def _on_hint(self, subject: str, data: bytes) -> None:  # noqa: ARG002 - the bus's shape
        self._changes[PartyId.parse(data.decode())] += 1
