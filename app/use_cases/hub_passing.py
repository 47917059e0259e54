"""What is on its way between hubs, known to all processes, so that none lets it go round again.

A note outlives the process that made it by a minute, so a circle does not outlive it either.
"""

from datetime import timedelta
from hashlib import sha256

from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.transaction import Store

LONGEST = timedelta(minutes=1)
"""No message is on its way for longer, since nobody waits for its answer that long."""

_PREFIX = "passing:"
_DIGITS = 32


class HubPassing:
    """Notes by what messages have in common, each time round; each has one owner."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, message: str, partner_id: str) -> tuple[str, str]:
        """A platform's message is on its way: our note of it, and the platform whose was first.

        The note is empty where the message is on its way already.
        """
        now, note = self._clock.now(), f"{partner_id}/{new_id()[-12:]}"
        async with self._store.transaction() as tx:
            if await tx.leases.take(_name(message), note, now, now + LONGEST):
                return note, partner_id
            holder = await tx.leases.holder(_name(message))
        return "", (holder or partner_id).partition("/")[0]

    async def end(self, message: str, note: str) -> None:
        """It has arrived, or not; either way it is not on its way any more."""
        async with self._store.transaction() as tx:
            await tx.leases.release(_name(message), note)

    async def forget(self) -> int:
        """Delete notes that processes left behind; gives how many."""
        async with self._store.transaction() as tx:
            return await tx.leases.forget_before(self._clock.now() - LONGEST, _PREFIX)


def _name(message: str) -> str:
    return _PREFIX + sha256(message.encode()).hexdigest()[:_DIGITS]
