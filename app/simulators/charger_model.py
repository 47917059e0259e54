"""What a simulated charger is made of: its clock, its outlets, and a transaction with its meter.

`speed` lets energy and state of charge run faster than real time. Message timestamps stay real,
unless the charger is given a moment in the past to start from: then they run `speed` times as
fast from there until they have caught up with real time, so that none ever lies in the future.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import uuid4

ChargingState = Literal["EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle"]
"""OCPP 2.x's words; 1.6's connector states are derived from them."""

StopReason = Literal[
    "Local",
    "Remote",
    "EVDisconnected",
    "DeAuthorized",
    "EmergencyStop",
    "EnergyLimitReached",
    "TimeLimitReached",
    "SOCLimitReached",
    "LocalOutOfCredit",
    "PowerLoss",
    "Reboot",
    "HardReset",
    "SoftReset",
    "UnlockCommand",
    "Other",
]
"""The union of 1.6's reasons and 2.x's; each dialect maps those it does not have."""


def utc_now() -> datetime:
    """Real time."""
    return datetime.now(UTC)


class ChargerClock:
    """The charger's own time; `starting` None means real time."""

    def __init__(self, *, speed: float, starting: datetime | None) -> None:
        self._speed = speed
        self._starting = starting
        self._switched_on = utc_now()

    def now(self) -> datetime:
        """Never later than real time."""
        real = utc_now()
        if self._starting is None:
            return real
        return min(real, self._starting + (real - self._switched_on) * self._speed)


@dataclass
class Transaction:
    """One charging process as the charger knows it; registers in Wh."""

    evse: int
    token: str
    token_kind: str
    begun_at: datetime
    begin_wh: Decimal
    id: str = field(default_factory=lambda: str(uuid4()))
    number: int | None = None
    """OCPP 1.6's transactionId; None until the management system has answered the start."""
    remote_start: int | None = None
    state: ChargingState = "EVConnected"
    power_kw: Decimal = Decimal(0)
    soc: Decimal | None = None
    delivering: bool = True
    """False once stopped while the cable still holds a 2.x transaction open."""
    sequence: int = 0
    evse_told: bool = False
    end_wh: Decimal | None = None
    ended_at: datetime | None = None
    stop_reason: StopReason | None = None
    reservation: int | None = None
    """The number of the reservation that it began on, until that was told."""
    limits: dict[int, Any] = field(default_factory=dict)
    """Charging profiles by number; what they do is in `charger_limits`."""
    most: dict[str, Any] = field(default_factory=dict)
    """2.1's transactionLimit, as the management system told it."""
    answers: list[dict[str, object]] = field(default_factory=list)
    """Every answer to a transaction message, e.g. with the running cost in 2.x."""

    def next_sequence(self) -> int:
        """2.x seqNo, from 0."""
        self.sequence += 1
        return self.sequence - 1


@dataclass(frozen=True)
class Reservation:
    """For whom an outlet is kept free, and until when; `number` is the server's."""

    number: int
    token: str
    group: str | None
    until: datetime


@dataclass
class Outlet:
    """One EVSE with its one connector; `register_wh` is the meter's lifetime register."""

    number: int
    register_wh: Decimal
    operative: bool = True
    plugged: bool = False
    fault: str | None = None
    transaction: Transaction | None = None
    ready_token: tuple[str, str, int | None] | None = None
    """Authorised before the cable was in: token, its kind, remote start id."""
    brought: tuple[str | None, dict[str, Any] | None] = (None, None)
    """The charging profile that came with the last remote start, and the token it is for."""
    told_status: str | None = None
    reservation: Reservation | None = None

    def flow(self, real: timedelta, *, power_w: Decimal, speed: float) -> None:
        """Charges for a stretch of real time; does nothing unless power is flowing."""
        running = self.transaction
        if running is None or running.state != "Charging":
            return
        hours = Decimal(str(real.total_seconds() * speed)) / 3600
        delivered = (power_w * hours).quantize(Decimal("0.1"))
        self.register_wh += delivered
        if running.soc is not None:
            capacity_wh = Decimal(60_000)
            running.soc = min(Decimal(100), running.soc + delivered / capacity_wh * 100)
            if running.soc >= 100:  # noqa: PLR2004  # per cent
                running.power_kw = Decimal("0.4")


@dataclass(frozen=True)
class Reading:
    """One meter reading: register in Wh, power in W, state of charge in per cent or None."""

    at: datetime
    register_wh: Decimal
    power_w: Decimal
    soc: Decimal | None
    context: Literal["Sample.Periodic", "Transaction.Begin", "Transaction.End", "Trigger"] = (
        "Sample.Periodic"
    )


def wire_time(at: datetime) -> str:
    """`2026-11-21T10:00:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
