"""How a session ends: priced, billed and told, all in one piece for the group commit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.cdrs import Cdr, assemble
from app.domain.events import CdrIssued, DomainEvent, SessionClosed
from app.domain.locations import EvsePlace
from app.domain.money import Money
from app.domain.pricing import price
from app.domain.sessions import Session, SessionFlag, SessionStatus, close, told
from app.domain.timeline import slices
from app.store.batch import Change
from app.store.cdrs import issued
from app.store.events import APPEND, event_values
from app.store.ids import new_id
from app.store.sessions import saved


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed session, its CDR if somebody is billed, and everything to write."""

    session: Session
    cdr: Cdr | None
    changes: tuple[Change, ...]

    @property
    def cost(self) -> Money | None:
        """What it costs in the end, None when the price is not known."""
        return None if self.cdr is None else self.cdr.bill.total.due


def is_told(session: Session) -> bool:
    """Whether others hear of the session: it has a payer, and a place on the map to name."""
    public = session.status in (SessionStatus.ACTIVE, SessionStatus.COMPLETED)
    return public and session.token is not None and session.location_id is not None


def facts(events: Sequence[DomainEvent], now: datetime) -> list[Change]:
    """Events for the group commit."""
    return [Change(APPEND, event_values(event, now)) for event in events]


def closing(session: Session, place: EvsePlace | None, *, at: datetime, now: datetime) -> Closing:
    """Close a stopped session at `at`, with the CDR and the events that follow from it."""
    closed = _judged(close(session, at=at, now=now), place)
    closed, cdr = billed(closed, place, now=now)
    events: list[DomainEvent] = []
    if is_told(closed):
        closed = told(closed, now)
        events.append(SessionClosed(closed.id, closed.charging_id))
    if cdr is not None:
        events.append(CdrIssued(cdr.id, closed.charging_id))
    changes = [saved(closed), *([issued(cdr)] if cdr else []), *facts(events, now)]
    return Closing(closed, cdr, tuple(changes))


def billed(
    session: Session, place: EvsePlace | None, *, now: datetime
) -> tuple[Session, Cdr | None]:
    """A closed session with what it costs, and its CDR; as it was where `bill` gives none."""
    cdr = bill(session, place, now=now)
    if cdr is None:
        return session, None
    return _compared(replace(session, total_cost=cdr.bill.total)), cdr


def _compared(session: Session) -> Session:
    """The billed session, flagged where the charger reckoned something else."""
    theirs, ours = session.charger_cost, session.total_cost
    if theirs is None or ours is None or not theirs.differs(ours):
        return session
    return replace(session, flags=session.flags | {SessionFlag.COST_DIFFERS})


def bill(session: Session, place: EvsePlace | None, *, now: datetime) -> Cdr | None:
    """The CDR of a closed session; None when there is nobody to bill, or no price.

    No tariff means that the price is unknown, so the session waits for a person instead.
    """
    billable = session.status is SessionStatus.COMPLETED and session.ended_at is not None
    if not billable or place is None or session.token is None or session.tariff is None:
        return None
    parts = slices(session, now)
    total = price(
        parts,
        session.tariff,
        zone=session.zone,
        currency=session.currency,
        reservation_expired=session.reservation_expired,
    )
    return assemble(session, total, place, cdr_id=new_id(), issued_at=now)


def _judged(session: Session, place: EvsePlace | None) -> Session:
    """The closed session with the reason why it is not billed, if it is not."""
    flags = set(session.flags)
    if session.token is None and session.energy:
        flags.add(SessionFlag.NO_TOKEN)
    if place is None:
        flags.add(SessionFlag.NO_LOCATION)
    elif session.tariff is None:
        flags.add(SessionFlag.NO_TARIFF)
    return session if flags == session.flags else replace(session, flags=frozenset(flags))
