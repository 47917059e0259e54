"""A map's view as a box in degrees, and how much of a square of the map is in it."""

from dataclasses import dataclass
from enum import Enum, auto
from math import floor, log2

from app.queries.map_facts import Spot
from app.queries.mercator import BITS, HALF, SIDE, xy_of

TOP, BASE = 2, 10
"""The levels of squares whose sums are kept: from a quarter of the map's width to a thousandth."""

FINER = 2
"""A cell is two levels below its zoom's tile: a quarter as wide."""

DEEPEST = 20
TILES = 4
"""How many tiles wide a view is taken to be when nobody says its zoom."""

POLE = HALF // 2


@dataclass(frozen=True, slots=True)
class Rect:
    """A view in degrees times 1e7; `west` > `east` crosses the date line."""

    south: int
    west: int
    north: int
    east: int

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The stretches of longitude, from west to east."""
        if self.west <= self.east:
            return [(self.west, self.east)]
        return [(self.west, HALF), (-HALF, self.east)]

    @property
    def zoom(self) -> int:
        """The zoom level at which so wide a view is shown."""
        width = max(1, sum(east - west for west, east in self.spans))
        return max(0, min(DEEPEST, floor(log2(2 * HALF / width)) + TILES // 2))

    def holds(self, spot: Spot) -> bool:
        """Whether a place is in view."""
        if not self.south <= spot.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= spot.longitude <= self.east
        return spot.longitude >= self.west or spot.longitude <= self.east


class Overlap(Enum):
    """How much of a cell is in view."""

    NONE = auto()
    PART = auto()
    WHOLE = auto()


@dataclass(frozen=True, slots=True)
class Frame:
    """A view, or one side of the date line of it, in cells of the deepest level.

    The cells at an edge are in view in part, unless it is the edge of the map itself.
    """

    corners: tuple[int, int, int, int]
    inner: tuple[int, int, int, int]

    def overlap(self, level: int, key: int) -> Overlap:
        """How much of a cell is in view."""
        depth = BASE - level
        west, north = key >> BITS << depth, (key & SIDE - 1) << depth
        more = (1 << depth) - 1
        east, south = west + more, north + more
        x0, y0, x1, y1 = self.corners
        if east < x0 or west > x1 or south < y0 or north > y1:
            return Overlap.NONE
        x0, y0, x1, y1 = self.inner
        inside = x0 <= west and east <= x1 and y0 <= north and south <= y1
        return Overlap.WHOLE if inside else Overlap.PART


def frames_of(rect: Rect) -> list[Frame]:
    """The frames of a view."""
    frames = []
    last = (1 << BASE) - 1
    for west, east in rect.spans:
        x0, y0 = (edge >> BITS - BASE for edge in xy_of(rect.north, west))
        x1, y1 = (edge >> BITS - BASE for edge in xy_of(rect.south, east))
        wide = (west <= -HALF, rect.north >= POLE, east >= HALF, rect.south <= -POLE)
        edges = ((x0, 0, 1), (y0, 0, 1), (x1, last, -1), (y1, last, -1))
        inner = [
            edge if whole and edge == end else edge + step
            for whole, (edge, end, step) in zip(wide, edges, strict=True)
        ]
        frames.append(Frame((x0, y0, x1, y1), (inner[0], inner[1], inner[2], inner[3])))
    return frames


def level_of(rect: Rect, zoom: int | None) -> int:
    """The level of cells for a view: two below its zoom, less if that were too many."""
    wanted = (rect.zoom if zoom is None else zoom) + FINER
    finest = rect.zoom + FINER + 2
    return max(TOP, min(wanted, finest, DEEPEST + FINER))
