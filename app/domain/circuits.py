"""A circuit to a system that may be gone: closed while it answers, open while asking is in vain.

    CLOSED --failures in a row--> OPEN --its time has come--> HALF_OPEN --an answer--> CLOSED
                                    ^---------- no answer ---------|

An open circuit is tried again by one exchange after 5 s, then after twice as long each time, at
most after 60 s. What the other side asked for (Retry-After) is kept apart: it is alive and busy.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=60)
PROBING = timedelta(seconds=1)
"""How long others wait before they ask again whether the probe came through."""

_DOUBLINGS = 4


class CircuitState(StrEnum):
    """Whether exchanges are made."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of the other side; `trips` counts the openings since the last answer.

    `retry_at` is when an open circuit is tried again, `quiet_until` what the other side asked for.
    """

    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    trips: int = 0
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    quiet_until: datetime | None = None
    why: str | None = None

    @property
    def is_calm(self) -> bool:
        """Whether nothing is known that could stand in the way of an exchange, now or later."""
        return self.state is CircuitState.CLOSED and not self.failures and not self.quiet_until

    def wait(self, now: datetime) -> timedelta | None:
        """How long no exchange makes sense; None when one may be made now."""
        until = [self.quiet_until] if self.quiet_until and self.quiet_until > now else []
        if self.state is CircuitState.OPEN and self.retry_at and self.retry_at > now:
            until.append(self.retry_at)
        if self.state is CircuitState.HALF_OPEN:
            until.append(now + PROBING)
        return max(until) - now if until else None

    def entered(self) -> "Circuit":
        """An exchange begins, for which `wait` said None: with an open circuit it is the probe."""
        if self.state is not CircuitState.OPEN:
            return self
        return replace(self, state=CircuitState.HALF_OPEN)

    def answered(self) -> "Circuit":
        """The other side is there, whatever it said."""
        return self if self.is_calm else Circuit(quiet_until=self.quiet_until)

    def failed(self, now: datetime, why: str, *, most: int) -> "Circuit":
        """No answer; opens at the failure number `most` in a row, and after a probe at once."""
        failures = self.failures + 1
        after = replace(self, failures=failures, why=why)
        if self.state is CircuitState.CLOSED and failures < most:
            return after
        if self.state is CircuitState.OPEN:
            return after  # one that began before the circuit opened
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(self.trips, _DOUBLINGS)))
        return replace(
            after,
            state=CircuitState.OPEN,
            trips=self.trips + 1,
            opened_at=self.opened_at or now,
            retry_at=now + pause,
        )

    def abandoned(self) -> "Circuit":
        """The exchange ended without telling anything, since whoever made it was stopped."""
        if self.state is not CircuitState.HALF_OPEN:
            return self
        return replace(self, state=CircuitState.OPEN, retry_at=None)

    def quiet(self, until: datetime) -> "Circuit":
        """The other side asked to be left alone for a while."""
        later = max(until, self.quiet_until) if self.quiet_until else until
        return replace(self, quiet_until=later)

    def woken(self) -> "Circuit":
        """A sign of life from the other side: an open circuit may be tried now."""
        if self.state is not CircuitState.OPEN:
            return self
        return replace(self, retry_at=None)
