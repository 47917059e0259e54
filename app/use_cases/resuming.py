"""Sessions that are not in memory: after a restart, after the end, or never heard of before."""

from dataclasses import replace
from datetime import datetime

from app.domain.availability import OFFLINE_AFTER
from app.domain.cdrs import credit_note
from app.domain.events import CdrIssued, DomainEvent
from app.domain.late import unheard
from app.domain.metering import MeterFlag, Reading, ReadingContext
from app.domain.sessions import (
    Session,
    SessionFlag,
    SessionStatus,
    abandon,
    close,
    is_repeated,
    open_session,
    stop,
)
from app.domain.stations import Activity, Address, Station, TransactionReported
from app.store.batch import apply
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.closings import bill, closing
from app.use_cases.live_stations import Layout, LiveStation, Running

V2 = "ocpp2.0.1"


def resumed(live: LiveStation, session: Session) -> Running:
    """What is kept in memory of a session read from the database."""
    address = None
    if session.location_id is not None and session.evse_uid is not None:
        address = live.layout.address(session.evse_uid, session.connector_id, V2)
    elif session.evse_uid is not None:
        address = Address(int(session.evse_uid), int(session.connector_id or 0))
    return Running(
        session,
        address,
        place=None if address is None else live.layout.place(address),
        waits=session.stopped_at is not None and session.running,
    )


async def recall(store: Store, live: LiveStation, transaction: str) -> Running | None:
    """The session of a transaction that is not in memory, running or ended."""
    async with store.reading() as tx:
        found = await tx.sessions.by_transaction(live.id, transaction)
    return None if found is None else resumed(live, found)


async def begun_elsewhere(
    store: Store, live: LiveStation, message: TransactionReported, origin: str | None
) -> Running | None:
    """The session that this start began before the charger connected, running or ended.

    Source of such repetitions: chargers that were cut off before our answer reached them.
    """
    async with store.reading() as tx:
        if message.transaction is not None:
            found = await tx.sessions.by_transaction(live.id, message.transaction)
        else:
            found = await tx.sessions.by_origin(live.id, origin or "")
    if found is None:
        return None
    return live.running.get(found.transaction or found.id) or resumed(live, found)


async def is_booked(store: Store, running: Running, message: TransactionReported) -> bool:
    """Whether this very message was booked before, so that the charger lacked our answer only.

    Where messages have no numbers, as in 1.6, what is no news is looked for as it was sent: in
    memory if that is all there is to it, since a charger may tell several things at one time.
    """
    session, latest = running.session, running.latest
    if message.seq_no is not None:
        return is_repeated(session, message.seq_no, message.at)
    if latest is not None and session.stopped_at is None:
        if message.at >= latest[0]:
            return message.at == latest[0] and message.raw in latest[1]
    elif session.heard_at is None or message.at > session.heard_at:
        return False
    async with store.reading() as tx:
        return await tx.meters.has(session.id, message.raw)


def orphan(
    live: LiveStation, message: TransactionReported, currency: str, now: datetime
) -> Session:
    """The record of a transaction whose beginning was never heard: kept, and billed to nobody."""
    blank = Session(
        id=new_id(),
        party=live.station.party,
        status=SessionStatus.INVALID,
        started_at=min((r.at for r in message.readings), default=message.at),
        last_updated=now,
        currency=currency,
        zone="UTC",
        station_id=live.id,
        transaction=message.transaction,
        activity=Activity.IDLE,
        seq_no=-1 if message.seq_no is None else message.seq_no,
        flags=frozenset({SessionFlag.ORPHAN}),
    )
    readings = tuple(sorted(message.readings, key=lambda r: r.at))
    blank = unheard(blank, 0, message.seq_no or 0)
    begun = open_session(blank, readings[:-1])
    ended = stop(
        begun, readings[-1:], at=message.at, reason=message.stop_reason or "Local", now=now
    )
    return close(ended, at=message.at, now=now)


def joined(opened: Session, end: Session, now: datetime) -> Session:
    """A session whose end came before its beginning, stopped as the orphaned end said."""
    at = end.stopped_at or end.last_updated
    last = Reading(at, register=end.register, context=ReadingContext.END)
    known = replace(
        opened,
        id=end.id,
        seq_no=max(opened.seq_no, end.seq_no),
        missing=end.missing,
        flags=opened.flags | end.flags & {SessionFlag.INCOMPLETE},
    )
    return stop(known, (last,), at=at, reason=end.stop_reason or "Local", now=now)


async def give_up_if_gone(tx: Transaction, session: Session, now: datetime) -> bool:
    """End a silent session unless its charger is connected, where memory decides."""
    station = await tx.stations.get(session.station_id or "")
    if station is None or (station.node is not None and not is_silent(station, now)):
        return False
    layout = Layout(await tx.locations.by_station(station.id))
    live = LiveStation(station, station.protocol or "", "", layout, now)
    running = resumed(live, session)
    gone = session if running.waits else abandon(session)
    done = closing(gone, running.place, at=gone.stopped_at or now, now=now)
    await apply(tx.connection, done.changes)
    return True


def is_silent(station: Station, now: datetime) -> bool:
    """Whether the process that had the charger's socket stopped vouching for it."""
    return station.seen_at is None or now - station.seen_at > OFFLINE_AFTER


def is_estimate(session: Session) -> bool:
    """Whether we ended the session by ourselves, so that the charger's word corrects it."""
    return SessionFlag.STALE in session.flags


async def correct(
    tx: Transaction, running: Running, message: TransactionReported, *, now: datetime
) -> Session:
    """Replace an estimated end by the reported one, with all that the charger's meter kept.

    A partner's CDR is taken back by a credit note and issued anew. A driver of ours has paid
    already: that session is left for a person, who sees the flag.
    """
    estimated = running.session
    reopened = replace(
        estimated,
        status=SessionStatus.ACTIVE if estimated.token else SessionStatus.PENDING,
        stopped_at=None,
        ended_at=None,
        flags=estimated.flags - {SessionFlag.STALE, MeterFlag.ESTIMATED} | {SessionFlag.CORRECTED},
    )
    known = estimated.timeline[-1].at if estimated.timeline else estimated.started_at
    buffered = await tx.meters.readings(estimated.id, since=known)
    between = (r for r in buffered if r.at < message.at)
    readings = tuple(sorted((*between, *message.readings), key=lambda r: r.at))
    stopped = stop(
        reopened, readings, at=message.at, reason=message.stop_reason or "Local", now=now
    )
    corrected = close(stopped, at=message.at, now=now)
    events: list[DomainEvent] = []
    if corrected.energy != estimated.energy or corrected.ended_at != estimated.ended_at:
        corrected, events = await _bill_again(tx, running, corrected, now)
    await tx.sessions.put(corrected)
    for event in events:
        tx.emit(event)
    return corrected


async def _bill_again(
    tx: Transaction, running: Running, corrected: Session, now: datetime
) -> tuple[Session, list[DomainEvent]]:
    cdrs = [c for c in await tx.cdrs.of_session(corrected.id) if c.credit_of is None]
    if corrected.charging_id is not None or not cdrs:
        return corrected, []
    fresh = bill(corrected, running.place, now=now)
    if fresh is None:
        return corrected, []
    credit = credit_note(cdrs[-1], issued_at=now)
    await tx.cdrs.add(credit)
    await tx.cdrs.add(fresh)
    return (
        replace(corrected, total_cost=fresh.bill.total),
        [CdrIssued(credit.id), CdrIssued(fresh.id)],
    )
