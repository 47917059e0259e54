"""Chargers: who may connect, what they say of themselves, and what their connectors show."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.stations import Booted, Credentials, Noted, StatusReported
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.batch import Batch
from app.store.transaction import Store
from app.use_cases.live import Layout, LiveStation
from app.use_cases.sessions import Sessions

__all__ = [
    "BootAnswer", "BootVerdict", "Layout", "LiveStation", "StationRules", "Stations",
]  # fmt: skip


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
    """An operator's choices; `accept_unknown` lets any charger in, as one of `default_party`."""

    accept_unknown: bool
    default_party: PartyId
    heartbeat_s: int = 300


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
        raise NotImplementedError

    async def connect(
        self, station_id: str, credentials: Credentials | None, *, protocol: str, node: str
    ) -> LiveStation:
        """A charger knocks; raises NotFound or Unauthenticated.

        The charger's row then names this node, and its epoch is one higher.
        """
        raise NotImplementedError

    async def disconnect(self, live: LiveStation) -> None:
        """The socket is gone; nothing happens if the charger has connected elsewhere since."""
        raise NotImplementedError

    async def boot(self, live: LiveStation, message: Booted) -> BootAnswer:
        """Note what the charger is, and say whether it may take part."""
        raise NotImplementedError

    async def status(self, live: LiveStation, message: StatusReported) -> None:
        """A connector's state: moves its EVSE's status and its session's activity."""
        raise NotImplementedError

    async def heard(self, live: LiveStation) -> None:
        """A sign of life; written with the others once a minute."""
        raise NotImplementedError

    async def note(self, live: LiveStation, message: Noted) -> None:
        """Keep a notice."""
        raise NotImplementedError

    async def register(self, station_id: str, party: PartyId, password: str | None = None) -> str:
        """A new charger (or a new password for one); gives the password, random if none is given.

        Raises AlreadyExists when the charger is another operator's.
        """
        raise NotImplementedError

    async def watch(self) -> None:
        """Periodic, in every process with sockets: write signs of life, close what has ended."""
        raise NotImplementedError

    async def watch_offline(self) -> None:
        """Periodic, in one process: EVSEs of chargers not seen for two minutes are UNKNOWN."""
        raise NotImplementedError
