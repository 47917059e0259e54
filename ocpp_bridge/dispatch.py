"""The bridge's only door to the use-cases: a charger's visit, from its handshake to its end."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.domain.commands import Command
from app.domain.reservations import Loss
from app.domain.security import PLAIN, Arrival
from app.domain.station_news import StationNews
from app.domain.stations import (
    Address,
    AuthorizeAsked,
    Booted,
    BootFacts,
    Credentials,
    StationState,
    StatusReported,
    TransactionReported,
)
from app.domain.tokens import Authorization
from app.use_cases.authorize import Authorize
from app.use_cases.live_stations import LiveStation
from app.use_cases.reservations import Reservations
from app.use_cases.sessions import Sessions, TransactionAnswer
from app.use_cases.station_news import StationReports
from app.use_cases.stations import BootVerdict, Stations
from app.use_cases.vehicle_certificates import VehicleCertificates

_REGISTRATION = {
    BootVerdict.ACCEPTED: "Accepted",
    BootVerdict.PENDING: "Pending",
    BootVerdict.REJECTED: "Rejected",
}

HEARTBEAT_S = 300
LOW = 0xFFFF


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to a boot: `Accepted`, `Pending` or `Rejected`, and when to call again."""

    status: str
    interval_s: int


class Dispatch:
    """The use-cases a charger's messages end in; `node` names this process on the bus."""

    def __init__(
        self,
        stations: Stations,
        authorize: Authorize,
        sessions: Sessions,
        reservations: Reservations,
        *,
        reports: StationReports,
        node: str,
        vehicles: VehicleCertificates | None = None,
    ) -> None:
        self.stations = stations
        self.authorize = authorize
        self.sessions = sessions
        self.reservations = reservations
        self.reports = reports
        self.node = node
        self.vehicles = vehicles or VehicleCertificates()

    async def admit(
        self,
        station_id: str,
        credentials: Credentials | None,
        subprotocol: str,
        *,
        arrival: Arrival = PLAIN,
    ) -> "Visit":
        """Let a charger in; raises NotFound, Unauthenticated, RateLimited or Unavailable."""
        live = await self.stations.connect(
            station_id, credentials, protocol=subprotocol, node=self.node, arrival=arrival
        )
        return Visit(self, live)

    async def version_of(self, station_id: str) -> str | None:
        """The sub-protocol that a charger is bound to; None when it may choose, or is unknown."""
        return await self.stations.version_of(station_id)


class Visit:
    """One connected charger; one call at a time."""

    __slots__ = ("_dispatch", "_live", "accepted", "heartbeat_s")

    def __init__(self, dispatch: Dispatch, live: LiveStation) -> None:
        self._dispatch = dispatch
        self._live = live
        self.accepted = live.station.state is StationState.REGISTERED
        self.heartbeat_s = live.station.heartbeat_s or HEARTBEAT_S

    @property
    def station_id(self) -> str:
        """The station's identity as it is registered."""
        return self._live.station.id

    @property
    def vehicles(self) -> VehicleCertificates:
        """Who knows of vehicles' certificates."""
        return self._dispatch.vehicles

    @property
    def facts(self) -> BootFacts | None:
        """What the charger said of itself at its last boot."""
        return self._live.station.facts

    def transaction_like(self, number: int) -> int:
        """The running or just ended transaction with the same low 16 bits, else the same."""
        live = self._live
        ended = (each.session.transaction for each in live.ended)
        for name in (*live.running, *ended):
            if name is not None and name.isdecimal() and int(name) & LOW == number & LOW:
                return int(name)
        return number

    @property
    def strict(self) -> bool:
        """Whether the charger is held to the letter of its version, as for a certification."""
        return self._live.station.strict

    @property
    def version(self) -> str | None:
        """The sub-protocol that the charger is bound to, None when it may choose."""
        return self._live.station.version

    def address(self, command: Command) -> Address | None:
        """How the charger numbers the place a command is for; None when it names none."""
        if command.evse_uid is None:
            return None
        live = self._live
        return live.layout.address(command.evse_uid, command.connector_id, live.protocol)

    async def leave(self, silent_s: float = 0) -> None:
        """The connection is gone; nothing had been heard of the charger for so long."""
        self._live.gone_for = timedelta(seconds=silent_s)
        await self._dispatch.stations.disconnect(self._live)

    async def boot(self, message: Booted) -> Welcome:
        """A boot; from now on the charger is accepted or not."""
        answer = await self._dispatch.stations.boot(self._live, message)
        self.accepted = answer.verdict is BootVerdict.ACCEPTED
        self.heartbeat_s = answer.interval_s
        return Welcome(_REGISTRATION[answer.verdict], answer.interval_s)

    async def heard(self) -> None:
        """A heartbeat."""
        await self._dispatch.stations.heard(self._live)

    async def status(self, message: StatusReported) -> None:
        """A connector's state."""
        await self._dispatch.stations.status(self._live, message)

    async def limits_moved(self, evse: int | None) -> None:
        """The charger is limited from elsewhere, at one EVSE or (None) as a whole."""
        await self._dispatch.stations.limits_moved(self._live, evse)

    async def authorize(self, message: AuthorizeAsked) -> Authorization:
        """May this token charge here."""
        return await self._dispatch.authorize.ask(self._live, message)

    async def report(self, message: TransactionReported) -> TransactionAnswer:
        """News of a transaction; returns when it is durable."""
        return await self._dispatch.sessions.report(self._live, message)

    async def reservation_lost(self, number: int, loss: Loss) -> None:
        """The charger does not keep an EVSE free any more."""
        await self._dispatch.reservations.reported(self._live, number, loss)

    async def tell(self, news: StationNews) -> Any:
        """What a charger tells beyond charging; gives what it is answered, None for nothing."""
        return await self._dispatch.reports.hear(self.station_id, news)

    async def unlock_tried(self, address: Address | None, *, worked: bool) -> None:
        """The charger was asked for a cable, and let go of it or could not."""
        if address is not None:
            await self._dispatch.sessions.unlock_tried(self._live, address, worked=worked)

    def may_keep(self) -> None:
        """The charger is being asked to keep an EVSE free."""
        self._live.keeps = True
