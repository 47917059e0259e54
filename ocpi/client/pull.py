"""Pulls partners' lists: everything once they registered, and what changed since from then on.

Pages are followed by `Link` as it stands, for whatever it holds; objects that cannot be read are
left out and the rest is kept (C-102..C-104). A pull that breaks off is begun anew next time.
Source: OCPI 2.2.1, Transport and format, Pagination.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger
from typing import Any, Protocol
from urllib.parse import quote

from app.domain.errors import DomainError, InvalidInput
from app.domain.identifiers import PartyId
from app.domain.locations import Location
from app.domain.partners import InterfaceRole, Partner, Role
from app.domain.tariffs import Tariff
from app.domain.tokens import Token
from app.use_cases.partners import Partners
from ocpi.client.exchange import PartnerCalls, Route, version_of
from ocpi.client.pages import pages
from ocpi.models.common import write_datetime
from ocpi.models.locations import Location as WireLocation
from ocpi.models.tariffs import Tariff as WireTariff
from ocpi.models.tokens import Token as WireToken
from ocpi.translate.locations import read_location
from ocpi.translate.tariffs import read_tariff
from ocpi.translate.tokens import read_token
from ocpi.translate.values import Verbatim
from ocpi.versions.registry import Inexpressible, Kind, OcpiVersion, Surroundings
from ocpi.wire.documents import encode_text

log = getLogger(__name__)

Json = dict[str, Any]
PAGE_SIZE = 100
OVERLAP = timedelta(minutes=5)
"""A delta pull looks back this much further: clocks differ, and lists move while they are read."""


class Locations(Protocol):
    """`use_cases.locations.Locations`, as far as it is needed."""

    async def accept(self, location: Location) -> object:
        """Keep a partner's location."""
        ...


class Tariffs(Protocol):
    """`use_cases.tariffs.Tariffs`, as far as it is needed."""

    async def accept(self, tariff: Tariff) -> object:
        """Keep a partner's tariff."""
        ...


class Tokens(Protocol):
    """`use_cases.tokens.Tokens`, as far as it is needed."""

    async def accept_put(self, partner: Partner, token: Token) -> object:
        """Keep a partner's token."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: objects kept and left out, by module."""

    kept: dict[str, int]
    skipped: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Source:
    """A module to pull: whose it is and what becomes of one object."""

    module: str
    role: Role
    kind: Kind
    keep: Callable[[Partner, Json, Verbatim], Awaitable[object]]


class Pull:
    """Fetches and keeps what partners own."""

    def __init__(
        self,
        calls: PartnerCalls,
        partners: Partners,
        *,
        locations: Locations,
        tariffs: Tariffs,
        tokens: Tokens,
    ) -> None:
        self._calls = calls
        self._partners = partners
        self._locations = locations
        self._tariffs = tariffs
        self._tokens = tokens
        self._since: dict[tuple[str, str, PartyId], datetime] = {}

    async def first(self, partner_id: str) -> Pulled:
        """Everything a newly registered partner owns that is our business.

        Raises PartnerUnavailable when it breaks off; what came until then is kept.
        """
        return await self._pull(partner_id, whole=True)

    async def refresh(self, partner_id: str) -> Pulled:
        """What changed since the last pull of this process; everything if there was none."""
        return await self._pull(partner_id, whole=False)

    async def _pull(self, partner_id: str, *, whole: bool) -> Pulled:
        partner = await self._partners.get(partner_id)
        pulled = Pulled({}, {})
        if not partner.registered or partner.hub:
            return pulled
        ours = {r.role: r.party for r in reversed(await self._partners.own_roles(hub=False))}
        for source in self._sources():
            endpoint = partner.endpoint(source.module, InterfaceRole.SENDER)
            for party in partner.parties(source.role) if endpoint else ():
                sender = ours.get(Role.EMSP if source.role is Role.CPO else Role.CPO)
                crawl = _Crawl(source, endpoint or "", Route(sender, party), party)
                await self._crawl(partner, crawl, pulled, whole=whole)
        log.info("partner.pulled", extra={"partner": partner.id, "kept": pulled.kept})
        return pulled

    def _sources(self) -> tuple[_Source, ...]:
        """Tariffs first, so that a location's price is known when the location is."""
        return (
            _Source("tariffs", Role.CPO, Kind.TARIFF, self._keep_tariff),
            _Source("locations", Role.CPO, Kind.LOCATION, self._keep_location),
            _Source("tokens", Role.EMSP, Kind.TOKEN, self._keep_token),
        )

    async def _crawl(
        self, partner: Partner, crawl: "_Crawl", pulled: Pulled, *, whole: bool
    ) -> None:
        key = (partner.id, crawl.source.module, crawl.party)
        since = None if whole else self._since.get(key)
        begun: datetime | None = None
        async for answer in pages(self._calls, partner, crawl.url(since), crawl.route):
            begun = begun or answer.at
            for document in answer.data if isinstance(answer.data, list) else ():
                kept = await self._keep(partner, crawl, document)
                counts = pulled.kept if kept else pulled.skipped
                counts[crawl.source.module] = counts.get(crawl.source.module, 0) + 1
        if begun is not None:
            self._since[key] = begun - OVERLAP

    async def _keep(self, partner: Partner, crawl: "_Crawl", document: object) -> bool:
        """Store one object, or leave it out and say why."""
        version = version_of(partner)
        try:
            if not isinstance(document, dict):
                raise InvalidInput("", "is no object")
            lifted = crawl.lifted(version, document)
            owner = PartyId.of(str(lifted.get("country_code")), str(lifted.get("party_id")))
            if not partner.speaks_for(owner, crawl.source.role):
                raise InvalidInput("party_id", f"{owner} is no party of this partner")
            source = Verbatim(encode_text(document), version.number)
            await crawl.source.keep(partner, lifted, source)
        except (DomainError, Inexpressible) as error:
            _note_skipped(partner, crawl.source, document, error)
            return False
        return True

    async def _keep_location(self, _partner: Partner, lifted: Json, source: Verbatim) -> None:
        await self._locations.accept(read_location(WireLocation.read(lifted), source))

    async def _keep_tariff(self, _partner: Partner, lifted: Json, source: Verbatim) -> None:
        await self._tariffs.accept(read_tariff(WireTariff.read(lifted), source))

    async def _keep_token(self, partner: Partner, lifted: Json, source: Verbatim) -> None:
        await self._tokens.accept_put(partner, read_token(WireToken.read(lifted), source))


@dataclass(frozen=True, slots=True)
class _Crawl:
    """One list of one party of a partner."""

    source: _Source
    endpoint: str
    route: Route
    party: PartyId

    def url(self, since: datetime | None) -> str:
        query = f"limit={PAGE_SIZE}"
        if since is not None:
            query = f"date_from={quote(write_datetime(since), safe='')}&{query}"
        return f"{self.endpoint}{'&' if '?' in self.endpoint else '?'}{query}"

    def lifted(self, version: OcpiVersion, document: Json) -> Json:
        owner = (self.party.country, self.party.code)
        around = Surroundings(owner=owner, role=self.source.role.value)
        return version.lift(self.source.kind, document, around)


def _note_skipped(partner: Partner, source: _Source, document: object, error: Exception) -> None:
    """Which object was left out and why; of a token neither, since it would name a driver."""
    secret = source.kind is Kind.TOKEN
    name = document.get("id") if isinstance(document, dict) and not secret else None
    log.warning(
        "pull.skipped",
        extra={
            "partner": partner.id,
            "list": source.module,
            "object": None if name is None else str(name),
            "why": type(error).__name__ if secret else str(error),
        },
    )
