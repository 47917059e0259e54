"""States of a live session: their order, what each costs, and which of them a reader lacks."""

from dataclasses import dataclass
from datetime import timedelta

from app.domain.charging import WATCHED
from app.domain.money import Money
from app.domain.tariffs import Dimension, Tariff
from app.queries.history import Snapshot

A_STEP = 10_000_000_000


def position(snapshot: Snapshot) -> int:
    """Where a state is in the order of a session's states: rises with every visible change.

    A step of the session weighs more than all readings and steps of its payment between two.
    """
    charging, session, payment = snapshot.charging, snapshot.session, snapshot.payment
    read = timedelta() if session is None else session.last_updated - charging.created_at
    moved = max(0, read // timedelta(milliseconds=1))
    paid = 0 if payment is None else payment.version
    return charging.seq * A_STEP + moved + paid


@dataclass(slots=True)
class State:
    """A state of a session, and its event as it is sent once somebody has put it into words."""

    snapshot: Snapshot
    position: int
    cost: Money | None
    event: bytes | None = None

    @classmethod
    def of(cls, snapshot: Snapshot) -> "State":
        """As it is told."""
        bill = snapshot.bill
        cost = None if bill is None else bill.total.due.payable()
        return cls(snapshot, position(snapshot), cost)

    @property
    def ended(self) -> bool:
        """Whether no other state follows."""
        return self.snapshot.charging.ended

    @property
    def grows(self) -> bool:
        """Whether it costs more by time alone."""
        charging, idle = self.snapshot.charging, self.snapshot.idle
        if charging.state not in WATCHED:
            return False
        if idle is not None and idle.since is not None:
            return idle.running is not None
        return _counts_time(charging.tariff)


def _counts_time(tariff: Tariff) -> bool:
    return any(
        component.dimension is Dimension.TIME and component.price
        for element in tariff.elements
        for component in element.components
    )


class Told:
    """What a stream's reader knows: a position, and a cost, which grows by time alone too."""

    def __init__(self, after: int | None) -> None:
        self._after = -1 if after is None else after
        self._cost: Money | None = None
        self._resumes = after is not None

    def lacks(self, state: State) -> bool:
        """Whether the reader does not know this state yet, and does from now on."""
        is_later = state.position > self._after
        is_dearer = state.cost != self._cost and not self._resumes
        self._after = max(self._after, state.position)
        self._cost, self._resumes = state.cost, False
        return is_later or is_dearer or state.ended
