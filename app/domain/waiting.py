"""The queue of drivers for a charger that is taken: who is told first when one is free.

Whoever came first is told first. A turn lasts five minutes and is withdrawn when somebody else was
faster; then its driver is first in the queue again. After some hours nobody waits any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.domain.identifiers import PartyId
from app.domain.locations import Evse, EvseStatus, Location

TURN = timedelta(minutes=5)
WAITS = timedelta(hours=4)
MOST_WAITINGS = 3
"""How many places one driver may wait for at a time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A driver waits at a location, for one EVSE or for a plug if these are named.

    `turn_until` is set while it is their turn, `turns` counts how often it was.
    """

    id: str
    driver_id: str
    party: PartyId
    location_id: str
    created_at: datetime
    ends_at: datetime
    evse_uid: str | None = None
    plug: str | None = None
    turn_until: datetime | None = None
    turns: int = 0

    def is_over(self, now: datetime) -> bool:
        """Whether the time or the turn has passed."""
        return self.ends_at <= now or (self.turn_until is not None and self.turn_until <= now)

    def fits(self, evse: Evse) -> bool:
        """Whether the driver could charge there."""
        if self.evse_uid is not None:
            return evse.uid.casefold() == self.evse_uid.casefold()
        return self.plug is None or any(c.standard == self.plug for c in evse.connectors)


@dataclass(slots=True)
class Round:
    """What becomes of a queue now: who is out of it, who lost the turn, whose turn it is."""

    over: list[Waiting] = field(default_factory=list)
    withdrawn: list[Waiting] = field(default_factory=list)
    called: list[Waiting] = field(default_factory=list)


def free_evses(location: Location) -> list[Evse]:
    """Where somebody could charge now."""
    return [evse for evse in location.evses if evse.status is EvseStatus.AVAILABLE]


def next_round(queue: Iterable[Waiting], free: Sequence[Evse], now: datetime) -> Round:
    """Hand free EVSEs out: first to those whose turn it is, then in the order they came."""
    made, left = Round(), list(free)
    staying: list[Waiting] = []
    for each in sorted(queue, key=lambda w: (w.created_at, w.id)):
        (made.over if each.is_over(now) else staying).append(each)
    for each in (w for w in staying if w.turn_until is not None):
        if not _take(each, left):
            made.withdrawn.append(replace(each, turn_until=None))
    for each in (w for w in staying if w.turn_until is None):
        if _take(each, left):
            until = min(now + TURN, each.ends_at)
            made.called.append(replace(each, turn_until=until, turns=each.turns + 1))
    return made


def _take(waiting: Waiting, left: list[Evse]) -> bool:
    """Take an EVSE that fits off the list."""
    found = next((evse for evse in left if waiting.fits(evse)), None)
    if found is None:
        return False
    left.remove(found)
    return True
