"""The hub with all that tells everybody, its delivery machine running, and members around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

import pytest
from httpx import Response

from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.sealing_fernet import FernetSealer
from app.delivery.planner import Planner
from app.delivery.worker import Worker
from app.ports.delivery import Sender
from app.queries.hub_lists import HubLists
from app.simulators.partner import Partner
from app.store.transaction import Store
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_members import HubMembers, check_destination
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_reach import HubReach
from app.use_cases.hub_rules import HubRules
from app.use_cases.hub_telling import hub_destination
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.broadcast import Broadcasts
from ocpi.hub.broadcast_audience import BroadcastAudience
from ocpi.hub.broadcast_rules import RulesTelling
from ocpi.hub.broadcast_sender import BroadcastSender
from ocpi.hub.forward import Forwarding
from ocpi.hub.kept_words import KeptWords
from ocpi.hub.lists import GetAll
from ocpi.hub.presence import Presence
from ocpi.hub.relay import Relay
from tests.edge.ocpi.house import House, a_house
from tests.edge.ocpi.hub.conftest import HUB, Directly, HubHouse, by, to
from tests.support.loopback import a_client
from tests.support.patience import until


class Telling(HubHouse):
    """A hub whose members are told; `plan` lets everything be queued that waits for it."""

    directory: HubDirectory
    objects: HubObjects
    rules: HubRules
    planner: Planner

    async def tell(
        self, member: Partner, method: str, place: str, body: Any = None, **headers: str
    ) -> Response:
        """A push for everybody, planned at once."""
        towards = {**to("RWH", "NL"), **by(member.party), **headers}
        answer = await self.ask(member, method, f"receiver/{place}", body, **towards)
        await self.plan()
        return answer

    async def get(self, member: Partner, place: str, **headers: str) -> Response:
        """A list of all, as a member asks for it."""
        towards = {**to("RWH", "NL"), **by(member.party), **headers}
        return await self.ask(member, "GET", f"sender/{place}", **towards)

    async def plan(self) -> None:
        while await self.planner.plan():
            pass

    async def quiet(self) -> None:
        """Wait until nothing waits to be told to anybody."""
        queues = [hub_destination(partner.id) for partner in await self.house.partners.all()]

        async def empty() -> bool:
            async with self.store.reading() as tx:
                return not await tx.deliveries.busy(queues)

        await until(empty)

    async def doubted(self, member: Partner) -> bool:
        """Whether somebody is to see whether the member is there."""
        async with self.store.reading() as tx:
            return bool(await tx.deliveries.busy([check_destination(await self.id_of(member))]))

    async def id_of(self, member: Partner) -> str:
        return (await self.house.partners.need_by_name(member.name)).id


@asynccontextmanager
async def a_telling_hub(store: Store, sealer: FernetSealer) -> AsyncIterator[Telling]:
    """The hub without members."""
    clock, directory = SystemClock(), HubDirectory(store)
    objects, rules = HubObjects(store, clock), HubRules(store, clock)

    def relay(calls: PartnerCalls, url: str) -> Relay:
        return Relay(
            HUB,
            directory,
            Forwarding(calls, timeout_s=1),
            broadcasts=Broadcasts(objects, clock, hub=HUB),
            lists=GetAll(HubLists(store), directory, rules, hub=HUB, public_url=url),
            open_routes=Directly(),
        )

    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(a_house(store, sealer, relay=relay))
        http = await stack.enter_async_context(a_client())
        made = Telling(house, http, stack)
        made.directory, made.objects, made.rules = directory, objects, rules
        bus = LocalBus()
        audience = BroadcastAudience(directory, rules)
        made.planner = Planner(store, clock, bus, [audience], before_batch=audience.look_again)
        senders: dict[str, Sender] = {"broadcast": sender_of(house, made)}
        worker = Worker(store, clock, bus, senders=senders, owner="w", random=Random(1))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(worker.run())
            yield made
            running.cancel()


def sender_of(house: House, hub: Telling) -> BroadcastSender:
    """What tells the members of a hub."""
    return BroadcastSender(
        hub.objects,
        house.calls,
        house.partners,
        SystemClock(),
        directory=hub.directory,
        rules=hub.rules,
        changes=RulesTelling(HubReach(house.store, SystemClock()), hub.directory, hub.rules),
        words=KeptWords(house.store),
        presence=Presence(house.partners, HubMembers(house.store, SystemClock()), SystemClock()),
        hub=HUB,
    )


@pytest.fixture
async def hub(store: Store, sealer: FernetSealer) -> AsyncIterator[Telling]:
    """The hub without members; nobody may have found fault with it in the end."""
    async with a_telling_hub(store, sealer) as made:
        yield made
        for member in made.members:
            assert member.violations == []
