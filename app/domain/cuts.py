"""Cutting a session's slices at every instant at which a tariff may price differently.

A piece never crosses a bound of any restriction: local times (through the zone's own clock
changes), dates, weekdays, durations and energy thresholds. So asking which components apply at
its start answers for all of it. Energy is spread evenly over a slice, and the parts always add up
to the slice exactly.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.domain.bills import Slice, SliceKind
from app.domain.errors import InvalidInput
from app.domain.restrictions import Moment, wall_times
from app.domain.tariffs import Restrictions
from app.domain.units import NO_ENERGY, Ampere, Kw, Kwh, hours, plain, seconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
# Where a slice is cut by time its energy is interpolated to this many kWh, far below any meter.
GRAIN = Decimal("1E-9")

_Bound = TypeVar("_Bound", timedelta, Kwh, Kw, Ampere)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch in which no restriction of the tariff changes; `moment` is its start."""

    start: datetime
    end: datetime
    kind: SliceKind
    energy: Kwh
    power: Kw | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class Bounds:
    """Everywhere a tariff's elements may start or stop to apply."""

    times: tuple[time, ...] = ()
    durations: tuple[timedelta, ...] = ()
    thresholds: tuple[Decimal, ...] = ()
    powers: tuple[Kw, ...] = ()
    currents: tuple[Ampere, ...] = ()

    @classmethod
    def of(cls, restrictions: Iterable[Restrictions]) -> "Bounds":
        """Collect the bounds of many restrictions."""
        every = list(restrictions)
        return cls(
            tuple(sorted({moment for each in every for moment in wall_times(each)})),
            _stated(bound for each in every for bound in (each.min_duration, each.max_duration)),
            tuple(
                threshold.value
                for threshold in _stated(b for each in every for b in (each.min_kwh, each.max_kwh))
            ),
            _stated(bound for each in every for bound in (each.min_power, each.max_power)),
            _stated(bound for each in every for bound in (each.min_current, each.max_current)),
        )


def _stated(bounds: Iterable[_Bound | None]) -> tuple[_Bound, ...]:
    return tuple(sorted({bound for bound in bounds if bound is not None}))


def clock(zone: str) -> ZoneInfo:
    """The clock of an IANA time zone; raises InvalidInput for an unknown name."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise InvalidInput("time_zone", f"{zone!r} is no IANA time zone") from None


def cut(slices: Sequence[Slice], bounds: Bounds, zone: str) -> Iterator[Piece]:
    """The pieces of a session in order; a stretch without time and energy is kept if it is all."""
    local = clock(zone) if bounds.times else None
    marks = wall_marks(bounds.times, local, slices[0].start, slices[-1].end) if local else []
    begins: dict[bool, datetime] = {}
    so_far = Decimal(0)
    for each in slices:
        begin = begins.setdefault(each.kind is SliceKind.RESERVATION, each.start)
        instants = marks[bisect_right(marks, each.start) : bisect_left(marks, each.end)]
        instants += [begin + d for d in bounds.durations if each.start < begin + d < each.end]
        points = [(each.start, Decimal(0)), *_points(each, instants, so_far, bounds.thresholds)]
        for (start, before), (end, after) in pairwise(points):
            moment = Moment(
                local=start.astimezone(local) if local else None,
                energy=Kwh(so_far + before),
                elapsed=start - begin,
                power=_power(each),
                current=_current(each),
            )
            yield Piece(start, end, each.kind, Kwh(after - before), each.power, moment)
        so_far += each.energy.value


def _points(
    each: Slice, instants: list[datetime], so_far: Decimal, thresholds: tuple[Decimal, ...]
) -> list[tuple[datetime, Decimal]]:
    """Where the slice is cut after its start: instants with the energy since the slice's start."""
    total = each.energy.value
    reached = [t - so_far for t in thresholds if so_far < t < so_far + total]
    if not instants and not reached:
        return [(each.end, total)]
    length = each.end - each.start
    cuts = [(instant, _share(each, instant)) for instant in instants]
    cuts += [(each.start + _portion(length, energy, total), energy) for energy in reached]
    points: list[tuple[datetime, Decimal]] = []
    highest = Decimal(0)
    for instant, energy in sorted(set(cuts)):
        highest = max(highest, energy) if total > 0 else energy
        points.append((instant, highest))
    return [*points, (each.end, total)]


def _share(each: Slice, instant: datetime) -> Decimal:
    """The energy of a slice until an instant inside it."""
    part = seconds(instant - each.start) / seconds(each.end - each.start)
    return plain((each.energy.value * part).quantize(GRAIN, ROUND_FLOOR))


def _portion(length: timedelta, energy: Decimal, total: Decimal) -> timedelta:
    """How long it takes, at an even flow, until this much of the total has flowed."""
    return MICROSECOND * (length // MICROSECOND * int(energy / GRAIN) // int(total / GRAIN))


def _power(each: Slice) -> Kw | None:
    if each.power is not None:
        return each.power
    length = each.end - each.start
    return Kw(each.energy.value / hours(length)) if length else None


def _current(each: Slice) -> Ampere | None:
    if each.current is None and each.kind is SliceKind.PARKING and each.energy == NO_ENERGY:
        return Ampere(Decimal(0))
    return each.current


def wall_marks(
    times: Sequence[time], zone: ZoneInfo, start: datetime, end: datetime
) -> list[datetime]:
    """The instants between start and end at which the local clock shows one of the times or jumps.

    A time in the doubled hour is met twice, one in the skipped hour not at all; every change of
    the zone's offset is a mark of its own, since the wall clock may leave or enter a window by it.
    """
    marks = []
    mark = _next_mark(times, zone, start)
    while mark < end:
        marks.append(mark)
        mark = _next_mark(times, zone, mark)
    return marks


def _next_mark(times: Sequence[time], zone: ZoneInfo, after: datetime) -> datetime:
    wall = after.astimezone(zone).replace(tzinfo=None)
    today = [datetime.combine(wall.date(), each) for each in times]
    ahead = min(each if each > wall else each + DAY for each in today) - wall
    offset = after.astimezone(zone).utcoffset()
    if (after + ahead).astimezone(zone).utcoffset() == offset:
        return after + ahead
    return _offset_change(zone, after, after + ahead)


def _offset_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second with another offset than `before`, found by halving."""
    low, high = (before - EPOCH) // SECOND, -((EPOCH - after) // SECOND)
    offset = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if (EPOCH + middle * SECOND).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return EPOCH + high * SECOND
