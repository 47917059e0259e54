"""How far a session is and how it will end: limits, outlook, idle time, power, another charger."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import Field

from app.domain.charging import Charging, ChargingState
from app.domain.charging_triggers import RULES
from app.domain.commands import CommandState
from app.domain.elsewhere import Elsewhere
from app.domain.idle import IdleClock
from app.domain.money import Money
from app.domain.outlook import Bound, Outlook
from app.domain.power_curve import CurvePoint
from app.domain.units import Kwh
from app.queries.history import Snapshot
from app.use_cases.charging_wishes import SessionLimits
from mobile_api.schemas.values import MoneyOut, Shape, number, shown


class LimitsIn(Shape):
    """Where to stop: the first limit that is reached counts. Null takes one away."""

    target_kwh: Decimal | None = Field(None, gt=0, le=500, max_digits=7, decimal_places=3)
    target_minutes: int | None = Field(None, gt=0, le=1440)
    target_minor: int | None = Field(None, gt=0, le=100_000_000)
    target_soc: int | None = Field(None, gt=0, le=100)

    def over(self, charging: Charging) -> SessionLimits:
        """The session's limits with those named here in their place."""
        named, currency = self.model_fields_set, charging.currency
        energy, time = charging.target_energy, charging.target_time
        cost, soc = charging.target_cost, charging.target_soc
        if "target_kwh" in named:
            energy = None if self.target_kwh is None else Kwh(self.target_kwh)
        if "target_minutes" in named:
            minutes = self.target_minutes
            time = None if minutes is None else timedelta(minutes=minutes)
        if "target_minor" in named:
            minor = self.target_minor
            cost = None if minor is None else Money.from_minor(minor, currency)
        if "target_soc" in named:
            soc = None if self.target_soc is None else Decimal(self.target_soc)
        return SessionLimits(energy=energy, time=time, cost=cost, soc=soc)


class LimitsOut(Shape):
    """Where the session stops; what is null does not stop it. The hold always does."""

    energy_kwh: str | None
    minutes: int | None
    cost: MoneyOut | None
    soc: str | None

    @classmethod
    def of(cls, charging: Charging) -> "LimitsOut":
        """The driver's own limits."""
        energy, time = charging.target_energy, charging.target_time
        return cls(
            energy_kwh=None if energy is None else number(energy.value),
            minutes=None if time is None else int(time.total_seconds() // 60),
            cost=shown(charging.target_cost),
            soc=number(charging.target_soc),
        )


class AheadOut(Shape):
    """How the session will end as things are: what stops it, when, with how much and at what cost.

    `cost` is null at a partner's charger, whose CPO alone can tell.
    """

    bound: Bound
    ends_at: datetime
    energy_kwh: str
    cost: MoneyOut | None

    @classmethod
    def of(cls, ahead: Outlook | None) -> "AheadOut | None":
        """Nothing while no energy flows."""
        if ahead is None:
            return None
        return cls(
            bound=ahead.bound,
            ends_at=ahead.ends_at,
            energy_kwh=number(ahead.energy.value) or "0",
            cost=shown(ahead.cost),
        )


class IdleOut(Shape):
    """The clock of idle time, where idling costs something.

    `since` is when the vehicle stopped charging; while it charges the times are what is expected.
    `running` tells that a minute costs `per_minute` now, `held` that nothing is counted because
    the cable cannot be unlocked. `cap` is the most the whole session costs, `capped_at` when it
    does.
    """

    since: datetime | None
    running: bool
    held: bool
    free_until: datetime | None
    costs_until: datetime | None
    per_minute: str | None
    currency: str
    cap: MoneyOut | None
    capped_at: datetime | None

    @classmethod
    def of(cls, clock: IdleClock | None, currency: str) -> "IdleOut | None":
        """Nothing where idling is free for ever."""
        if clock is None:
            return None
        running, rate = clock.running, clock.per_minute
        return cls(
            since=clock.since,
            running=running is not None,
            held=clock.held,
            free_until=clock.free_until,
            costs_until=None if running is None else running.end,
            per_minute=None if rate is None else number(rate.amount),
            currency=currency,
            cap=shown(clock.cap),
            capped_at=clock.capped_at,
        )


class ElsewhereOut(Shape):
    """A free connector of the same plug; `here` when it is at the same location."""

    party: str
    location_id: str
    evse_uid: str
    connector_id: str
    name: str
    label: str
    power_kw: str
    distance_m: int
    here: bool

    @classmethod
    def of(cls, best: Elsewhere) -> "ElsewhereOut":
        """As the phone shows it."""
        return cls(
            party=best.party,
            location_id=best.location_id,
            evse_uid=best.evse_uid,
            connector_id=best.connector_id,
            name=best.name,
            label=best.label,
            power_kw=number(best.power_kw) or "0",
            distance_m=best.distance_m,
            here=best.here,
        )


class CurvePointOut(Shape):
    """What was measured at one moment."""

    at: datetime
    power_kw: str | None
    energy_kwh: str
    soc: str | None


class CurveOut(Shape):
    """The power over time, in at most 120 points, the oldest first."""

    points: list[CurvePointOut]

    @classmethod
    def of(cls, points: Sequence[CurvePoint]) -> "CurveOut":
        """As the phone draws it."""
        return cls(
            points=[
                CurvePointOut(
                    at=point.at,
                    power_kw=None if point.power is None else number(point.power.value),
                    energy_kwh=number(point.energy.value) or "0",
                    soc=number(point.soc),
                )
                for point in points
            ]
        )


def estimate_of(snapshot: Snapshot) -> MoneyOut | None:
    """What the session will probably cost: as things are, else as the quote said."""
    ahead, charging = snapshot.ahead, snapshot.charging
    if charging.ended or snapshot.final:
        return None
    return shown(ahead.cost if ahead is not None and ahead.cost is not None else charging.estimate)


def progress_fields(snapshot: Snapshot) -> dict[str, Any]:
    """The part of a session's picture that is about time and what comes."""
    charging, session = snapshot.charging, snapshot.session
    until = None if session is None else session.ended_at or snapshot.as_of
    best = snapshot.elsewhere
    heard = session.last_updated if session is not None else charging.state_since
    return {
        "elapsed_s": session and until and _seconds(until - session.started_at),
        "data_age_s": _seconds(snapshot.as_of - heard),
        "interrupted": charging.state is ChargingState.INTERRUPTED,
        "plug_in_until": _plug_in_until(charging),
        "limits": LimitsOut.of(charging),
        "ahead": AheadOut.of(snapshot.ahead),
        "idle": IdleOut.of(snapshot.idle, charging.currency),
        "unlock": _unlock(snapshot),
        "elsewhere": None if best is None else ElsewhereOut.of(best),
    }


def _seconds(length: timedelta) -> int:
    return max(0, int(length.total_seconds()))


def _plug_in_until(charging: Charging) -> datetime | None:
    waits = charging.state is ChargingState.AWAITING_PLUG
    return charging.state_since + RULES.plug_window if waits else None


def _unlock(snapshot: Snapshot) -> str | None:
    command = snapshot.unlock
    if command is None:
        return None
    if command.state is not CommandState.SETTLED or command.outcome is None:
        return "asked"
    return "unlocked" if command.outcome.accepted else "failed"
