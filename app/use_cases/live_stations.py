"""What a process keeps in memory of each charger whose socket it owns.

It is read once when the charger connects, so that a meter message needs no SELECT, and it is lost
without harm: everything in it is in the database too.
"""

from asyncio import Lock
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.clocks import ClockWatch
from app.domain.commands import Command
from app.domain.locations import EvsePlace, EvseStatus
from app.domain.reservations import Reservation
from app.domain.sessions import Session
from app.domain.stations import Address, ConnectorState, Station, TransactionReported
from app.domain.tokens import Authorization
from app.domain.transactions import Doubt

REMEMBERED = 16
REMEMBERED_AT_ONCE = 100
"""Of one time; a charger whose clock stands still is looked up in the database."""

FLAT_PROTOCOL = "ocpp1.6"


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """What a connector was last said to be, and when that was so."""

    state: ConnectorState
    at: datetime
    error: str | None = None
    vendor_error: str | None = None
    info: str | None = None


class Edition(NamedTuple):
    """As of when something was read: how many changes were known, and in which minute."""

    changes: int
    minute: int


class Layout:
    """A charger's EVSEs and connectors: how it numbers them, and where they are on the map.

    OCPP 1.6 numbers connectors only. Where every EVSE has one connector that number is the EVSE's;
    else it counts all connectors of the charger, EVSE by EVSE.
    """

    def __init__(self, places: Iterable[EvsePlace] = ()) -> None:
        self.places = tuple(sorted(places, key=lambda p: (p.evse.number, p.connector.number)))
        single = all(len(p.evse.connectors) == 1 for p in self.places)
        self._flat = {
            (place.evse.number if single else index): place
            for index, place in enumerate(self.places, 1)
        }
        self._numbers = {
            (place.evse.uid.casefold(), place.connector.id.casefold()): number
            for number, place in self._flat.items()
        }

    def place(self, address: Address) -> EvsePlace | None:
        """Where an address is on the map; None for connector 0 of 1.6 and for unknown ones."""
        if address.evse == 0:
            return self._flat.get(address.connector)
        mine = [p for p in self.places if p.evse.number == address.evse]
        named = [p for p in mine if p.connector.number == address.connector]
        return next(iter(named or mine), None)

    def normal(self, address: Address) -> Address:
        """The address as EVSE and connector, whichever way the charger counts.

        A 1.6 connector that is not in the layout is taken for the only one of an EVSE of its own.
        """
        if address.evse or not address.connector:
            return address
        place = self._flat.get(address.connector)
        if place is None:
            return Address(address.connector, 1)
        return Address(place.evse.number, place.connector.number)

    def address(self, evse_uid: str, connector_id: str | None, protocol: str) -> Address | None:
        """How the charger calls a connector in this protocol; None when it is not its own."""
        key = evse_uid.casefold()
        plug = None if connector_id is None else connector_id.casefold()
        for place in self.places:
            at = (place.evse.uid.casefold(), place.connector.id.casefold())
            if at[0] == key and plug in (None, at[1]):
                if protocol == FLAT_PROTOCOL:
                    return Address(0, self._numbers[at])
                return Address(place.evse.number, place.connector.number)
        return None


@dataclass(frozen=True, slots=True)
class Kept:
    """The reservation that a session begins on, the session that stood for it, the last start."""

    reservation: Reservation
    session: Session | None = None
    start: Command | None = None


@dataclass(slots=True)
class Running:
    """A session that goes on (or waits for the cable to be taken out) at one connector.

    `token_key` is the comparable form of the token it was started with, `place` the connector as
    it was at the start. `waits` is set when the transaction has ended and only the vehicle is
    still there, `kept` until it is written that the session is for this reservation. `latest` are
    the messages of the time it was last heard of, where all of that time came while it was here.
    `limited` until it is noted that the start brought a charging profile. `limits_read_at` is when
    the driver's limits were last looked up.
    `doubt` is what the charger was asked about it; `replayed` while all that is heard of it is
    what went on while the charger was offline.
    """

    session: Session
    address: Address | None
    token_key: str | None = None
    authorization: Authorization | None = None
    place: EvsePlace | None = None
    waits: bool = False
    kept: Kept | None = None
    latest: tuple[datetime, set[str]] | None = None
    doubt: Doubt | None = None
    replayed: bool = False
    limited: bool = False
    limits_read_at: datetime | None = None

    def remember(self, message: TransactionReported, heard_at: datetime | None) -> None:
        """A message is durable; the session was last heard of `heard_at` before it."""
        self.replayed = message.offline
        if self.latest is not None and message.at == self.latest[0]:
            self.latest[1].add(message.raw)
            if len(self.latest[1]) > REMEMBERED_AT_ONCE:
                self.latest = None
            return
        known = heard_at if self.latest is None else self.latest[0]
        if known is None or message.at > known:
            self.latest = (message.at, {message.raw})


@dataclass(slots=True)
class LiveStation:
    """One connected charger.

    `running` is by the charger's name of the transaction, `ended` the last few that are over,
    `connectors` by normal address, `asked` what issuers lately said about tokens here (until a
    monotonic time), `published` the EVSE statuses on the map by uid, `unconfirmed` what ran before
    the last boot and was not heard of since, by the charger's name, `heard_at` its last heartbeat,
    `edition` the layout's (see `Places`). `keeps` is set once the charger may keep an EVSE free
    for somebody, so that starts ask for whom. `shown` is set once it said what a connector shows,
    `greeted` once it was seen to that it does, `gone_for` is how long it had been silent when its
    connection was given up. `lock` is held by whoever works on it, so that a
    report and the clock do not close a session twice.
    """

    station: Station
    protocol: str
    node: str
    layout: Layout
    connected_at: datetime
    connectors: dict[Address, ConnectorStatus] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    ended: deque[Running] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    asked: dict[str, tuple[float, Authorization]] = field(default_factory=dict)
    published: dict[str, EvseStatus] = field(default_factory=dict)
    unconfirmed: set[str] = field(default_factory=set)
    heard_at: datetime | None = None
    edition: Edition | None = None
    keeps: bool = False
    shown: bool = False
    greeted: bool = False
    gone_for: timedelta = timedelta(0)
    clock: ClockWatch = field(default_factory=ClockWatch)
    lock: Lock = field(default_factory=Lock)

    @property
    def id(self) -> str:
        """The station's identity."""
        return self.station.id

    @property
    def epoch(self) -> int:
        """Counts the station's connections; only the last one may write."""
        return self.station.epoch

    @property
    def flat(self) -> bool:
        """Whether this charger numbers connectors only, as OCPP 1.6 does."""
        return self.protocol == FLAT_PROTOCOL

    def at(self, address: Address) -> Running | None:
        """The session at a connector (or anywhere at its EVSE for connector 0)."""
        for running in self.running.values():
            here = running.address
            if here is None or here.evse != address.evse:
                continue
            if not address.connector or here.connector in (0, address.connector):
                return running
        return None
