"""Small pictures as numbers for SVG attributes: power over time, a bar towards a limit, a ring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.charging import Charging
from app.domain.idle import IdleClock
from app.domain.power_curve import CurvePoint
from app.queries.history import Snapshot
from mobile_api.schemas.values import number

WIDTH, HEIGHT = 300, 56
WHOLE = Decimal(100)
LEAST_POINTS = 2


@dataclass(frozen=True, slots=True)
class Spark:
    """The area under the power, and its upper edge; `peak` is the strongest power in kW."""

    area: str
    line: str
    peak: str


def spark(points: Sequence[CurvePoint]) -> Spark | None:
    """Nothing before there are two points to draw a line between."""
    known = [(p.at, p.power.value) for p in points if p.power is not None]
    if len(known) < LEAST_POINTS or known[-1][0] <= known[0][0]:
        return None
    begin, length = known[0][0], (known[-1][0] - known[0][0]).total_seconds()
    peak = max(power for _, power in known)
    if peak <= 0:
        return None
    line = " ".join(
        f"{WIDTH * (at - begin).total_seconds() / length:.1f},"
        f"{HEIGHT - (HEIGHT - 4) * max(power, Decimal(0)) / peak:.1f}"
        for at, power in known
    )
    return Spark(f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", line, f"{peak:.1f}")


@dataclass(frozen=True, slots=True)
class Bar:
    """How far a session is, in percent: what is done, and where its limit is."""

    done: str
    limit: str
    label: str


def bar(snapshot: Snapshot) -> Bar | None:
    """The battery when it is known, else the way to the driver's nearest limit."""
    session, charging = snapshot.session, snapshot.charging
    if session is None:
        return None
    if session.soc is not None:
        limit = charging.target_soc or WHOLE
        return Bar(f"{session.soc:.0f}", f"{limit:.0f}", f"{session.soc:.0f} %")
    parts = list(_parts(snapshot, charging))
    if not parts:
        return None
    done, label = max(parts)
    return Bar(f"{min(done, WHOLE):.0f}", "100", label)


def _parts(snapshot: Snapshot, charging: Charging) -> Sequence[tuple[Decimal, str]]:
    session, parts = snapshot.session, []
    if session is not None and charging.target_energy:
        share = session.energy.value / charging.target_energy.value * WHOLE
        parts.append((share, f"{session.energy.value:.1f} / {charging.target_energy.value:f} kWh"))
    cost = snapshot.bill.total.due if snapshot.bill and snapshot.bill.is_priced else None
    if cost is not None and charging.target_cost:
        share = cost.amount / charging.target_cost.amount * WHOLE
        parts.append((share, f"{cost} / {charging.target_cost}"))
    return parts


@dataclass(frozen=True, slots=True)
class Ring:
    """The idle clock: `tone` is `calm` while it is free, `soon` near its end, `costs` after it.

    `left` is how much of the ring is still there, in percent. `until` is what it counts down to.
    """

    tone: str
    left: str
    until: datetime | None
    per_minute: str | None
    held: bool
    cap: str | None


SOON_S = 300


def ring(clock: IdleClock | None) -> Ring | None:
    """Only once the vehicle has stopped charging, where staying will cost something."""
    if clock is None or clock.since is None:
        return None
    per = clock.per_minute
    rate = None if per is None else f"{number(per.amount)} {per.currency}"
    cap = None if clock.cap is None else str(clock.cap)
    if clock.running is not None:
        return Ring("costs", "100", clock.running.end, rate, clock.held, cap)
    until = clock.free_until
    if until is None:
        return Ring("calm", "100", None, rate, clock.held, cap)
    whole = max((until - clock.since).total_seconds(), 1)
    left = max((until - clock.now).total_seconds(), 0)
    tone = "soon" if left < SOON_S else "calm"
    return Ring(tone, f"{100 * left / whole:.0f}", until, rate, clock.held, cap)
