"""Charging sessions at our chargers: from what chargers report to durable rows, bills, events.

A report finds its session in the memory of the charger's connection, the domain says what becomes
of it, the group commit makes that durable, then memory follows and the charger is answered. So a
message that failed leaves nothing behind, and its repetition finds things as they were.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.domain.availability import ACTIVITIES, STILL_THERE
from app.domain.errors import Forbidden
from app.domain.excuses import failed
from app.domain.excuses import worked as unlock_worked
from app.domain.late import fill, is_late
from app.domain.metering import belonging
from app.domain.money import Money
from app.domain.sessions import (
    Session,
    SessionStatus,
    numbered,
    progress,
    stop,
)
from app.domain.stations import (
    Address,
    ConnectorState,
    Phase,
    StationState,
    TransactionReported,
)
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.batch import Batch
from app.store.ids import Blocks
from app.store.meters import belonging_to, sampled, unclaimed
from app.store.transaction import Store
from app.use_cases.arrivals import Arrivals
from app.use_cases.authorize import Authorize
from app.use_cases.beginnings import Beginnings, TransactionAnswer
from app.use_cases.board import Board
from app.use_cases.doubts import Doubts, SessionRules
from app.use_cases.hearing import Hearing, Signatures
from app.use_cases.ledger import Ledger
from app.use_cases.live_stations import LiveStation, Running
from app.use_cases.matching import (
    NAMELESS,
    address_in,
    lately_ended,
    misnamed,
    nameless,
    stays_at_a_price,
)
from app.use_cases.places import Places
from app.use_cases.resuming import (
    correct,
    is_booked,
    is_estimate,
    orphan,
    recall,
)

__all__ = ["SessionRules", "Sessions", "TransactionAnswer"]


class Sessions:
    """Books what chargers report of their transactions; every answer is given after the commit."""

    def __init__(
        self,
        store: Store,
        batch: Batch,
        authorize: Authorize,
        *,
        places: Places,
        blocks: Blocks,
        signed: Signatures,
        bus: Bus,
        clock: Clock,
        rules: SessionRules,
    ) -> None:
        self._store = store
        self.places = places
        self._arrivals = Arrivals(store, authorize, clock)
        self._clock = clock
        self._rules = rules
        self._ledger = Ledger(batch, bus, clock)
        self._board = Board(batch, bus, clock)
        self._hearing = Hearing(store, batch, self._ledger, signed=signed, clock=clock)
        self._doubts = Doubts(store, self._ledger, self._board, clock=clock, rules=rules)
        self._beginnings = Beginnings(
            store,
            places,
            self._arrivals,
            blocks=blocks,
            ledger=self._ledger,
            doubts=self._doubts,
            clock=clock,
            rules=rules,
        )

    async def report(self, live: LiveStation, message: TransactionReported) -> TransactionAnswer:
        """Book a message; repeating it changes nothing and gives the same answer.

        Raises Forbidden for a charger that may not take part (yet).
        """
        if live.station.state is not StationState.REGISTERED:
            raise Forbidden(f"station {live.id} is {live.station.state.value}")
        message = await self._hearing.first(live, message)
        async with live.lock:
            return await self._hearing.last(live, message, await self._book(live, message))

    async def _book(self, live: LiveStation, message: TransactionReported) -> TransactionAnswer:
        if message.phase is Phase.UPDATED:
            return await self._updated(live, message, await self._find(live, message))
        if message.phase is Phase.STARTED:
            answer = await self._beginnings.started(live, message)
        else:
            answer = await self._ended(live, message, await self._find(live, message))
        await self._board.refresh(live)
        return answer

    async def connector_changed(
        self, live: LiveStation, address: Address, state: ConnectorState, at: datetime
    ) -> None:
        """A connector shows another state; the caller holds `live.lock`.

        In 1.6 that is how the charger tells what the vehicle does, and when it has left.
        """
        running = live.at(address)
        if running is None:
            return
        session, now = running.session, self._clock.now()
        if running.waits:
            if state not in STILL_THERE and not session.missing:
                await self._ledger.finish(live, running, session, at=min(at, now))
        elif live.flat and state in ACTIVITIES and at >= session.started_at:
            after = progress(session, activity=ACTIVITIES[state], at=at, now=now)
            rows = sampled(live.id, session, after, (), raw=None, at=at)
            await self._ledger.move(running, after, rows)

    async def unlock_tried(self, live: LiveStation, address: Address, *, worked: bool) -> None:
        """A cable was asked for; while it cannot be had, idle time costs nothing."""
        async with live.lock:
            running = live.at(live.layout.normal(address))
            if running is None:
                return
            session, now = running.session, self._clock.now()
            after = unlock_worked(session.excuses, now) if worked else failed(session.excuses, now)
            if after != session.excuses:
                await self._ledger.move(running, replace(session, excuses=after), ())

    async def look_after(self, stations: Iterable[LiveStation]) -> None:
        """Periodic: see `Doubts.look_after`."""
        await self._doubts.look_after(stations)

    async def give_up_lost(self) -> int:
        """Periodic, in one process: see `Doubts.give_up_lost`."""
        return await self._doubts.give_up_lost()

    # Which session is meant

    async def _find(self, live: LiveStation, message: TransactionReported) -> Running | None:
        name = message.transaction
        if name is not None and name not in NAMELESS:
            here = live.running.get(name) or lately_ended(live, name)
            here = here or await recall(self._store, live, name)
            return here or (misnamed(live, message, name) if live.flat else None)
        if message.phase is Phase.ENDED:
            return nameless(live, message)
        address = address_in(live, message)
        return live.at(address) if address is not None else None

    # It goes on

    async def _updated(
        self, live: LiveStation, message: TransactionReported, running: Running | None
    ) -> TransactionAnswer:
        if running is None and message.seq_no is not None and message.transaction is not None:
            return await self._beginnings.started(live, message)
        if running is not None and is_late(running.session, message.seq_no):
            return await self._came_late(live, message, running)
        if running is None or running.session.stopped_at is not None:
            await self._keep(live, message, running)
            return TransactionAnswer()
        session = running.session
        if await is_booked(self._store, running, message):
            return _known(message, running)
        readings = belonging(message.readings, to_transaction=message.transaction is not None)
        now = self._clock.now()
        after = progress(
            numbered(session, message.seq_no),
            readings,
            activity=message.activity,
            seq_no=message.seq_no,
            at=message.at,
            now=now,
        )
        after = _as_told(after, message)
        rows = sampled(live.id, session, after, readings, raw=message.raw, at=message.at)
        shown = message.token is not None or message.remote_start is not None
        if shown and session.status is SessionStatus.PENDING:
            after = await self._beginnings.activated(live, message, running, after)
        if after.status is not session.status:
            await self._ledger.activate(running, after, rows)
        else:
            await self._ledger.move(running, after, rows)
        running.remember(message, session.heard_at)
        if live.unconfirmed:
            await self._ledger.confirm(live, running)
        return _known(message, running)

    async def _came_late(
        self, live: LiveStation, message: TransactionReported, running: Running
    ) -> TransactionAnswer:
        """A message that was missing: it fills in, and what waited for it only is over."""
        session, now = running.session, self._clock.now()
        readings = belonging(message.readings, to_transaction=True)
        after = numbered(session, message.seq_no)
        if session.running:
            after = fill(after, readings, activity=message.activity, at=message.at, now=now)
        shown = message.token is not None or message.remote_start is not None
        rows = sampled(live.id, session, after, readings, raw=message.raw, at=message.at)
        if shown and session.status is SessionStatus.PENDING and session.stopped_at is None:
            after = await self._beginnings.activated(live, message, running, after)
            await self._ledger.activate(running, after, rows)
        else:
            await self._ledger.move(running, after, rows)
        if running.waits and not after.missing:
            await self._doubts.settle(live, running)
        return _known(message, running)

    async def _keep(
        self, live: LiveStation, message: TransactionReported, running: Running | None
    ) -> None:
        """Keep a message that changes nothing any more, once."""
        if running is None:
            await self._ledger.keep(live, message, None)
        elif not await is_booked(self._store, running, message):
            await self._ledger.keep(live, message, running.session)

    # It ends

    async def _ended(
        self, live: LiveStation, message: TransactionReported, running: Running | None
    ) -> TransactionAnswer:
        authorization = await self._arrivals.end_verdict(live, message, running)
        if running is None:
            session = orphan(live, message, self._rules.currency, self._clock.now())
            rows = unclaimed(live.id, message.readings, message.raw, message.at)
            await self._ledger.record(live, Running(session, None), belonging_to(session, rows))
            return TransactionAnswer(None, authorization)
        session = running.session
        if session.stopped_at is not None:
            await self._ended_before(live, message, running)
            return TransactionAnswer(None, authorization, _cost(running.session))
        now = self._clock.now()
        readings = belonging(message.readings, to_transaction=True)
        stopped = stop(
            numbered(session, message.seq_no),
            readings,
            at=message.at,
            reason=message.stop_reason or "Local",
            now=now,
        )
        if message.seq_no is not None:
            number = max(session.seq_no, message.seq_no)
            stopped = _as_told(replace(stopped, seq_no=number), message)
        rows = sampled(live.id, session, stopped, readings, raw=message.raw, at=message.at)
        if stopped.missing:
            await self._ledger.move(running, stopped, rows)
            running.waits = True
            return TransactionAnswer(None, authorization)
        recent = now - message.at < self._rules.idle_limit
        if recent and stays_at_a_price(live, running, message, stopped):
            await self._ledger.move(running, stopped, rows)
            running.waits = True
            return TransactionAnswer(None, authorization)
        done = await self._ledger.finish(live, running, stopped, at=message.at, rows=rows)
        return TransactionAnswer(None, authorization, done.cost)

    async def _ended_before(
        self, live: LiveStation, message: TransactionReported, running: Running
    ) -> None:
        """The first end counts, unless it was our estimate."""
        await self._keep(live, message, running)
        if is_estimate(running.session):
            async with self._store.transaction() as tx:
                corrected = await correct(tx, running, message, now=self._clock.now())
            running.session = corrected


def _known(message: TransactionReported, running: Running) -> TransactionAnswer:
    """What is known of a token that the message shows."""
    return TransactionAnswer(None, running.authorization if message.token is not None else None)


def _as_told(session: Session, message: TransactionReported) -> Session:
    """The session with what the charger reckons by itself: cost and limits."""
    if message.cost is None and message.limit is None:
        return session
    return replace(
        session,
        charger_cost=message.cost or session.charger_cost,
        charger_limit=message.limit or session.charger_limit,
    )


def _cost(session: Session) -> Money | None:
    return None if session.total_cost is None else session.total_cost.due
