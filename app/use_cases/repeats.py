"""Requests that come twice under one key, as from a phone that lost our answer: told the same."""

from datetime import timedelta

from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.inbox import KeptAnswer, answer_to
from app.store.transaction import Store

_PLAIN = "{"
"""How an answer begins that is not sealed."""


class Repeats:
    """Keeps answers, sealed, since some hold a secret."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer

    async def find(self, asker: str, key: str, *, lasts: timedelta | None = None) -> str | None:
        """What this asker was answered under this key, if anything, and not longer ago."""
        since = None if lasts is None else self._clock.now() - lasts
        kept = await answer_to(self._store, _source(asker), key, since=since)
        if kept is None or kept.startswith(_PLAIN):
            return kept
        return self._sealer.open(kept, _context(asker, key))

    def to_keep(self, asker: str, key: str, answer: str, *, secret: bool) -> KeptAnswer:
        """A JSON object, to be kept in the transaction of what it tells of.

        It is sealed if there is a `secret` in it that nobody else knows.
        """
        text = self._sealer.seal(answer, _context(asker, key)) if secret else answer
        return KeptAnswer(_source(asker), key, text, self._clock.now())

    async def keep(self, asker: str, key: str, answer: str) -> str:
        """Remember the answer; of two at the same time the first counts, and is given back."""
        context = _context(asker, key)
        async with self._store.transaction() as tx:
            sealed = self._sealer.seal(answer, context)
            if await tx.inbox.first(_source(asker), key, self._clock.now(), answer=sealed):
                return answer
            kept = await tx.inbox.answer(_source(asker), key)
        return answer if kept is None else self._sealer.open(kept, context)


def _source(asker: str) -> str:
    return f"repeats:{asker}"


def _context(asker: str, key: str) -> str:
    return f"repeats:{asker}:{key}"


__all__ = ["KeptAnswer", "Repeats"]
