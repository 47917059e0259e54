"""A list as the answer: a page of our objects in the caller's version, with the paging headers."""

from asyncio import sleep
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from app.queries.pages import PAGE_CAP, Page
from app.queries.roaming import Listing
from app.queries.shelves import Entry, Shelf, Words, cut
from ocpi.versions.registry import VERSIONS, Inexpressible, Kind, OcpiVersion, Surroundings
from ocpi.wire.calls import Answer, Call
from ocpi.wire.documents import encode
from ocpi.wire.paging import page_headers, read_page

T = TypeVar("T")
Json = dict[str, Any]

Fetch = Callable[[Page], Awaitable[Listing[T]]]
Write = Callable[[T], Awaitable[tuple[Json, Surroundings]]]

TURN = 8
"""After so many translations in one go somebody else has a turn."""


async def list_answer(call: Call, kind: Kind, fetch: Fetch[T], write: Write[T]) -> Answer:
    """The page that the query asks for, read and translated anew.

    Where whole objects may have no words in the version, the list is what survives: totals and
    offsets count only what this partner gets (OCPI 2.2.1, Pagination, X-Total-Count).
    """
    page = read_page(call.query)
    if not call.version.withholds:
        listing = await fetch(page)
        documents = await _lowered(call.version, kind, listing.items, write)
        return _answer(call, page, documents, listing)
    documents = await _all(call, kind, page, fetch=fetch, write=write)
    shown = documents[page.offset : page.offset + page.limit]
    return _answer(call, page, shown, Listing(shown, len(documents)))


def _answer(call: Call, page: Page, documents: list[Json], listing: Listing[Any]) -> Answer:
    last, more = listing.last, listing.more
    headers = page_headers(call.url, call.query, page, listing.total, last=last, more=more)
    return Answer(documents, headers=headers)


async def _all(
    call: Call, kind: Kind, page: Page, *, fetch: Fetch[T], write: Write[T]
) -> list[Json]:
    documents: list[Json] = []
    offset, total = 0, 1
    while offset < total:
        part = Page(offset, PAGE_CAP, page.changed_from, page.changed_before)
        listing = await fetch(part)
        documents += await _lowered(call.version, kind, listing.items, write)
        offset, total = offset + PAGE_CAP, listing.total
    return documents


async def _lowered(
    version: OcpiVersion, kind: Kind, items: Sequence[T], write: Write[T]
) -> list[Json]:
    documents = []
    for item in items:
        document, around = await write(item)
        try:
            documents.append(version.lower(kind, document, around))
        except Inexpressible:
            continue
    return documents


def plainly(write: Callable[[T], Json]) -> Write[T]:
    """A translation that needs nothing around the object."""

    async def written(item: T) -> tuple[Json, Surroundings]:
        return write(item), Surroundings()

    return written


# ---------------------------------------------------------------- from memory


async def shelf_answer(
    call: Call, kind: Kind, shelf: Shelf[T], write: Callable[[T], Json]
) -> Answer:
    """The page that the query asks for, joined from words that are ready where they are.

    Its list is exact as of the request's look at the feed of changes (`Partners.look`).
    """
    page = read_page(call.query)
    wording = Wording(shelf, call.version, kind, write)
    entries = await shelf.entries(call.ours, page)
    if call.version.withholds:
        entries = await wording.expressible(entries)
    part = cut(entries, page)
    texts = await wording.texts(part.items)
    last = str(part.items[-1].place) if part.items else None
    shown = replace(page, offset=part.start)
    headers = page_headers(call.url, call.query, shown, part.total, last=last)
    return Answer(b"[" + b",".join(texts) + b"]", headers=headers)


class Wording:
    """What the objects of a shelf are called in one version."""

    def __init__(
        self, shelf: Shelf[Any], version: OcpiVersion, kind: Kind, write: Callable[[Any], Json]
    ) -> None:
        self._shelf = shelf
        self._version = version
        self._kind = kind
        self._write = write
        usual = VERSIONS.get(version.number) is version
        self._name = version.number if usual else f"{version.number}+"

    async def texts(self, entries: Sequence[Entry]) -> list[bytes]:
        """The words of these in their order, without what has none."""
        number = self._name
        ready = [entry.words.get(number) for entry in entries]
        if all(ready):
            return ready  # type: ignore[return-value]  # none is None
        made = await self._made([(entry, entry.words) for entry in entries])
        found = (text or made.get(entry.key) for entry, text in zip(entries, ready, strict=True))
        return [text for text in found if text]

    async def expressible(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of the list that the version has words for; all of them are tried once."""
        number = self._name
        new = [(entry, entry.words) for entry in entries if number not in entry.words]
        for at in range(0, len(new), PAGE_CAP):
            await self._made(new[at : at + PAGE_CAP])
        withheld = {e.key for e, words in new if words.get(number, b"") is None}
        return [
            entry
            for entry in entries
            if entry.words.get(number, b"") is not None and entry.key not in withheld
        ]

    async def _made(self, wanted: Sequence[tuple[Entry, Words]]) -> dict[str, bytes | None]:
        """Words by key, made where they are missing or had no room, and kept if they may be."""
        number = self._name
        missing = [(entry, words) for entry, words in wanted if words.get(number, b"") == b""]
        if not missing:
            return {}
        objects = await self._shelf.read([entry.key for entry, _ in missing])
        made: dict[str, bytes | None] = {}
        for count, (entry, words) in enumerate(missing, start=1):
            if entry.key in objects:
                text = made[entry.key] = self._text(objects[entry.key])
                self._shelf.keep(entry, words, number, text)
            if count % TURN == 0:
                await sleep(0)
        return made

    def _text(self, item: Any) -> bytes | None:
        try:
            return encode(self._version.lower(self._kind, self._write(item)))
        except Inexpressible:
            return None
