"""What stands on a shelf, how much room it takes, and that nothing stale is ever put there."""

import pytest

from app.domain.errors import InvalidInput
from app.domain.locations import Location
from app.queries.pages import Page
from app.queries.shelves import Entry, Room, Shelf, cut
from app.store.nouns import Noun
from app.store.transaction import Store
from tests.support.roaming_objects import CPO, EARLIER, NOON, a_location

VERSION = "2.2.1"


def a_shelf(store: Store, size: int = 1_000) -> Shelf[Location]:
    return Shelf(store, Noun.LOCATION, lambda tx: tx.locations, Room(size))


async def put(store: Store, *names: str, **changes: object) -> None:
    async with store.transaction() as tx:
        for name in names:
            await tx.locations.put(a_location(name, **changes))


async def entries(shelf: Shelf[Location], store: Store, page: Page | None = None) -> list[Entry]:
    await store.watch.look()
    return list(await shelf.entries([CPO], page or Page()))


async def test_only_so_many_words_are_kept(store: Store) -> None:
    shelf = a_shelf(store, size=10)
    await put(store, "A", "B")
    one, two = await entries(shelf, store)
    shelf.keep(one, one.words, VERSION, b"12345678")
    shelf.keep(two, two.words, VERSION, b"12345678")
    assert (one.words, two.words) == ({VERSION: b"12345678"}, {VERSION: b""})
    shelf.keep(two, two.words, "2.1.1", None)
    assert two.words == {VERSION: b"", "2.1.1": None}
    await put(store, "A", name="Renamed")
    again, _ = await entries(shelf, store)
    assert again.words == {}
    shelf.keep(again, again.words, VERSION, b"0123456789")
    assert again.words == {VERSION: b"0123456789"}


async def test_words_of_before_a_change_are_not_kept(store: Store) -> None:
    """Whoever read an object just before it changed must not leave its old words behind."""
    shelf = a_shelf(store)
    await put(store, "A")
    (entry,) = await entries(shelf, store)
    held = entry.words
    await put(store, "A", name="Renamed")
    await entries(shelf, store)
    shelf.keep(entry, held, VERSION, b"old")
    assert entry.words == {}


async def test_a_change_moves_nothing_but_what_it_must(store: Store) -> None:
    """C-099: an update keeps its place, a new one comes last, one that is unpublished is gone."""
    shelf = a_shelf(store)
    await put(store, "A", "B", "C")
    before = await entries(shelf, store)
    await put(store, "B", last_updated=NOON)
    await put(store, "D")
    await put(store, "A", publish=False)
    after = await entries(shelf, store)
    assert [entry.key[-1] for entry in after] == ["b", "c", "d"]
    assert after[0] is before[1]
    assert [e.key[-1] for e in await entries(shelf, store, Page(changed_from=NOON))] == ["b"]
    assert [e.key[-1] for e in await entries(shelf, store, Page(changed_before=NOON))] == [
        "c",
        "d",
    ]


async def test_many_lists_of_one_shelf(store: Store) -> None:
    """Each filter is a list of its own; the oldest are forgotten."""
    shelf = a_shelf(store)
    await put(store, "A")
    for second in range(70):
        page = Page(changed_from=EARLIER.replace(second=second % 60, minute=second // 60))
        assert len(await entries(shelf, store, page)) == (second == 0)


def test_a_page_follows_a_place_or_an_offset() -> None:
    """C-093."""
    some = [Entry(str(place), place, "NL-RW1", NOON) for place in (2, 4, 6)]
    assert [e.place for e in cut(some, Page(offset=1, limit=1)).items] == [4]
    assert cut(some, Page(offset=9)).items == []
    part = cut(some, Page(offset=0, limit=2, after="3"))
    assert ([e.place for e in part.items], part.start, part.total) == ([4, 6], 1, 3)
    assert cut([], Page(after="3")).total == 0
    with pytest.raises(InvalidInput):
        cut(some, Page(after="x"))
    texts = [Entry(place, place, "NL-RW1", NOON) for place in ("a", "b")]
    assert [e.place for e in cut(texts, Page(after="a")).items] == ["b"]
