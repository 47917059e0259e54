"""Looks at one list of a partner: its pages, its limits, its filters, and its objects."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from app.domain.errors import DomainError
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Quirk
from app.ports.clock import Clock
from ocpi.client.exchange import Answer, Route, is_at_home, version_of
from ocpi.client.findings import Report
from ocpi.client.keeping import SESSIONS_SINCE, Source, around_of
from ocpi.client.looks import Lookout, Seen, is_plain, moment_of
from ocpi.client.pages import TOTAL, count_in
from ocpi.models.cdrs import CDR
from ocpi.models.common import OcpiObject, write_datetime
from ocpi.models.locations import Location
from ocpi.models.sessions import Session
from ocpi.models.tariffs import Tariff
from ocpi.models.tokens import Token
from ocpi.versions.registry import Kind

MOST_PAGES = 5
"""More pages than these are not read: it is a check, no pull."""

A_FEW, VERY_MANY = 2, 100_000
LONG_AGO = "2001-01-01T00:00:00Z"
UNKNOWN = "no-such-object-here"
_ABSENT = frozenset({2000, 2001, 2003, 2004})
_NOT_FOUND, _SERVER_ERRORS = 404, range(500, 600)
_INVALID = 2001

_MODELS: dict[Kind, type[OcpiObject]] = {
    Kind.LOCATION: Location,
    Kind.TARIFF: Tariff,
    Kind.TOKEN: Token,
    Kind.SESSION: Session,
    Kind.CDR: CDR,
}


class ListCheck:
    """The checks of one module's list, for one party of the partner."""

    def __init__(
        self,
        look: Lookout,
        report: Report,
        clock: Clock,
        *,
        partner: Partner,
        source: Source,
        endpoint: str,
        route: Route,
        party: PartyId,
    ) -> None:
        self._look = look
        self._report = report
        self._clock = clock
        self._partner = partner
        self._source = source
        self._endpoint = endpoint
        self._route = route
        self._party = party
        self._where = source.module
        since = self._from_now(-SESSIONS_SINCE)
        self._base = {"date_from": since} if source.kind is Kind.SESSION else {}

    def _from_now(self, distance: timedelta) -> str:
        return write_datetime(self._clock.now().replace(microsecond=0) + distance)

    async def run(self) -> None:
        """Everything that can be looked at, from what the list shows."""
        pages = await self._pages()
        if not pages:
            return
        documents = [document for page in pages for document in page.data]
        self._objects(documents)
        await self._limits(pages[0])
        await self._filters(documents)
        await self._slash()
        if self._source.kind in {Kind.LOCATION, Kind.TARIFF}:
            await self._unknown()
        if self._source.kind is Kind.SESSION:
            await self._undated()

    def _note(self, check: str, *, ok: bool, said: str) -> bool:
        return self._report.note(self._where, check, ok=ok, said=said)

    async def _get(
        self, query: dict[str, str], *, bare: bool = False, below: str = ""
    ) -> Seen | None:
        pairs = query if bare else {**self._base, **query}
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())
        mark = "&" if "?" in self._endpoint else "?"
        url = f"{self._endpoint}{below}{mark + text if text else ''}"
        return await self._look.get(self._where, url, route=self._route)

    async def _pages(self) -> list[Seen]:
        """The first pages of two objects each, following Link."""
        seen = await self._get({"limit": str(A_FEW)})
        pages: list[Seen] = []
        names: set[str] = set()
        while seen is not None:
            is_list = seen.ok and isinstance(seen.data, list)
            if not self._note("C-023", ok=is_list, said=seen.words):
                break
            pages.append(seen)
            self._page(seen, names)
            link = _link(seen)
            if link is None or len(pages) >= MOST_PAGES or not self._leads_on(link):
                break
            seen = await self._look.get(self._where, link, route=self._route, verbatim=True)
        if pages:
            self._whole(pages)
        return pages

    def _page(self, seen: Seen, names: set[str]) -> None:
        for header in ("x-total-count", "x-limit"):
            value = seen.headers.get(header)
            self._note("C-091", ok=bool(value and value.isdigit()), said=f"{header} is {value}")
        came = len(seen.data)
        self._note("C-092", ok=came <= A_FEW, said=f"{came} objects for limit={A_FEW}")
        for document in seen.data:
            name = self._source.name_of(document)
            self._note("C-093", ok=name not in names, said=f"{name} is on two pages")
            names.add(name or "")

    def _leads_on(self, link: str) -> bool:
        """Whether a Link may be followed; filters may be hidden in a cursor, but not dropped."""
        good = is_at_home(self._partner, link)
        self._note("C-095", ok=good, said=f"Link leads to {link.partition('?')[0]}")
        if good and "offset=" in link:
            for name in ("limit", *self._base):
                self._note("C-095", ok=f"{name}=" in link, said=f"Link has no {name}")
        return good

    def _whole(self, pages: list[Seen]) -> None:
        """Whether the pages add up to the total, as far as they were read."""
        total, ended = count_in(pages[-1].headers, TOTAL), _link(pages[-1]) is None
        came = sum(len(page.data) for page in pages)
        if total is None:
            self._report.skip(self._where, "C-096", "there is no total")
            return
        if came < total:
            self._note("C-094", ok=not ended, said=f"no Link after {came} of {total} objects")
        if ended:
            said = f"{came} objects came, X-Total-Count is {total}"
            self._note("C-096", ok=came == total, said=said)
        elif came >= total:
            self._note("C-094", ok=False, said=f"a Link after all {total} objects")
        else:
            why = f"only {len(pages)} pages of {total} objects were read"
            self._report.skip(self._where, "C-096", why)

    def _objects(self, documents: list[Any]) -> None:
        version = version_of(self._partner)
        around = around_of(self._source, self._party, self._route.sender)
        for document in documents:
            name = self._source.name_of(document)
            shown = "a token" if self._source.kind is Kind.TOKEN else f"{name}"
            try:
                lifted = version.lift(self._source.kind, document, around)
                _MODELS[self._source.kind].read(lifted)
                owner = PartyId.of(str(lifted["country_code"]), str(lifted["party_id"]))
            except (DomainError, KeyError, TypeError, AttributeError) as error:
                self._note("objects", ok=False, said=f"{shown}: {error}")
                continue
            ours = self._partner.speaks_for(owner, self._source.role)
            self._note("objects", ok=ours, said=f"{shown} is of {owner}, no party of the partner")
            changed = document.get("last_updated")
            good = isinstance(changed, str) and is_plain(changed)
            self._note("C-029", ok=good, said=f"{shown}: last_updated {changed}")
        if not documents:
            self._report.skip(self._where, "objects", "the list is empty")

    async def _limits(self, first: Seen) -> None:
        if self._partner.has(Quirk.PAGE_SIZE):
            self._report.skip(self._where, "C-092", "the partner's quirk is a small page")
        elif (seen := await self._get({"limit": str(VERY_MANY)})) is not None and seen.ok:
            cap, came = count_in(seen.headers, "x-limit"), len(seen.data or ())
            fits = cap is None or came <= cap
            self._note("C-092", ok=fits, said=f"{came} objects, X-Limit is {cap}")
        beyond = (count_in(first.headers, TOTAL) or 0) + VERY_MANY
        seen = await self._get({"offset": str(beyond), "limit": str(A_FEW)})
        if seen is not None:
            empty = seen.is_empty_list and _link(seen) is None
            self._note("C-097", ok=empty, said=f"{seen.words}, {len(seen.data or ())} objects")

    async def _filters(self, documents: list[Any]) -> None:
        seen = await self._get({"date_from": self._from_now(timedelta(days=1))})
        if seen is not None:
            self._note("C-107", ok=seen.is_empty_list, said=f"{seen.words} from tomorrow on")
        seen = await self._get({"date_from": LONG_AGO, "date_to": LONG_AGO})
        if seen is not None:
            self._note("C-098", ok=seen.is_empty_list, said=f"{seen.words} before {LONG_AGO}")
        seen = await self._get({"date_from": "yesterday"})
        if seen is not None:
            refused = seen.status == _INVALID and seen.http not in _SERVER_ERRORS
            self._note("C-100", ok=refused, said=seen.words)
        await self._bounds(documents)

    async def _bounds(self, documents: list[Any]) -> None:
        """An object's own time as both bounds: included by the one, excluded by the other."""
        objects = [document for document in documents if isinstance(document, dict)]
        dated = ((each, moment_of(each.get("last_updated"))) for each in objects)
        document, moment = next((pair for pair in dated if pair[1]), (None, None))
        if document is None or moment is None:
            self._report.skip(self._where, "C-098", "the list is empty")
            return
        name, at = self._source.name_of(document), str(document["last_updated"])
        later = write_datetime(moment + timedelta(seconds=1))
        seen = await self._get({"date_from": at, "date_to": later})
        if seen is not None and seen.ok and _link(seen) is None:
            self._note("C-098", ok=name in self._names(seen), said=f"date_from={at} left it out")
        seen = await self._get({"date_from": LONG_AGO, "date_to": at})
        if seen is not None and seen.ok and _link(seen) is None:
            self._note("C-098", ok=name not in self._names(seen), said=f"date_to={at} included it")

    async def _undated(self) -> None:
        seen = await self._get({"limit": str(A_FEW)}, bare=True)
        said = seen.words if seen is not None else "nothing"
        self._note("C-106", ok=seen is not None and seen.ok, said=said)

    def _names(self, seen: Seen) -> set[str | None]:
        return {self._source.name_of(document) for document in seen.data or ()}

    async def _slash(self) -> None:
        below = "" if self._endpoint.endswith("/") or "?" in self._endpoint else "/"
        seen = await self._get({"limit": str(A_FEW)}, below=below)
        if seen is not None:
            self._note("C-034", ok=seen.ok, said=seen.words)

    async def _unknown(self) -> None:
        seen = await self._get({}, bare=True, below=f"/{UNKNOWN}")
        if seen is not None:
            absent = seen.http == _NOT_FOUND or (not seen.ok and seen.status in _ABSENT)
            self._note("C-125", ok=absent, said=seen.words)


def _link(seen: Seen) -> str | None:
    return Answer(seen.http, None, seen.headers).next_page
