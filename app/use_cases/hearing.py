"""What is made of a report about a transaction whichever session it belongs to.

Before it is booked the charger's clock is seen in it and its signed texts are checked; afterwards
a charger that can watch over the driver's limits is told them.
"""

from dataclasses import replace
from typing import Protocol

from app.domain.stations import TransactionReported
from app.ports.clock import Clock
from app.store.batch import Batch
from app.store.transaction import Store
from app.use_cases.beginnings import TransactionAnswer
from app.use_cases.charger_clocks import hear_clock
from app.use_cases.ledger import Ledger
from app.use_cases.limit_telling import LimitTelling
from app.use_cases.live_stations import LiveStation


class Signatures(Protocol):
    """Who checks signed meter values."""

    async def judged(self, live: LiveStation, message: TransactionReported) -> TransactionReported:
        """The message, its signed texts with what the check of them says."""
        ...


class Hearing:
    """The first to hear a report, and the last to have a word in its answer."""

    def __init__(
        self, store: Store, batch: Batch, ledger: Ledger, *, signed: Signatures, clock: Clock
    ) -> None:
        self._batch = batch
        self._signed = signed
        self._clock = clock
        self._limits = LimitTelling(store, ledger)

    async def first(self, live: LiveStation, message: TransactionReported) -> TransactionReported:
        """The message, with what is to be said of its signatures."""
        if not message.offline:
            await hear_clock(self._batch, live, message.at, now=self._clock.now())
        if any(reading.signed for reading in message.readings):
            return await self._signed.judged(live, message)
        return message

    async def last(
        self, live: LiveStation, message: TransactionReported, answer: TransactionAnswer
    ) -> TransactionAnswer:
        """The answer, with limits that are due; the caller holds the charger's lock."""
        limit = await self._limits.due(live, message, now=self._clock.now())
        return answer if limit is None else replace(answer, limit=limit)
