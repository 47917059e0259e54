"""Planner and worker together: every event reaches whoever wants it, in order."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.delivery.planner import EVENTS_SUBJECT, Planner
from app.delivery.worker import Worker
from app.domain.events import CdrIssued, DomainEvent, SessionProgressed
from app.ports.delivery import Delivery, Done, Mode, Outcome, RefusedForGood, Retry
from app.store.correlation import correlation_id
from app.store.database import Database
from app.store.transaction import Store

CLOCK = SystemClock()


class Partners:
    """Two partners: both want sessions, one wants CDRs; each can be told to fail."""

    def __init__(self) -> None:
        self.got: dict[str, list[str]] = defaultdict(list)
        self.correlations: list[str | None] = []
        self.answers: dict[str, list[Outcome]] = defaultdict(list)
        self.hanging: set[str] = set()
        self.crash_on = ""

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        if isinstance(event, SessionProgressed):
            return [
                Delivery(p, event.session_id, Mode.LATEST, "ocpi.session") for p in ("p1", "p2")
            ]
        if isinstance(event, CdrIssued):
            return [Delivery("p1", event.cdr_id, Mode.EVERY, "ocpi.cdr")]
        return []

    async def send(self, delivery: Delivery) -> Outcome:
        if delivery.destination in self.hanging:
            await asyncio.sleep(3600)
        if delivery.subject == self.crash_on:
            raise ValueError("defect")
        answers = self.answers[delivery.destination]
        outcome = answers.pop(0) if answers else Done()
        if isinstance(outcome, Done):
            self.got[delivery.destination].append(delivery.subject)
            self.correlations.append(correlation_id.get())
        return outcome


@asynccontextmanager
async def machine(database: Database, partners: Partners) -> AsyncIterator[Store]:
    bus = LocalBus()

    async def wake() -> None:
        await bus.publish(EVENTS_SUBJECT)

    store = Store(database, CLOCK, wake)
    planner = Planner(store, CLOCK, bus, [partners])
    worker = Worker(
        store, CLOCK, bus, senders={"ocpi": partners}, owner="w", random=Random(3), slots=4
    )
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(planner.run()), tasks.create_task(worker.run())]
        yield store
        for task in running:
            task.cancel()


async def emit(store: Store, *events: DomainEvent) -> None:
    async with store.transaction() as tx:
        for event in events:
            tx.emit(event)


async def drained(store: Store) -> None:
    async with asyncio.timeout(10):
        while True:
            async with store.reading() as tx:
                if not await tx.events.backlog() and not await tx.deliveries.waiting():
                    return
            await asyncio.sleep(0.01)


async def test_everyone_gets_what_they_want_in_order(database: Database) -> None:
    partners = Partners()
    async with machine(database, partners) as store:
        token = correlation_id.set("corr-9")
        await emit(store, CdrIssued("c1"), CdrIssued("c2"))
        await emit(store, SessionProgressed("s1"), CdrIssued("c3"))
        correlation_id.reset(token)
        await drained(store)
    assert [c for c in partners.got["p1"] if c.startswith("c")] == ["c1", "c2", "c3"]
    assert partners.got["p2"] == ["s1"]
    assert set(partners.correlations) == {"corr-9"}


async def test_a_hanging_partner_delays_nobody(database: Database) -> None:
    partners = Partners()
    partners.hanging.add("p1")
    async with machine(database, partners) as store:
        await emit(store, SessionProgressed("s1"))
        async with asyncio.timeout(3):
            while not partners.got["p2"]:
                await asyncio.sleep(0.005)
    assert partners.got["p1"] == []


async def test_failures_are_tried_again_and_refusals_kept(database: Database) -> None:
    partners = Partners()
    partners.answers["p1"] = [Retry("503", timedelta()), RefusedForGood("2001")]
    async with machine(database, partners) as store:
        await emit(store, CdrIssued("c1"), CdrIssued("c2"))
        async with asyncio.timeout(5):
            while not partners.got["p1"]:
                await asyncio.sleep(0.01)
        assert partners.got["p1"] == ["c2"]
        await drained(store)


async def test_a_crashing_sender_is_tried_again_not_lost(database: Database) -> None:
    partners = Partners()
    partners.crash_on = "c1"
    async with machine(database, partners) as store:
        await emit(store, CdrIssued("c1"))
        async with asyncio.timeout(5):
            while True:
                async with store.reading() as tx:
                    if stuck := await tx.deliveries.stuck(5):
                        break
                await asyncio.sleep(0.01)
        assert stuck[0].trouble == "ValueError: defect"
        partners.crash_on = ""
        async with store.transaction() as tx:
            await tx.deliveries.clear("p1", CLOCK.now())
        await drained(store)
    assert partners.got["p1"] == ["c1"]


async def test_what_was_not_finished_is_finished_after_a_restart(database: Database) -> None:
    partners = Partners()
    partners.hanging.add("p1")
    async with machine(database, partners) as store:
        await emit(store, CdrIssued("c1"))
        await asyncio.sleep(0.2)
    partners.hanging.clear()
    async with machine(database, partners) as store:
        await drained(store)
    assert partners.got["p1"] == ["c1"]
