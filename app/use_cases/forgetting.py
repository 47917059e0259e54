"""Meter samples and commands come to an end, by age, and never before nobody needs them.

A session's samples go together. Its signed values, its timeline, its bill and its receipt stay:
they do not need them. What of a session or of money keeps them longer is in `app.store.needed`.
Ids tell when things were made, so that neither table is searched for what is old.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.ports.clock import Clock
from app.store.ids import first_id_at
from app.store.needed import commands_referred_to, needed_commands, needed_sessions
from app.store.transaction import Store, Transaction
from app.use_cases.portions import in_portions

AT_ONCE = 200
"""Rows deleted in one transaction, so that nobody waits long for the database."""


@dataclass(frozen=True, slots=True)
class KeepRules:
    """For how long: samples after their session last changed, commands after they were made."""

    samples: timedelta = timedelta(days=730)
    commands: timedelta = timedelta(days=90)


class Forgetting:
    """Deletes little by little."""

    def __init__(self, store: Store, clock: Clock, rules: KeepRules | None = None) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules or KeepRules()

    async def samples(self) -> int:
        """Delete the samples that have had their time; gives how many that were."""
        moment = self._clock.now() - self._rules.samples
        deleted = await self._all(lambda tx: tx.meters.forget_unclaimed(moment, AT_ONCE))
        place, end = "", first_id_at(moment)
        while found := await self._sampled(place, end):
            deleted += await self._samples_of(found, moment)
            place = found[-1]
        return deleted

    async def commands(self) -> int:
        """Delete the commands that have had their time; gives how many that were."""
        moment = self._clock.now() - self._rules.commands
        async with self._store.reading() as tx:
            named = await commands_referred_to(tx.connection, moment)
        deleted, place, end = 0, "", first_id_at(moment)
        while found := await self._made(place, end):
            async with self._store.transaction() as tx:
                needed = named | await needed_commands(tx.connection, found, moment)
                deleted += await tx.commands.forget([each for each in found if each not in needed])
            await asyncio.sleep(0)
            place = found[-1]
        return deleted

    async def _sampled(self, after: str, before: str) -> list[str]:
        async with self._store.reading() as tx:
            return await tx.meters.sampled_sessions(after, before, AT_ONCE)

    async def _made(self, after: str, before: str) -> list[str]:
        async with self._store.reading() as tx:
            return await tx.commands.made_between(after, before, AT_ONCE)

    async def _samples_of(self, sessions: Sequence[str], moment: datetime) -> int:
        async def forget(tx: Transaction) -> int:
            needed = await needed_sessions(tx.connection, sessions, moment)
            over = [each for each in sessions if each not in needed]
            return await tx.meters.forget_of(over, AT_ONCE)

        return await self._all(forget)

    async def _all(self, forget: Callable[[Transaction], Awaitable[int]]) -> int:
        return await in_portions(self._store, forget, AT_ONCE)
