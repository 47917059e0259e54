"""A hub with rules and open routing, and platforms that talk through it without TO headers."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from httpx import Response

from app.adapters.clock_system import SystemClock
from app.adapters.sealing_fernet import FernetSealer
from app.domain.identifiers import PartyId
from app.simulators.partner import Partner
from app.store.transaction import Store
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_index import HubIndex
from app.use_cases.hub_rules import HubRules
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.asking import Asking
from ocpi.hub.forward import Forwarding
from ocpi.hub.learning import Learning, LearningBroadcasts
from ocpi.hub.messages import HubMessage
from ocpi.hub.open_routing import OpenRoutes
from ocpi.hub.relay import Relay
from ocpi.hub.rules import Rules
from ocpi.wire.calls import Answer
from tests.edge.ocpi.house import a_house
from tests.edge.ocpi.hub.conftest import HUB, HubHouse, by
from tests.support.loopback import a_client

BY = "a test"
ASKS = 5
CPA, CPB = PartyId("DE", "CPA"), PartyId("DE", "CPB")
EMA, EMB = PartyId("DE", "EMA"), PartyId("DE", "EMB")


@dataclass
class Everybody:
    """Hears what is told to everybody; no list is asked for here."""

    told: list[HubMessage] = field(default_factory=list)

    async def take(self, message: HubMessage, _sender: PartyId) -> Answer:
        self.told.append(message)
        return Answer()

    async def page(self, message: HubMessage, sender: PartyId) -> Answer:
        raise AssertionError(f"{sender} asks for all: {message}")


@dataclass
class OpenHouse(HubHouse):
    """The hub with its rules, and what it told everybody."""

    rules: HubRules | None = None
    index: HubIndex | None = None
    everybody: Everybody = field(default_factory=Everybody)

    @property
    def rule(self) -> HubRules:
        """The rules, to be changed."""
        assert self.rules is not None
        return self.rules

    async def say(
        self, member: Partner, method: str, place: str, body: Any = None, **headers: str
    ) -> Response:
        """Something a member asks without saying whom, in its party's name."""
        return await self.ask(member, method, place, body, **{**by(member.party), **headers})


@asynccontextmanager
async def an_open_house(store: Store, sealer: FernetSealer) -> AsyncIterator[OpenHouse]:
    """The hub without members; nobody may have found fault with it in the end."""
    clock, everybody = SystemClock(), Everybody()
    rules, index, directory = HubRules(store, clock), HubIndex(store, clock), HubDirectory(store)

    def relay(calls: PartnerCalls, _url: str) -> Relay:
        steps = (Rules(rules, hub=HUB), Learning(index, clock))
        forwarding = Forwarding(calls, steps, timeout_s=2)
        asking = Asking(directory, rules, forwarding, clock, timeout_s=1, per_minute=ASKS)
        return Relay(
            HUB,
            directory,
            forwarding,
            broadcasts=LearningBroadcasts(everybody, index),
            lists=everybody,
            open_routes=OpenRoutes(index, directory, rules, asking),
        )

    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(a_house(store, sealer, relay=relay))
        http = await stack.enter_async_context(a_client())
        made = OpenHouse(house, http, stack, rules=rules, index=index, everybody=everybody)
        yield made
        for member in made.members:
            assert member.violations == []


def status(answer: Response) -> tuple[int, int]:
    """HTTP's and OCPI's."""
    return answer.status_code, answer.json()["status_code"]


def who(answer: Response) -> str | None:
    """The party that an answer is of."""
    return answer.headers.get("ocpi-from-party-id")


def functional(member: Partner, since: int = 0) -> list[str]:
    """What reached a platform besides its handshake: method and address below the version."""
    return [
        f"{each.method} {each.target.split('/2.2.1/')[-1]}"
        for each in member.requests[since:]
        if "/receiver/" in each.target or "/sender/" in each.target
        if "credentials" not in each.target
    ]


def text(document: Any) -> bytes:
    """JSON as bytes."""
    return json.dumps(document).encode()
