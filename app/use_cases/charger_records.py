"""What operators look up of a charger's errands, logs, monitors and messages, and wipe of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from app.domain.asks import ASKS, StationAsk
from app.domain.displays import DisplayMessage
from app.domain.errands import Errand, ErrandKind
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.monitoring import KnownOfCustomer, Monitor, MonitoringReport, MonitoringSetting
from app.store.documents import unpack_one
from app.store.station_facts import CUSTOMERS, Fact
from app.store.station_log import Logged, Sought
from app.store.transaction import Store, Transaction
from app.use_cases.displays import MESSAGES
from app.use_cases.errands import errands_of
from app.use_cases.monitoring import MONITORS, REPORTS, SETTINGS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a charger watches, as far as it is known, and its last reports."""

    setting: MonitoringSetting
    monitors: list[Fact[Monitor]]
    reports: list[MonitoringReport]


@dataclass(frozen=True, slots=True)
class Told:
    """What a charger knows of a person; `text` only once, and only when all of it is here."""

    request_id: int
    at: datetime
    status: str
    complete: bool
    text: str | None = None


class ChargerRecords:
    """Reads for the operator's API; raises NotFound for chargers of others."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def errands(self, party: PartyId, station_id: str, kind: ErrandKind) -> list[Errand]:
        """All of a kind, the newest first."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            return await errands_of(tx, station.id, kind)

    async def errand_again(
        self, party: PartyId, station_id: str, kind: ErrandKind, *, request_id: int
    ) -> StationAsk:
        """What an errand asked, to ask it again; raises NotFound."""
        for errand in await self.errands(party, station_id, kind):
            if errand.request_id == request_id and errand.ask is not None:
                ask: StationAsk = unpack_one(ASKS, errand.ask)
                return ask
        raise NotFound(kind.value, str(request_id))

    async def log(
        self, party: PartyId, station_id: str, topic: str, sought: Sought
    ) -> list[Logged]:
        """Entries of a topic, the newest first."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            return await tx.station_log.find(station.id, topic, sought)

    async def monitoring(self, party: PartyId, station_id: str) -> Monitoring:
        """What a charger watches."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            setting = await tx.station_facts.get(station.id, SETTINGS, MonitoringSetting)
            monitors = await tx.station_facts.all(station.id, MONITORS, Monitor)
            reports = await tx.station_facts.all(station.id, REPORTS, MonitoringReport)
        return Monitoring(
            MonitoringSetting() if setting is None else setting.value,
            sorted(monitors, key=lambda fact: int(fact.name)),
            sorted((r.value for r in reports), key=lambda r: r.asked_at, reverse=True),
        )

    async def messages(self, party: PartyId, station_id: str) -> list[Fact[DisplayMessage]]:
        """What a charger shows, by number."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            found = await tx.station_facts.all(station.id, MESSAGES, DisplayMessage)
        return sorted(found, key=lambda fact: int(fact.name))

    async def customers(self, party: PartyId, station_id: str) -> list[Told]:
        """Which answers about people there are; not what they say."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            found = await tx.station_facts.all(station.id, CUSTOMERS, KnownOfCustomer)
        return [_told(fact) for fact in found]

    async def customer_once(self, party: PartyId, station_id: str, request_id: int) -> Told:
        """What a charger told of a person; it is wiped here by being shown. Raises NotFound."""
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id, lock=True)
            found = await _customer(tx, station.id, request_id)
            if not found.value.complete:
                return _told(found)
            await tx.station_facts.forget(station.id, CUSTOMERS, [found.name])
            return replace(_told(found), text=found.value.text)

    async def forget_customer(self, party: PartyId, station_id: str, request_id: int) -> None:
        """Wipe it unseen; raises NotFound."""
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id, lock=True)
            found = await _customer(tx, station.id, request_id)
            await tx.station_facts.forget(station.id, CUSTOMERS, [found.name])


async def _customer(tx: Transaction, station_id: str, request_id: int) -> Fact[KnownOfCustomer]:
    name = str(request_id)
    found = await tx.station_facts.get(station_id, CUSTOMERS, KnownOfCustomer, name=name)
    if found is None:
        raise NotFound("customer information", name)
    return found


def _told(fact: Fact[KnownOfCustomer]) -> Told:
    known = fact.value
    return Told(known.request_id, fact.at, known.status, known.complete)
