"""The journal of exchanges with partners: searched by people, kept within bounds, sent again.

What is sent again is never the recorded message: that is redacted, and may be out of date. A
person's wish goes to the delivery machine as "tell this partner of this object", so it takes its
turn behind what already waits for the partner, and says what is true when it leaves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from logging import getLogger

from app.domain.errors import NotFound
from app.domain.exchanges import CannotResend, Direction, Exchange
from app.domain.operators import Holder
from app.domain.partners import Partner
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Mode
from app.store.batch import Batch
from app.store.correlation import LONGEST
from app.store.exchanges import Wanted, taken_down
from app.store.transaction import Store
from app.use_cases.partners import destination_of

log = getLogger(__name__)

FORGET_AT_ONCE = 200
"""Exchanges deleted in one transaction, so that nobody waits long for the database."""

RESULT_OF_USE = timedelta(minutes=10)
"""Whoever asked for a command or a profile does not wait longer than this for its result."""

_WHY_NOT = {
    "credentials": "a registration is made anew instead: invite the partner, or join it",
    "versions": "versions are read whenever a registration is made",
    "commands": "a command is sent once only: ask for it anew",
    "chargingprofiles": "a command is sent once only: ask for it anew",
    "tokens": "a question about a token is asked anew when the driver comes again",
}


@dataclass(frozen=True, slots=True)
class JournalRules:
    """How much is kept: for how long, and of each partner (and of all strangers together)."""

    age: timedelta = timedelta(days=7)
    per_partner: int = 10_000


async def _nobody(_partner_id: str) -> None:
    """Nobody has to be told."""


class Exchanges:
    """What was said between partners and us."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        rules: JournalRules | None = None,
        try_now: Callable[[str], Awaitable[None]] = _nobody,
        batch: Batch | None = None,
    ) -> None:
        """`try_now` is told the partner that is to be called though it did not answer lately.

        With a running `batch` the journal shares commits with all else that it writes.
        """
        self._batch = batch
        self._store = store
        self._clock = clock
        self._rules = rules or JournalRules()
        self._try_now = try_now

    async def keep(self, exchanges: Sequence[Exchange]) -> None:
        """Add to the journal."""
        if self._batch is not None:
            await self._batch.write([taken_down(each) for each in exchanges])
            return
        async with self._store.transaction() as tx:
            await tx.exchanges.append(exchanges)

    async def find(self, wanted: Wanted) -> list[Exchange]:
        """What fits, the newest first, without headers and bodies.

        `wanted.partner_id` may be a partner's name as well; raises NotFound when it is neither.
        """
        async with self._store.reading() as tx:
            if (named := wanted.partner_id) is not None:
                partner = await tx.partners.get(named) or await tx.partners.by_name(named)
                if partner is None:
                    raise NotFound("partner", named)
                wanted = replace(wanted, partner_id=partner.id)
            return await tx.exchanges.find(wanted)

    async def get(self, exchange_id: str) -> Exchange:
        """One exchange whole; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.exchanges.get(exchange_id)
        if found is None:
            raise NotFound("exchange", exchange_id)
        return found

    async def resend(self, exchange_id: str, by: Holder) -> Exchange:
        """Tell the partner again what this exchange told it of, as that is now, in its turn.

        Whoever asks is in the log. The correlation id stays, so that a search finds both. Where
        the partner is being left alone for now, it is tried at once. Gives the old exchange;
        raises NotFound, CannotResend.
        """
        exchange = await self.get(exchange_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            partner = await tx.partners.get(exchange.partner_id or "")
            delivery = _delivery(exchange, partner)
            if exchange.pushed is not None and exchange.pushed.kind.endswith("_result"):
                _refuse_old(now - exchange.at)
            if delivery.mode is Mode.LATEST or not await tx.deliveries.waits(delivery):
                correlation = exchange.correlation_id[:LONGEST] or None
                await tx.deliveries.add([delivery], now, correlations=[correlation])
            await tx.deliveries.clear(delivery.destination, now)
        log.info(
            "exchange.resent",
            extra={
                "exchange": exchange.id,
                "partner": exchange.partner_id,
                "kind": delivery.kind,
                "origin": exchange.correlation_id,
                "by": str(by.operator.party),
                "by_id": by.key_id,
            },
        )
        await self._try_now(exchange.partner_id or "")
        return exchange

    async def forget(self) -> int:
        """Delete what is too old or too much, little by little; gives how many that were."""
        rules, forgotten = self._rules, 0
        oldest = self._clock.now() - rules.age
        while count := await self._forget_before(oldest):
            forgotten += count
        async with self._store.reading() as tx:
            talkative = await tx.exchanges.partners_with_more_than(rules.per_partner)
        for partner_id in talkative:
            while count := await self._forget_beyond(partner_id):
                forgotten += count
        return forgotten

    async def _forget_before(self, moment: datetime) -> int:
        async with self._store.transaction() as tx:
            count = await tx.exchanges.forget_before(moment, FORGET_AT_ONCE)
        await asyncio.sleep(0)
        return count

    async def _forget_beyond(self, partner_id: str | None) -> int:
        most = self._rules.per_partner
        async with self._store.transaction() as tx:
            count = await tx.exchanges.forget_beyond(partner_id, most, FORGET_AT_ONCE)
        await asyncio.sleep(0)
        return count


def _delivery(exchange: Exchange, partner: Partner | None) -> Delivery:
    """What would be sent again; raises CannotResend with the reason why nothing can be."""
    if exchange.direction is Direction.IN:
        raise CannotResend("the partner sent this: only what we sent can be sent again")
    if exchange.pushed is None:
        why = _WHY_NOT.get(exchange.module or "", "it told the partner of nothing")
        if exchange.method == "GET":
            why = "it only asked; lists are pulled again by themselves"
        raise CannotResend(f"this cannot be sent again: {why}")
    if partner is None or not partner.registered:
        raise CannotResend("the partner is not registered any more")
    pushed = exchange.pushed
    mode = Mode.EVERY if pushed.every else Mode.LATEST
    return Delivery(destination_of(partner.id), pushed.subject, mode, pushed.kind)


def _refuse_old(age: timedelta) -> None:
    if age > RESULT_OF_USE:
        raise CannotResend("the result is too old: whoever asked for it waits no longer")
