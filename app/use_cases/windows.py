"""How often one caller may do something that costs, or fails, within a span of time."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from math import ceil

from app.domain.errors import RateLimited
from app.ports.clock import Clock

MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller may still do: `calls` of the `most` in `seconds`; all again in `again_s`."""

    most: int
    seconds: int
    calls: int
    again_s: int


class Window:
    """At most `most` calls per key in any `seconds`; kept in memory, so each process counts alone.

    Of more than ten thousand keys the one that was silent for longest is forgotten.
    """

    def __init__(self, most: int, seconds: float, clock: Clock) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str) -> Left:
        """Count one call; raises RateLimited saying when the next one may come."""
        now = self._clock.monotonic()
        calls = self._calls.setdefault(key, deque(maxlen=self._most))
        self._calls.move_to_end(key)
        while calls and calls[0] <= now - self._seconds:
            calls.popleft()
        if len(calls) >= self._most:
            raise RateLimited(int(calls[0] + self._seconds - now) + 1)
        calls.append(now)
        if len(self._calls) > MOST_ADDRESSES:
            self._calls.popitem(last=False)
        again = ceil(calls[0] + self._seconds - now)
        return Left(self._most, int(self._seconds), self._most - len(calls), again)


class Allowance:
    """A minute's worth of calls per key, given back evenly; each process counts alone.

    Keeps two numbers a key, so it is for the callers we know and for high rates.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._most = per_minute
        self._per_second = per_minute / 60
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Use one call up; raises RateLimited saying when there is one again."""
        now = self._clock.monotonic()
        left, at = self._left.get(key, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        if left < 1:
            self._left[key] = (left, now)
            raise RateLimited(ceil((1 - left) / self._per_second))
        self._left[key] = (left - 1, now)


class Quota:
    """A minute's worth of calls for each of many callers, given back evenly.

    Keeps two numbers a key, and of more than `most_keys` forgets the one that was silent for
    longest: by then it has its whole minute back. Each process counts alone.
    """

    def __init__(self, per_minute: int, clock: Clock, *, most_keys: int = 100_000) -> None:
        self.most = per_minute
        self._clock = clock
        self._most_keys = most_keys
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> Left:
        """Use one call up; raises RateLimited saying when there is one again."""
        now, a_second = self._clock.monotonic(), self.most / 60
        left, at = self._left.get(key, (self.most, now))
        left = min(self.most, left + (now - at) * a_second)
        if left < 1:
            raise RateLimited(ceil((1 - left) / a_second))
        self._left[key] = (left - 1, now)
        self._left.move_to_end(key)
        if len(self._left) > self._most_keys:
            self._left.popitem(last=False)
        return Left(self.most, 60, int(left - 1), ceil((self.most - left + 1) / a_second))
