"""Charging sessions at our chargers: from what chargers report to durable rows, bills and events."""

from dataclasses import dataclass
from datetime import timedelta

from app.domain.money import Money
from app.domain.stations import TransactionReported
from app.domain.tokens import Authorization
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.batch import Batch
from app.store.ids import Blocks
from app.store.transaction import Store
from app.use_cases.authorize import Authorize
from app.use_cases.live import LiveStation


@dataclass(frozen=True, slots=True)
class TransactionAnswer:
    """What a charger is told: its transaction's number (1.6 start), the token's verdict, the cost.

    `authorization` is None when the message showed no token, `total_cost` unless it is final.
    """

    number: int | None = None
    authorization: Authorization | None = None
    total_cost: Money | None = None


@dataclass(frozen=True, slots=True)
class SessionRules:
    """An operator's choices; `idle_limit` bounds how long a session waits for the unplugging."""

    idle_limit: timedelta = timedelta(hours=12)
    currency: str = "EUR"


class Sessions:
    """Books what chargers report of their transactions; every answer is given after the commit."""

    def __init__(
        self,
        store: Store,
        batch: Batch,
        authorize: Authorize,
        *,
        blocks: Blocks,
        bus: Bus,
        clock: Clock,
        rules: SessionRules,
    ) -> None:
        raise NotImplementedError

    async def report(self, live: LiveStation, message: TransactionReported) -> TransactionAnswer:
        """Book a message; repeating it changes nothing and gives the same answer."""
        raise NotImplementedError
