"""One message followed over all its legs: what the journal has under its correlation id.

A request that comes in makes requests that go out, which keep its correlation id: at the hub one
to each receiver, and later the result to the callback. Legs that went out while a request was
being answered stand below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.errors import NotFound
from app.domain.exchanges import Direction, Exchange
from app.store.exchanges import Wanted
from app.store.transaction import Store

MOST_LEGS = 1_000
"""A broadcast has one leg for each receiver; beyond this the newest legs are shown."""


@dataclass(frozen=True, slots=True)
class TraceLeg:
    """One exchange of a message; `depth` is 1 for what went out for a request that came in.

    `partner` is None for strangers and for partners that were forgotten; `hub` tells whether it
    is a connection of the hub.
    """

    exchange: Exchange
    partner: str | None
    hub: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A message by its correlation id, the first leg first."""

    correlation_id: str
    legs: tuple[TraceLeg, ...]

    @property
    def failed(self) -> int:
        """How many legs did not succeed."""
        return sum(leg.exchange.failed for leg in self.legs)

    @property
    def took(self) -> timedelta:
        """From its first beginning to its last end."""
        ends = [leg.exchange.at + leg.exchange.duration for leg in self.legs]
        return max(ends) - self.legs[0].exchange.at


class Traces:
    """Messages as the journal has them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def follow(self, correlation_id: str) -> Trace:
        """All legs of a message; raises NotFound when the journal has none (or not yet)."""
        wanted = Wanted(correlation_id=correlation_id, limit=MOST_LEGS)
        async with self._store.reading() as tx:
            found = await tx.exchanges.find(wanted)
            known = {p.id: p for p in await tx.partners.all()} if found else {}
        if not found:
            raise NotFound("message", correlation_id)
        legs = []
        for exchange in _in_order(found):
            partner = known.get(exchange.partner_id or "")
            depth = int(exchange.direction is Direction.OUT and _is_within(exchange, found))
            name = partner.name if partner else None
            hub = partner is not None and partner.hub
            legs.append(TraceLeg(exchange, name, hub, depth))
        return Trace(correlation_id, tuple(legs))


def _in_order(found: Sequence[Exchange]) -> list[Exchange]:
    """By when they began; what came in before what it made go out in the same moment."""
    return sorted(found, key=lambda each: (each.at, each.direction is Direction.OUT, each.id))


def _is_within(out: Exchange, found: Sequence[Exchange]) -> bool:
    """Whether a request was being answered while this went out."""
    return any(_spans(each, out.at) for each in found if each.direction is Direction.IN)


def _spans(came: Exchange, moment: datetime) -> bool:
    return came.at <= moment <= came.at + came.duration + _MILLISECOND


_MILLISECOND = timedelta(milliseconds=1)
"""How exactly the journal knows how long an exchange took."""
