"""The power of a session over time, thinned to what a small picture can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.units import Kw, Kwh

MOST = 120
"""How many points a curve has at most."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What was measured at one moment; `energy` since the session's start."""

    at: datetime
    power: Kw | None
    energy: Kwh
    soc: Decimal | None = None


def thinned(points: Sequence[CurvePoint], most: int = MOST) -> tuple[CurvePoint, ...]:
    """At most so many points: of each stretch of time the strongest one and the last one.

    The first and the last point of all are always there.
    """
    if len(points) <= most:
        return tuple(points)
    first, last = points[0], points[-1]
    length = last.at - first.at
    many = most // 2 - 1
    kept: dict[int, tuple[CurvePoint, CurvePoint]] = {}
    for point in points[1:-1]:
        place = min(many - 1, (point.at - first.at) * many // length) if length else 0
        strongest, _ = kept.get(place, (point, point))
        if _watts(point) > _watts(strongest):
            strongest = point
        kept[place] = (strongest, point)
    middle: list[CurvePoint] = []
    for place in sorted(kept):
        strongest, end = kept[place]
        middle += [strongest] if strongest is end else [strongest, end]
    return (first, *middle, last)


def _watts(point: CurvePoint) -> Decimal:
    return Decimal(0) if point.power is None else point.power.value
