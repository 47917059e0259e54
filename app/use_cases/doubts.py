"""Sessions of which too little is heard: asked about, waited for, ended in the end.

Nobody closes a session while its charger may still tell how it went. One that comes back without
a word of its session, that has booted since, or of whose messages some are missing, is asked:
OCPP 2.x chargers whether the transaction goes on and whether messages are to come, those of 1.6
for a meter value. What says "no, and nothing is to come" ends it at once, at the last known meter
value; silence ends it after a while.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.availability import STILL_THERE
from app.domain.errors import ChargerRefused
from app.domain.sessions import Session, abandon, bills_parking
from app.domain.transactions import TOPIC, AskTransactionStatus, Doubt, TransactionKnown
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.admission import trigger
from app.use_cases.asks import ask_in
from app.use_cases.board import Board
from app.use_cases.closings import closing
from app.use_cases.command_requests import ANSWER_WITHIN, BY_US, AskRequest
from app.use_cases.ledger import Ledger
from app.use_cases.live_stations import LiveStation, Running
from app.use_cases.matching import contradicted_at
from app.use_cases.resuming import give_up_if_gone

LOST_AT_ONCE = 50
SETTLE_AFTER = timedelta(minutes=2)
"""How long a charger that came back may take to send what it kept, before it is asked."""


@dataclass(frozen=True, slots=True)
class SessionRules:
    """An operator's choices.

    `idle_limit` bounds how long a session waits for the unplugging, `silence_limit` how long
    after a contradicting signal (a boot, a free connector) its own end is waited for,
    `lost_limit` how long a charger that is gone may come back with it. `one_at_a_time` refuses a
    token that charges at another connector.
    """

    idle_limit: timedelta = timedelta(hours=12)
    silence_limit: timedelta = timedelta(minutes=15)
    lost_limit: timedelta = timedelta(hours=24)
    currency: str = "EUR"
    one_at_a_time: bool = False


class Doubts:
    """Looks after sessions by the clock."""

    def __init__(
        self, store: Store, ledger: Ledger, board: Board, *, clock: Clock, rules: SessionRules
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._board = board
        self._clock = clock
        self._rules = rules

    async def look_after(self, stations: Iterable[LiveStation]) -> None:
        """Periodic: end what waited too long for its unplugging or will not be heard of again."""
        for live in tuple(stations):
            for running in tuple(live.running.values()):
                async with live.lock:
                    if running in live.running.values():
                        await self._look_after(live, running)
                        await self._board.refresh(live)

    async def give_up_lost(self) -> int:
        """Periodic, in one process: end sessions of chargers that did not come back; how many.

        They end at their last meter value, so that nobody's money stays held for ever.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            silent = await tx.sessions.silent_since(now - self._rules.lost_limit, LOST_AT_ONCE)
            return sum([await give_up_if_gone(tx, session, now) for session in silent])

    async def give_up(self, live: LiveStation, running: Running) -> None:
        """End a session at what is known of it."""
        now, session = self._clock.now(), running.session
        if running.waits:
            done = closing(session, running.place, at=now, now=now)
        else:
            gone = abandon(session)
            done = closing(gone, running.place, at=gone.stopped_at or now, now=now)
        await self._ledger.close(live, running, done)

    async def _look_after(self, live: LiveStation, running: Running) -> None:
        session, now = running.session, self._clock.now()
        if running.waits and session.stopped_at is not None:
            await self._look_after_ended(live, running, session.stopped_at)
            return
        told = await self._cleared_up(live, running)
        if told is not None and told.ongoing is False and not told.queued:
            await self.give_up(live, running)
            return
        kept_alive = told is not None and (told.ongoing or told.queued)
        silent = contradicted_at(live, running, now) <= now - self._rules.silence_limit
        if silent and not kept_alive:
            await self.give_up(live, running)

    async def _look_after_ended(
        self, live: LiveStation, running: Running, stopped_at: datetime
    ) -> None:
        """The transaction is over; the vehicle, or messages of it, may still be to come."""
        session, now = running.session, self._clock.now()
        if session.missing:
            told = await self._cleared_up(live, running)
            late = now - session.last_updated >= self._rules.silence_limit
            if late or (told is not None and not told.queued) or live.flat:
                await self.settle(live, running)
            return
        latest = stopped_at + self._rules.idle_limit
        if now >= latest:
            done = closing(session, running.place, at=latest, now=now)
            await self._ledger.close(live, running, done)

    async def settle(self, live: LiveStation, running: Running) -> None:
        """An ended transaction of which no more is to come: over, unless the vehicle's stay costs.

        How long it stayed is what its connector shows.
        """
        session, now = running.session, self._clock.now()
        end = session.stopped_at or now
        shown = None if running.address is None else live.connectors.get(running.address)
        if shown is not None and bills_parking(session.tariff):
            if shown.state in STILL_THERE and now < end + self._rules.idle_limit:
                await self._ledger.move(running, replace(session, missing=frozenset()), ())
                return
            end = max(end, min(shown.at, now))
        done = closing(session, running.place, at=end, now=now)
        await self._ledger.close(live, running, done)

    async def _cleared_up(self, live: LiveStation, running: Running) -> TransactionKnown | None:
        """The charger's word on the session, asked for when there is a reason to."""
        now = self._clock.now()
        if not self._is_doubtful(live, running, now):
            running.doubt = None
            return None
        doubt = running.doubt
        if doubt is None or (doubt.is_due(now) and not doubt.is_final):
            running.doubt = Doubt(now, doubt.answered if doubt else None)
            async with self._store.transaction() as tx:
                await _ask(tx, live, running, now)
        elif not live.flat:
            running.doubt = await self._answered(live, running.session, doubt)
        return running.doubt.answered if running.doubt is not None else None

    def _is_doubtful(self, live: LiveStation, running: Running, now: datetime) -> bool:
        session = running.session
        if session.missing:
            return True
        back = now - live.connected_at >= SETTLE_AFTER
        unheard = session.last_updated < live.connected_at
        return (back and unheard) or contradicted_at(live, running, now) < now

    async def _answered(self, live: LiveStation, session: Session, doubt: Doubt) -> Doubt:
        async with self._store.reading() as tx:
            fact = await tx.station_facts.get(
                live.id, TOPIC, TransactionKnown, name=session.transaction or ""
            )
        if fact is None or fact.at < doubt.asked_at:
            fresh = self._clock.now() - doubt.asked_at < ANSWER_WITHIN
            return doubt if fresh else Doubt(doubt.asked_at)
        return Doubt(doubt.asked_at, fact.value)


async def _ask(tx: Transaction, live: LiveStation, running: Running, now: datetime) -> None:
    """Ask the charger, if it is there."""
    session = running.session
    if live.flat:
        place = (session.location_id, session.evse_uid)
        known = None if None in place else (session.location_id or "", session.evse_uid or "")
        await trigger(tx, live.station, "MeterValues", now=now, place=known)
        return
    ask = AskTransactionStatus(session.transaction)
    try:
        await ask_in(tx, AskRequest(asker=BY_US, station_id=live.id, ask=ask), now=now)
    except ChargerRefused:
        return
