"""What a charger says when it is asked about a transaction."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.domain.transactions import TOPIC, TransactionKnown
from app.store.transaction import Transaction


async def transaction_known(
    tx: Transaction, station_id: str, news: TransactionKnown, *, now: datetime
) -> None:
    """Remember it for the process that has the session in memory (`use_cases.doubts`)."""
    await tx.station_facts.put(station_id, TOPIC, news, name=news.transaction, now=now)


TRANSACTION_HANDLERS: Mapping[type, Any] = MappingProxyType({TransactionKnown: transaction_known})
