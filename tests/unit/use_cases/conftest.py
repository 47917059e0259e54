"""A site with the charger CP1 on a database of each kind, its group commit running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from app.store.transaction import Store
from tests.support.chargers import Floor
from tests.support.clock import FakeClock


@pytest.fixture
async def floor(store: Store, clock: FakeClock) -> AsyncIterator[Floor]:
    """Nothing is furnished yet."""
    made = Floor(store, clock)
    task = asyncio.create_task(made.batch.run())
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
