"""A partner is stopped and let go on with the tokens it has."""

from dataclasses import replace

import pytest

from app.domain.events import PartnerLeft, PartnerReturned
from app.domain.partners import PartnerState
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.partners import destination_of
from app.use_cases.suspensions import CannotResume, CannotSuspend, Suspensions
from tests.support.clock import FakeClock
from tests.support.roaming_objects import a_partner

KNOWN = a_partner(server_tokens=("f1",), client_token="sealed")


@pytest.fixture
def suspensions(store: Store, clock: FakeClock) -> Suspensions:
    return Suspensions(store, clock)


async def put(store: Store, **changes: object) -> None:
    async with store.transaction() as tx:
        await tx.partners.put(replace(KNOWN, **changes))


async def is_let_in(store: Store) -> bool:
    async with store.reading() as tx:
        return await tx.partners.by_token("f1") is not None


async def test_a_suspended_partner_is_shut_out_and_comes_back_as_it_was(
    store: Store, suspensions: Suspensions
) -> None:
    await put(store)
    waiting = Delivery(destination_of(KNOWN.id), "x", Mode.LATEST, "ocpi.location")
    async with store.transaction() as tx:
        await tx.deliveries.add([waiting], suspensions._clock.now())
    stopped = await suspensions.suspend(KNOWN.id)
    assert stopped.state is PartnerState.SUSPENDED
    assert not await is_let_in(store)
    async with store.reading() as tx:
        assert not await tx.deliveries.waits(waiting)
    assert await suspensions.suspend(KNOWN.id) == stopped

    again = await suspensions.resume(KNOWN.id)
    assert replace(again, last_seen=None) == replace(KNOWN, last_seen=None)
    assert await is_let_in(store)
    assert await suspensions.resume(KNOWN.id) == again
    async with store.reading() as tx:
        told = [entry.event for entry in await tx.events.unplanned(10)]
    assert told == [PartnerLeft(KNOWN.id), PartnerReturned(KNOWN.id)]


async def test_who_is_only_invited_cannot_be_suspended_or_resumed(
    store: Store, suspensions: Suspensions
) -> None:
    await put(store, state=PartnerState.INVITED)
    with pytest.raises(CannotSuspend):
        await suspensions.suspend(KNOWN.id)
    with pytest.raises(CannotResume):
        await suspensions.resume(KNOWN.id)


async def test_who_left_for_good_has_to_register_again(
    store: Store, suspensions: Suspensions
) -> None:
    await put(store, state=PartnerState.SUSPENDED, client_token=None, server_tokens=())
    with pytest.raises(CannotResume, match="invite it again"):
        await suspensions.resume(KNOWN.id)
