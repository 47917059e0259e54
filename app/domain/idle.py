"""The idle clock: until when a vehicle may stay for nothing, what a minute costs then, the cap.

It is read off the tariff by the pieces that price the session, so quiet hours, clock changes and
the tariff's maximum price are those of the bill. Source: product, push catalogue, `idle.…`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.bills import MAX_PRICE, Bill, Slice, SliceKind
from app.domain.charging_triggers import NoticeKind
from app.domain.cuts import cut
from app.domain.money import Money
from app.domain.plans import DIMENSIONS, Plan
from app.domain.price_lines import shown_price
from app.domain.pricing import price
from app.domain.sessions import Session
from app.domain.tariffs import Dimension, Tariff
from app.domain.timeline import slices
from app.domain.units import NO_ENERGY

HORIZON = timedelta(hours=24)
EARLY = timedelta(minutes=15)
LATE = timedelta(minutes=5)
AGAIN = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

PARKED = frozenset({SliceKind.PARKING, SliceKind.WAIVED})
_IDLE = DIMENSIONS[SliceKind.PARKING].index(Dimension.PARKING_TIME)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Idle time that costs `per_minute`."""

    start: datetime
    end: datetime
    per_minute: Money


@dataclass(frozen=True, slots=True)
class IdleClock:
    """Idle time as its driver must know it, at one moment.

    `since` is when the vehicle stopped charging; None while it charges, and the stretches are then
    those after the expected end. `stretches` are when idle time costs something in the next 24
    hours, and did since `since`. `held` tells that an unlock attempt is failing, so that nothing
    is counted. `cap` is the most the whole session costs, `capped_at` when it does.
    """

    now: datetime
    since: datetime | None
    stretches: tuple[Stretch, ...]
    held: bool = False
    cap: Money | None = None
    capped_at: datetime | None = None

    @property
    def running(self) -> Stretch | None:
        """The stretch that costs something now."""
        if self.since is None or self.held or self.is_capped:
            return None
        return next((s for s in self.stretches if s.start <= self.now < s.end), None)

    @property
    def following(self) -> Stretch | None:
        """The next stretch that will cost something."""
        if self.is_capped:
            return None
        return next((s for s in self.stretches if s.start > self.now), None)

    @property
    def free_until(self) -> datetime | None:
        """When idle time begins to cost; None when it does already, or never will."""
        following = self.following
        return None if self.running or following is None else following.start

    @property
    def per_minute(self) -> Money | None:
        """What a minute costs now, or will from `free_until` on."""
        stretch = self.running or self.following
        return None if stretch is None else stretch.per_minute

    @property
    def is_capped(self) -> bool:
        """Whether the session costs all it can."""
        return self.capped_at is not None and self.capped_at <= self.now


def idle_clock(
    session: Session, tariff: Tariff, *, now: datetime, ends: datetime | None = None
) -> IdleClock | None:
    """The idle clock of a session; None where idle time is free for ever.

    `ends` is when charging is expected to end. Without it the clock of a vehicle that charges has
    no stretches.
    """
    plan = Plan.of(tariff)
    if not any(rate.component.price for rate in plan.rates[SliceKind.PARKING][_IDLE]):
        return None
    so_far = slices(session, now + SECOND if session.running else now)
    since = _since(so_far)
    if since is not None:
        ahead = slices(session, now + HORIZON) if session.running else so_far
    elif ends is not None and session.running:
        so_far = slices(session, now)
        begin = max(now, so_far[-1].end)
        ends = max(ends, begin)
        waiting = Slice(begin, ends, SliceKind.CHARGING, NO_ENERGY)
        ahead = (*so_far, waiting, Slice(ends, ends + HORIZON, SliceKind.PARKING, NO_ENERGY))
    else:
        return IdleClock(now, None, (), cap=_cap(tariff))
    begin = since or ends or now
    capped_at = _capped_at(ahead, tariff, session.zone, begin=begin)
    return IdleClock(
        now=now,
        since=since,
        stretches=tuple(_stretches(ahead, plan, tariff, zone=session.zone, begin=begin)),
        held=so_far[-1].kind is SliceKind.WAIVED,
        cap=_cap(tariff),
        capped_at=capped_at,
    )


def _since(parts: Sequence[Slice]) -> datetime | None:
    """When the idle time began that goes on now."""
    since = None
    for part in reversed(parts):
        if part.kind not in PARKED:
            break
        since = part.start
    return since


def _stretches(
    parts: Sequence[Slice], plan: Plan, tariff: Tariff, *, zone: str, begin: datetime
) -> Iterable[Stretch]:
    open_stretch: Stretch | None = None
    for piece in cut(parts, plan.bounds, zone):
        if piece.kind is not SliceKind.PARKING or piece.start < begin:
            continue
        rate = plan.active(piece)[_IDLE]
        if rate is None or not rate.component.price:
            continue
        amount = shown_price(tariff, rate.component, per_minute=True)
        before = open_stretch
        if before is not None and (before.end, before.per_minute) == (piece.start, amount):
            open_stretch = Stretch(before.start, piece.end, amount)
            continue
        if before is not None:
            yield before
        open_stretch = Stretch(piece.start, piece.end, amount)
    if open_stretch is not None:
        yield open_stretch


def _cap(tariff: Tariff) -> Money | None:
    limit = tariff.max_price
    if limit is None:
        return None
    amount = limit.net if limit.gross is None else limit.gross
    return Money(amount, tariff.currency)


def _capped_at(
    parts: tuple[Slice, ...], tariff: Tariff, zone: str, *, begin: datetime
) -> datetime | None:
    """The minute of idle time from which the session costs no more, found by halving."""
    if tariff.max_price is None:
        return None

    def by(at: datetime) -> Bill:
        known = [p if p.end <= at else _ended(p, at) for p in parts if p.start < at]
        return price(known, tariff, zone=zone, currency=tariff.currency)

    low, high = 0, (parts[-1].end - begin) // MINUTE
    most = by(begin + high * MINUTE)
    if most.limit_applied != MAX_PRICE:
        return None
    while low < high:
        middle = (low + high) // 2
        if by(begin + middle * MINUTE).total.due == most.total.due:
            high = middle
        else:
            low = middle + 1
    return begin + low * MINUTE


def _ended(part: Slice, at: datetime) -> Slice:
    return Slice(part.start, at, part.kind, part.energy, part.power, part.current)


Told = tuple[NoticeKind, str]
"""What to tell, and the mark by which it is known to have been told."""


def idle_news(clock: IdleClock | None) -> list[Told]:
    """What a driver should know by now of idle time; each is told once by its mark."""
    if clock is None or clock.held:
        return []
    if clock.is_capped and clock.since is not None and clock.stretches:
        return [(NoticeKind.IDLE_CAP, "idle.cap")]
    running = clock.running
    if running is not None:
        rounds = (clock.now - running.start) // AGAIN
        if rounds:
            return [(NoticeKind.IDLE_RUNNING, f"idle.running:{_name(running)}:{rounds}")]
        return [(NoticeKind.IDLE_STARTED, f"idle.started:{_name(running)}")]
    following = clock.following
    left = None if following is None else following.start - clock.now
    if following is None or left is None or left > EARLY:
        return []
    stage = "late" if left <= LATE else "early"
    nth = 1 + sum(1 for each in clock.stretches if each.start < following.start)
    return [(NoticeKind.IDLE_WARNING, f"idle.warning:{nth}:{stage}")]


def idle_next(clock: IdleClock | None) -> datetime | None:
    """When there will be something to tell that nothing but time brings."""
    if clock is None or clock.since is None or clock.is_capped:
        return None
    moments = [clock.capped_at] if clock.capped_at is not None else []
    running, following = clock.running, clock.following
    if running is not None:
        rounds = (clock.now - running.start) // AGAIN + 1
        moments.append(running.start + rounds * AGAIN)
    if following is not None:
        moments += [following.start - EARLY, following.start - LATE, following.start]
    return min((moment for moment in moments if moment > clock.now), default=None)


def _name(stretch: Stretch) -> str:
    return stretch.start.strftime("%d%H%M")
