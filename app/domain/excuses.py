"""Parking that nobody is to blame for: while a cable cannot be unlocked, idle time costs nothing.

Source: product, failure journeys, "cable stuck".
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.bills import Slice, SliceKind
from app.domain.units import NO_ENERGY

LASTS = timedelta(minutes=15)
"""How long one failed attempt excuses; whoever is still stuck tries again."""


@dataclass(frozen=True, slots=True)
class Excuse:
    """From the first attempt that failed until one works, or nobody tries any more."""

    start: datetime
    end: datetime


def failed(excuses: tuple[Excuse, ...], at: datetime) -> tuple[Excuse, ...]:
    """An attempt to unlock failed."""
    if excuses and at <= excuses[-1].end:
        longer = replace(excuses[-1], end=max(excuses[-1].end, at + LASTS))
        return (*excuses[:-1], longer)
    return (*excuses, Excuse(at, at + LASTS))


def worked(excuses: tuple[Excuse, ...], at: datetime) -> tuple[Excuse, ...]:
    """The cable is free: from now on it is the driver's time again."""
    if not excuses or at >= excuses[-1].end:
        return excuses
    last = replace(excuses[-1], end=max(at, excuses[-1].start))
    return (*excuses[:-1], last)


def waived(parts: tuple[Slice, ...], excuses: tuple[Excuse, ...]) -> tuple[Slice, ...]:
    """The slices of a session, with parking under an excuse set apart."""
    return tuple(piece for part in parts for piece in _pieces(part, excuses))


def _pieces(part: Slice, excuses: tuple[Excuse, ...]) -> Iterator[Slice]:
    if part.kind is not SliceKind.PARKING or part.energy != NO_ENERGY:
        yield part
        return
    at = part.start
    for each in excuses:
        start, end = max(each.start, at), min(each.end, part.end)
        if start >= end:
            continue
        if at < start:
            yield replace(part, start=at, end=start)
        yield replace(part, start=start, end=end, kind=SliceKind.WAIVED)
        at = end
    if at < part.end:
        yield replace(part, start=at)
