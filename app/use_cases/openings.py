"""How a session begins: where it is, who pays, by which command, at which tariff."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.availability import ACTIVITIES
from app.domain.commands import Command, CommandKind, is_virtual
from app.domain.identifiers import PartyId, token_key
from app.domain.late import unheard
from app.domain.locations import EvsePlace
from app.domain.metering import Reading
from app.domain.partners import Role
from app.domain.sessions import Session, SessionFlag, SessionStatus, activate, open_session
from app.domain.stations import Activity, Address, Phase, TransactionReported
from app.domain.tariffs import Tariff, price_list
from app.domain.tokens import AuthMethod, Authorization, Token, TokenType
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.arrivals import Arrivals
from app.use_cases.card_tokens import follows
from app.use_cases.live_stations import Kept, LiveStation
from app.use_cases.places import Places

UTC_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says about a beginning session."""

    place: EvsePlace | None = None
    command: Command | None = None
    tariff: Tariff | None = None
    partner_id: str | None = None
    kept: Kept | None = None

    @property
    def limited(self) -> bool:
        """Whether the command brought a charging profile."""
        return self.command is not None and self.command.profile is not None


@dataclass(frozen=True, slots=True)
class Beginning:
    """Everything a new session is made of; `past` when it was reported long after it began."""

    message: TransactionReported
    readings: Sequence[Reading]
    transaction: str
    address: Address | None
    authorization: Authorization | None
    found: Found
    origin: str | None
    past: bool


def origin_of(message: TransactionReported) -> str:
    """What a retransmitted 1.6 start is known by: connector, tag, time and meter are the same."""
    connector = message.address.connector if message.address else 0
    uid = token_key(message.token.uid) if message.token else ""
    register = next((r.register for r in message.readings if r.register is not None), None)
    return f"{connector}|{uid}|{message.at.isoformat()}|{register}"


class Openings:
    """Finds out what a beginning session needs to know."""

    def __init__(self, store: Store, places: Places, arrivals: Arrivals) -> None:
        self._store = store
        self._places = places
        self._arrivals = arrivals

    async def look_up(
        self,
        live: LiveStation,
        message: TransactionReported,
        address: Address | None,
        *,
        authorization: Authorization | None,
    ) -> Found:
        """A charger that is on no map needs nothing, unless commanded.

        Only a command, a partner and, where a charger keeps EVSEs free, the reservation are read
        from the database; the site is in memory.
        """
        commanded = message.remote_start is not None or _is_virtual(message)
        if not live.layout.places and not commanded:
            return Found()
        place = None if address is None else live.layout.place(address)
        command, tariff = await self._commanded(live, message) if commanded else (None, None)
        shown = token_of(command, authorization)
        kept = await self._arrivals.kept_for(live, message, place, shown)
        if kept is not None and command is None:
            command, tariff = kept.start, await self._quoted(kept.start)
        if kept is not None and tariff is None and kept.session is not None:
            tariff = kept.session.tariff
        token = token_of(command, authorization)
        if tariff is None and place is not None:
            tariff = await self._offered(place, token, at=message.at)
        return Found(place, command, tariff, await self._partner(token), kept)

    async def _commanded(
        self, live: LiveStation, message: TransactionReported
    ) -> tuple[Command | None, Tariff | None]:
        """The command that a session follows, and the tariff its driver was quoted."""
        async with self._store.reading() as tx:
            command = await _command(tx, live, message)
        return command, await self._quoted(command)

    async def _quoted(self, command: Command | None) -> Tariff | None:
        """The tariff that the driver of a start was quoted."""
        if command is None or command.charging_id is None:
            return None
        async with self._store.reading() as tx:
            charging = await tx.charging.get(command.charging_id)
        return None if charging is None else charging.tariff

    async def _offered(
        self, place: EvsePlace, token: Token | None, *, at: datetime
    ) -> Tariff | None:
        """The connector's tariff for this kind of token."""
        offered = await self._places.tariffs(place.location.party, place.connector.tariff_ids)
        ad_hoc = token is not None and token.type is TokenType.AD_HOC_USER
        return price_list(offered, at, ad_hoc=ad_hoc)

    async def _partner(self, token: Token | None) -> str | None:
        if token is None or token.own:
            return None
        async with self._store.reading() as tx:
            hosts = await tx.partners.hosting(token.party, Role.EMSP, hub=False)
        return hosts[0].id if hosts else None


def _is_virtual(message: TransactionReported) -> bool:
    return message.token is not None and is_virtual(token_key(message.token.uid))


async def _command(
    tx: Transaction, live: LiveStation, message: TransactionReported
) -> Command | None:
    found = None
    if message.remote_start is not None:
        found = await tx.commands.by_remote_start(live.id, message.remote_start)
    if found is None and message.token is not None:
        found = await tx.commands.by_id_tag(message.token.uid)
    if found is None or found.kind is not CommandKind.START:
        return None
    return found if (found.station_id or "").casefold() == live.id.casefold() else None


def token_of(command: Command | None, authorization: Authorization | None) -> Token | None:
    """Who pays: the command's token, else the one that was shown."""
    if command is not None and command.token is not None:
        return command.token
    return None if authorization is None else authorization.token


def begin(live: LiveStation, beginning: Beginning, *, currency: str, now: datetime) -> Session:
    """The new session, or the record of one that was refused."""
    message, found, address = beginning.message, beginning.found, beginning.address
    place, status = found.place, _status(beginning)
    booked = _booked(found) if status is SessionStatus.ACTIVE else None
    blank = Session(
        id=booked.id if booked else new_id(),
        party=_party(live, place),
        status=status,
        reserved_at=booked.reserved_at if booked else None,
        started_at=message.at,
        last_updated=now,
        currency=found.tariff.currency if found.tariff else currency,
        zone=place.location.time_zone if place else UTC_ZONE,
        station_id=live.id,
        transaction=beginning.transaction,
        location_id=place.location.id if place else None,
        evse_uid=place.evse.uid if place else _number(address.evse if address else None),
        connector_id=place.connector.id
        if place
        else _number(address.connector if address else None),
        tariff=found.tariff,
        activity=activity_of(live, message, address),
        heard_at=message.at,
        seq_no=-1 if message.seq_no is None else message.seq_no,
        origin=beginning.origin,
        charger_limit=message.limit,
    )
    flags = _flags(beginning)
    paid = paid_by(replace(blank, flags=flags), found, beginning.authorization)
    begun = open_session(paid, beginning.readings)
    late = message.phase is not Phase.STARTED
    return unheard(begun, 0, message.seq_no) if late and message.seq_no else begun


def _booked(found: Found) -> Session | None:
    """The session that stands for the reservation, to go on as the driver's."""
    booked = found.kept.session if found.kept else None
    return booked if booked is not None and booked.status is SessionStatus.RESERVATION else None


def paid_by(session: Session, found: Found, authorization: Authorization | None) -> Session:
    """The session with its token and what ties it to command, driver and partner."""
    command, token = found.command, token_of(found.command, authorization)
    reference, method = None, AuthMethod.WHITELIST
    if authorization is not None:
        reference, method = authorization.reference, authorization.method
    if command is not None:
        reference, method = command.authorization_reference, AuthMethod.COMMAND
    if reference is None and found.kept is not None:
        reference = found.kept.reservation.authorization_reference
    return replace(
        session,
        token=token.ref if token else None,
        auth_method=method,
        authorization_reference=reference,
        command_id=command.id if command else None,
        charging_id=command.charging_id if command else _followed(session, found, token),
        partner_id=found.partner_id,
        invoiced=command.invoiced if command else False,
    )


def _followed(session: Session, found: Found, token: Token | None) -> str | None:
    """The id of the driver's session that is to be made of what a card or a vehicle began."""
    priced = found.place is not None and found.tariff is not None
    told = session.status is not SessionStatus.INVALID
    return new_id() if priced and told and follows(token) else None


def taken_up(
    session: Session,
    found: Found,
    authorization: Authorization | None,
    *,
    token: Token,
    at: datetime,
    now: datetime,
    since_start: bool = False,
) -> Session:
    """A waiting session that somebody pays for now, or all along, at the tariff of now."""
    currency = found.tariff.currency if found.tariff else session.currency
    booked = _booked(found)
    reserved_at = booked.reserved_at if booked else None
    priced = replace(session, tariff=found.tariff, currency=currency, reserved_at=reserved_at)
    paid = paid_by(priced, found, authorization)
    if since_start:
        return replace(paid, status=SessionStatus.ACTIVE)
    return activate(paid, token, at=at, now=now)


def activity_of(
    live: LiveStation, message: TransactionReported, address: Address | None
) -> Activity:
    """What goes on at the start: as said, as the connector shows, or what a start means.

    A 1.6 start means that energy may flow; in 2.x it may be no more than a cable plugged in.
    """
    if message.activity is not None:
        return message.activity
    shown = live.connectors.get(address) if address is not None and live.flat else None
    if shown is not None and shown.state in ACTIVITIES and shown.at >= message.at:
        return ACTIVITIES[shown.state]
    return Activity.CHARGING if live.flat else Activity.CONNECTED


def _party(live: LiveStation, place: EvsePlace | None) -> PartyId:
    return place.location.party if place else live.station.party


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _status(beginning: Beginning) -> SessionStatus:
    """ACTIVE when somebody pays; a token refused after the fact still pays if it is known."""
    authorization, command = beginning.authorization, beginning.found.command
    if command is not None:
        return SessionStatus.ACTIVE
    if authorization is None:
        return SessionStatus.PENDING
    late = beginning.past and authorization.token is not None
    return SessionStatus.ACTIVE if authorization.allowed or late else SessionStatus.INVALID


def _flags(beginning: Beginning) -> frozenset[str]:
    flags: set[str] = set()
    authorization = beginning.authorization
    refused = authorization is not None and not authorization.allowed
    if refused and beginning.found.command is None:
        flags.add(SessionFlag.REFUSED)
    if beginning.found.place is None:
        flags.add(SessionFlag.NO_LOCATION)
    elif beginning.found.tariff is None:
        flags.add(SessionFlag.NO_TARIFF)
    return frozenset(flags)
