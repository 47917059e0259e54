"""Live sessions: a stream per phone that tells the newest state, soon after anything changed.

Hints come over the bus; the state is read from the database when it is sent, so a lost hint costs
a few seconds and nobody ever sees an older state after a newer one. The id of an event is the
session's own count of visible changes and meter readings, so a phone that comes back with
Last-Event-ID is told at once what it missed, as one newest state.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from app.domain.money import Money
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.queries.history import History, Snapshot

LOOK_AGAIN_S = 5.0
A_STEP = 10_000_000_000
CALM_S = 0.25
"""No phone needs more than four states a second."""


def position(snapshot: Snapshot) -> int:
    """Where a state is in the order of a session's states: rises with every visible change.

    A step of the session weighs more than all readings and steps of its payment between two.
    """
    charging, session, payment = snapshot.charging, snapshot.session, snapshot.payment
    read = timedelta() if session is None else session.last_updated - charging.created_at
    moved = max(0, read // timedelta(milliseconds=1))
    paid = 0 if payment is None else payment.version
    return charging.seq * A_STEP + moved + paid


class _Told:
    """What a stream's reader knows: a position, and a cost, which grows by time alone too."""

    def __init__(self, after: int | None) -> None:
        self._after = -1 if after is None else after
        self._cost: Money | None = None
        self._resumes = after is not None

    def lacks(self, snapshot: Snapshot) -> bool:
        """Whether the reader does not know this state yet, and does from now on."""
        bill = snapshot.bill
        cost = None if bill is None else bill.total.due.payable()
        is_later = position(snapshot) > self._after
        is_dearer = cost != self._cost and not self._resumes
        self._after = max(self._after, position(snapshot))
        self._cost, self._resumes = cost, False
        return is_later or is_dearer or snapshot.charging.ended


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

    async def states(
        self, charging_id: str, after: int | None, *, until: datetime | None = None
    ) -> AsyncIterator[Snapshot]:
        """The newest state whenever there is one later than `after`, until the session is over.

        A cost that grew by time alone is told too. The last state is one of an ended session,
        unless the server stops or `until` comes earlier.
        """
        changed = asyncio.Event()

        async def hint(_subject: str, _data: bytes) -> None:
            changed.set()

        self.open += 1
        try:
            async with AsyncExitStack() as closing:
                await self._listen(closing, f"charging.{charging_id}", hint)
                followed: str | None = None
                told = _Told(after)
                while not self._closing.is_set() and not self._passed(until):
                    changed.clear()
                    snapshot = await self._history.snapshot(charging_id, self._clock.now())
                    session_id = snapshot.charging.session_id
                    if session_id is not None and followed != session_id:
                        followed = session_id
                        await self._listen(closing, f"session.{followed}", hint)
                    if told.lacks(snapshot):
                        yield snapshot
                    if snapshot.charging.ended:
                        return
                    await self._wait(changed)
        finally:
            self.open -= 1

    def _passed(self, until: datetime | None) -> bool:
        return until is not None and until <= self._clock.now()

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
