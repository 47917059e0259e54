"""The map in cells: for each zoom level what is in each square of it, kept up to date.

Squares are those of Web Mercator, halved from level to level, and a quarter of a tile's width at
their zoom level, which is 64 pixels. The upper levels keep sums that each change of a status is
added to; below the deepest of them squares are made of its places when somebody looks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import floor, log2

from app.queries.map_facts import WORST, Count, Spot
from app.queries.mercator import BITS, HALF, SIDE, xy_of

TOP, BASE = 2, 10
FINER = 2
"""A cell is two levels below its zoom's tile: a quarter as wide."""

DEEPEST = 20
TILES = 4
"""How many tiles wide a view is taken to be when nobody says its zoom."""

MOST_CELLS = 1024


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


@dataclass(slots=True, eq=False)
class Cell:
    """A square's places and their sums."""

    spots: set[Spot] = field(default_factory=set)
    free: int = 0
    total: int = 0
    ranks: list[int] = field(default_factory=lambda: [0] * (WORST + 1))
    latitudes: int = 0
    longitudes: int = 0
    bounds: tuple[int, int, int, int] | None = None

    def add(self, spot: Spot) -> None:
        """One more place."""
        self.spots.add(spot)
        self.latitudes += spot.latitude
        self.longitudes += spot.longitude
        self.bounds = None
        self.count(spot.all, 1)

    def remove(self, spot: Spot) -> None:
        """One place less; it counts as when it came."""
        self.spots.discard(spot)
        self.latitudes -= spot.latitude
        self.longitudes -= spot.longitude
        self.bounds = None
        self.count(spot.all, -1)

    def count(self, count: Count, times: int) -> None:
        """Add a place's count, or take it away."""
        self.free += times * count.free
        self.total += times * count.total
        self.ranks[count.rank] += times

    def cluster(self) -> "Cluster":
        """All of it."""
        if self.bounds is None:
            self.bounds = _bounds(self.spots)
        places = len(self.spots)
        rank = next(rank for rank, number in enumerate(self.ranks) if number)
        middle = (self.latitudes // places, self.longitudes // places)
        return Cluster(places, self.free, self.total, rank, middle, self.bounds)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Many places in one: `middle` and `bounds` (south, west, north, east) are degrees times 1e7.

    `rank` is that of the best status.
    """

    places: int
    free: int
    total: int
    rank: int
    middle: tuple[int, int]
    bounds: tuple[int, int, int, int]


Counted = tuple[Spot, Count]


def cluster_of(members: list[Counted]) -> Cluster:
    """Some places with what counts of each."""
    spots = [spot for spot, _ in members]
    places = len(spots)
    middle = (
        sum(spot.latitude for spot in spots) // places,
        sum(spot.longitude for spot in spots) // places,
    )
    return Cluster(
        places,
        sum(count.free for _, count in members),
        sum(count.total for _, count in members),
        min(count.rank for _, count in members),
        middle,
        _bounds(spots),
    )


def _bounds(spots: Iterable[Spot]) -> tuple[int, int, int, int]:
    latitudes = [spot.latitude for spot in spots]
    longitudes = [spot.longitude for spot in spots]
    return min(latitudes), min(longitudes), max(latitudes), max(longitudes)


class Grid:
    """All places in their cells."""

    def __init__(self) -> None:
        self._levels: dict[int, dict[int, Cell]] = {n: {} for n in range(TOP, BASE + 1)}

    def add(self, spot: Spot) -> None:
        """A new place."""
        for level, cells in self._levels.items():
            cells.setdefault(cell_key(spot, level), Cell()).add(spot)

    def remove(self, spot: Spot) -> None:
        """A place that is gone, as it was."""
        for level, cells in self._levels.items():
            key = cell_key(spot, level)
            cells[key].remove(spot)
            if not cells[key].spots:
                del cells[key]

    def recount(self, spot: Spot, before: Count) -> None:
        """A place's statuses are other ones than before."""
        for level, cells in self._levels.items():
            cell = cells[cell_key(spot, level)]
            cell.count(before, -1)
            cell.count(spot.all, 1)

    def seen(self, rect: Rect, level: int) -> Iterator[tuple[int, Cell, bool]]:
        """The cells in view with their keys, and whether they are in view as a whole."""
        cells = self._levels[level]
        for west, east in rect.spans:
            x0, y0 = (edge >> BITS - level for edge in xy_of(rect.north, west))
            x1, y1 = (edge >> BITS - level for edge in xy_of(rect.south, east))
            wide = west <= -HALF and east >= HALF
            for key in _keys(cells, (x0, y0, x1, y1)):
                x, y = key >> BITS, key & SIDE - 1
                inside = y0 < y < y1 and (wide or x0 < x < x1)
                yield key, cells[key], inside


def cell_key(spot: Spot, level: int) -> int:
    """The cell of a place at a level."""
    return (spot.x >> BITS - level) << BITS | spot.y >> BITS - level


def _keys(cells: dict[int, Cell], corners: tuple[int, int, int, int]) -> list[int]:
    """The keys between two corners: by counting, or by looking at all, whichever is less."""
    x0, y0, x1, y1 = corners
    if (x1 - x0 + 1) * (y1 - y0 + 1) <= len(cells):
        keys = (x << BITS | y for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))
        return [key for key in keys if key in cells]
    return [k for k in cells if x0 <= k >> BITS <= x1 and y0 <= k & SIDE - 1 <= y1]


def level_of(rect: Rect, zoom: int | None) -> int:
    """The level of cells for a view: two below its zoom, less if that were too many."""
    wanted = (rect.zoom if zoom is None else zoom) + FINER
    finest = rect.zoom + FINER + 2
    return max(TOP, min(wanted, finest, DEEPEST + FINER))
