"""What becomes of what a charger tells beyond charging (`domain.station_news`).

The same news has the same effect whether the charger told it by itself or answered an ask: one
function per kind of news, in the transaction that makes it known.
"""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.domain.commands import Command, CommandOutcome
from app.domain.station_news import NEWS, AvailabilityChanged, CacheCleared, StationNews
from app.ports.clock import Clock
from app.store.documents import unpack_one
from app.store.transaction import Store, Transaction
from app.use_cases.certificate_news import CERTIFICATE_NEWS
from app.use_cases.der import DER_HANDLERS
from app.use_cases.device_model_news import HANDLERS as DEVICE_MODEL_NEWS
from app.use_cases.device_model_news import configuration_asked
from app.use_cases.event_streams import STREAM_HANDLERS
from app.use_cases.local_lists import list_settled
from app.use_cases.local_tariffs import TARIFF_HANDLERS
from app.use_cases.maintenance import MAINTENANCE_NEWS
from app.use_cases.news_handlers import Handlers
from app.use_cases.security_raise import raise_settled
from app.use_cases.smart_charging import SMART_HANDLERS
from app.use_cases.swaps import SWAP_HANDLERS
from app.use_cases.transaction_news import TRANSACTION_HANDLERS

AVAILABILITY = "availability"


async def availability_changed(
    tx: Transaction, station_id: str, news: AvailabilityChanged, *, now: datetime
) -> None:
    """Remember what is out of use; the charger shows it by its statuses too."""
    place = "/".join(part for part in (news.evse_uid, news.connector_id) if part)
    await tx.station_facts.put(station_id, AVAILABILITY, news, name=place, now=now)


async def cache_cleared(
    tx: Transaction, station_id: str, news: CacheCleared, *, now: datetime
) -> None:
    """Remember when."""
    await tx.station_facts.put(station_id, "cache_cleared", news, now=now)


HANDLERS: Handlers = MappingProxyType({
    AvailabilityChanged: availability_changed,
    CacheCleared: cache_cleared,
    **TRANSACTION_HANDLERS,
    **DER_HANDLERS,
    **SMART_HANDLERS,
    **STREAM_HANDLERS,
    **SWAP_HANDLERS,
    **TARIFF_HANDLERS,
    **MAINTENANCE_NEWS,
    **CERTIFICATE_NEWS,
    **DEVICE_MODEL_NEWS,
})  # fmt: skip


async def ask_settled(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> CommandOutcome:
    """Take what an answer brings; gives the outcome to keep, of which the news is not a part."""
    for packed in outcome.news:
        news = unpack_one(NEWS, packed)
        await HANDLERS[type(news)](tx, command.station_id, news, now=now)
    await configuration_asked(tx, command, outcome, now=now)
    await list_settled(tx, command, outcome, now=now)
    await raise_settled(tx, command, outcome, now=now)
    return replace(outcome, news=())


class StationReports:
    """What chargers tell by themselves.

    `more` are handlers that need other parts of the house. `outward` are those that ask outside
    systems, `(station_id, news)`: they make their own transactions.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        more: Handlers | None = None,
        *,
        outward: Handlers | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._handlers = {**HANDLERS, **(more or {})}
        self._outward = outward or {}

    async def hear(self, station_id: str, news: StationNews) -> Any:
        """Make the news known; returns when it is durable, with the handler's answer."""
        outward = self._outward.get(type(news))
        if outward is not None:
            return await outward(station_id, news)
        handler = self._handlers[type(news)]
        async with self._store.transaction() as tx:
            return await handler(tx, station_id, news, now=self._clock.now())
