"""Commands leave at once: who is asked for one sends it, before the delivery machine gets to it.

The machine then finds it sent and has nothing left to do. What is not sent here, because of a
crash or a crowd, it sends as it would have done anyway.
"""

from asyncio import Event, TaskGroup
from collections.abc import Awaitable, Callable, Sequence
from logging import getLogger

from app.domain.events import CommandRequested, DomainEvent
from app.store.transaction import Store

log = getLogger(__name__)

AT_ONCE = 100


class Prompt:
    """Sends what this process committed, one command at a time for each target, so in order."""

    def __init__(self, store: Store, send: Callable[[str], Awaitable[None]]) -> None:
        """`send` brings a command to its charger once, however often it is called."""
        self._send = send
        self._tasks: TaskGroup | None = None
        self._busy: set[str] = set()
        self.failures = 0
        store.heed(self._on_commit)

    async def run(self) -> None:
        """Send until cancelled; what is under way then is left to its deadline."""
        async with TaskGroup() as tasks:
            self._tasks = tasks
            try:
                await Event().wait()
            finally:
                self._tasks = None

    def _on_commit(self, events: Sequence[DomainEvent]) -> None:
        for event in events:
            if not isinstance(event, CommandRequested) or self._tasks is None:
                continue
            if event.target not in self._busy and len(self._busy) < AT_ONCE:
                self._busy.add(event.target)
                self._tasks.create_task(self._send_now(event))

    async def _send_now(self, event: CommandRequested) -> None:
        try:
            await self._send(event.command_id)
        except Exception:  # the delivery machine tries again
            self.failures += 1
            log.exception("prompt.failed", extra={"command": event.command_id})
        finally:
            self._busy.discard(event.target)
