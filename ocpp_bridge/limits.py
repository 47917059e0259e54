"""How often somebody may try: token buckets by name, bounded in number."""

import math
from collections.abc import Callable

MAX_NAMES = 20_000


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
