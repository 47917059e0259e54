"""Tells every process that a site or a tariff is another one, as soon as its event is planned."""

from collections.abc import Sequence

from app.domain.events import DomainEvent
from app.ports.bus import Bus
from app.ports.delivery import Delivery
from app.use_cases.places import MOVES_PLACES, PLACES_SUBJECT


class Hints:
    """An audience that wants nothing brought: what it has to tell is told when it is asked.

    It covers changes that were committed elsewhere, by an import from the command line or by a
    process that died before it could tell anybody.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """Hint at whose places changed; a repeated hint costs a read."""
        if isinstance(event, MOVES_PLACES):
            await self._bus.publish(PLACES_SUBJECT, str(event.party).encode())
        return ()
