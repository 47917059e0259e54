"""Who leaves is forgotten by the card provider too, however long that takes (GDPR, Article 17)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.payments_sandbox import SandboxPayments
from app.adapters.sealing_fernet import FernetSealer
from app.delivery.follow_ups import FollowUps
from app.delivery.planner import EVENTS_SUBJECT, Planner
from app.delivery.worker import Worker
from app.domain.drivers import Driver
from app.domain.errors import NotFound
from app.domain.payments import PaymentState
from app.store.database import Database
from app.store.transaction import Store
from app.use_cases.cards import Cards
from app.use_cases.leaving import Leaving
from tests.support.chargings import a_payment
from tests.support.clock import NOON

CLOCK = SystemClock()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is asked of the database is asked in the tests of its parts."""
    return sqlite_url


@asynccontextmanager
async def process(database: Database, bank: SandboxPayments) -> AsyncIterator[Store]:
    """Planner and worker of our own work, until the block ends."""
    bus = LocalBus()

    async def wake() -> None:
        await bus.publish(EVENTS_SUBJECT)

    store = Store(database, CLOCK, wake)
    follow = FollowUps(store, {"forget_customer": Cards(store, CLOCK, bank).forget_customer})
    planner = Planner(store, CLOCK, bus, [follow])
    worker = Worker(
        store, CLOCK, bus, senders={"follow": follow}, owner="w", random=Random(3), slots=2
    )
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(each.run()) for each in (planner, worker)]
        yield store
        for task in running:
            task.cancel()


async def trouble(store: Store) -> str:
    """What the worker says of why it is not done; its back-off is cut short."""
    async with asyncio.timeout(5):
        while True:
            async with store.transaction() as tx:
                for stuck in await tx.deliveries.stuck(5):
                    await tx.deliveries.clear(stuck.destination, CLOCK.now())
                    return stuck.trouble or ""
            await asyncio.sleep(0.005)


async def test_the_provider_forgets_who_left(database: Database) -> None:
    """Not while something is paid with their card; not lost when it is down, nor by a restart."""
    bank = SandboxPayments(CLOCK)
    async with process(database, bank) as store:
        async with store.transaction() as tx:
            await tx.drivers.add(Driver("d-1", NOON))
            await tx.drivers.add(Driver("d-2", NOON))
        cards = Cards(store, CLOCK, bank)
        for driver_id in ("d-1", "d-2"):
            setup = await cards.begin_card(driver_id)
            await cards.finish_card(driver_id, setup.reference)
        async with store.transaction() as tx:
            customer = (await tx.drivers.need("d-1")).customer
            capturing = a_payment(state=PaymentState.CAPTURING, customer=customer)
            await tx.payments.add(capturing)
        await Leaving(store, CLOCK, FernetSealer(["sixteen characters"])).delete_account("d-1")
        assert "under way" in await trouble(store)
        for _ in range(20):
            bank.fail_next("down")
        async with store.transaction() as tx:
            payment = await tx.payments.locked(capturing.id)
            await tx.payments.save(a_payment(state=PaymentState.CAPTURED, version=payment.version))
        while "under way" in await trouble(store):
            await asyncio.sleep(0.005)
    assert len(bank.books.cards) == len(bank.books.customers) == 2
    bank._faults.clear()
    async with process(database, bank) as store, asyncio.timeout(5):
        while len(bank.books.customers) == 2:
            await asyncio.sleep(0.005)
    async with store.reading() as tx:
        (kept,) = await tx.payments.methods.of_driver("d-2")
    assert set(bank.books.customers.values()) == {kept.customer}
    assert set(bank.books.cards) == {kept.reference}
    assert customer not in str(bank.books.setups)


async def test_who_leaves_while_a_customer_is_made_is_forgotten_too(database: Database) -> None:
    """The account ends between the provider's answer and our writing it down."""
    bank, made = SandboxPayments(CLOCK), SandboxPayments.create_customer
    async with process(database, bank) as store:
        async with store.transaction() as tx:
            await tx.drivers.add(Driver("d-1", NOON))

        class Slow(SandboxPayments):
            """The provider takes its time."""

            async def create_customer(self, key: str, email: str | None) -> str:
                customer = await made(bank, key, email)
                leaving = Leaving(store, CLOCK, FernetSealer(["sixteen characters"]))
                await leaving.delete_account("d-1")
                return customer

        with pytest.raises(NotFound):
            await Cards(store, CLOCK, Slow(CLOCK)).begin_card("d-1")
        async with asyncio.timeout(5):
            while bank.books.customers:
                await asyncio.sleep(0.005)
    async with store.reading() as tx:
        assert (await tx.drivers.need("d-1")).customer is None
