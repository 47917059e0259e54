"""The map in cells: for each zoom level what is in each square of it, kept up to date.

Squares are those of Web Mercator, halved from level to level, and a quarter of a tile's width at
their zoom level, which is 64 pixels. What a filter lets through is summed up square by square, the
sums of a square being those of its quarters, and remembered: a change makes anew only the squares
it lies in. Below the deepest level squares are made of its places when somebody looks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.queries.map_facts import WORST, Count, Spot
from app.queries.map_rect import BASE, TOP, Frame, Overlap, Rect, frames_of
from app.queries.mercator import BITS, HALF, SIDE

FAR = 2 * HALF


Counted = tuple[Spot, Count]
Judge = Callable[[Spot], Count | None]
"""What of a place counts, None when nothing does."""


@dataclass(slots=True)
class Sums:
    """Places together: `south` to `east` is where they lie, in degrees times 1e7."""

    places: int = 0
    free: int = 0
    total: int = 0
    rank: int = WORST
    latitudes: int = 0
    longitudes: int = 0
    south: int = FAR
    west: int = FAR
    north: int = -FAR
    east: int = -FAR
    one: Counted | None = None

    def add(self, spot: Spot, count: Count) -> None:
        """One more place."""
        latitude, longitude = spot.latitude, spot.longitude
        self.places += 1
        self.free += count.free
        self.total += count.total
        self.rank = min(self.rank, count.rank)
        self.latitudes += latitude
        self.longitudes += longitude
        self.south, self.north = min(self.south, latitude), max(self.north, latitude)
        self.west, self.east = min(self.west, longitude), max(self.east, longitude)
        self.one = (spot, count)

    def join(self, other: "Sums") -> None:
        """The places of another square."""
        if not other.places:
            return
        self.places += other.places
        self.free += other.free
        self.total += other.total
        self.rank = min(self.rank, other.rank)
        self.latitudes += other.latitudes
        self.longitudes += other.longitudes
        self.south, self.north = min(self.south, other.south), max(self.north, other.north)
        self.west, self.east = min(self.west, other.west), max(self.east, other.east)
        self.one = other.one

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """South, west, north and east of them all."""
        return self.south, self.west, self.north, self.east

    @property
    def middle(self) -> tuple[int, int]:
        """Their mean place."""
        return self.latitudes // self.places, self.longitudes // self.places


NOTHING = Sums()


@dataclass(slots=True, eq=False)
class Cell:
    """A square; `stamp` differs after each change in it. Only the deepest know their places."""

    stamp: int = 0
    size: int = 0
    spots: set[Spot] = field(default_factory=set)


class Memo:
    """The sums that one filter gave, by level and key, with the stamps they are of."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[int, Sums]] = {}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the map: a view through a filter."""

    rect: Rect
    judge: Judge
    memo: Memo


class Grid:
    """All places in their cells."""

    def __init__(self) -> None:
        self._levels: dict[int, dict[int, Cell]] = {n: {} for n in range(TOP, BASE + 1)}
        self._stamp = 0

    def add(self, spot: Spot) -> None:
        """A new place."""
        for level, cells in self._levels.items():
            cell = cells.setdefault(cell_key(spot, level), Cell())
            cell.size += 1
        self._levels[BASE][cell_key(spot, BASE)].spots.add(spot)
        self.touch(spot)

    def remove(self, spot: Spot) -> None:
        """A place that is gone, as it was."""
        self.touch(spot)
        self._levels[BASE][cell_key(spot, BASE)].spots.discard(spot)
        for level, cells in self._levels.items():
            key = cell_key(spot, level)
            cells[key].size -= 1
            if not cells[key].size:
                del cells[key]

    def touch(self, spot: Spot) -> None:
        """Something of a place is another."""
        self._stamp += 1
        for level, cells in self._levels.items():
            cells[cell_key(spot, level)].stamp = self._stamp

    def sums(self, level: int, key: int, judge: Judge, memo: Memo) -> Sums:
        """What a filter lets through of a cell."""
        cell = self._levels[level].get(key)
        if cell is None:
            return NOTHING
        known = memo.known.get((level, key))
        if known is not None and known[0] == cell.stamp:
            return known[1]
        made = Sums()
        if level == BASE:
            for spot in cell.spots:
                count = judge(spot)
                if count is not None:
                    made.add(spot, count)
        else:
            for quarter in quarters(key):
                made.join(self.sums(level + 1, quarter, judge, memo))
        memo.known[level, key] = (cell.stamp, made)
        return made

    def within(self, look: Look, level: int) -> dict[int, Sums]:
        """What a filter lets through of a view, cell by cell; the edges of the view are exact."""
        found: dict[int, Sums] = {}
        frames = frames_of(look.rect)
        for frame in frames:
            for key in self.keys(frame, level):
                if key not in found:
                    found[key] = self._clipped(level, key, frames, look)
        return {key: sums for key, sums in found.items() if sums.places}

    def _clipped(self, level: int, key: int, frames: list[Frame], look: Look) -> Sums:
        """The part of a cell that is in view: whole quarters by what is known of them."""
        overlaps = [frame.overlap(level, key) for frame in frames]
        if Overlap.WHOLE in overlaps:
            return self.sums(level, key, look.judge, look.memo)
        made = Sums()
        if all(each is Overlap.NONE for each in overlaps):
            return made
        if level < BASE:
            for quarter in quarters(key):
                if quarter in self._levels[level + 1]:
                    made.join(self._clipped(level + 1, quarter, frames, look))
            return made
        for spot in self._levels[BASE][key].spots:
            if look.rect.holds(spot):
                count = look.judge(spot)
                if count is not None:
                    made.add(spot, count)
        return made

    def each(self, look: Look) -> Iterator[Counted]:
        """Every place in view that a filter lets through."""
        frames = frames_of(look.rect)
        keys = {key for frame in frames for key in self.keys(frame, TOP)}
        stack = [(TOP, key) for key in keys]
        while stack:
            level, key = stack.pop()
            seen = any(frame.overlap(level, key) is not Overlap.NONE for frame in frames)
            if not seen or not self.sums(level, key, look.judge, look.memo).places:
                continue
            if level < BASE:
                stack += [(level + 1, quarter) for quarter in quarters(key)]
                continue
            for spot in self._levels[BASE][key].spots:
                count = look.judge(spot) if look.rect.holds(spot) else None
                if count is not None:
                    yield spot, count

    def keys(self, frame: Frame, level: int) -> list[int]:
        """The cells between two corners: by counting, or by looking at all, whatever is less."""
        cells = self._levels[level]
        x0, y0, x1, y1 = (edge >> BASE - level for edge in frame.corners)
        if (x1 - x0 + 1) * (y1 - y0 + 1) <= len(cells):
            keys = (x << BITS | y for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))
            return [key for key in keys if key in cells]
        return [k for k in cells if x0 <= k >> BITS <= x1 and y0 <= k & SIDE - 1 <= y1]


def quarters(key: int) -> tuple[int, int, int, int]:
    """The four cells a level below that a cell is made of."""
    x, y = key >> BITS << 1, (key & SIDE - 1) << 1
    return (x << BITS | y, x + 1 << BITS | y, x << BITS | y + 1, x + 1 << BITS | y + 1)


def cell_key(spot: Spot, level: int) -> int:
    """The cell of a place at a level."""
    return (spot.x >> BITS - level) << BITS | spot.y >> BITS - level
