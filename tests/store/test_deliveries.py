"""The delivery queues: one line per destination, leased by one worker, nothing lost between."""

import asyncio
from datetime import UTC, datetime, timedelta

from app.ports.delivery import Delivery, Mode
from app.store.leasing import Lease
from app.store.transaction import Store, Transaction

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=15)


def latest(subject: str, destination: str = "partner:1") -> Delivery:
    return Delivery(destination, subject, Mode.LATEST, "ocpi.session")


def every(subject: str, destination: str = "partner:1") -> Delivery:
    return Delivery(destination, subject, Mode.EVERY, "ocpi.cdr")


async def add(store: Store, *deliveries: Delivery) -> None:
    async with store.transaction() as tx:
        await tx.deliveries.add(deliveries, NOW)


async def lease(tx: Transaction, owner: str = "w1") -> Lease:
    taken = await tx.deliveries.lease(owner, NOW, LATER)
    assert taken is not None
    return taken


async def test_latest_is_one_row_and_every_is_each(store: Store) -> None:
    await add(store, latest("s1"), every("c1"))
    await add(store, latest("s1"), every("c1"), latest("s2"))
    async with store.reading() as tx:
        assert await tx.deliveries.waiting() == 4


async def test_order_holds_within_a_destination(store: Store) -> None:
    await add(store, every("c1"), every("c2"), latest("s1"))
    seen = []
    async with store.transaction() as tx:
        held = await lease(tx)
        while pending := await tx.deliveries.pending(held.destination):
            seen.append(pending.delivery.subject)
            await tx.deliveries.settle(pending)
        assert await tx.deliveries.release_all([held])
        assert await tx.deliveries.next_due() is None
    assert sorted(seen) == ["c1", "c2", "s1"]
    assert seen.index("c1") < seen.index("c2")


async def test_what_is_asked_for_again_while_sending_is_sent_again(store: Store) -> None:
    await add(store, latest("s1"))
    async with store.transaction() as tx:
        held = await lease(tx)
        pending = await tx.deliveries.pending(held.destination)
    assert pending is not None
    await add(store, latest("s1"))
    async with store.transaction() as tx:
        await tx.deliveries.settle(pending)
        again = await tx.deliveries.pending(held.destination)
        assert again is not None
        assert again.generation == pending.generation + 1


async def test_an_arrival_keeps_the_destination_awake(store: Store) -> None:
    """The lost wake-up: queue seen empty, something arrives, lease let go."""
    await add(store, latest("s1"))
    async with store.transaction() as tx:
        held = await lease(tx)
        pending = await tx.deliveries.pending(held.destination)
        assert pending is not None
        await tx.deliveries.settle(pending)
    await add(store, latest("s2"))
    async with store.transaction() as tx:
        assert not await tx.deliveries.release_all([held])
        renewed = (await tx.deliveries.renew_all([held], LATER)).get(held.destination)
        assert renewed is not None
        assert await tx.deliveries.pending(held.destination) is not None


async def test_a_lease_is_one_workers_until_it_runs_out(store: Store) -> None:
    await add(store, latest("s1"))
    async with store.transaction() as tx:
        await lease(tx)
        assert await tx.deliveries.lease("w2", NOW, LATER) is None
        after = LATER + timedelta(seconds=1)
        taken = await tx.deliveries.lease("w2", after, after + timedelta(seconds=15))
        assert taken is not None
        assert taken.owner == "w2"


async def test_a_restarted_worker_takes_its_own_back_at_once(store: Store) -> None:
    await add(store, latest("s1"))
    async with store.transaction() as tx:
        await lease(tx)
        await tx.deliveries.free("w1")
        await lease(tx)


async def test_backing_off_is_not_hurried_but_cleared_by_a_sign_of_life(store: Store) -> None:
    await add(store, latest("s1"))
    due = NOW + timedelta(minutes=1)
    async with store.transaction() as tx:
        held = await lease(tx)
        await tx.deliveries.back_off(held, due, "503", NOW)
    await add(store, latest("s2"))
    async with store.transaction() as tx:
        assert await tx.deliveries.next_due() == due
        assert await tx.deliveries.lease("w1", NOW, LATER) is None
        (stuck,) = await tx.deliveries.stuck(10)
        assert (stuck.fails, stuck.pending, stuck.trouble) == (1, 2, "503")
        assert await tx.deliveries.clear("partner:1", NOW)
        assert not await tx.deliveries.clear("partner:1", NOW)
        await lease(tx)


async def test_parked_stays_parked_until_a_sign_of_life(store: Store) -> None:
    await add(store, latest("s1"))
    async with store.transaction() as tx:
        held = await lease(tx)
        await tx.deliveries.back_off(held, None, "gone", NOW)
    await add(store, latest("s2"))
    async with store.transaction() as tx:
        assert await tx.deliveries.next_due() is None
        assert await tx.deliveries.clear("partner:1", NOW)
        await lease(tx)


async def test_a_refused_delivery_makes_way_for_the_next(store: Store) -> None:
    await add(store, every("c1"), every("c2"))
    async with store.transaction() as tx:
        held = await lease(tx)
        first = await tx.deliveries.pending(held.destination)
        assert first is not None
        await tx.deliveries.fail(first, "2001", NOW)
        second = await tx.deliveries.pending(held.destination)
        assert second is not None
        assert second.delivery.subject == "c2"


async def test_four_workers_never_share_a_destination(store: Store) -> None:
    await add(store, *(latest("s", f"partner:{i}") for i in range(30)))
    taken: list[str] = []

    async def work(owner: str) -> None:
        while True:
            async with store.transaction() as tx:
                held = await tx.deliveries.lease(owner, NOW, LATER)
            if held is None:
                return
            taken.append(held.destination)

    await asyncio.gather(*(work(f"w{i}") for i in range(4)))
    assert len(taken) == len(set(taken)) == 30


async def test_leadership_is_one_owners_at_a_time(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.leases.take("periodic", "a", NOW, LATER)
        assert await tx.leases.take("periodic", "a", NOW, LATER)
        assert not await tx.leases.take("periodic", "b", NOW, LATER)
        after = LATER + timedelta(seconds=1)
        assert await tx.leases.take("periodic", "b", after, after + timedelta(seconds=15))
