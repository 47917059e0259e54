"""What one worker could not finish, somebody goes on with: itself or another, soon."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from app.adapters.bus_local import LocalBus
from app.delivery.planner import DELIVERIES_SUBJECT
from app.delivery.worker import LEASE, Worker
from app.ports.delivery import Delivery, Done, Mode, Outcome
from app.store.database import Database
from app.store.leasing import DestinationRow
from app.store.statements import table_of
from app.store.transaction import Store, Transaction
from tests.support.clock import FakeClock
from tests.support.patience import until

DESTINATIONS = table_of(DestinationRow)
LEASED_UNTIL = select(DESTINATIONS.c.lease_until)
WAITING = [Delivery("partner:p1", f"s{number}", Mode.LATEST, "ocpi.session") for number in "123"]


class Shaky(Store):
    """A store whose database is away for the next `failures` transactions."""

    failures = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError("the database is away")
        async with super().transaction() as tx:
            yield tx


class Partner:
    """Takes everything; `meanwhile` is done while it has the first."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.shaken: Shaky | None = None

    async def send(self, delivery: Delivery) -> Outcome:
        self.got.append(delivery.subject)
        if self.shaken is not None:
            self.shaken.failures, self.shaken = 1, None
        await self.hangs.wait()
        return Done()


class Yard:
    """A database with deliveries, and any number of workers on it."""

    def __init__(self, database: Database) -> None:
        self.clock, self.bus, self.partner = FakeClock(), LocalBus(), Partner()
        self.store = Shaky(database, self.clock, self._nothing)

    async def _nothing(self) -> None:
        """Nobody plans here."""

    async def fill(self) -> None:
        async with self.store.transaction() as tx:
            await tx.deliveries.add(WAITING, self.clock.now())

    def worker(self, owner: str) -> Worker:
        senders = {"ocpi": self.partner}
        return Worker(
            self.store, self.clock, self.bus,
            senders=senders, owner=owner, random=Random(1), keep_every_s=0.02,
        )  # fmt: skip

    async def time_passes(self, span: timedelta) -> None:
        """So slowly that leases can be prolonged."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            self.clock.set(self.clock.now() + LEASE / 2)
            await asyncio.sleep(0.1)
            await self.bus.publish(DELIVERIES_SUBJECT)

    async def time_is_kept_up_with(self, span: timedelta) -> None:
        """The same, however slow this machine is: each step waits for the lease to follow."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            self.clock.set(self.clock.now() + LEASE / 2)
            await until(self._is_prolonged)
            await self.bus.publish(DELIVERIES_SUBJECT)

    async def _is_prolonged(self) -> bool:
        async with self.store.database.reading() as connection:
            leased: datetime | None = (await connection.execute(LEASED_UNTIL)).scalar_one()
        return leased is not None and leased >= self.clock.now() + LEASE

    async def drained(self) -> None:
        async with asyncio.timeout(10):
            while True:
                await self.bus.publish(DELIVERIES_SUBJECT)
                async with self.store.reading() as tx:
                    if not await tx.deliveries.waiting():
                        return
                await asyncio.sleep(0.01)


async def test_a_lost_database_costs_a_repetition_and_no_more(database: Database) -> None:
    """The outcome cannot be written: the destination is given up, not held for ever."""
    yard = Yard(database)
    await yard.fill()
    yard.partner.shaken = yard.store
    async with asyncio.TaskGroup() as tasks:
        worker = yard.worker("w")
        running = tasks.create_task(worker.run())
        async with asyncio.timeout(10):
            while not worker.failures:
                await asyncio.sleep(0.01)
        await yard.time_passes(LEASE * 2)
        await yard.drained()
        running.cancel()
    assert yard.partner.got == ["s1", "s1", "s2", "s3"]


async def test_a_worker_that_died_is_followed_by_another(database: Database) -> None:
    """Only after its lease: until then nobody knows that it is dead."""
    yard = Yard(database)
    await yard.fill()
    yard.partner.hangs.clear()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(yard.worker("first").run())
        async with asyncio.timeout(10):
            while not yard.partner.got:
                await asyncio.sleep(0.01)
        first.cancel()
    yard.partner.hangs.set()
    async with asyncio.TaskGroup() as tasks:
        second = tasks.create_task(yard.worker("second").run())
        await asyncio.sleep(0.1)
        assert yard.partner.got == ["s1"]
        yard.clock.set(yard.clock.now() + LEASE + timedelta(seconds=1))
        await yard.drained()
        second.cancel()
    assert yard.partner.got == ["s1", "s1", "s2", "s3"]


async def test_what_is_under_way_is_kept(database: Database) -> None:
    """A partner that takes its time is not asked by two workers at once."""
    yard = Yard(database)
    await yard.fill()
    yard.partner.hangs.clear()
    async with asyncio.TaskGroup() as tasks:
        workers = [tasks.create_task(yard.worker(name).run()) for name in ("first", "second")]
        await yard.time_is_kept_up_with(LEASE * 5)
        assert yard.partner.got == ["s1"]
        yard.partner.hangs.set()
        await yard.drained()
        for worker in workers:
            worker.cancel()
    assert yard.partner.got == ["s1", "s2", "s3"]
