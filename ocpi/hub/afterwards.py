"""What the hub writes down after a receiver answered: trouble of ours must not undo the answer.

The receiver has acted already, so whoever asked has to hear it. What fails is tried once more, on
another connection to the database; then its cause is in the log, and the answer goes its way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from logging import getLogger

log = getLogger(__name__)

TRIES = 2
WAIT_S = 3.0
"""How long an answer waits for what is written of it, all tries together."""


class Afterwards:
    """Does what is worth less than an answer, and counts what could not be done."""

    def __init__(self, *, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self.failures = 0

    async def do(self, what: str, work: Callable[[], Awaitable[object]]) -> bool:
        """Whether it was done; raises nothing but a cancellation."""
        trouble: Exception | None = None
        try:
            async with asyncio.timeout(self._wait_s):
                for _ in range(TRIES):
                    trouble = await _tried(work)
                    if trouble is None:
                        return True
        except TimeoutError as slow:
            trouble = slow
        self.failures += 1
        log.error("hub.not_written", extra={"what": what}, exc_info=trouble)
        return False


async def _tried(work: Callable[[], Awaitable[object]]) -> Exception | None:
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - the answer was given, and has to reach who asked
        return error
    return None
