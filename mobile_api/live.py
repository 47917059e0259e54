"""Live sessions: a stream per phone that tells the newest state, soon after anything changed.

Hints come over the bus; the state is read from the database when it is sent, so a lost hint costs
a few seconds and nobody ever sees an older state after a newer one. The id of an event is the
session's own count of visible changes and meter readings, so a phone that comes back with
Last-Event-ID is told at once what it missed, as one newest state.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

from app.ports.bus import Bus
from app.ports.clock import Clock
from app.queries.history import History, Snapshot

LOOK_AGAIN_S = 5.0
CALM_S = 0.25
"""No phone needs more than four states a second."""


def position(snapshot: Snapshot) -> int:
    """Where a state is in the order of a session's states: rises with every visible change."""
    session = snapshot.session
    readings = 0 if session is None else int(session.last_updated.timestamp() * 1000)
    opened = int(snapshot.charging.created_at.timestamp() * 1000)
    moved = max(0, readings - opened)
    return snapshot.charging.seq * 10_000_000_000 + moved


class Live:
    """All streams of this process; `close` ends them, as a server that stops must."""

    def __init__(self, history: History, bus: Bus, clock: Clock) -> None:
        self._history = history
        self._bus = bus
        self._clock = clock
        self._closing = asyncio.Event()
        self.open = 0

    async def close(self) -> None:
        """End all streams."""
        self._closing.set()

    async def states(self, charging_id: str, after: int | None) -> AsyncIterator[Snapshot]:
        """The newest state whenever there is one later than `after`, until the session is over.

        The last one has `final` or an ended state. A stopping server ends it earlier.
        """
        changed = asyncio.Event()

        async def hint(_subject: str, _data: bytes) -> None:
            changed.set()

        self.open += 1
        try:
            async with AsyncExitStack() as closing:
                await self._listen(closing, f"charging.{charging_id}", hint)
                followed: str | None = None
                while not self._closing.is_set():
                    changed.clear()
                    snapshot = await self._history.snapshot(charging_id, self._clock.now())
                    if snapshot.session is not None and followed != snapshot.session.id:
                        followed = snapshot.session.id
                        await self._listen(closing, f"session.{followed}", hint)
                    if after is None or position(snapshot) > after or snapshot.charging.ended:
                        after = position(snapshot)
                        yield snapshot
                    if snapshot.charging.ended:
                        return
                    await self._wait(changed)
        finally:
            self.open -= 1

    async def _listen(
        self,
        closing: AsyncExitStack,
        subject: str,
        hint: Callable[[str, bytes], Awaitable[None]],
    ) -> None:
        subscription = await self._bus.subscribe(subject, hint)
        closing.push_async_callback(subscription.close)

    async def _wait(self, changed: asyncio.Event) -> None:
        """Until something changed, at most a few seconds, at least a breath."""
        async with asyncio.TaskGroup() as tasks:
            waits = [
                tasks.create_task(changed.wait()),
                tasks.create_task(self._closing.wait()),
                tasks.create_task(asyncio.sleep(LOOK_AGAIN_S)),
            ]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in waits:
                task.cancel()
        if not self._closing.is_set():
            await asyncio.sleep(CALM_S)
