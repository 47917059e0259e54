"""Lists of our objects kept in memory: their order and visibility, and their ready-made words.

A shelf holds an entry for each object that partners may see, in the order of creation, and with it
the object's text in each version that somebody asked for. What a look at the feed of changes names
is indexed anew and loses its words; the next page that shows it makes them again, of it alone.
Objects are read only for words that are missing.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.queries.pages import Page, Slice
from app.store.nouns import Noun
from app.store.repository import Indexed, Place
from app.store.transaction import Store, Transaction

T = TypeVar("T")
S_co = TypeVar("S_co", covariant=True)

ROOM = 256 * 1024 * 1024
"""Bytes of words that all shelves of a process keep; what has no room is made for each page."""

VIEWS = 64
AT_ONCE = 500


class Shelved(Protocol[S_co]):
    """A repository whose objects can stand on a shelf."""

    async def index(self, keys: Sequence[str] | None = None) -> Sequence[Indexed]:
        """What partners may see (of these), in no order."""
        ...

    async def shown(self, keys: Sequence[str]) -> Mapping[str, S_co]:
        """The objects of these keys that partners may see."""
        ...


Words = dict[str, bytes | None]
"""By version; None where the version has none for the object, empty when there was no room."""


@dataclass(slots=True, eq=False)
class Entry:
    """An object on a shelf. Whoever fills `words` has to take hold of them when it looks.

    `unsaid` names versions that are known to have no words for it, between commas.
    """

    key: str
    place: Place
    party: str
    moment: datetime
    unsaid: str = ""
    words: Words = field(default_factory=dict)


class Room:
    """Counts the bytes that are kept."""

    def __init__(self, size: int = ROOM) -> None:
        self._free = size

    def take(self, size: int) -> bool:
        """Whether there is room for so many bytes, which then are taken."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def give_back(self, words: Words) -> None:
        """These words are kept no longer."""
        self._free += sum(len(text) for text in words.values() if text)


@dataclass(slots=True)
class _View:
    stamp: int
    entries: Sequence[Entry]


class Shelf(Generic[T]):
    """One noun of one process; nothing on it is older than the last look."""

    def __init__(
        self,
        store: Store,
        noun: Noun,
        repository: Callable[[Transaction], Shelved[T]],
        room: Room,
    ) -> None:
        self._store = store
        self._repository = repository
        self._room = room
        self._entries: dict[str, Entry] | None = None
        self._order: list[Entry] = []
        self._members = 0
        self._changes = 0
        self._views: OrderedDict[object, _View] = OrderedDict()
        store.watch.follow({noun}, self._refresh)

    async def entries(
        self, ours: Sequence[PartyId], page: Page, *, version: str = ""
    ) -> Sequence[Entry]:
        """Everything that matches, whatever page of it is asked for, in order.

        With a `version` without what is known to be unsaid in it.
        """
        if self._entries is None:
            async with self._store.watch.still():
                if self._entries is None:
                    await self._load()
        dated = page.changed_from is not None or page.changed_before is not None
        stamp = self._changes if dated else self._members
        name = (tuple(ours), page.changed_from, page.changed_before, version)
        view = self._views.get(name)
        if view is None or view.stamp != stamp:
            view = self._views[name] = _View(stamp, self._matching(ours, page, version))
            if len(self._views) > VIEWS:
                self._views.popitem(last=False)
        return view.entries

    @property
    def edition(self) -> int:
        """Another number after each change of anything."""
        return self._changes

    async def read(self, keys: Sequence[str]) -> Mapping[str, T]:
        """The objects themselves, without those that are gone."""
        async with self._store.reading() as tx:
            return await self._repository(tx).shown(keys)

    def keep(self, entry: Entry, words: Words, version: str, text: bytes | None) -> None:
        """Remember what an object is called in a version, if it is the same object still."""
        if entry.words is words and version not in words:
            fits = text is None or self._room.take(len(text))
            words[version] = text if fits else b""

    def _matching(self, ours: Sequence[PartyId], page: Page, version: str) -> list[Entry]:
        parties = {str(party) for party in ours}
        begin, end = page.changed_from, page.changed_before
        return [
            entry
            for entry in self._order
            if entry.party in parties
            and (begin is None or entry.moment >= begin)
            and (end is None or entry.moment < end)
            and not (version and entry.unsaid and version in entry.unsaid.split(","))
        ]

    async def _load(self) -> None:
        async with self._store.reading() as tx:
            found = await self._repository(tx).index()
        self._entries = {row.key: Entry(*row) for row in found}
        self._reorder()

    def _reorder(self) -> None:
        self._order = sorted((self._entries or {}).values(), key=_place)
        self._members += 1
        self._changes += 1

    async def _refresh(self, keys: frozenset[str] | None) -> None:
        if self._entries is None:
            return
        if keys is None:
            for entry in self._order:
                self._room.give_back(entry.words)
            self._entries, self._order = None, []
            self._members += 1
            self._changes += 1
            return
        found: dict[str, Indexed] = {}
        async with self._store.reading() as tx:
            for some in _portions(sorted(keys)):
                found |= {row.key: row for row in await self._repository(tx).index(some)}
        self._replace(self._entries, keys, found)

    def _replace(
        self, entries: dict[str, Entry], keys: Iterable[str], found: Mapping[str, Indexed]
    ) -> None:
        moved = False
        for key in keys:
            entry, row = entries.get(key), found.get(key)
            if entry is not None:
                self._room.give_back(entry.words)
                entry.words = {}
            if row is not None and entry is not None and entry.place == row.place:
                moved = moved or entry.unsaid != row.unsaid
                entry.moment, entry.unsaid = row.moment, row.unsaid
            elif row is not None:
                entries[key], moved = Entry(*row), True
            elif entry is not None:
                del entries[key]
                moved = True
        self._changes += 1
        if moved:
            self._reorder()


def cut(entries: Sequence[Entry], page: Page) -> Slice[Entry]:
    """The part of a list that a page is: what follows a place, or else an offset.

    Raises InvalidInput for a place that is none.
    """
    start = page.offset
    if page.after is not None and entries:
        after = _like(entries[0].place, page.after)
        start = bisect_right(entries, after, key=_place)
    return Slice(entries[start : start + page.limit], start, len(entries))


def _like(place: Place, text: str) -> Place:
    if isinstance(place, str):
        return text
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput("after", "is no place in this list")
    return int(text)


def _place(entry: Entry) -> Place:
    return entry.place


def _portions(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE))
