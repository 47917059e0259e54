"""Deletes much, little by little, so that nobody waits long for the database."""

import asyncio
from collections.abc import Awaitable, Callable

from app.store.transaction import Store, Transaction


async def in_portions(
    store: Store, forget: Callable[[Transaction], Awaitable[int]], at_once: int
) -> int:
    """Let `forget` delete up to `at_once` rows, and again while there are so many; gives the sum.

    Each time is a transaction of its own, and others have their turn in between.
    """
    deleted, count = 0, at_once
    while count == at_once:
        async with store.transaction() as tx:
            count = await forget(tx)
        deleted += count
        await asyncio.sleep(0)
    return deleted
