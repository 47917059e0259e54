"""Where a point lies in the square of Web Mercator, which is what maps on screens are cut of."""

from decimal import Decimal
from math import asinh, floor, pi, radians, tan

from app.domain.distances import SCALE, scaled

BITS = 24
SIDE = 1 << BITS
HALF = scaled(Decimal(180))
EDGE = radians(85.0511)


def xy_of(latitude: int, longitude: int) -> tuple[int, int]:
    """The place of a point, degrees times 1e7, in Mercator's square or at its edge."""
    turn = radians(latitude / int(SCALE))
    y = (1 - asinh(tan(max(-EDGE, min(EDGE, turn)))) / pi) / 2
    x = (longitude + HALF) * SIDE // (2 * HALF)
    return min(SIDE - 1, max(0, x)), min(SIDE - 1, max(0, floor(y * SIDE)))
