"""Which partner wants to hear of an event: the table of architecture §4, for roaming partners.

A session and a CDR concern the eMSP of their token only; everything that is published goes to all
who offer to take it. Bodies are made when they are sent (`push.sender`).
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod

from app.domain.commands import CommandChannel
from app.domain.events import (
    CdrIssued,
    CommandSettled,
    DomainEvent,
    EvseStatusChanged,
    LocationChanged,
    ProfileChanged,
    ReservationChanged,
    SessionEvent,
    TariffChanged,
    TariffRemoved,
    TokenChanged,
)
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, Role
from app.domain.reservations import OURS, ReservationState
from app.domain.tokens import TokenRef, TokenType
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.partners import destination_of
from ocpi.push.subjects import (
    ACTIVE_PROFILE,
    CDR,
    COMMAND_RESULT,
    EVSE,
    LOCATION,
    RESERVATION_GONE,
    SESSION,
    TARIFF,
    TOKEN,
    subject_of,
)

READERS = frozenset({Role.EMSP, Role.NSP, Role.NAP, Role.HUB})
"""Who takes locations and tariffs."""

ACCEPTERS = frozenset({Role.CPO, Role.HUB})
"""Who takes tokens."""

MATTERS = (
    LocationChanged, EvseStatusChanged, TariffChanged, TariffRemoved, TokenChanged, SessionEvent,
    CdrIssued, CommandSettled, ProfileChanged, ReservationChanged,
)  # fmt: skip
"""What partners are told of; for anything else nobody needs to know who they are."""

_OVER = frozenset({ReservationState.CANCELLED, ReservationState.EXPIRED})

REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class _Directory:
    """Registered partners of our own parties, those parties, and providers behind hubs.

    `behind` names the hub through which a provider is reached; only while it is CONNECTED (C-273).
    """

    partners: tuple[Partner, ...]
    own: frozenset[PartyId]
    behind: Mapping[PartyId, str] = field(default_factory=dict)

    def taking(self, module: str, roles: Collection[Role]) -> list[Partner]:
        """Partners in one of these roles that offer the receiving side of a module."""
        return [
            p
            for p in self.partners
            if p.endpoint(module, InterfaceRole.RECEIVER) and any(r.role in roles for r in p.roles)
        ]

    def provider_of(self, token: TokenRef, module: str) -> Partner | None:
        """The partner whose eMSP issued the token, or the hub it is behind, if it takes these."""
        for partner in self.taking(module, {Role.EMSP}):
            if token.party in partner.parties(Role.EMSP):
                return partner
        hub_id = self.behind.get(token.party)
        return next((p for p in self.taking(module, {Role.HUB}) if p.id == hub_id), None)


class OcpiAudience:
    """Plans what partners get. Who they are is read once and kept until `look_again`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: _Directory | None = None
        self._sessions: _Sessions = OrderedDict()
        self._partners: set[str] = set()

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """Deliveries for this event."""
        if not isinstance(event, MATTERS):
            return ()
        directory = await self._directory()
        if not directory.partners:
            return ()
        return await _Planning(self._store, directory, self._sessions).wanted(event)

    def look_again(self) -> None:
        """Read anew who the partners are: somebody may have registered before the next events.

        To be called before events are read, not after: then no event is older than the directory
        it is planned with, and nobody misses what happened right after registering.
        """
        self._known = None

    async def _directory(self) -> _Directory:
        if self._known is None:
            async with self._store.reading() as tx:
                partners = tuple(p for p in await tx.partners.registered() if not p.hub)
                own = [o.party for o in await tx.operators.list()] if partners else []
                hubs = {p.id for p in partners if p.parties(Role.HUB)}
                found = await tx.hub_clients.connected(None, Role.EMSP) if hubs else []
            behind = {client.party: client.partner_id for client in found}
            self._known = _Directory(partners, frozenset(own), behind)
            self._forget_if_others({partner.id for partner in partners})
        return self._known

    def _forget_if_others(self, partners: set[str]) -> None:
        """Who registered since may be the one whose driver charges already."""
        if partners != self._partners:
            self._partners = partners
            self._sessions.clear()


_Sessions = OrderedDict[str, str | None]
"""The partner of each session's token, None where it has none: most events are of sessions."""


@dataclass(frozen=True, slots=True)
class _Planning:
    """Who wants to hear of one event, among the partners of a directory."""

    store: Store
    directory: _Directory
    sessions: _Sessions

    @singledispatchmethod
    async def wanted(self, event: DomainEvent) -> Sequence[Delivery]:
        """Deliveries for an event of the kinds in `MATTERS`."""
        raise NotImplementedError

    @wanted.register
    async def _(self, event: LocationChanged) -> Sequence[Delivery]:
        subject = subject_of(event.party, event.location_id)
        return self._published(event.party, "locations", LOCATION, subject)

    @wanted.register
    async def _(self, event: EvseStatusChanged) -> Sequence[Delivery]:
        subject = subject_of(event.party, event.location_id, event.evse_uid)
        return self._published(event.party, "locations", EVSE, subject)

    @wanted.register(TariffChanged)
    @wanted.register(TariffRemoved)
    async def _(self, event: TariffChanged | TariffRemoved) -> Sequence[Delivery]:
        subject = subject_of(event.party, event.tariff_id)
        return self._published(event.party, "tariffs", TARIFF, subject)

    @wanted.register
    async def _(self, event: TokenChanged) -> Sequence[Delivery]:
        """Cards only: what the app makes up for one session is pushed to nobody (C-190)."""
        if event.type != TokenType.RFID:
            return ()
        subject = subject_of(event.party, event.type, event.uid)
        takers = self.directory.taking("tokens", ACCEPTERS)
        return [_latest(partner.id, subject, TOKEN) for partner in takers]

    @wanted.register
    async def _(self, event: SessionEvent) -> Sequence[Delivery]:
        if not self.directory.behind and not self.directory.taking("sessions", {Role.EMSP}):
            return ()
        partner_id = await self._provider_of_session(event.session_id)
        return [_latest(partner_id, subject_of(event.session_id), SESSION)] if partner_id else ()

    async def _provider_of_session(self, key: str) -> str | None:
        if key in self.sessions:
            return self._still(self.sessions[key])
        async with self.store.reading() as tx:
            session = await tx.sessions.get(key)
        if session is None or session.token is None:
            return None
        partner = self.directory.provider_of(session.token, "sessions") if session.own else None
        if self.directory.behind:
            return partner.id if partner else None  # who is behind a hub may go any time
        self.sessions[key] = partner.id if partner else None
        if len(self.sessions) > REMEMBERED:
            self.sessions.popitem(last=False)
        return self.sessions[key]

    def _still(self, partner_id: str | None) -> str | None:
        known = any(partner.id == partner_id for partner in self.directory.partners)
        return partner_id if known else None

    @wanted.register
    async def _(self, event: CdrIssued) -> Sequence[Delivery]:
        async with self.store.reading() as tx:
            cdr = await tx.cdrs.get(event.cdr_id)
        partner = self.directory.provider_of(cdr.token, "cdrs") if cdr and cdr.own else None
        return [_every(partner.id, subject_of(event.cdr_id), CDR)] if partner else ()

    @wanted.register
    async def _(self, event: CommandSettled) -> Sequence[Delivery]:
        async with self.store.reading() as tx:
            command = await tx.commands.get(event.command_id)
        if command is None or command.channel is not CommandChannel.PARTNER:
            return ()
        if command.partner_id is None or command.callback_url is None:
            return ()
        return [_every(command.partner_id, subject_of(command.id), COMMAND_RESULT)]

    @wanted.register
    async def _(self, event: ProfileChanged) -> Sequence[Delivery]:
        """Only who once put a profile on the session is told of changes (C-220)."""
        async with self.store.reading() as tx:
            row = await tx.profiles.get(event.session_key)
        watcher = next((p for p in self.directory.partners if row and p.id == row.watcher), None)
        if watcher is None or watcher.endpoint("chargingprofiles", InterfaceRole.SENDER) is None:
            return ()
        return [_latest(watcher.id, subject_of(event.session_key), ACTIVE_PROFILE)]

    @wanted.register
    async def _(self, event: ReservationChanged) -> Sequence[Delivery]:
        """Who reserved hears when we are the ones who end it (C-208)."""
        if event.state not in _OVER:
            return ()
        async with self.store.reading() as tx:
            found = await tx.reservations.get(event.reservation_id)
        if found is None or found.partner_id is None or found.callback_url is None:
            return ()
        if found.active_at is None or found.reason not in OURS:
            return ()
        return [_every(found.partner_id, subject_of(found.id), RESERVATION_GONE)]

    def _published(
        self, party: PartyId, module: str, kind: str, subject: str
    ) -> Sequence[Delivery]:
        """What is ours, to everybody; a partner's own objects are the partner's to tell."""
        if party not in self.directory.own:
            return ()
        takers = self.directory.taking(module, READERS)
        return [_latest(partner.id, subject, kind) for partner in takers]


def _delivery(mode: Mode) -> Callable[[str, str, str], Delivery]:
    def made(partner_id: str, subject: str, kind: str) -> Delivery:
        return Delivery(destination_of(partner_id), subject, mode, kind)

    return made


_latest, _every = _delivery(Mode.LATEST), _delivery(Mode.EVERY)
