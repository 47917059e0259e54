"""Many operators promise results at the same moment: on PostgreSQL they really are."""

import asyncio
from datetime import timedelta

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_callbacks import MARGIN
from app.store.transaction import Store
from app.use_cases.hub_callbacks import HubCallbacks
from tests.support.clock import NOON, FakeClock
from tests.support.passing import GIVEN

HOUR = timedelta(hours=1)
CALLER = GIVEN.caller_partner
MANY = 8


async def test_everybody_who_promises_later_is_waited_for(store: Store, clock: FakeClock) -> None:
    """C-257. Whoever writes its own promise does not write the others' once more."""
    sealer = FernetSealer(["a secret of sixteen characters"])
    book = HubCallbacks(store, sealer, clock)
    names = [(await book.for_result(GIVEN)).id for _ in range(MANY)]
    await asyncio.gather(*(book.promised(name, CALLER, 2 * HOUR) for name in names))
    clock.set(NOON + 2 * HOUR)
    another_process = HubCallbacks(store, sealer, clock)
    for name in names:
        assert (await another_process.find(name, CALLER)).expires_at == NOON + 2 * HOUR + MARGIN
