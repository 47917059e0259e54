"""Addresses that members of the hub gave: whose they are, and how long ours stand for them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import InvalidInput, NotFound
from app.domain.hub_callbacks import (
    MARGIN,
    OBJECT_LIFE,
    USUAL_WAIT,
    CallbackKind,
    Reservation,
)
from app.store.batch import Batch
from app.store.transaction import Store
from app.use_cases.hub_callbacks import HubCallbacks
from tests.support.clock import NOON, FakeClock
from tests.support.passing import GIVEN, a_callback

SEALER = FernetSealer(["a secret of at least thirty-two characters"])
HOUR = timedelta(hours=1)
NO_ROOM = 43
CALLER = GIVEN.caller_partner


async def _nobody_waits() -> None:
    """No planner is to be woken."""


@pytest.fixture(params=["sealed", "alone", "together"])
async def book(
    request: pytest.FixtureRequest, store: Store, clock: FakeClock
) -> AsyncIterator[HubCallbacks]:
    """In its own name; without room for that a row of its own, or one with those of the moment."""
    if request.param == "sealed":
        yield HubCallbacks(store, SEALER, clock)
        return
    if request.param == "alone":
        yield HubCallbacks(store, SEALER, clock, room=NO_ROOM)
        return
    batch = Batch(store.database, _nobody_waits)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(batch.run())
        yield HubCallbacks(store, SEALER, clock, room=NO_ROOM, batch=batch)
        running.cancel()


async def test_what_was_kept_is_found_again_and_again(book: HubCallbacks, store: Store) -> None:
    """C-257. Also by a process that was not there when it was kept."""
    kept = await book.for_result(GIVEN)
    for again in (book, HubCallbacks(store, SEALER, FakeClock())):
        found = await again.find(kept.id, CALLER)
        assert (found, found.kind) == (kept, CallbackKind.RESULT)
    assert found.supplied == GIVEN
    placed = book.object_address(replace(GIVEN, about="x" * 100))
    await book.keep(placed)
    found = await book.find(placed.id, CALLER)
    assert (found.kind, found.expires_at) == (CallbackKind.OBJECT, NOON + OBJECT_LIFE)
    assert found.supplied.about == "x" * 40


async def test_nobody_guesses_an_address(book: HubCallbacks) -> None:
    """C-258."""
    made = {(await book.for_result(GIVEN)).id for _ in range(5)}
    assert len(made) == 5
    assert min(len(each) for each in made) >= 43
    for name, partner in ((next(iter(made)), "p-1"), ("forged", CALLER), ("", CALLER)):
        with pytest.raises(NotFound):
            await book.find(name, partner)


async def test_an_address_expires(book: HubCallbacks, clock: FakeClock) -> None:
    """C-258. With or without the job that tidies up."""
    kept = await book.for_result(GIVEN)
    clock.set(NOON + USUAL_WAIT + MARGIN - timedelta(seconds=1))
    assert await book.find(kept.id, CALLER) == kept
    clock.set(NOON + USUAL_WAIT + MARGIN)
    with pytest.raises(NotFound):
        await book.find(kept.id, CALLER)


async def test_who_promises_later_is_waited_for(book: HubCallbacks, clock: FakeClock) -> None:
    kept = await book.for_result(GIVEN)
    await book.promised(kept.id, CALLER, timedelta(seconds=30))
    assert (await book.find(kept.id, CALLER)).expires_at == kept.expires_at
    for _ in range(2):
        await book.promised(kept.id, CALLER, 2 * HOUR)
    clock.set(NOON + 2 * HOUR)
    found = await book.find(kept.id, CALLER)
    assert (found.supplied, found.expires_at) == (GIVEN, NOON + 2 * HOUR + MARGIN)
    with pytest.raises(NotFound):
        await book.find(kept.id, GIVEN.owner_partner)


async def test_nobody_promises_in_the_name_of_others(book: HubCallbacks, clock: FakeClock) -> None:
    """The answer to one command says nothing of another's."""
    kept = await book.for_result(GIVEN)
    await book.promised("forged", CALLER, 2 * HOUR)
    clock.set(NOON + 2 * HOUR)
    for name in (kept.id, "forged"):
        with pytest.raises(NotFound):
            await book.find(name, CALLER)


async def test_a_reservation_that_is_changed_keeps_its_first_address(
    book: HubCallbacks, clock: FakeClock
) -> None:
    """C-259. The operator may take it back by either."""
    first = await book.for_result(GIVEN, Reservation("R-1", NOON + HOUR))
    clock.set(NOON + HOUR / 2)
    second = await book.for_result(GIVEN, Reservation("r-1", NOON + 9 * HOUR))
    other = await book.for_result(GIVEN, Reservation("R-2", NOON + HOUR))
    clock.set(NOON + 9 * HOUR)
    for name in (first.id, second.id):
        assert (await book.find(name, CALLER)).expires_at == NOON + 9 * HOUR + MARGIN
    with pytest.raises(NotFound):
        await book.find(other.id, CALLER)


async def test_expired_addresses_are_forgotten(
    book: HubCallbacks, store: Store, clock: FakeClock
) -> None:
    async with store.transaction() as tx:
        for n in range(1_200):
            await tx.hub_callbacks.add(a_callback(f"c-{n}"))
    kept = book.object_address(GIVEN)
    await book.keep(kept)
    await book.keep(kept)
    assert await book.forget() == 0
    clock.set(NOON + HOUR)
    assert await book.forget() == 1_200
    assert await book.find(kept.id, CALLER) == kept
    assert await book.forget() == 0


def test_a_page_is_for_the_platform_that_asked(book: HubCallbacks) -> None:
    """C-254. As often as it likes; what is changed on the way is nothing any more."""
    page = replace(GIVEN, module="locations", about="", correlation_id="")
    cursor = book.cursor(page)
    assert GIVEN.url not in cursor
    assert [book.page(cursor, CALLER) for _ in range(2)] == [page, page]
    changed = cursor[:-3] + ("AAA" if cursor[-3:] != "AAA" else "BBB")
    for forged, partner in ((cursor, "p-1"), (changed, CALLER), ("", CALLER), ("x.y", CALLER)):
        with pytest.raises(InvalidInput):
            book.page(forged, partner)
