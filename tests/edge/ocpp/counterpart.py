"""The use-cases' side of the bridge, in memory: answers the calls of ocpp_bridge/dispatch.py."""

import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.errors import DomainError, NotFound, Unauthenticated
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, Evse, EvsePlace, EvseStatus, GeoPoint, Location
from app.domain.money import Money
from app.domain.reservations import Loss
from app.domain.security import PLAIN, Arrival
from app.domain.stations import (
    AuthorizeAsked,
    Booted,
    Credentials,
    Phase,
    Station,
    StationState,
    StatusReported,
    TransactionReported,
)
from app.domain.tokens import Authorization, Verdict
from app.use_cases.live_stations import Layout, LiveStation
from app.use_cases.sessions import TransactionAnswer
from app.use_cases.stations import BootAnswer, BootVerdict
from ocpp_bridge.dispatch import Dispatch

PARTY = PartyId("NL", "RW1")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
BOOTS = {
    StationState.REGISTERED: BootVerdict.ACCEPTED,
    StationState.PENDING: BootVerdict.PENDING,
    StationState.RETIRED: BootVerdict.REJECTED,
}


def a_layout(evses: int = 2) -> Layout:
    """EVSEs with one connector each, numbered from 1."""
    found = [
        Evse(
            f"EVSE-{n}",
            EvseStatus.AVAILABLE,
            (Connector("1", "IEC_62196_T2", "SOCKET", "AC_3_PHASE", 230, 16, SINCE, number=1),),
            SINCE,
            number=n,
        )
        for n in range(1, evses + 1)
    ]
    point = GeoPoint(Decimal("52.1"), Decimal("5.1"))
    place = Location(PARTY, "L1", "Quay 1", "Utrecht", "NLD", point, "Europe/Amsterdam", SINCE)
    return Layout(EvsePlace(place, evse, evse.connectors[0]) for evse in found)


@dataclass
class Hub:
    """What the hub knows and is told. `key` None lets a station in without credentials."""

    keys: dict[str, str | None] = field(default_factory=dict)
    states: dict[str, StationState] = field(default_factory=dict)
    strict: set[str] = field(default_factory=set)
    versions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Verdict] = field(default_factory=dict)
    cost: Money | None = None
    bound: dict[str, str] = field(default_factory=dict)
    told: deque[tuple[str, object]] = field(default_factory=lambda: deque(maxlen=10_000))
    limited: deque[tuple[str, int | None]] = field(default_factory=lambda: deque(maxlen=10_000))
    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=10_000))
    left: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    before: Callable[[object], Awaitable[None]] | None = None
    refusal: DomainError | None = None
    epochs: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def dispatch(self, node: str = "node-1") -> Dispatch:
        """The door of the bridge onto this hub."""
        return Dispatch(self, self, self, self, reports=self, node=node)

    async def connect(
        self,
        station_id: str,
        credentials: Credentials | None,
        *,
        protocol: str,
        node: str,
        arrival: Arrival = PLAIN,
    ) -> LiveStation:
        self.arrivals.append(arrival)
        if self.refusal is not None:
            raise self.refusal
        known = {name.casefold(): name for name in self.keys}
        name = known.get(station_id.casefold())
        if name is None:
            raise NotFound("station", station_id)
        key = self.keys[name]
        if key is not None and (credentials is None or key not in credentials.secrets):
            raise Unauthenticated("wrong password")
        state = self.states.get(name, StationState.REGISTERED)
        station = Station(
            name,
            PARTY,
            "",
            state,
            epoch=next(self.epochs),
            node=node,
            strict=name in self.strict,
            version=self.versions.get(name),
        )
        return LiveStation(station, protocol, node, a_layout(), datetime.now(UTC))

    async def version_of(self, station_id: str) -> str | None:
        return self.bound.get(station_id)

    async def disconnect(self, live: LiveStation) -> None:
        self.left.append(live.id)

    async def boot(self, live: LiveStation, message: Booted) -> BootAnswer:
        await self._tell(live, message)
        live.station = replace(live.station, facts=message.facts)
        state = self.states.get(live.id, StationState.REGISTERED)
        return BootAnswer(BOOTS[state], 300)

    async def status(self, live: LiveStation, message: StatusReported) -> None:
        await self._tell(live, message)

    async def heard(self, live: LiveStation) -> None:
        await self._tell(live, "heard")

    async def limits_moved(self, live: LiveStation, evse: int | None) -> None:
        self.limited.append((live.id, evse))

    async def reported(self, live: LiveStation, number: int, loss: Loss) -> None:
        await self._tell(live, (number, loss))

    async def ask(self, live: LiveStation, message: AuthorizeAsked) -> Authorization:
        await self._tell(live, message)
        return Authorization(self.tokens.get(message.token.uid, Verdict.UNKNOWN))

    async def report(self, live: LiveStation, message: TransactionReported) -> TransactionAnswer:
        await self._tell(live, message)
        started = message.phase is Phase.STARTED and message.transaction is None
        token = message.token
        known = None if token is None else self.tokens.get(token.uid, Verdict.UNKNOWN)
        return TransactionAnswer(
            number=next(self.numbers) if started else None,
            authorization=None if known is None else Authorization(known),
            total_cost=self.cost if message.phase is Phase.ENDED else None,
        )

    async def hear(self, station_id: str, news: object) -> None:
        if self.before is not None:
            await self.before(news)
        self.told.append((station_id, news))

    async def _tell(self, live: LiveStation, message: object) -> None:
        if self.before is not None:
            await self.before(message)
        self.told.append((live.id, message))
