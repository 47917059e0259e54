"""How transactions begin: once, whenever the beginning is heard, and tied to who pays."""

from dataclasses import dataclass, replace

from app.domain.identifiers import token_key
from app.domain.late import begin_earlier, fill, is_late
from app.domain.metering import belonging
from app.domain.money import Money
from app.domain.sessions import Session, SessionFlag, SessionStatus, numbered
from app.domain.stations import TransactionReported
from app.domain.tokens import Authorization, Verdict
from app.domain.transaction_limits import TransactionLimit
from app.ports.clock import Clock
from app.store.ids import Blocks
from app.store.meters import sampled
from app.store.transaction import Store
from app.use_cases.arrivals import Arrivals
from app.use_cases.doubts import Doubts, SessionRules
from app.use_cases.ledger import Ledger
from app.use_cases.live_stations import LiveStation, Running
from app.use_cases.matching import address_in, begun_before, is_past
from app.use_cases.openings import Beginning, Openings, begin, origin_of, taken_up, token_of
from app.use_cases.places import Places
from app.use_cases.resuming import begun_elsewhere, joined

NUMBERS = "transaction"


@dataclass(frozen=True, slots=True)
class TransactionAnswer:
    """What a charger is told: its transaction's number (1.6 start), the token's verdict, the cost.

    `authorization` is None when the message showed no token, `total_cost` unless it is final,
    `limit` unless the charger is to watch over one by itself from now on.
    """

    number: int | None = None
    authorization: Authorization | None = None
    total_cost: Money | None = None
    limit: TransactionLimit | None = None


class Beginnings:
    """Opens sessions; the caller holds the charger's lock."""

    def __init__(
        self,
        store: Store,
        places: Places,
        arrivals: Arrivals,
        *,
        blocks: Blocks,
        ledger: Ledger,
        doubts: Doubts,
        clock: Clock,
        rules: SessionRules,
    ) -> None:
        self._store = store
        self._places = places
        self._arrivals = arrivals
        self._openings = Openings(store, places, arrivals)
        self._blocks = blocks
        self._ledger = ledger
        self._doubts = doubts
        self._clock = clock
        self._rules = rules

    async def started(self, live: LiveStation, message: TransactionReported) -> TransactionAnswer:
        """A transaction begins, or is heard of for the first time."""
        origin = origin_of(message) if message.transaction is None else None
        known = begun_before(live, message, origin)
        if known is None and message.at < live.connected_at:
            known = await begun_elsewhere(self._store, live, message, origin)
        if known is not None and SessionFlag.ORPHAN not in known.session.flags:
            if is_late(known.session, message.seq_no):
                await self._begun_earlier(live, message, known)
            return await self._begun_before(live, message, known)
        running, number = await self._beginning(live, message, origin)
        if known is not None:
            await self._joined(live, message, known, running)
        else:
            await self._make_room(live, running)
            await self._ledger.open(live, running, message)
        return TransactionAnswer(number, running.authorization)

    async def _beginning(
        self, live: LiveStation, message: TransactionReported, origin: str | None
    ) -> tuple[Running, int | None]:
        await self._places.refresh(live)
        address = address_in(live, message)
        authorization = await self._arrivals.verdict(live, message, address)
        found = await self._openings.look_up(live, message, address, authorization=authorization)
        number = None if message.transaction else await self._blocks.take(NUMBERS)
        now = self._clock.now()
        if self._rules.one_at_a_time and found.command is None and not is_past(message, now):
            authorization = await self._unless_elsewhere(authorization)
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
        running.limited = found.limited
        running.remember(message, None)
        return running, number

    async def _unless_elsewhere(self, found: Authorization | None) -> Authorization | None:
        """The verdict, unless the token charges already; asked at a start only.

        Never at Authorize: the swipe that stops a session must not be refused.
        """
        if found is None or not found.allowed or found.token is None:
            return found
        async with self._store.reading() as tx:
            charging = await tx.sessions.charging_with(found.token)
        return replace(found, verdict=Verdict.CONCURRENT) if charging else found

    async def _begun_before(
        self, live: LiveStation, message: TransactionReported, known: Running
    ) -> TransactionAnswer:
        """The answer the first one got; after a restart of ours it is worked out again."""
        if known.authorization is None:
            known.authorization = await self._arrivals.verdict(live, message, known.address)
        name = known.session.transaction
        number = int(name) if message.transaction is None and name is not None else None
        return TransactionAnswer(number, known.authorization)

    async def _begun_earlier(
        self, live: LiveStation, message: TransactionReported, known: Running
    ) -> None:
        """The beginning of a session that was first heard of in its middle."""
        session = known.session
        after = numbered(session, message.seq_no)
        readings = belonging(message.readings, to_transaction=True)
        if session.running:
            activity = message.activity or session.activity
            after = begin_earlier(after, readings, activity=activity, at=message.at)
        rows = sampled(live.id, session, after, readings, raw=message.raw, at=message.at)
        shown = message.token is not None or message.remote_start is not None
        if shown and session.status is SessionStatus.PENDING:
            after = await self.activated(live, message, known, after, since_start=True)
        if after.status is not session.status:
            await self._ledger.activate(known, after, rows)
        else:
            await self._ledger.move(known, after, rows)
        if known.waits and not after.missing:
            await self._doubts.settle(live, known)

    async def _joined(
        self, live: LiveStation, message: TransactionReported, end: Running, running: Running
    ) -> None:
        """The beginning of a session whose end came first: whole, or waiting for what is between.

        What came between is not lost: it is among the samples of the end.
        """
        now = self._clock.now()
        async with self._store.reading() as tx:
            between = await tx.meters.readings(end.session.id)
        whole = joined(running.session, end.session, now)
        whole = fill(whole, between, activity=None, at=message.at, now=now)
        running.session = numbered(whole, message.seq_no)
        if running.session.missing:
            await self._ledger.rejoin(live, end, running, message)
        else:
            await self._ledger.join(live, end, running, message)

    async def _make_room(self, live: LiveStation, running: Running) -> None:
        """End what still seems to go on where something new begins, not where old things do."""
        before = None if running.address is None else live.at(running.address)
        if before is not None and before.session.started_at <= running.session.started_at:
            await self._doubts.give_up(live, before)

    async def activated(
        self,
        live: LiveStation,
        message: TransactionReported,
        running: Running,
        after: Session,
        *,
        since_start: bool = False,
    ) -> Session:
        """A token or a command came after the cable; refused, the session goes on waiting."""
        await self._places.refresh(live)
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
        running.limited = found.limited
        now = self._clock.now()
        return taken_up(
            after, found, authorization, token=token, at=message.at, now=now,
            since_start=since_start,
        )  # fmt: skip
