"""All published places in the memory of one process, no older than the last look at the changes.

The first who looks reads every place; from then on what is written is told by the feed of changes
(`store.watch`), whichever process wrote it, and read again: the statuses always, the document only
if it is another one. What is written while everything is read is read again at the end.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from app.domain.tariffs import Tariff
from app.queries.map_facts import Facts, Spot
from app.queries.map_filters import Lenses, Wanted
from app.queries.map_grid import Counted, Grid, Look, Sums, cell_key
from app.queries.map_rect import BASE, TOP, Rect, level_of
from app.queries.map_search import Found, TextIndex
from app.store.map_rows import MapRow
from app.store.nouns import Noun
from app.store.transaction import Store

AT_ONCE = 250
BREATH = 25
"""After so many places others get their turn."""

FEW = 40
"""So many places in view are shown one by one, however close they are."""

MOST_SHOWN = 500
EVERYTHING = Wanted()


class MapIndex:
    """The places of one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._ready = self._missed = False
        self._pending: set[str] = set()
        self._pending_tariffs: set[str] = set()
        self.edition = 0
        self._empty()
        store.watch.follow({Noun.LOCATION, Noun.PLACE}, self._places_changed)
        store.watch.follow({Noun.TARIFF, Noun.PRICE}, self._tariffs_changed)

    def _empty(self) -> None:
        self._tariffs: dict[str, Tariff] = {}
        self._named: set[str] = set()
        self._facts = Facts(self._tariffs.get)
        self._spots: dict[str, Spot] = {}
        self._grid = Grid()
        self._texts = TextIndex()
        self._texts.postpone()
        self._lenses = Lenses()
        self.edition += 1

    def __len__(self) -> int:
        return len(self._spots)

    def spot(self, key: str) -> Spot | None:
        """A place by its key."""
        return self._spots.get(key)

    async def look(self) -> None:
        """On return nothing here is older than what was committed before."""
        await self._store.watch.look()
        while not self._ready:
            async with self._lock:
                if not self._ready:
                    await self._load()

    async def _load(self) -> None:
        self._missed = False
        self._empty()
        self._pending.clear()
        self._pending_tariffs.clear()
        created, more = 0, True
        while more:
            async with self._store.reading() as tx:
                rows = await tx.map_rows.after(created, most=AT_ONCE)
            await self._take(rows)
            created = max((row.created for row in rows), default=created)
            more = len(rows) == AT_ONCE
        while self._pending or self._pending_tariffs:
            keys, self._pending = self._pending, set()
            tariffs, self._pending_tariffs = self._pending_tariffs, set()
            await self._read_places(keys)
            await self._read_tariffs(tariffs)
        self._ready = not self._missed

    async def _places_changed(self, keys: frozenset[str] | None) -> None:
        if keys is None:
            self._ready, self._missed = False, True
        elif self._ready:
            await self._read_places(keys)
        else:
            self._pending |= keys

    async def _tariffs_changed(self, keys: frozenset[str] | None) -> None:
        if keys is not None and self._ready:
            await self._read_tariffs(keys)
        elif keys is not None:
            self._pending_tariffs |= keys

    async def _read_places(self, keys: Iterable[str]) -> None:
        for some in _portions(sorted(keys)):
            async with self._store.reading() as tx:
                rows = await tx.map_rows.of(some)
            for gone in set(some) - {row.key for row in rows}:
                self._drop(gone)
            await self._take(rows)

    async def _read_tariffs(self, keys: Iterable[str]) -> None:
        known = frozenset(keys) & self._named
        for some in _portions(sorted(known)):
            async with self._store.reading() as tx:
                found = await tx.map_rows.tariffs(some)
            for key in some:
                self._tariffs.pop(key, None)
            self._tariffs |= found
        if known:
            self._facts.stale(known)
            self.edition += 1

    async def _take(self, rows: Sequence[MapRow]) -> None:
        """Put what was read in its place."""
        for number, row in enumerate(rows):
            spot = self._spots.get(row.key)
            if not row.publish:
                self._drop(row.key)
            elif spot is not None and spot.text == hash(row.document):
                self._recount(spot, row)
            else:
                self._replace(row)
                if number % BREATH == BREATH - 1:
                    await asyncio.sleep(0)
        await self._learn_prices(rows)

    def _recount(self, spot: Spot, row: MapRow) -> None:
        before = spot.all
        spot.count(row.statuses)
        if not before.total:
            self._show(spot)
        elif not spot.all.total:
            self._hide(spot)
        else:
            self._grid.touch(spot)

    def _replace(self, row: MapRow) -> None:
        self._drop(row.key)
        spot = self._facts.spot(row.location(), hash(row.document))
        spot.count(row.statuses)
        self._spots[row.key] = spot
        if spot.all.total:
            self._show(spot)

    def _show(self, spot: Spot) -> None:
        self._grid.add(spot)
        self._texts.add(spot)

    def _hide(self, spot: Spot) -> None:
        self._grid.remove(spot)
        self._texts.remove(spot)

    def _drop(self, key: str) -> None:
        spot = self._spots.pop(key, None)
        if spot is not None and spot.all.total:
            self._hide(spot)

    async def _learn_prices(self, rows: Sequence[MapRow]) -> None:
        """Read the tariffs that were not named before."""
        spots = (self._spots.get(row.key) for row in rows)
        named = {
            key
            for spot in spots
            if spot is not None
            for plugs in spot.profile.models
            for plug in plugs
            for key in plug.tag.keys
        }
        new = named - self._named
        self._named |= new
        if new:
            await self._read_tariffs(new)

    def view(
        self, rect: Rect, wanted: Wanted, now: datetime, *, zoom: int | None = None
    ) -> tuple[list[Counted], list[Sums]]:
        """What is in view: places one by one, and the clusters of those that stand too close."""
        lens = self._lenses.get(wanted, now, self.edition)
        look = Look(rect, lambda spot: lens.counted(spot, now), lens.memo)
        level = level_of(rect, zoom)
        groups = self._groups(look, level)
        while len(groups) > MOST_SHOWN and level > TOP:
            level -= 1
            groups = self._groups(look, level)
        if sum(group.places for group in groups) <= FEW:
            return list(self._grid.each(look)), []
        alone = [group.one for group in groups if group.places == 1 and group.one is not None]
        return alone, [group for group in groups if group.places > 1]

    def _groups(self, look: Look, level: int) -> list[Sums]:
        if level <= BASE:
            return list(self._grid.within(look, level).values())
        found: dict[int, Sums] = {}
        for spot, count in self._grid.each(look):
            found.setdefault(cell_key(spot, level), Sums()).add(spot, count)
        return list(found.values())

    def find(self, text: str) -> list[Found]:
        """The places that a text means, in no order."""
        return self._texts.find(text)


def _portions(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE))
