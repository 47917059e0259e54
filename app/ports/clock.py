"""Time, as an argument."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from some start that never go back; for measuring durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
