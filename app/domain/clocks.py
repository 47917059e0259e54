"""How far a charger's clock is from ours, by the times in what it says as it happens.

A message may be late and never early, so of several the one that seems least late is nearest to
the truth. A clock that is ahead shows at once; one that is behind needs several messages, for one
alone may have waited.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CLOCK_OFF = timedelta(seconds=60)
"""A clock farther away than this is worth a warning."""

WORTH_TELLING = timedelta(seconds=10)
RECENT = 8
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class ClockTold:
    """`ahead_s` seconds before ours, negative behind; `off` when that is too far."""

    ahead_s: int
    off: bool


@dataclass(slots=True)
class ClockWatch:
    """The clock of one connected charger."""

    _recent: deque[timedelta] = field(default_factory=lambda: deque(maxlen=RECENT))
    _told: timedelta | None = None

    def hear(self, at: datetime, now: datetime) -> ClockTold | None:
        """A live message said `at`; tells when the clock is not where it was last told to be."""
        recent = self._recent
        recent.append(at - now)
        ahead = max(recent)
        if ahead < -CLOCK_OFF and len(recent) < ENOUGH:
            return None
        told = self._told
        if told is not None and abs(ahead - told) < WORTH_TELLING:
            return None
        self._told = ahead
        return ClockTold(round(ahead.total_seconds()), abs(ahead) > CLOCK_OFF)
