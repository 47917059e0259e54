"""What an edge plugs into the delivery machine: who wants an event, and how to send it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.events import DomainEvent


class Mode(StrEnum):
    """LATEST: one pending row per destination and subject, body built when it is sent.

    EVERY: one row per event, in order, pointing at an immutable record.
    """

    LATEST = "latest"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to bring to one destination, e.g. `partner:ID`, `session:77`, kind `ocpi.session`.

    `kind` up to its first dot names the sender. One delivery per destination is in flight.
    """

    destination: str
    subject: str
    mode: Mode
    kind: str


@dataclass(frozen=True, slots=True)
class Done:
    """It arrived."""


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not arrive; `after` is the receiver's wish, None leaves it to the back-off."""

    why: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RefusedForGood:
    """The receiver will never take it; it is kept as failed and shown to a person."""

    why: str


Outcome = Done | Retry | RefusedForGood


class Audience(Protocol):
    """Knows who wants to hear of an event."""

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """Deliveries for this event; none is the usual answer. Reads only."""
        ...


class Sender(Protocol):
    """Brings deliveries of its kinds to their destination."""

    async def send(self, delivery: Delivery) -> Outcome:
        """Send now, from current state; idempotent at the receiver or marked before sending."""
        ...
