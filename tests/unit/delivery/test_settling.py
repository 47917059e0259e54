"""Outcomes are written together, and one that cannot be written stops no other."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from app.delivery.settling import Settling
from app.domain.errors import InvalidInput
from app.ports.delivery import Delivery, Done, Mode, Outcome, RefusedForGood, Retry
from app.store.leasing import Lease, Pending
from app.store.transaction import Store
from tests.support.clock import FakeClock

Held = tuple[Lease, Pending]
NAMES = ("a", "b", "c", "d")


async def _leased(store: Store, clock: FakeClock, *, each: int = 1) -> dict[str, Held]:
    """Four destinations with something to get, leased together."""
    now = clock.now()
    wanted = [
        Delivery(name, f"s{number}", Mode.EVERY, "ocpi.cdr")
        for name in NAMES
        for number in range(each)
    ]
    async with store.transaction() as tx:
        await tx.deliveries.add(wanted, now)
        leases = await tx.deliveries.lease_many("w", now, now + timedelta(seconds=15), limit=9)
        first = await tx.deliveries.first_of([lease.destination for lease in leases])
    return {lease.destination: (lease, first[lease.destination]) for lease in leases}


async def test_leases_are_as_many_as_wanted(store: Store, clock: FakeClock) -> None:
    now = clock.now()
    await _leased(store, clock)
    async with store.transaction() as tx:
        assert await tx.deliveries.lease_many("v", now, now, limit=9) == []
        await tx.deliveries.free("w")
        assert len(await tx.deliveries.lease_many("v", now, now, limit=3)) == 3


async def test_each_gets_what_its_own_outcome_leads_to(store: Store, clock: FakeClock) -> None:
    held = await _leased(store, clock, each=2)
    settling = Settling(store, clock, Random(1))
    outcomes: dict[str, Outcome] = {
        "a": Done(), "b": Retry("busy"), "c": RefusedForGood("no"), "d": Done(),
    }  # fmt: skip
    found = await asyncio.gather(*(settling.settle(*held[name], outcomes[name]) for name in NAMES))
    nexts = dict(zip(NAMES, found, strict=True))
    assert nexts["b"] == (None, None)
    for name in ("a", "c", "d"):
        lease, pending = nexts[name]
        assert lease is not None
        assert pending is not None
        assert (lease.destination, pending.delivery.subject) == (name, "s1")
    async with store.reading() as tx:
        (stuck,) = await tx.deliveries.stuck(9)
        assert (stuck.destination, stuck.pending, stuck.trouble) == ("b", 2, "busy")
        assert await tx.deliveries.waiting() == 5


async def test_what_came_meanwhile_is_not_overlooked(store: Store, clock: FakeClock) -> None:
    held = await _leased(store, clock)
    settling = Settling(store, clock, Random(1))
    async with store.transaction() as tx:
        await tx.deliveries.add([Delivery("a", "new", Mode.EVERY, "ocpi.cdr")], clock.now())
    found = await asyncio.gather(*(settling.settle(*held[n], Done()) for n in ("a", "b")))
    assert [pending and pending.delivery.subject for _, pending in found] == ["new", None]
    assert [lease is None for lease, _ in found] == [False, True]


async def test_one_that_cannot_be_written_stops_no_other(store: Store, clock: FakeClock) -> None:
    """A reason that no database keeps fails its own transaction only."""
    held = await _leased(store, clock)
    settling = Settling(store, clock, Random(1))
    poison = RefusedForGood("\ud800")
    outcomes: list[Outcome] = [Done(), poison, Done(), Done()]
    parts = zip(NAMES, outcomes, strict=True)
    found = await asyncio.gather(
        *(settling.settle(*held[name], outcome) for name, outcome in parts),
        return_exceptions=True,
    )
    assert isinstance(found[1], InvalidInput)
    assert [each for index, each in enumerate(found) if index != 1] == [(None, None)] * 3
    async with store.reading() as tx:
        assert await tx.deliveries.waiting() == 1


async def test_whoever_gives_up_leaves_nothing_behind(store: Store, clock: FakeClock) -> None:
    held = await _leased(store, clock)
    settling = Settling(store, clock, Random(1))
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(settling.settle(*held[n], Done())) for n in ("a", "b")]
        await asyncio.sleep(0)
        waiting[0].cancel()
    assert await settling.settle(*held["c"], Done()) == (None, None)
    assert waiting[1].result() == (None, None)
    with pytest.raises(asyncio.CancelledError):
        waiting[0].result()
