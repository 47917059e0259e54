"""Charging sessions at our chargers: from what chargers report to durable rows, bills, events.

A report finds its session in the memory of the charger's connection, the domain says what becomes
of it, the group commit makes that durable, then memory follows and the charger is answered. So a
message that failed leaves nothing behind, and its repetition finds things as they were.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.availability import ACTIVITIES, STILL_THERE
from app.domain.errors import Forbidden
from app.domain.identifiers import token_key
from app.domain.metering import belonging
from app.domain.money import Money
from app.domain.sessions import (
    Session,
    SessionFlag,
    SessionStatus,
    abandon,
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
from app.domain.tokens import Authorization
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.batch import Batch
from app.store.ids import Blocks
from app.store.meters import belonging_to, sampled, unclaimed
from app.store.transaction import Store
from app.use_cases.arrivals import Arrivals
from app.use_cases.authorize import Authorize
from app.use_cases.board import Board
from app.use_cases.closings import closing
from app.use_cases.ledger import Ledger
from app.use_cases.live import LiveStation, Running
from app.use_cases.matching import (
    NAMELESS,
    address_in,
    begun_before,
    contradicted_at,
    is_past,
    lately_ended,
    nameless,
    stays_at_a_price,
)
from app.use_cases.openings import Beginning, Openings, begin, origin_of, taken_up, token_of
from app.use_cases.places import Places
from app.use_cases.resuming import (
    correct,
    give_up_if_gone,
    is_booked,
    is_estimate,
    joined,
    orphan,
    recall,
)
from app.use_cases.signed_meters import SignedMeters

NUMBERS = "transaction"
LOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class TransactionAnswer:
    """What a charger is told: its transaction's number (1.6 start), the token's verdict, the cost.

    `authorization` is None when the message showed no token, `total_cost` unless it is final.
    `incomplete` tells that messages are missing, so that the charger may be asked for them.
    """

    number: int | None = None
    authorization: Authorization | None = None
    total_cost: Money | None = None
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class SessionRules:
    """An operator's choices.

    `idle_limit` bounds how long a session waits for the unplugging, `silence_limit` how long
    after a contradicting signal (a boot, a free connector) its own end is waited for,
    `lost_limit` how long a charger that is gone may come back with it.
    """

    idle_limit: timedelta = timedelta(hours=12)
    silence_limit: timedelta = timedelta(minutes=15)
    lost_limit: timedelta = timedelta(hours=24)
    currency: str = "EUR"


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
        signed: SignedMeters,
        bus: Bus,
        clock: Clock,
        rules: SessionRules,
    ) -> None:
        self._store = store
        self.places = places
        self._arrivals = Arrivals(store, authorize, clock)
        self._openings = Openings(store, places, self._arrivals)
        self._blocks = blocks
        self._signed = signed
        self._clock = clock
        self._rules = rules
        self._ledger = Ledger(batch, bus, clock)
        self._board = Board(batch, bus, clock)

    async def report(self, live: LiveStation, message: TransactionReported) -> TransactionAnswer:
        """Book a message; repeating it changes nothing and gives the same answer.

        Raises Forbidden for a charger that may not take part (yet).
        """
        if live.station.state is not StationState.REGISTERED:
            raise Forbidden(f"station {live.id} is {live.station.state.value}")
        for reading in message.readings:
            if reading.signed:
                message = await self._signed.judged(live, message)
                break
        async with live.lock:
            if message.phase is Phase.UPDATED:
                return await self._updated(live, message, await self._find(live, message))
            if message.phase is Phase.STARTED:
                answer = await self._started(live, message)
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
            if state not in STILL_THERE:
                done = closing(session, running.place, at=min(at, now), now=now)
                await self._ledger.close(live, running, done)
        elif live.flat and state in ACTIVITIES and at >= session.started_at:
            after = progress(session, activity=ACTIVITIES[state], at=at, now=now)
            rows = sampled(live.id, session, after, (), raw=None, at=at)
            await self._ledger.move(running, after, rows)

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

    # Which session is meant

    async def _find(self, live: LiveStation, message: TransactionReported) -> Running | None:
        name = message.transaction
        if name is not None and name not in NAMELESS:
            here = live.running.get(name) or lately_ended(live, name)
            return here or await recall(self._store, live, name)
        if message.phase is Phase.ENDED:
            return nameless(live, message)
        address = address_in(live, message)
        return live.at(address) if address is not None else None

    # It begins

    async def _started(self, live: LiveStation, message: TransactionReported) -> TransactionAnswer:
        origin = origin_of(message) if message.transaction is None else None
        known = begun_before(live, message, origin)
        if known is not None and SessionFlag.ORPHAN not in known.session.flags:
            return await self._begun_before(live, message, known)
        running, number = await self._beginning(live, message, origin)
        if known is not None:
            running.session = joined(running.session, known.session, self._clock.now())
            await self._ledger.join(live, known, running, message)
        else:
            await self._make_room(live, running.address)
            await self._ledger.open(live, running, message)
        return TransactionAnswer(number, running.authorization)

    async def _beginning(
        self, live: LiveStation, message: TransactionReported, origin: str | None
    ) -> tuple[Running, int | None]:
        await self.places.refresh(live)
        address = address_in(live, message)
        authorization = await self._arrivals.verdict(live, message, address)
        found = await self._openings.look_up(live, message, address, authorization=authorization)
        number = None if message.transaction else await self._blocks.take(NUMBERS)
        now = self._clock.now()
        beginning = Beginning(
            message=message,
            readings=belonging(message.readings, to_transaction=True),
            transaction=message.transaction or str(number),
            address=address,
            authorization=authorization,
            found=found,
            origin=origin,
            past=is_past(message, now),
        )
        session = begin(live, beginning, currency=self._rules.currency, now=now)
        key = token_key(message.token.uid) if message.token else None
        kept = found.kept if session.status is SessionStatus.ACTIVE else None
        running = Running(session, address, key, authorization, found.place, kept=kept)
        running.remember(message, None)
        return running, number

    async def _begun_before(
        self, live: LiveStation, message: TransactionReported, known: Running
    ) -> TransactionAnswer:
        """The answer the first one got; after a restart of ours it is worked out again."""
        if known.authorization is None:
            known.authorization = await self._arrivals.verdict(live, message, known.address)
        name = known.session.transaction
        number = int(name) if message.transaction is None and name is not None else None
        return TransactionAnswer(number, known.authorization)

    async def _make_room(self, live: LiveStation, address: Address | None) -> None:
        """End what still seems to go on where something new begins."""
        before = None if address is None else live.at(address)
        if before is not None:
            await self._give_up(live, before)

    # It goes on

    async def _updated(
        self, live: LiveStation, message: TransactionReported, running: Running | None
    ) -> TransactionAnswer:
        if running is None and message.seq_no is not None and message.transaction is not None:
            return await self._started(live, message)
        if running is None or running.session.stopped_at is not None:
            await self._keep(live, message, running)
            return TransactionAnswer()
        session = running.session
        if await is_booked(self._store, running, message):
            return TransactionAnswer(None, running.authorization if message.token else None)
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
        rows = sampled(live.id, session, after, readings, raw=message.raw, at=message.at)
        shown = message.token is not None or message.remote_start is not None
        if shown and session.status is SessionStatus.PENDING:
            after = await self._activated(live, message, running, after)
        if after.status is not session.status:
            await self._ledger.activate(running, after, rows)
        else:
            await self._ledger.move(running, after, rows)
        running.remember(message, session.heard_at)
        if live.unconfirmed:
            await self._ledger.confirm(live, running)
        authorization = running.authorization if message.token is not None else None
        return TransactionAnswer(None, authorization, incomplete=bool(after.missing))

    async def _keep(
        self, live: LiveStation, message: TransactionReported, running: Running | None
    ) -> None:
        """Keep a message that changes nothing any more, once."""
        if running is None:
            await self._ledger.keep(live, message, None)
        elif not await is_booked(self._store, running, message):
            await self._ledger.keep(live, message, running.session)

    async def _activated(
        self, live: LiveStation, message: TransactionReported, running: Running, after: Session
    ) -> Session:
        """A token or a command came after the cable; refused, the session goes on waiting."""
        await self.places.refresh(live)
        authorization = await self._arrivals.verdict(live, message, running.address)
        found = await self._openings.look_up(
            live, message, running.address, authorization=authorization
        )
        running.authorization = authorization
        token = token_of(found.command, authorization)
        allowed = found.command is not None or (
            authorization is not None and authorization.allowed
        )
        if token is None or not allowed:
            return after
        running.place = found.place or running.place
        running.token_key, running.kept = token_key(token.uid), found.kept
        now = self._clock.now()
        return taken_up(after, found, authorization, token=token, at=message.at, now=now)

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
        rows = sampled(live.id, session, stopped, readings, raw=message.raw, at=message.at)
        recent = now - message.at < self._rules.idle_limit
        if recent and stays_at_a_price(live, running, message, stopped):
            await self._ledger.move(running, stopped, rows)
            running.waits = True
            return TransactionAnswer(None, authorization)
        done = closing(stopped, running.place, at=message.at, now=now)
        await self._ledger.close(live, running, done, rows)
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

    async def _give_up(self, live: LiveStation, running: Running) -> None:
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
            latest = session.stopped_at + self._rules.idle_limit
            if now >= latest:
                done = closing(session, running.place, at=latest, now=now)
                await self._ledger.close(live, running, done)
            return
        if contradicted_at(live, running, now) <= now - self._rules.silence_limit:
            await self._give_up(live, running)


def _cost(session: Session) -> Money | None:
    return None if session.total_cost is None else session.total_cost.due
