"""What becomes of the objects of a pulled list: read as if they were pushed, and kept.

An object that cannot be read, or is none of the partner's, is left out and the rest is kept
(C-104, I-28).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from logging import getLogger
from typing import Any, Protocol

from app.domain.cdrs import Cdr
from app.domain.errors import DomainError, InvalidInput
from app.domain.identifiers import PartyId
from app.domain.locations import Location
from app.domain.partners import Partner, PartnerRole, Role
from app.domain.sessions import Session
from app.domain.tariffs import Tariff
from app.domain.tokens import Token
from ocpi.client.exchange import version_of
from ocpi.models.cdrs import CDR
from ocpi.models.locations import Location as WireLocation
from ocpi.models.sessions import Session as WireSession
from ocpi.models.tariffs import Tariff as WireTariff
from ocpi.models.tokens import Token as WireToken
from ocpi.translate.cdrs import read_cdr
from ocpi.translate.locations import read_location
from ocpi.translate.sessions import read_session
from ocpi.translate.tariffs import read_tariff
from ocpi.translate.tokens import read_token
from ocpi.translate.values import Verbatim
from ocpi.versions.registry import Inexpressible, Kind, Surroundings
from ocpi.wire.documents import encode_text

log = getLogger(__name__)

Json = dict[str, Any]

SESSIONS_SINCE = timedelta(days=30)
"""Some platforms want a `date_from` for sessions; older ones do not change any more."""


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


class Sessions(Protocol):
    """`use_cases.roaming.PartnerSessions`, as far as it is needed."""

    async def accept_put(self, partner: Partner, session: Session) -> object:
        """Keep a partner's session."""
        ...


class Cdrs(Protocol):
    """`use_cases.cdrs.Cdrs`, as far as it is needed."""

    async def accept(self, partner: Partner, cdr: Cdr) -> object:
        """Keep a partner's CDR."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """A module to pull: whose it is, what its objects are, and what becomes of one.

    `is_whole`: the partner's list shows everything that there is of it.
    """

    module: str
    role: Role
    kind: Kind
    keep: Callable[[Partner, Json, Verbatim], Awaitable[object]]
    is_whole: bool = True

    @property
    def asked_by(self) -> Role:
        """Which role of ours asks for it."""
        return Role.EMSP if self.role is Role.CPO else Role.CPO

    def name_of(self, document: object) -> str | None:
        """The id of an object as lists are compared by it, also of one that is left out."""
        field = "uid" if self.kind is Kind.TOKEN else "id"
        name = document.get(field) if isinstance(document, dict) else None
        return name.casefold() if isinstance(name, str) and name else None


class Keeping:
    """Keeps what is pulled, by the use-cases that also take what is pushed."""

    def __init__(
        self,
        *,
        locations: Locations,
        tariffs: Tariffs,
        tokens: Tokens,
        sessions: Sessions,
        cdrs: Cdrs,
    ) -> None:
        self._locations = locations
        self._tariffs = tariffs
        self._tokens = tokens
        self._sessions = sessions
        self._cdrs = cdrs

    def sources(self) -> tuple[Source, ...]:
        """Tariffs before locations and sessions before CDRs, since these name those."""
        return (
            Source("tariffs", Role.CPO, Kind.TARIFF, self._keep_tariff),
            Source("locations", Role.CPO, Kind.LOCATION, self._keep_location),
            Source("tokens", Role.EMSP, Kind.TOKEN, self._keep_token),
            Source("sessions", Role.CPO, Kind.SESSION, self._keep_session, is_whole=False),
            Source("cdrs", Role.CPO, Kind.CDR, self._keep_cdr, is_whole=False),
        )

    async def keep(
        self, partner: Partner, source: Source, document: object, around: Surroundings
    ) -> bool:
        """Store one object, or leave it out and say why."""
        version = version_of(partner)
        try:
            if not isinstance(document, dict):
                raise InvalidInput("", "is no object")
            lifted = version.lift(source.kind, document, around)
            owner = PartyId.of(str(lifted.get("country_code")), str(lifted.get("party_id")))
            if not partner.speaks_for(owner, source.role):
                raise InvalidInput("party_id", f"{owner} is no party of this partner")
            await source.keep(partner, lifted, Verbatim(encode_text(document), version.number))
        except (DomainError, Inexpressible) as error:
            _note_skipped(partner, source, document, error)
            return False
        return True

    async def _keep_location(self, _partner: Partner, lifted: Json, source: Verbatim) -> None:
        await self._locations.accept(read_location(WireLocation.read(lifted), source))

    async def _keep_tariff(self, _partner: Partner, lifted: Json, source: Verbatim) -> None:
        await self._tariffs.accept(read_tariff(WireTariff.read(lifted), source))

    async def _keep_token(self, partner: Partner, lifted: Json, source: Verbatim) -> None:
        await self._tokens.accept_put(partner, read_token(WireToken.read(lifted), source))

    async def _keep_session(self, partner: Partner, lifted: Json, source: Verbatim) -> None:
        wire = WireSession.read(lifted)
        session = read_session(wire, source, partner_id=partner.id)
        await self._sessions.accept_put(partner, session)

    async def _keep_cdr(self, partner: Partner, lifted: Json, source: Verbatim) -> None:
        cdr = read_cdr(CDR.read(lifted), source, partner_id=partner.id)
        await self._cdrs.accept(partner, cdr)


def first_parties(roles: Sequence[PartnerRole]) -> dict[Role, PartyId]:
    """The first party in each role."""
    return {each.role: each.party for each in reversed(roles)}


def around_of(source: Source, owner: PartyId, ours: PartyId | None) -> Surroundings:
    """What versions without owners leave to the connection: whose the objects are."""
    around = Surroundings(owner=(owner.country, owner.code), role=source.role.value)
    if ours is None or source.is_whole:
        return around
    return replace(around, provider=(ours.country, ours.code))


def _note_skipped(partner: Partner, source: Source, document: object, error: Exception) -> None:
    """Which object was left out and why; of a token neither, since it would name a driver."""
    secret = source.kind is Kind.TOKEN
    name = None if secret else source.name_of(document)
    log.warning(
        "pull.skipped",
        extra={
            "partner": partner.id,
            "list": source.module,
            "object": name,
            "why": type(error).__name__ if secret else str(error),
        },
    )
