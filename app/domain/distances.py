"""How far two places are from each other, near enough for a driver who looks for another one.

A degree of longitude shrinks with the cosine of the latitude, taken by Bhaskara's formula, which
is right to 0.2 percent and exact at the equator, at 60 degrees and at the poles.
"""

from decimal import Decimal
from math import isqrt

from app.domain.locations import GeoPoint

SCALE = Decimal(10_000_000)
METRES_PER_DEGREE = 111_195
"""Of latitude, on a sphere of the Earth's mean radius."""

COSINE_ONE = 10_000
_HALF_TURN = 180 * 10_000_000
_WHOLE_TURN = 2 * _HALF_TURN


def scaled(degrees: Decimal) -> int:
    """Degrees in whole ten-millionths, which is about a centimetre."""
    return int(degrees * SCALE)


def cosine(latitude: Decimal) -> int:
    """The cosine of a latitude in ten-thousandths."""
    square = min(abs(latitude), Decimal(90)) ** 2
    return int(COSINE_ONE * (32400 - 4 * square) / (32400 + square))


def metres(one: GeoPoint, other: GeoPoint) -> int:
    """The way between two points as the crow flies, the short way round the Earth."""
    north = scaled(other.latitude) - scaled(one.latitude)
    east = scaled(other.longitude) - scaled(one.longitude)
    east = (east + _HALF_TURN) % _WHOLE_TURN - _HALF_TURN
    east = east * cosine((one.latitude + other.latitude) / 2) // COSINE_ONE
    return isqrt(north * north + east * east) * METRES_PER_DEGREE // int(SCALE)
