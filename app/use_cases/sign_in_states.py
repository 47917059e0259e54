"""Browsers on their way to a provider that answers by a form: what we must know when they return.

Such a form is posted by another site, so our cookie does not come with it; what we kept here does.
"""

from datetime import timedelta

from app.domain.errors import Unauthenticated
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.transaction import Store

LASTS = timedelta(minutes=10)


class SignInStates:
    """Sealed notes by a state that only the browser and the provider know."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer

    async def note(self, state: str, text: str) -> None:
        """Remember this for ten minutes."""
        name, expires = self._sealer.fingerprint(state), self._clock.now() + LASTS
        sealed = self._sealer.seal(text, f"way:{name}")
        async with self._store.transaction() as tx:
            await tx.drivers.sign_in_states.put(name, sealed, expires)

    async def take(self, state: str) -> str:
        """What was noted, once; raises Unauthenticated."""
        name = self._sealer.fingerprint(state)
        async with self._store.transaction() as tx:
            sealed = await tx.drivers.sign_in_states.take(name, self._clock.now())
        if sealed is None:
            raise Unauthenticated("signing in was not begun here, is done, or took too long")
        return self._sealer.open(sealed, f"way:{name}")
