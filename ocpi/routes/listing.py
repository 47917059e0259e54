"""A list as the answer: a page of our objects in the caller's version, with the paging headers."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from app.queries.roaming import PAGE_CAP, Listing, Page
from ocpi.versions.registry import Inexpressible, Kind, OcpiVersion, Surroundings
from ocpi.wire.calls import Answer, Call
from ocpi.wire.paging import page_headers, read_page

T = TypeVar("T")
Json = dict[str, Any]

Fetch = Callable[[Page], Awaitable[Listing[T]]]
Write = Callable[[T], Awaitable[tuple[Json, Surroundings]]]


async def list_answer(call: Call, kind: Kind, fetch: Fetch[T], write: Write[T]) -> Answer:
    """The page that the query asks for.

    Where whole objects may have no words in the version, the list is what survives: totals and
    offsets count only what this partner gets (OCPI 2.2.1, Pagination, X-Total-Count).
    """
    page = read_page(call.query)
    if not call.version.withholds:
        listing = await fetch(page)
        documents = await _lowered(call.version, kind, listing.items, write)
        return _answer(call, page, documents, listing.total)
    documents = await _all(call, kind, page, fetch=fetch, write=write)
    shown = documents[page.offset : page.offset + page.limit]
    return _answer(call, page, shown, len(documents))


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


def _answer(call: Call, page: Page, documents: list[Json], total: int) -> Answer:
    return Answer(documents, headers=page_headers(call.url, call.query, page, total))


def plainly(write: Callable[[T], Json]) -> Write[T]:
    """A translation that needs nothing around the object."""

    async def written(item: T) -> tuple[Json, Surroundings]:
        return write(item), Surroundings()

    return written
