"""The hub with all its parts as production builds it, its delivery machine running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random

import pytest

from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.sealing_fernet import FernetSealer
from app.delivery.follow_ups import FollowUps
from app.delivery.planner import EVENTS_SUBJECT, Planner
from app.delivery.worker import Worker
from app.domain.partners import PartnerRole, Role
from app.ports.delivery import Sender
from app.runtime.hub import Hub, HubSurroundings
from app.store.transaction import Store
from app.use_cases.partners import Partners, Platform
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.relay import Relay
from tests.edge.ocpi.house import a_house
from tests.edge.ocpi.hub.conftest import HUB, HubHouse
from tests.support.loopback import a_client
from tests.support.patience import until
from tests.support.roaming_objects import EMSP

PLATFORM = Platform(PartnerRole(Role.EMSP, EMSP, "Drive"), PartnerRole(Role.HUB, HUB, "Hub"))
PATIENCE_S = 15.0
"""As in production: where nobody is silent on purpose a busy machine must not look like it."""


@dataclass
class WholeHub(HubHouse):
    """All of the hub; `machine` plans and sends until it is killed."""

    hub: Hub | None = None
    planner: Planner | None = None

    async def quiet(self) -> None:
        """Wait until everything that happened was told to whom it concerns."""
        planner = self.planner
        assert planner is not None

        async def done() -> bool:
            if await planner.plan():
                return False
            async with self.store.reading() as tx:
                return await tx.deliveries.waiting() == 0

        await until(done)


async def _nothing(_partner_id: str) -> None:
    """A hub pulls no lists of its members."""


@asynccontextmanager
async def a_machine(store: Store, hub: Hub) -> AsyncIterator[Planner]:
    """What plans and sends for the hub; leaving it kills it in the middle of whatever it does."""
    clock, bus = SystemClock(), LocalBus()
    actions = {
        "check_member": hub.liveness.check,
        "pull_partner": _nothing,
        "refresh_partner": _nothing,
    }
    follow_ups = FollowUps(store, actions)
    told, members = hub.broadcast_audience(), hub.member_audience()

    def look_again() -> None:
        told.look_again()
        members.look_again()

    planner = Planner(store, clock, bus, [told, members, follow_ups], before_batch=look_again)
    senders: dict[str, Sender] = {
        "broadcast": hub.broadcast_sender(),
        "member": hub.member_sender(),
        "follow": follow_ups,
    }
    worker = Worker(store, clock, bus, senders=senders, owner="w", random=Random(1))
    happened = asyncio.Event()
    store.heed(lambda _: happened.set())

    async def wake() -> None:
        while await happened.wait():
            happened.clear()
            await bus.publish(EVENTS_SUBJECT)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(each) for each in (worker.run(), planner.run(), wake())]
        try:
            yield planner
        finally:
            for task in running:
                task.cancel()


@asynccontextmanager
async def a_whole_hub(
    store: Store, sealer: FernetSealer, *, timeout_s: float = PATIENCE_S
) -> AsyncIterator[WholeHub]:
    """The hub without members, and without its machine; it waits so long for an answer."""
    clock = SystemClock()
    hubs: list[Hub] = []

    def relay(calls: PartnerCalls, url: str) -> Relay:
        around = HubSurroundings(
            store=store,
            sealer=sealer,
            clock=clock,
            calls=calls,
            partners=Partners(store, sealer, clock, platform=PLATFORM),
            hub=HUB,
            public_url=url,
            timeout_s=timeout_s,
        )
        hubs.append(Hub(around))
        return hubs[0].relay

    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(a_house(store, sealer, relay=relay))
        http = await stack.enter_async_context(a_client(timeout=30))
        yield WholeHub(house, http, stack, hub=hubs[0])


@pytest.fixture
def timeout_s() -> float:
    """How long the hub waits for a receiver; tests of silence say less."""
    return PATIENCE_S


@pytest.fixture
async def whole(store: Store, sealer: FernetSealer, timeout_s: float) -> AsyncIterator[WholeHub]:
    """The hub at work; nobody may have found fault with it in the end."""
    async with a_whole_hub(store, sealer, timeout_s=timeout_s) as made:
        assert made.hub is not None
        async with a_machine(store, made.hub) as planner:
            made.planner = planner
            yield made
        for member in made.members:
            assert member.violations == []
            assert member.failures == []
