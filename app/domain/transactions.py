"""What a charger of OCPP 2.x is asked about a transaction, and what its answer means."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PATIENCE = timedelta(minutes=5)
"""How long an answer about a transaction is good for, while the doubt remains."""


@dataclass(frozen=True, slots=True)
class AskTransactionStatus:
    """Does it go on, and are there messages of it to come: GetTransactionStatus.

    Without a transaction it is asked whether any message is to come. Source: OCPP 2.0.1, E14.
    """

    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class TransactionKnown:
    """The answer: `ongoing` None where no transaction was named.

    Messages in the queue mean that the end is still to be heard, so nothing is closed for want
    of it.
    """

    transaction: str
    ongoing: bool | None
    queued: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a running session that the charger may clear up: asked when, told what."""

    asked_at: datetime
    answered: TransactionKnown | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to come of a transaction that goes on: what is lost is lost."""
        told = self.answered
        return told is not None and bool(told.ongoing) and not told.queued

    def is_due(self, now: datetime) -> bool:
        """Whether to ask again."""
        return now - self.asked_at >= PATIENCE


TOPIC = "transaction"
"""Of the facts of a charger: its last answer about each transaction."""
