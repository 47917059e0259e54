"""Chargers: who may connect, what they say of themselves, and what their connectors show."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from secrets import SystemRandom

from app.domain.admission import Unknown
from app.domain.availability import OFFLINE_AFTER, is_news, reported_at
from app.domain.codes import new_password
from app.domain.errors import AlreadyExists, InvalidInput, NotFound
from app.domain.events import (
    EvseStatusChanged,
    ProfileDoubtful,
    StationConnected,
    StationDisconnected,
)
from app.domain.identifiers import PartyId, is_station_id
from app.domain.locations import EvseStatus
from app.domain.security import PLAIN, Arrival
from app.domain.stations import (
    Address,
    Booted,
    ConnectorState,
    Credentials,
    Station,
    StationState,
    StatusReported,
)
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.batch import Batch, apply
from app.store.stations import Reported, seen, shown
from app.store.transaction import Store, Transaction
from app.use_cases.admission import has_booted, heartbeat_of, stranger
from app.use_cases.board import Board, place_subject
from app.use_cases.charger_clocks import hear_clock
from app.use_cases.closings import closing, facts
from app.use_cases.greetings import greet, silent
from app.use_cases.live_stations import ConnectorStatus, Layout, LiveStation
from app.use_cases.resuming import resumed
from app.use_cases.sessions import Sessions
from app.use_cases.station_proofs import Knock, admitted

__all__ = [
    "BootAnswer", "BootVerdict", "ConnectorStatus", "Layout", "LiveStation", "StationRules",
    "Stations",
]  # fmt: skip

log = logging.getLogger(__name__)

WATCH_EVERY_S = 20.0
GREET_EVERY_S = 5.0
LOST_AT_ONCE = 200
PENDING_RETRY_S = 60
REJECTED_RETRY_S = 3_600


class BootVerdict(StrEnum):
    """The answer to a boot."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class BootAnswer:
    """What a booting charger is told; `interval_s` until its heartbeat, or its next try."""

    verdict: BootVerdict
    interval_s: int


@dataclass(frozen=True, slots=True)
class StationRules:
    """The platform's choices; `accept_unknown` lets any charger in, as one of `default_party`.

    `hold_unknown` lets it in to wait until the operator accepts it.
    """

    accept_unknown: bool
    default_party: PartyId
    heartbeat_s: int = 300
    hold_unknown: bool = False

    @property
    def unknown(self) -> Unknown:
        """What becomes of unknown chargers, unless the operator chose otherwise."""
        if self.accept_unknown:
            return Unknown.ACCEPT
        return Unknown.HOLD if self.hold_unknown else Unknown.REFUSE


class Stations:
    """Chargers connect, boot, report and leave."""

    def __init__(
        self,
        store: Store,
        batch: Batch,
        sessions: Sessions,
        *,
        sealer: Sealer,
        bus: Bus,
        clock: Clock,
        rules: StationRules,
    ) -> None:
        self._store = store
        self._batch = batch
        self._sessions = sessions
        self._sealer = sealer
        self._bus = bus
        self._clock = clock
        self._rules = rules
        self._board = Board(batch, bus, clock)
        self._live: dict[str, LiveStation] = {}

    async def connect(
        self,
        station_id: str,
        credentials: Credentials | None,
        *,
        protocol: str,
        node: str,
        arrival: Arrival = PLAIN,
    ) -> LiveStation:
        """A charger knocks; raises NotFound or Unauthenticated.

        The charger's row then names this node, and its epoch is one higher, so that whatever an
        older connection still does is seen to be outdated.
        """
        now = self._clock.now()
        async with self._store.reading() as tx:
            known = await tx.stations.get(station_id)
            unknown = await self._stranger(tx, known, station_id)
            knock = Knock(station_id, credentials, arrival, now, unknown)
            await admitted(tx, known, knock, sealer=self._sealer)
        async with self._store.transaction() as tx:
            known = await tx.stations.get(station_id, lock=True)
            before = await admitted(tx, known, knock, sealer=self._sealer)
            station = replace(
                before, protocol=protocol, node=node, epoch=before.epoch + 1, seen_at=now
            )
            if known is None:
                await tx.stations.add(station)
            else:
                await tx.stations.connected(station)
            edition = self._sessions.places.edition(station.party)
            live = await _restored(tx, station, now)
            live.edition = edition
            tx.emit(StationConnected(station.id))
        self._live[station.id.casefold()] = live
        return live

    async def _stranger(
        self, tx: Transaction, known: Station | None, station_id: str
    ) -> Station | None:
        """What an unregistered charger of this name is, if any may come in."""
        if (known is not None and known.password_hash) or not is_station_id(station_id):
            return None
        return await stranger(tx, station_id, self._rules.default_party, self._rules.unknown)

    async def version_of(self, station_id: str) -> str | None:
        """The only version that a charger may speak, None for any."""
        async with self._store.reading() as tx:
            station = await tx.stations.get(station_id)
        return None if station is None else station.version

    async def disconnect(self, live: LiveStation) -> None:
        """The socket is gone; nothing happens if the charger has connected elsewhere since."""
        key = live.id.casefold()
        if self._live.get(key) is live:
            del self._live[key]
        async with self._store.transaction() as tx:
            if await tx.stations.disconnected(live.station, self._clock.now() - live.gone_for):
                tx.emit(StationDisconnected(live.id))

    async def boot(self, live: LiveStation, message: Booted) -> BootAnswer:
        """Note what the charger is, and say whether it may take part."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            station = await tx.stations.get(live.id, lock=True)
            if station is None:
                raise NotFound("station", live.id)
            booted = replace(station, facts=message.facts, booted_at=now, protocol=live.protocol)
            await tx.stations.put(booted)
            await has_booted(tx, booted, station.facts, now=now)
            heartbeat_s = await heartbeat_of(tx, booted, self._rules.heartbeat_s)
        live.station = replace(booted, epoch=live.epoch, node=live.node)
        live.unconfirmed = set(live.running)
        if booted.state is StationState.REGISTERED:
            return BootAnswer(BootVerdict.ACCEPTED, heartbeat_s)
        if booted.state is StationState.PENDING:
            return BootAnswer(BootVerdict.PENDING, PENDING_RETRY_S)
        return BootAnswer(BootVerdict.REJECTED, REJECTED_RETRY_S)

    async def status(self, live: LiveStation, message: StatusReported) -> None:
        """A connector's state: moves its EVSE's status and its session's activity.

        A state older than the stored one is ignored. Source: OCPP 1.6, 4.9 Status Notification.
        """
        now = self._clock.now()
        live.shown = True
        await hear_clock(self._batch, live, message.at, now=now)
        async with live.lock:
            address = live.layout.normal(message.address)
            at = reported_at(message.at, now)
            known = live.connectors.get(address)
            if known is not None and not is_news(at, known.at, now):
                return
            reported = Reported(
                address, message.state, at, message.error, message.vendor_error, message.info
            )
            await self._batch.write([shown(live.id, reported)])
            live.connectors[address] = ConnectorStatus(*reported[1:])
            live.keeps = live.keeps or message.state is ConnectorState.RESERVED
            if address.evse:
                await self._sessions.connector_changed(live, address, message.state, at)
            await self._board.refresh(live)

    async def heard(self, live: LiveStation) -> None:
        """A heartbeat. The row's `seen_at` moves with all others', by `watch`."""
        live.heard_at = self._clock.now()

    async def limits_moved(self, live: LiveStation, evse: int | None) -> None:
        """The charger says that it is limited from elsewhere: one EVSE, or (None) all of it."""
        found = live.running.values() if evse is None else [live.at(Address(evse))]
        doubts = [ProfileDoubtful(running.session.id) for running in found if running]
        if doubts:
            await self._batch.write(facts(doubts, self._clock.now()))

    async def register(self, station_id: str, party: PartyId, password: str | None = None) -> str:
        """A new charger (or a new password for one); gives the password, random if none is given.

        Raises InvalidInput for a name no charger can have, AlreadyExists when the charger is
        another operator's.
        """
        if not is_station_id(station_id):
            raise InvalidInput("station_id", "1 to 48 letters, digits and * _ = + | @ . ~ -")
        key = password or new_password(SystemRandom())
        hashed = self._sealer.fingerprint(key)
        async with self._store.transaction() as tx:
            known = await tx.stations.get(station_id, lock=True)
            if known is not None and known.party != party:
                raise AlreadyExists(f"station {station_id} is another operator's")
            if known is None:
                await tx.stations.add(Station(station_id, party, hashed))
            else:
                security = replace(known.security, pending=(), given=None)
                await tx.stations.put(replace(known, password_hash=hashed, security=security))
        return key

    async def run(self) -> None:
        """Watch this process's chargers until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat(WATCH_EVERY_S, self.watch))
            tasks.create_task(self._repeat(GREET_EVERY_S, self.greet))

    async def _repeat(self, every_s: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._clock.sleep(every_s)
            try:
                await work()
            except Exception:  # the next round may find the database again
                log.exception("stations.watch_failed")

    async def greet(self) -> None:
        """Ask chargers that connected and said nothing of themselves."""
        now = self._clock.now()
        for live in silent(tuple(self._live.values()), now):
            await greet(self._store, live, now)

    async def watch(self) -> None:
        """Write signs of life, end what waited too long, and let old Availables win."""
        now = self._clock.now()
        connected = tuple(self._live.values())
        if connected:
            await self._batch.write([seen(live.station, now) for live in connected])
        await self._sessions.look_after(connected)

    async def watch_offline(self) -> None:
        """Periodic, in one process: chargers not seen for two minutes are shown as UNKNOWN.

        Nobody pays for idling that nobody saw: a session that waited there for its unplugging
        ends when the charger was last seen.
        """
        now = self._clock.now()
        hints: set[str] = set()
        async with self._store.transaction() as tx:
            for station in await tx.stations.lose(now - OFFLINE_AFTER, LOST_AT_ONCE):
                hints |= await _lost(tx, station, now)
        for subject in hints:
            await self._bus.publish(subject)


async def _restored(tx: Transaction, station: Station, now: datetime) -> LiveStation:
    """The memory of a charger, from the database."""
    layout = Layout(await tx.locations.by_station(station.id))
    live = LiveStation(station, station.protocol or "", station.node or "", layout, now)
    for reported in await tx.stations.connectors(station.id):
        live.connectors[reported.address] = ConnectorStatus(*reported[1:])
    for session in await tx.sessions.running_of(station.id):
        name = session.transaction or session.id
        live.running[name] = resumed(live, session)
        if station.booted_at is not None and session.last_updated < station.booted_at:
            live.unconfirmed.add(name)
    live.published = {p.evse.uid: p.evse.status for p in layout.places}
    live.keeps = bool(await tx.reservations.open_at_station(station.id))
    return live


async def _lost(tx: Transaction, station: Station, now: datetime) -> set[str]:
    hints: set[str] = set()
    layout = Layout(await tx.locations.by_station(station.id))
    for place in layout.places:
        location, uid = place.location, place.evse.uid
        if place.evse.status is EvseStatus.REMOVED:
            continue
        if await tx.locations.set_status(
            location.party, location.id, uid, EvseStatus.UNKNOWN, now=now
        ):
            tx.emit(EvseStatusChanged(location.party, location.id, uid))
            hints.add(place_subject(place))
    live = LiveStation(station, station.protocol or "", "", layout, now)
    for session in await tx.sessions.running_of(station.id):
        running = resumed(live, session)
        if running.waits:
            seen = session.stopped_at if session.missing else station.seen_at
            done = closing(session, running.place, at=seen or now, now=now)
            await apply(tx.connection, done.changes)
    return hints
