"""Charging stations, and the messages both OCPP families are read into."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from app.domain.charger_costs import ChargerCost
from app.domain.identifiers import PartyId
from app.domain.metering import Reading
from app.domain.security import USUAL, Security
from app.domain.transaction_limits import TransactionLimit


class StationState(StrEnum):
    """Whether a station may take part."""

    REGISTERED = "registered"
    PENDING = "pending"
    RETIRED = "retired"


Version = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


@dataclass(frozen=True, slots=True)
class BootFacts:
    """What a station says of itself when it boots."""

    vendor: str
    model: str
    serial: str | None = None
    firmware: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """A charger of one operator. `id` is its OCPP identity, compared without regard to case.

    `password_hash` is a keyed hash (see `ports.sealing`); `node` and `epoch` tell which process
    owns its socket, `node` None when it is not connected. `protocol` is the sub-protocol of the
    last connection, e.g. `ocpp1.6`; `version` the only one it may speak, None for any. `strict`:
    it is held to the letter of its version, as for a certification. `heartbeat_s` is how often it
    is to call, None for as often as others.
    """

    id: str
    party: PartyId
    password_hash: str
    state: StationState = StationState.REGISTERED
    facts: BootFacts | None = None
    protocol: str | None = None
    node: str | None = None
    epoch: int = 0
    booted_at: datetime | None = None
    seen_at: datetime | None = None
    strict: bool = False
    heartbeat_s: int | None = None
    version: Version | None = None
    security: Security = USUAL


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a station proves itself with at the handshake (HTTP Basic).

    `secrets` are the texts its key may have been registered as: the password as sent and, since
    OCPP 1.6 chargers send the bytes of a key that was configured in hex, its hexadecimal forms.
    Any one that matches `Station.password_hash` will do.
    """

    user: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """An EVSE of a station and a connector of that EVSE, as the station numbers them (from 1).

    For OCPP 1.6, which numbers connectors only, `evse` is 0 and `connector` is that number; the
    station's layout turns it into an EVSE and a connector. `connector` 0 means "the whole EVSE".
    """

    evse: int
    connector: int = 0


class ConnectorState(StrEnum):
    """A connector's state in the words of OCPP 1.6, which 2.x is a coarser form of."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class Activity(StrEnum):
    """What is going on in a transaction: whether energy flows, and who holds it back if not."""

    CONNECTED = "connected"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    IDLE = "idle"


class Phase(StrEnum):
    """Where in a transaction a message belongs."""

    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """What a driver held to the reader: the text, and OCPP 2.x's type of it.

    `vehicle` is what the charger adds of the vehicle: its EVCCID or MAC address.
    """

    uid: str
    type: str = ""
    group: str | None = None
    vehicle: str | None = None


@dataclass(frozen=True, slots=True)
class Booted:
    """A station (re)started."""

    facts: BootFacts


@dataclass(frozen=True, slots=True)
class StatusReported:
    """A connector's state; address connector 0 and evse 0 mean the whole station.

    `at` is None when the station sent no usable time.
    """

    address: Address
    state: ConnectorState
    at: datetime | None = None
    error: str | None = None
    vendor_error: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizeAsked:
    """A driver wants to charge with this token."""

    token: PresentedToken


@dataclass(frozen=True, slots=True)
class TransactionReported:
    """Anything a station says about a transaction, in all versions.

    1.6: StartTransaction is STARTED without `transaction` (we choose the number), MeterValues is
    UPDATED, StopTransaction is ENDED. 2.x: one TransactionEvent each; `transaction` is the
    station's. `raw` is the message's payload as received (JSON text).
    """

    phase: Phase
    at: datetime
    raw: str
    transaction: str | None = None
    address: Address | None = None
    readings: tuple[Reading, ...] = ()
    token: PresentedToken | None = None
    seq_no: int | None = None
    offline: bool = False
    remote_start: int | None = None
    reservation: str | None = None
    activity: Activity | None = None
    stop_reason: str | None = None
    trigger: str | None = None
    cost: ChargerCost | None = None
    limit: TransactionLimit | None = None
