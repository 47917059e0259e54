"""Sessions that ended without a price, or a place on the map, are billed by a person.

Nobody could be shown a price for them, so none is found by itself: the operator names one of its
tariffs, or one that costs nothing. From then on the session is like all others: its CDR goes to
whom it concerns, and what its charger says later corrects it.
"""

from dataclasses import dataclass, replace
from logging import getLogger

from app.domain.cdrs import Cdr
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.events import CdrIssued, SessionClosed
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace
from app.domain.operators import Holder
from app.domain.sessions import Session, SessionFlag, SessionStatus, told
from app.domain.tariffs import Tariff
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.closings import billed
from app.use_cases.profile_requests import place_of

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person decides: by which tariff, and where it was if no map tells."""

    tariff_id: str
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None


class LateBills:
    """Bills what waits for a person."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def issue(self, session_id: str, terms: Terms, by: Holder) -> Cdr:
        """The CDR of a session at one of the operator's chargers, by one of its tariffs.

        Raises NotFound for others' sessions, tariffs and places, Conflict for what is billed
        already or can never be, InvalidInput without a place or in another currency.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            session = await _unbilled(tx, by.operator.party, session_id)
            tariff = await tx.tariffs.need(session.party, terms.tariff_id)
            place = await _place(tx, session, terms)
            after, cdr = billed(_priced(session, tariff, place), place, now=now)
            if cdr is None:
                raise Conflict("nobody can be billed for the session")
            await tx.sessions.put(told(replace(after, last_updated=now), now))
            await tx.cdrs.add(cdr)
            tx.emit(SessionClosed(after.id, after.charging_id))
            tx.emit(CdrIssued(cdr.id, cdr.charging_id))
        log.info(
            "session.billed_by_hand",
            extra={"session": session_id, "tariff": tariff.id, "cdr": cdr.id, "by": by.key_id},
        )
        return cdr


async def _unbilled(tx: Transaction, party: PartyId, session_id: str) -> Session:
    """The session, kept from others until this transaction ends."""
    session = await tx.sessions.need(session_id, lock=True)
    if not session.own or session.party != party:
        raise NotFound("session", session_id)
    if session.status is not SessionStatus.COMPLETED:
        raise Conflict(f"the session is {session.status.value}, not COMPLETED")
    if await tx.cdrs.of_session(session.id):
        raise Conflict("the session is billed already")
    return session


async def _place(tx: Transaction, session: Session, terms: Terms) -> EvsePlace:
    """Where it was; what the session tells itself counts more than what is said now."""
    known = await place_of(tx, session)
    if known is not None:
        return known
    if terms.location_id is None or terms.evse_uid is None:
        raise InvalidInput("location_id", "no map tells where it was: name location and EVSE")
    location = await tx.locations.need(session.party, terms.location_id)
    return location.need_place(terms.evse_uid, terms.connector_id)


def _priced(session: Session, tariff: Tariff, place: EvsePlace) -> Session:
    """The session as if price and place had been known; raises InvalidInput."""
    if session.charging_id is not None and tariff.currency != session.currency:
        raise InvalidInput("tariff_id", f"the driver pays in {session.currency}")
    return replace(
        session,
        tariff=tariff,
        currency=tariff.currency,
        zone=place.location.time_zone,
        location_id=place.location.id,
        evse_uid=place.evse.uid,
        connector_id=place.connector.id,
        flags=session.flags - {SessionFlag.NO_TARIFF, SessionFlag.NO_LOCATION},
    )
