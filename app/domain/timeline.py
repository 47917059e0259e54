"""A session's timeline: the points it consists of, and the slices its price is computed from.

Idle time is only what the vehicle causes: SUSPENDED_EV, and being plugged in after charging ended.
A station that holds energy back (SUSPENDED_EVSE) and the wait before the first energy are charging
time, and where a station never says what the vehicle does, nobody pays for idling on a guess.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from app.domain.bills import Slice, SliceKind
from app.domain.cuts import Bounds, clock, wall_marks
from app.domain.excuses import waived
from app.domain.points import Point
from app.domain.sessions import Session
from app.domain.stations import Activity
from app.domain.units import NO_ENERGY, Ampere, Kw, Kwh

_Bound = TypeVar("_Bound", Kw, Ampere)


def slices(session: Session, until: datetime) -> tuple[Slice, ...]:
    """The session from its start to its end, or to `until` while it is running; never empty.

    A reservation comes first, from the charger's yes to the session's start, or to the end when
    nobody came. Points that go back in time or in energy count as standing still.
    """
    if session.reserved_at is None:
        return _charged(session, until)
    unused = session.own and not session.timeline
    kept_until = max(
        session.ended_at or until if unused else session.started_at, session.reserved_at
    )
    kept = Slice(session.reserved_at, kept_until, SliceKind.RESERVATION, NO_ENERGY)
    return (kept,) if unused else (kept, *_charged(session, until))


def _charged(session: Session, until: datetime) -> tuple[Slice, ...]:
    points = _rising(session)
    end = max(session.ended_at or until, points[-1].at)
    energy = max(session.energy, points[-1].energy)
    last = _at(points[-1], end, energy)
    result = []
    charged = reported = False
    for here, there in pairwise([*points, last]):
        flowed = there.energy - here.energy
        reported = reported or here.activity is Activity.CHARGING
        kind = _kind(here.activity, charged=charged or reported, idle=reported and not flowed)
        charged = charged or bool(flowed)
        if there.at > here.at or flowed:
            result.append(Slice(here.at, there.at, kind, flowed, here.power, here.current))
    parts = tuple(result) or (Slice(end, end, SliceKind.CHARGING, NO_ENERGY),)
    return waived(parts, session.excuses) if session.excuses else parts


def _rising(session: Session) -> list[Point]:
    """The timeline from the session's start on, with time and energy never falling."""
    points = [Point(session.started_at, NO_ENERGY, Activity.CONNECTED)]
    if not session.timeline:
        return [replace(points[0], activity=session.activity)]
    for each in session.timeline:
        before = points[-1]
        at, energy = max(each.at, before.at), max(each.energy, before.energy)
        points.append(each if at is each.at and energy is each.energy else _at(each, at, energy))
    return points


def _at(point: Point, at: datetime, energy: Kwh) -> Point:
    """The point moved; every price makes some, so without asking which fields there are."""
    return Point(at, energy, point.activity, point.power, point.current)


def _kind(activity: Activity, *, charged: bool, idle: bool) -> SliceKind:
    """What a stretch counts as; `charged` when charging began before, `idle` when it is over."""
    if activity is Activity.SUSPENDED_EV:
        return SliceKind.PARKING
    if activity is Activity.IDLE and charged:
        return SliceKind.PARKING
    if activity is Activity.CONNECTED and idle:
        return SliceKind.PARKING
    return SliceKind.CHARGING


def extend(session: Session, point: Point, bounds: Bounds) -> tuple[Point, ...]:
    """The session's timeline with one more point, without those that no price depends on.

    `bounds` are the tariff's (`plans.bounds_of`). The last point so far is dropped when it shows
    the same activity as the one before it and no bound lies between that one and the new point;
    so a long session keeps a handful of points and the same price to the last digit.
    """
    return with_point(session, session.timeline, point, bounds=bounds)


def condensed(session: Session, bounds: Bounds) -> Session:
    """The session with those points only that a price under these bounds depends on.

    An excuse looks at each stretch by itself, so with one all points stay.
    """
    if session.excuses or len(session.timeline) < 3:  # noqa: PLR2004 - the first and the last
        return session
    timeline: tuple[Point, ...] = ()
    for point in session.timeline:
        timeline = with_point(session, timeline, point, bounds=bounds)
    return replace(session, timeline=timeline)


def with_point(
    session: Session, timeline: tuple[Point, ...], point: Point, *, bounds: Bounds
) -> tuple[Point, ...]:
    """The same of another timeline of this session."""
    if len(timeline) < 2:  # noqa: PLR2004 - the first and the last point always stay
        return (*timeline, point)
    first, middle = timeline[-2:]
    if _is_redundant(session, (first, middle, point), bounds):
        powers = [each.power for each in (first, middle) if each.power is not None]
        timeline = (*timeline[:-2], replace(first, power=max(powers, default=None)))
    return (*timeline, point)


def _is_redundant(session: Session, three: tuple[Point, Point, Point], bounds: Bounds) -> bool:
    first, middle, last = three
    return (
        first.activity is middle.activity
        and _reads_alike(first, middle, last)
        and first.at <= middle.at <= last.at
        and first.energy <= middle.energy <= last.energy
        and _same_band(bounds.powers, first.power, middle.power)
        and _same_band(bounds.currents, first.current, middle.current)
        and not _crosses(session, first, last, bounds)
    )


def _reads_alike(first: Point, middle: Point, last: Point) -> bool:
    """Whether both stretches are charging time or both idle time, where energy decides on that."""
    flows = middle.energy > first.energy, last.energy > middle.energy
    if first.activity is Activity.CONNECTED:
        return flows[0] is flows[1]
    if first.activity is Activity.IDLE:
        return bool(first.energy) or not any(flows)
    return True


def _same_band(bands: Sequence[_Bound], one: _Bound | None, other: _Bound | None) -> bool:
    """Whether no power or current bound of the tariff tells the two values apart."""
    if one is None or other is None:
        return not bands
    return bisect_right(bands, one) == bisect_right(bands, other)


def _crosses(session: Session, first: Point, last: Point, bounds: Bounds) -> bool:
    """Whether a duration, an energy threshold or a local time lies between two points."""
    begin = session.started_at
    return (
        any(first.at < begin + each < last.at for each in bounds.durations)
        or any(first.energy.value < each <= last.energy.value for each in bounds.thresholds)
        or (
            bool(bounds.times)
            and bool(wall_marks(bounds.times, clock(session.zone), first.at, last.at))
        )
    )
