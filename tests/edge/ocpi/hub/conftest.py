"""The hub on loopback, and platforms that join it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.adapters.sealing_fernet import FernetSealer
from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.simulators.partner import Partner
from app.store.transaction import Store
from app.store.watch import Watch
from app.use_cases.hub_directory import HubDirectory
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.forward import Forwarding
from ocpi.hub.messages import HubMessage
from ocpi.hub.relay import Relay
from ocpi.wire.calls import Answer, Relayed
from tests.edge.ocpi.conftest import Peer
from tests.edge.ocpi.house import House, a_house
from tests.support.loopback import a_client

HUB = PartyId("NL", "RWH")


class Directly:
    """Only what is addressed passes: the other ways have tests of their own."""

    async def take(self, message: HubMessage, sender: PartyId) -> Answer:
        raise AssertionError(f"{sender} tells everybody: {message}")

    async def page(self, message: HubMessage, sender: PartyId) -> Answer:
        raise AssertionError(f"{sender} asks for all: {message}")

    async def receiver_of(self, _message: HubMessage, _sender: PartyId) -> PartyId | None:
        return None

    async def ask_around(self, _message: HubMessage, _sender: PartyId) -> Relayed | None:
        return None


@dataclass
class HubHouse:
    """The hub, the platforms that joined it, and a client for what they would not send."""

    house: House
    http: AsyncClient
    stack: AsyncExitStack
    members: list[Partner] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.house.store

    @property
    def versions_url(self) -> str:
        return f"{self.house.url}/ocpi/hub/versions"

    async def join(
        self, party: str, *roles: str, kind: type[Partner] = Partner, **platform: Any
    ) -> Partner:
        """A platform with one party `DE-…` that has registered with the hub."""
        made = kind(party=party, roles=roles, name=f"Platform {party}", **platform)
        member = await self.stack.enter_async_context(made)
        invited = await self.house.partners.invite(
            member.name, [Role(role) for role in roles], hub=True
        )
        await member.register(self.versions_url, invited.token)
        self.members.append(member)
        return member

    async def credentials(self, member: Partner) -> dict[str, Any]:
        """The hub's credentials as a member finds them now."""
        assert member.peer is not None
        url = member.peer.endpoints["credentials", "SENDER"]
        answer = await member.client.ask(
            "GET", url, token=member.peer.token, functional=False, gets="Credentials"
        )
        found: dict[str, Any] = answer.data
        return found

    async def ask(
        self, member: Partner, method: str, place: str, body: Any = None, **headers: str
    ) -> Response:
        """Something a member asks the hub, byte by byte; `place` as in `sender/tokens/…`."""
        assert member.peer is not None
        version = member.peer.endpoints["credentials", "SENDER"].split("/")[-2]
        peer = Peer(self.http, member.peer.token, f"{self.house.url}/ocpi/hub/{version}/")
        return await peer.call(method, place, body, **headers)


def to(party: str, country: str = "DE") -> dict[str, str]:
    """TO headers."""
    return {"OCPI-to-country-code": country, "OCPI-to-party-id": party}


def by(party: str, country: str = "DE") -> dict[str, str]:
    """FROM headers."""
    return {"OCPI-from-country-code": country, "OCPI-from-party-id": party}


def trust_for_good(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every glance trust the next look, and nobody wait until none does."""

    async def at_once() -> None:
        return

    monkeypatch.setattr(watch, "outlast", at_once)
    monkeypatch.setattr(watch, "_grace_s", 3600)


@pytest.fixture
async def hub_house(store: Store, sealer: FernetSealer) -> AsyncIterator[HubHouse]:
    """The hub without members; nobody may have found fault with it in the end."""

    def relay(calls: PartnerCalls, _url: str) -> Relay:
        nobody = Directly()
        return Relay(
            HUB,
            HubDirectory(store),
            Forwarding(calls, timeout_s=1),
            broadcasts=nobody,
            lists=nobody,
            open_routes=nobody,
        )

    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(a_house(store, sealer, relay=relay))
        http = await stack.enter_async_context(a_client())
        made = HubHouse(house, http, stack)
        yield made
        for member in made.members:
            assert member.violations == []
