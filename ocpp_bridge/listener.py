"""The OCPP server of this process: accepts chargers, one task for each, watches their pulse."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import DomainError
from app.domain.security import IdentityContended
from app.ports.clock import Clock
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.dispatch import Dispatch
from ocpp_bridge.entrances import Entrance, TlsSource
from ocpp_bridge.handshake import Admitted, Door
from ocpp_bridge.journal import Journal
from ocpp_bridge.limits import Buckets, Pace
from ocpp_bridge.link import Link
from ocpp_bridge.links import Links
from ocpp_bridge.proxies import NO_PROXIES, Proxies
from ocpp_bridge.transport import Socket

log = logging.getLogger(__name__)

CLOSE_RESTART = 1012
CLOSE_SILENT = 1011
TAKEOVER_S = 5.0
TAKEOVERS_PER_MINUTE = 5


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """How the listener behaves; all times in seconds.

    A socket that was silent for `ping_interval_s` is pinged, and closed after another
    `ping_timeout_s` without a sign of life; any traffic is one. `drain_s` is over how long the
    sockets are closed at the end, so that the chargers do not all come back in one instant.
    `reload_s` is how often it looks for new certificates. A charger may say `message_burst` things
    at once and `messages_per_s` a second from then on (0: any number); what it says faster is read
    later, so that it slows down and the others do not notice.
    """

    host: str = "127.0.0.1"
    port: int = 0
    ping_interval_s: float = 30.0
    ping_timeout_s: float = 20.0
    handshake_s: float = 10.0
    handshakes_per_s: float = 100.0
    handshake_burst: int = 2_000
    messages_per_s: float = 20.0
    message_burst: int = 200
    drain_s: float = 2.0
    reload_s: float = 15.0


class Listener:
    """Serves until cancelled; `port` is the bound one once `started` is set."""

    def __init__(
        self,
        dispatch: Dispatch,
        clock: Clock,
        *,
        options: ListenerOptions,
        links: Links,
        journal: Journal | None = None,
        tls: TlsSource | None = None,
        more: Sequence[Entrance] = (),
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        self._clock = clock
        self._options = options
        self._entrances = (Entrance(options.host, options.port, tls), *more)
        self._tasks: asyncio.TaskGroup | None = None
        self._sockets: set[Socket] = set()
        self.links = links
        self.journal = Journal() if journal is None else journal
        self.door = Door(
            dispatch,
            clock,
            per_second=options.handshakes_per_s,
            burst=options.handshake_burst,
            limit_s=options.handshake_s,
            proxies=proxies,
        )
        self._takeovers = Buckets(TAKEOVERS_PER_MINUTE / 60, TAKEOVERS_PER_MINUTE, clock.monotonic)
        self._contentions = Buckets(1 / 60, 1, clock.monotonic)
        self.counts: Counter[str] = Counter()
        self.started = asyncio.Event()
        self.port = 0

    async def run(self) -> None:
        """Listen; when cancelled, close every socket with 1012 and return.

        Raises a group that holds Unavailable when the address cannot be listened on.
        """
        for dialect in DIALECTS:
            dialect.warm()
        async with asyncio.TaskGroup() as tasks:
            await self._listen()
            self._tasks = tasks
            self.port = self._entrances[0].port
            self.started.set()
            tasks.create_task(self._reload())
            try:
                await self._watch()
            finally:
                self._tasks = None
                for entrance in self._entrances:
                    entrance.close()
                await self._close_all()

    async def _listen(self) -> None:
        opened: list[Entrance] = []
        try:
            for entrance in self._entrances:
                await entrance.open(self._socket, handshake_s=self._options.handshake_s)
                opened.append(entrance)
                where = {"host": entrance.host, "port": entrance.port}
                log.info("ocpp.listening", extra=where)
        except DomainError:
            for entrance in opened:
                entrance.close()
            raise

    def _socket(self) -> Socket:
        return Socket(self._opened)

    async def _reload(self) -> None:
        """Show new certificates, whoever is connected."""
        while True:
            await asyncio.sleep(self._options.reload_s)
            for entrance in self._entrances:
                await self._refresh(entrance)

    async def _refresh(self, entrance: Entrance) -> None:
        try:
            if await entrance.refresh(self._socket, handshake_s=self._options.handshake_s):
                self.counts["certificates_changed"] += 1
        except Exception:  # the next round may find the database, and the files, again
            log.exception("ocpp.certificates_unread", extra={"port": entrance.port})

    def _opened(self, socket: Socket) -> None:
        if self._tasks is None:
            socket.abort()
            return
        self._sockets.add(socket)
        self._tasks.create_task(self._serve(socket))

    async def _serve(self, socket: Socket) -> None:
        """One connection, from its handshake to its end."""
        try:
            admitted = await self.door.admit(socket)
            if admitted is not None:
                await self._converse(socket, admitted)
        except Exception:
            # One of the four loops: one charger's trouble is not the others'.
            self.counts["connection_failed"] += 1
            log.exception("ocpp.connection_failed", extra={"peer": socket.peer})
            socket.abort()
        finally:
            self._sockets.discard(socket)
            socket.end()

    async def _converse(self, socket: Socket, admitted: Admitted) -> None:
        visit = admitted.visit
        try:
            while (previous := self.links.get(visit.station_id)) is not None:
                await self._take_over(previous, socket)
                visit = await self.door.admit_again(admitted)
        except DomainError as error:
            self.door.refuse(socket, error)
            return
        ring = self.journal.ring(visit.station_id)
        pace = Pace(self._options.messages_per_s, self._options.message_burst)
        link = Link(socket, visit, admitted.dialect, clock=self._clock, ring=ring, pace=pace)
        self.links.enter(link)
        who = {"station": visit.station_id, "peer": socket.peer}
        log.info("station.connected", extra={**who, "protocol": admitted.dialect.subprotocol})
        try:
            socket.attach(link)
            socket.respond(admitted.response)
            await link.run()
        finally:
            self.links.leave(link)
            self.counts.update(link.counts)
            self.journal.left(visit.station_id)
            try:
                await visit.leave(asyncio.get_running_loop().time() - socket.heard_at)
            finally:
                link.gone.set()
                log.info("station.disconnected", extra=who)

    async def _take_over(self, previous: Link, socket: Socket) -> None:
        """The newest connection wins, once what the older one had received is dealt with."""
        self.counts["takeover"] += 1
        if self._takeovers.wait_s(previous.station_id):
            await self._tell_contention(previous, socket)
        self._takeovers.take(previous.station_id)
        previous.supersede()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TAKEOVER_S):
                await previous.gone.wait()
        self.links.leave(previous)

    async def _tell_contention(self, previous: Link, socket: Socket) -> None:
        """Once a minute at most: they go on doing so."""
        if self._contentions.wait_s(previous.station_id):
            return
        self._contentions.take(previous.station_id)
        await previous.visit.tell(IdentityContended(socket.peer))

    async def _watch(self) -> None:
        """Ping the silent, cut the dead."""
        options = self._options
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(options.ping_interval_s, options.ping_timeout_s) / 4)
            now = loop.time()
            for link in self.links:
                socket = link.socket
                silent, limit = now - socket.heard_at, self._patience_s(link)
                if link.slowed:  # it may be talking, but is not read now
                    continue
                if silent > limit:
                    log.info("station.silent", extra={"station": link.station_id})
                    socket.close(CLOSE_SILENT, "no sign of life")
                elif silent > options.ping_interval_s and _may_ping(link):
                    socket.ping()

    def _patience_s(self, link: Link) -> float:
        """How long a socket may be silent; one that is not pinged lives by its heartbeats."""
        pinged_s = self._options.ping_interval_s + self._options.ping_timeout_s
        return pinged_s if link.dialect.pings else max(pinged_s, 2 * link.visit.heartbeat_s)

    async def _close_all(self) -> None:
        """Say good-bye one by one, and wait until what was received is dealt with."""
        sockets = tuple(self._sockets)
        for socket in sockets:
            socket.close(CLOSE_RESTART, "service restart")
            await asyncio.sleep(self._options.drain_s / len(sockets))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TAKEOVER_S):
                for link in self.links:
                    await link.gone.wait()


def _may_ping(link: Link) -> bool:
    return link.dialect.pings and link.socket.pinged_at < link.socket.heard_at
