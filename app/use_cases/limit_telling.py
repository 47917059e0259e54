"""Which limits of a driver's a charger of OCPP 2.1 is told in the answer to a TransactionEvent.

At the beginning, whenever the driver is known; later when they have changed, which is looked up at
most twice a minute.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.charging import Charging
from app.domain.stations import Phase, TransactionReported
from app.domain.transaction_limits import TransactionLimit
from app.store.transaction import Store
from app.use_cases.ledger import Ledger
from app.use_cases.live_stations import LiveStation

WATCHES_LIMITS = frozenset({"ocpp2.1"})
"""The protocols that have a word for them."""

LOOK_EVERY = timedelta(seconds=30)
_NONE = TransactionLimit()


class LimitTelling:
    """Tells limits; the caller holds the charger's lock."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def due(
        self, live: LiveStation, message: TransactionReported, *, now: datetime
    ) -> TransactionLimit | None:
        """What the answer to this message says, None when nothing; kept with the session."""
        running = live.running.get(message.transaction or "")
        if running is None or live.protocol not in WATCHES_LIMITS:
            return None
        if running.session.charging_id is None or running.session.stopped_at is not None:
            return None
        begins = message.token is not None or message.phase is Phase.STARTED
        looked = running.limits_read_at
        if not begins and looked is not None and now - looked < LOOK_EVERY:
            return None
        limit = await self._read(running.session.charging_id)
        running.limits_read_at = now
        changed = limit != (running.session.limit or _NONE)
        if changed:
            await self._ledger.move(running, replace(running.session, limit=limit), ())
        return limit if changed or (begins and limit != _NONE) else None

    async def _read(self, charging_id: str) -> TransactionLimit:
        async with self._store.reading() as tx:
            charging = await tx.charging.get(charging_id)
        return _NONE if charging is None else limit_of(charging)


def limit_of(charging: Charging) -> TransactionLimit:
    """A driver's limits, and what is held on the card, beyond which nothing may be sold."""
    costs = [each for each in (charging.hold or None, charging.target_cost) if each is not None]
    soc = charging.target_soc
    return TransactionLimit(
        cost=min((each.amount for each in costs), default=None),
        energy=charging.target_energy,
        time=charging.target_time,
        soc=None if soc is None else int(soc),
    )
