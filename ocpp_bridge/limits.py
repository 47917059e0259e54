"""How often somebody may try: token buckets by name, bounded in number."""

import math
from collections.abc import Callable

MAX_NAMES = 20_000


class Pace:
    """How fast one may go on: `burst` at once and `per_second` from then on; 0 is no limit.

    Who has gone further is in debt, and waits until that is paid.
    """

    def __init__(self, per_second: float, burst: int) -> None:
        self._rate = per_second
        self._burst = burst
        self._level, self._since = float(burst), 0.0

    def take(self, now: float) -> bool:
        """Count one; gives whether that makes a debt."""
        if not self._rate:
            return False
        self._level = self._at(now) - 1
        self._since = now
        return self._level < 0

    def wait_s(self, now: float) -> float:
        """Seconds until the debt is paid; 0 means none."""
        return max(0.0, -self._at(now) / self._rate) if self._rate else 0.0

    def _at(self, now: float) -> float:
        return min(self._burst, self._level + (now - self._since) * self._rate)


UNHURRIED = Pace(0, 0)
"""No limit; it counts nothing, so all may share it."""


class Buckets:
    """Each name may act `burst` times at once and `per_second` times a second from then on.

    When there are too many names, those that have been quiet long enough are forgotten, and if
    that is not enough all are: a flood of names must not fill the memory.
    """

    def __init__(self, per_second: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._rate = per_second
        self._burst = burst
        self._monotonic = monotonic
        self._levels: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str) -> int:
        """Seconds until this name may act again; 0 means now. Takes nothing."""
        level = self._level(name)
        return 0 if level >= 1 else math.ceil((1 - level) / self._rate)

    def take(self, name: str) -> None:
        """Count one act."""
        if name not in self._levels and len(self._levels) >= MAX_NAMES:
            self._forget()
        self._levels[name] = (self._level(name) - 1, self._monotonic())

    def _level(self, name: str) -> float:
        known = self._levels.get(name)
        if known is None:
            return self._burst
        level, since = known
        return min(self._burst, level + (self._monotonic() - since) * self._rate)

    def _forget(self) -> None:
        quiet = [name for name in self._levels if self._level(name) >= self._burst]
        for name in quiet:
            del self._levels[name]
        if len(self._levels) >= MAX_NAMES:
            self._levels.clear()
