"""Pulls partners' lists: whole once they registered and now and then, changes in between.

How far each list is stands in a book, written when the list came to its end, so a pull that
breaks off, or dies with its process, asks for the same again; what came until then is kept. One
list's trouble is its own. Source: OCPI 2.2.1, Transport and format, Pagination; C-102..C-107.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from logging import getLogger
from typing import Protocol
from urllib.parse import quote

from app.domain.errors import PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerState, Quirk
from app.domain.pulls import Progress, PullRules, is_doubtful
from app.ports.clock import Clock
from app.use_cases.partners import Partners
from ocpi.client.exchange import ExchangeFailed, NotTried, PartnerCalls, Route
from ocpi.client.hub_clients import HubDirectory
from ocpi.client.keeping import (
    SESSIONS_SINCE,
    Keeping,
    Source,
    around_of,
    first_parties,
)
from ocpi.client.pages import TOTAL, count_in, pages
from ocpi.client.relearning import Relearning, is_gone
from ocpi.models.common import write_datetime
from ocpi.versions.registry import Kind

log = getLogger(__name__)

PAGE_SIZE = 100
OVERLAP = timedelta(minutes=5)
"""A delta pull looks back this much further: clocks differ, and lists move while they are read."""


class Book(Protocol):
    """`use_cases.pulls.Pulls`, as far as it is needed."""

    rules: PullRules

    async def of_partner(self, partner_id: str) -> list[Progress]:
        """How far each list of a partner is."""
        ...

    async def note(self, progress: Progress) -> None:
        """Write down how far a list is."""
        ...

    async def held(self, module: str, party: PartyId) -> set[str]:
        """The ids, in lower case, that a whole list of a party would show."""
        ...

    async def gone(self, module: str, party: PartyId, key: str) -> None:
        """A partner's object is in its whole list no more."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought, by module: objects kept, left out, and gone; and what broke off."""

    kept: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)


class Pull:
    """Fetches and keeps what partners own."""

    def __init__(
        self,
        calls: PartnerCalls,
        partners: Partners,
        clock: Clock,
        *,
        keeping: Keeping,
        book: Book,
        directory: HubDirectory,
    ) -> None:
        self._calls = calls
        self._partners = partners
        self._clock = clock
        self._keeping = keeping
        self._book = book
        self._directory = directory
        self._relearning = Relearning(calls, partners, clock)

    async def first(self, partner_id: str) -> Pulled:
        """Everything a newly registered partner owns that is our business.

        Raises PartnerUnavailable when trying again soon may bring more.
        """
        return await self._pull(partner_id, whole=True)

    async def client(self, partner_id: str, party: PartyId) -> Pulled:
        """Everything of one party behind a hub, which can be reached now (C-273)."""
        return await self._pull(partner_id, whole=True, only=party)

    async def refresh(self, partner_id: str) -> Pulled:
        """What changed since the last pull; everything where that is due. Raises as `first`."""
        return await self._pull(partner_id, whole=False)

    async def only(self, partner_id: str, module: str) -> Pulled:
        """What changed of one list since it was pulled last. Raises as `first`."""
        return await self._pull(partner_id, whole=False, module=module)

    async def call(self, partner_id: str) -> None:
        """See whether a partner that could not be reached is back (C-058: it costs it little).

        Any answer will do; none is waited for, since this is done again in a minute.
        """
        partner = await self._partners.get(partner_id)
        if partner.state is not PartnerState.OFFLINE or partner.versions_url is None:
            return
        try:
            await self._calls.call(partner, "GET", partner.versions_url)
        except ExchangeFailed as failure:
            if failure.http is None:
                return
        await self._partners.reached(partner.id)

    async def _pull(
        self,
        partner_id: str,
        *,
        whole: bool,
        only: PartyId | None = None,
        module: str | None = None,
    ) -> Pulled:
        partner = await self._partners.get(partner_id)
        pulled = Pulled()
        if not partner.registered or partner.hub:
            return pulled
        book = {(p.module, p.party): p for p in await self._book.of_partner(partner.id)}
        try:
            for crawl in await self._crawls(partner, whole=whole):
                if only not in {None, crawl.party} or module not in {None, crawl.source.module}:
                    continue
                known = Progress(partner.id, crawl.source.module, crawl.party)
                progress = book.get((known.module, known.party), known)
                await self._list(partner, crawl, progress, pulled=pulled, whole=whole)
        finally:
            log.info(
                "partner.pulled",
                extra={"partner": partner.id, "kept": pulled.kept, "gone": pulled.gone},
            )
        if partner.state is PartnerState.OFFLINE:
            await self._partners.reached(partner.id)
        return pulled

    async def _crawls(self, partner: Partner, *, whole: bool) -> list["_Crawl"]:
        ours = first_parties(await self._partners.own_roles(hub=False))
        parties = await self._directory.parties(partner, whole=whole)
        size = min(PAGE_SIZE, partner.page_size or PAGE_SIZE)
        crawls = []
        for source in self._keeping.sources():
            endpoint = partner.endpoint(source.module, InterfaceRole.SENDER)
            if endpoint is None:
                continue
            for party in parties.get(source.role, ()):
                route = Route(ours.get(source.asked_by), party)
                crawls.append(_Crawl(source, endpoint, route, party, size))
        return crawls

    async def _list(
        self,
        partner: Partner,
        crawl: "_Crawl",
        progress: Progress,
        *,
        pulled: Pulled,
        whole: bool,
    ) -> None:
        """One list to its end; a partner that answers but not as it should loses its turn."""
        now, module = self._clock.now(), crawl.source.module
        whole = whole or partner.has(Quirk.WHOLE_PULLS) or self._is_whole_due(crawl, progress)
        try:
            await self._crawl(partner, crawl, progress, pulled=pulled, whole=whole)
        except PartnerUnavailable as failure:
            passing = isinstance(failure, ExchangeFailed) and not failure.is_refusal
            pulled.troubles[module] = str(failure)
            await self._book.note(progress.failed(now, str(failure), passing=passing))
            log.warning("pull.broke_off", extra={"partner": partner.id, "why": str(failure)})
            if is_gone(failure) and await self._relearning.has_moved(partner):
                raise
            if passing:
                await self._note_missed(partner, failure)
                raise

    def _is_whole_due(self, crawl: "_Crawl", progress: Progress) -> bool:
        """Lists that only grow are asked for from where they were left."""
        if not crawl.source.is_whole:
            return progress.since is None
        return progress.is_whole_due(self._clock.now(), self._book.rules)

    async def _note_missed(self, partner: Partner, failure: PartnerUnavailable) -> None:
        silent = isinstance(failure, ExchangeFailed) and failure.http is None
        if silent and not isinstance(failure, NotTried):
            await self._partners.missed(partner.id)

    async def _crawl(
        self,
        partner: Partner,
        crawl: "_Crawl",
        progress: Progress,
        *,
        pulled: Pulled,
        whole: bool,
    ) -> None:
        module, now = crawl.source.module, self._clock.now()
        held = await self._book.held(module, crawl.party) if whole else set()
        begun: datetime | None = None
        seen = _Seen()
        since = None if whole else progress.since
        if since is None and crawl.source.kind is Kind.SESSION:
            since = now - SESSIONS_SINCE
        around = around_of(crawl.source, crawl.party, crawl.route.sender)
        async for answer in pages(self._calls, partner, crawl.url(since), crawl.route):
            begun = begun or answer.at
            listed = answer.data if isinstance(answer.data, list) else _one(answer.data)
            seen.count(len(listed), count_in(answer.headers, TOTAL))
            for document in listed:
                seen.name(crawl.source.name_of(document))
                kept = await self._keeping.keep(partner, crawl.source, document, around)
                counts = pulled.kept if kept else pulled.skipped
                counts[module] = counts.get(module, 0) + 1
        after = progress.pulled(now, begun and begun - OVERLAP, whole=whole)
        if whole and crawl.source.is_whole:
            after = await self._tidy(crawl, seen, held, after=after, before=progress, to=pulled)
        await self._book.note(after)

    async def _tidy(
        self,
        crawl: "_Crawl",
        seen: "_Seen",
        held: set[str],
        *,
        after: Progress,
        before: Progress,
        to: Pulled,
    ) -> Progress:
        """Let go of what a whole list lacks of what we held before it was read."""
        gone = held - seen.names
        if not gone or not seen.is_complete:
            return after
        module = crawl.source.module
        if is_doubtful(gone, held) and not before.is_doubt_confirmed(self._clock.now()):
            said = {"list": module, "gone": len(gone), "held": len(held)}
            log.warning("pull.doubted", extra={"partner": after.partner_id, **said})
            return after.doubted(before.doubted_at or self._clock.now())
        for name in sorted(gone):
            await self._book.gone(module, crawl.party, name)
        to.gone[module] = to.gone.get(module, 0) + len(gone)
        return after


def _one(data: object) -> list[object]:
    """A single object where a list should be is taken for a list of one (I-15)."""
    return [data] if isinstance(data, dict) and data else []


@dataclass(slots=True)
class _Seen:
    """What a list showed; it is no proof of absence unless every object could be named."""

    names: set[str] = field(default_factory=set)
    came: int = 0
    total: int = 0
    nameless: bool = False

    def count(self, came: int, total: int | None) -> None:
        """A page came; `total` is what its header says of the whole list."""
        self.came += came
        if total is not None:
            self.total = total

    def name(self, name: str | None) -> None:
        """An object came."""
        if name is None:
            self.nameless = True
        else:
            self.names.add(name)

    @property
    def is_complete(self) -> bool:
        """Whether the list showed everything that it said it has."""
        return not self.nameless and self.came >= self.total


@dataclass(frozen=True, slots=True)
class _Crawl:
    """One list of one party of a partner."""

    source: Source
    endpoint: str
    route: Route
    party: PartyId
    page_size: int

    def url(self, since: datetime | None) -> str:
        query = f"limit={self.page_size}"
        if since is not None:
            moment = write_datetime(since.replace(microsecond=0))
            query = f"date_from={quote(moment, safe='')}&{query}"
        return f"{self.endpoint}{'&' if '?' in self.endpoint else '?'}{query}"
