"""What a charger says when it is asked about a transaction."""

from datetime import datetime
from types import MappingProxyType

from app.domain.transactions import TOPIC, TransactionKnown
from app.store.transaction import Transaction
from app.use_cases.news_handlers import Handlers


async def transaction_known(
    tx: Transaction, station_id: str, news: TransactionKnown, *, now: datetime
) -> None:
    """Remember it for the process that has the session in memory (`use_cases.doubts`)."""
    await tx.station_facts.put(station_id, TOPIC, news, name=news.transaction, now=now)


TRANSACTION_HANDLERS: Handlers = MappingProxyType({TransactionKnown: transaction_known})
