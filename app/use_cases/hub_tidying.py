"""What the hub keeps no longer: every table of it has an end, by age or by what it is about.

Addresses and ids forget themselves (`hub_callbacks`, `hub_index`). For ever are kept: who is or
was a member, since HubClientInfo never deletes anybody, and who changed which rule; both grow
only by what people do. What a member tells of itself is kept as long as it is a member.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from app.domain.hub_tokens import MOST_TOKENS, REFERENCES_KEPT, TOKENS_KEPT
from app.domain.partners import Partner
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.hub_passing import HubPassing
from app.use_cases.portions import in_portions

GONE_KEPT = timedelta(days=90)
"""How long a deleted tariff is remembered, for members that were away when it went."""

LEFT_KEPT = timedelta(days=30)
"""How long the objects of a member that left stay, as it may register again."""

AT_ONCE = 200


class HubTidying:
    """Deletes little by little, so that nobody waits for it."""

    def __init__(self, store: Store, clock: Clock, *, most_tokens: int = MOST_TOKENS) -> None:
        self._store = store
        self._clock = clock
        self._most_tokens = most_tokens

    async def tidy(self) -> int:
        """Delete what has had its time; gives how many rows that were."""
        now = self._clock.now()
        deleted = await self._tokens(now) + await HubPassing(self._store, self._clock).forget()
        deleted += await self._all(lambda tx: tx.hub_objects.forget_gone(now - GONE_KEPT, AT_ONCE))
        for partner in await self._left(now):
            deleted += await self._forget(partner)
        return deleted

    async def _tokens(self, now: datetime) -> int:
        deleted = await self._all(
            lambda tx: tx.hub_tokens.forget_references(now - REFERENCES_KEPT, AT_ONCE)
        )
        deleted += await self._all(
            lambda tx: tx.hub_tokens.forget_tokens(now - TOKENS_KEPT, AT_ONCE)
        )
        async with self._store.reading() as tx:
            surplus = await tx.hub_tokens.count() - self._most_tokens
        for left in range(surplus, 0, -AT_ONCE):
            some = min(left, AT_ONCE)
            async with self._store.transaction() as tx:
                deleted += await tx.hub_tokens.forget_oldest(some)
            await asyncio.sleep(0)
        return deleted

    async def _left(self, now: datetime) -> list[Partner]:
        """Members that left for good and have not been heard of since for long."""
        async with self._store.reading() as tx:
            gone = [p for p in await tx.partners.all() if p.hub and p.has_left]
            found = []
            for partner in gone:
                entries = await tx.hub_members.of_partner(partner.id)
                if all(now - entry.last_updated >= LEFT_KEPT for entry in entries):
                    found.append(partner)
        return found

    async def _forget(self, partner: Partner) -> int:
        async with self._store.transaction() as tx:
            await tx.hub_objects.forget_gaps(partner.id)
            await tx.hub_members.forget_told(partner.id)
        deleted = await self._all(lambda tx: tx.hub_aliases.forget_of(partner.id, AT_ONCE))
        return deleted + await self._all(lambda tx: tx.hub_objects.forget_of(partner.id, AT_ONCE))

    async def _all(self, forget: Callable[[Transaction], Awaitable[int]]) -> int:
        return await in_portions(self._store, forget, AT_ONCE)
