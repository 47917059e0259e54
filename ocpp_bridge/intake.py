"""When a charger's socket is read: not while too much waits, nor while it talks too fast.

What is not read stays in the network, so the charger waits, nothing is lost, and others do not
notice.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from ocpp_bridge.limits import Pace

# What one read of the network brought is queued still, so the bound is this plus one read
# (256 KiB).
QUEUE_FULL = 16
QUEUE_LOW = 8


class Intake:
    """Stops and goes on reading by `hold(reading=…)`; `counts` are the link's."""

    def __init__(self, hold: Callable[..., None], pace: Pace, counts: Counter[str]) -> None:
        self._hold = hold
        self._pace = pace
        self._counts = counts
        self._full = False
        self.slowed = False

    def waiting(self, many: int) -> None:
        """So many messages wait to be dealt with."""
        full = many > QUEUE_FULL or (self._full and many > QUEUE_LOW)
        if full != self._full:
            self._full = full
            self._regulate()

    def take(self) -> None:
        """One more message came."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._pace.take(now) and not self.slowed:
            self.slowed = True
            self._counts["slowed"] += 1
            self._regulate()
            loop.call_later(self._pace.wait_s(now), self._go_on)

    def _go_on(self) -> None:
        """Read again, unless what one read of the network brought was more than is allowed yet."""
        loop = asyncio.get_running_loop()
        wait_s = self._pace.wait_s(loop.time())
        if wait_s:
            loop.call_later(wait_s, self._go_on)
            return
        self.slowed = False
        self._regulate()

    def _regulate(self) -> None:
        self._hold(reading=not (self._full or self.slowed))
