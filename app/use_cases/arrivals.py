"""Somebody comes to an EVSE that may be kept free: for them, or for somebody else."""

from dataclasses import replace

from app.domain.availability import reported_at
from app.domain.commands import Command, CommandKind, CommandResult
from app.domain.identifiers import token_key
from app.domain.locations import EvsePlace
from app.domain.reservations import Reservation, scope_of
from app.domain.stations import Address, TransactionReported
from app.domain.tokens import Authorization, Token, Verdict
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.authorize import Authorize
from app.use_cases.command_plans import kept_at
from app.use_cases.live_stations import Kept, LiveStation, Running
from app.use_cases.matching import is_past

_MAY_COME = frozenset({None, CommandResult.ACCEPTED, CommandResult.TIMEOUT})
"""How a start may have been answered whose session is still to come."""


class Arrivals:
    """Judges tokens where they are shown, and finds the reservation they come for.

    A charger that never kept anything free costs no look into the database.
    """

    def __init__(self, store: Store, authorize: Authorize, clock: Clock) -> None:
        self._store = store
        self._authorize = authorize
        self._clock = clock

    async def verdict(
        self, live: LiveStation, message: TransactionReported, address: Address | None
    ) -> Authorization | None:
        """May the shown token charge; not where an EVSE is kept free for another one.

        What has been going on for a while is let be: the charger knew what it did.
        """
        if message.token is None:
            return None
        place = None if address is None else live.layout.place(address)
        past = is_past(message, self._clock.now())
        found = await self._authorize.check(live, message.token, place=place, past=past)
        if past or place is None or not found.allowed or not _may_keep(live, message):
            return found
        async with self._store.reading() as tx:
            kept = await _active_at(tx, place)
        if kept is None or found.token is None or _fits(kept, found.token, message):
            return found
        return replace(found, verdict=Verdict.NOT_ALLOWED, info="reserved")

    async def end_verdict(
        self, live: LiveStation, message: TransactionReported, running: Running | None
    ) -> Authorization | None:
        """Who started a session may stop it, and so may others of the same group."""
        if message.token is None:
            return None
        started_by = running.authorization if running is not None else None
        if running is not None and running.token_key == token_key(message.token.uid):
            return started_by or Authorization(Verdict.ALLOWED)
        found = await self.verdict(live, message, running.address if running else None)
        if found is None or started_by is None or not started_by.token or not found.token:
            return found
        group = started_by.token.group_id
        same = group is not None and found.token.group_id == group
        return replace(found, verdict=Verdict.ALLOWED) if same else found

    async def kept_for(
        self,
        live: LiveStation,
        message: TransactionReported,
        place: EvsePlace | None,
        token: Token | None,
    ) -> Kept | None:
        """The reservation that this session is: as the charger says, else by the token."""
        if not _may_keep(live, message):
            return None
        async with self._store.reading() as tx:
            found = await _named(tx, live, message)
            if found is None and place is not None and token is not None:
                here = await _active_at(tx, place)
                found = here if here is not None and _fits(here, token, message) else None
            if found is None or not found.open:
                return None
            booked = await tx.sessions.get(found.session_id) if found.session_id else None
            start = await tx.commands.get(found.start_id) if found.start_id else None
        at = reported_at(message.at, self._clock.now())
        if found.active_at is not None and at < found.active_at:
            return None
        return Kept(found, booked, start if start is not None and _may_come(start) else None)


def _may_keep(live: LiveStation, message: TransactionReported) -> bool:
    return live.keeps or message.reservation is not None


def _fits(kept: Reservation, token: Token, message: TransactionReported) -> bool:
    shown = message.token.uid if message.token else ""
    return kept.is_for(token) or shown.upper() == kept.tag.upper()


def _may_come(start: Command) -> bool:
    result = start.outcome.result if start.outcome else None
    return start.kind is CommandKind.START and result in _MAY_COME


async def _active_at(tx: Transaction, place: EvsePlace) -> Reservation | None:
    return await kept_at(tx, place.location.party, place.location.id, place.evse.uid)


async def _named(
    tx: Transaction, live: LiveStation, message: TransactionReported
) -> Reservation | None:
    number = message.reservation or ""
    if not number.isascii() or not number.isdecimal():
        return None
    return await tx.reservations.by_number(scope_of(live.id, None), int(number))
