"""The OCPI site on a real store, and a peer that speaks to it as a partner would."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from app.adapters.bus_local import LocalBus
from app.adapters.sealing_fernet import FernetSealer
from app.domain.commands import Command, CommandOutcome
from app.domain.errors import ChargerOffline
from app.domain.partners import InterfaceRole, Partner, PartnerRole, Role
from app.queries.roaming import Roaming
from app.simulators.partner import Partner as SimulatedPartner
from app.store.transaction import Store
from app.use_cases.cdrs import Cdrs
from app.use_cases.commands import Commands
from app.use_cases.exchanges import Exchanges
from app.use_cases.locations import Locations
from app.use_cases.partners import Partners, Platform
from app.use_cases.roaming import PartnerSessions
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens
from ocpi.dependencies import OcpiDependencies
from ocpi.rare import RareModules
from ocpi.recorder import Recorder
from ocpi.server import build_site
from ocpi.smart import SmartCharging
from ocpi.wire.addresses import Face
from ocpi.wire.calls import Answer, Call, Interface, Route
from ocpi.wire.documents import decode, encode
from tests.support.clock import FakeClock
from tests.support.roaming import House, a_house
from tests.support.roaming_objects import AN_OPERATOR, EMSP, a_partner

PUBLIC = "https://hub.example"
TOKEN = "server-token-of-them"
INVITATION = "invitation-of-others"

OURS = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "RW1"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


@pytest.fixture
def sealer() -> FernetSealer:
    """Hashes and seals with a fixed secret."""
    return FernetSealer(["a secret of at least thirty-two characters"])


class Unreachable:
    """No charger is connected."""

    async def execute(self, command: Command) -> CommandOutcome | None:
        raise ChargerOffline(command.station_id)


class PlainCredentials:
    """Stands at the credentials address of every face; its own tests are elsewhere."""

    def interface(self, face: Face) -> Interface:
        async def show(call: Call) -> Answer:
            return Answer({"token": "t", "url": face.name})

        routes = (Route("GET", "", show),)
        role = InterfaceRole.SENDER
        return Interface("credentials", role, routes, functional=False, open_to_invited=True)


@dataclass
class World:
    """Everything behind the site."""

    store: Store
    clock: FakeClock
    sealer: FernetSealer
    partners: Partners
    commands: Commands
    tokens: Tokens
    exchanges: Exchanges
    recorder: Recorder
    site: Any = None
    partner: Partner = field(default_factory=a_partner)

    async def put_partner(self, partner: Partner, token: str) -> Partner:
        """Register a partner that presents this token."""
        kept = replace(partner, server_tokens=(self.sealer.fingerprint(token),))
        async with self.store.transaction() as tx:
            await tx.partners.put(kept)
        return kept


@pytest.fixture
async def world(store: Store, clock: FakeClock, sealer: FernetSealer) -> World:
    """An operator of ours, one registered partner and one that is only invited."""
    bus = LocalBus()
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Roamwatt Drive"))
    partners = Partners(store, sealer, clock, platform=platform)
    tokens = Tokens(store, bus, clock, emsp=EMSP, issuer="Roamwatt Drive")
    commands = Commands(store, clock, Unreachable(), random=Random(1))
    exchanges = Exchanges(store, clock)
    recorder = Recorder(clock, exchanges.keep)
    world = World(store, clock, sealer, partners, commands, tokens, exchanges, recorder)
    world.site = build_site(
        OcpiDependencies(
            public_url=PUBLIC,
            recorder=recorder,
            clock=clock,
            partners=partners,
            credentials=PlainCredentials(),
            roaming=Roaming(store),
            locations=Locations(store, clock, sealer, random=Random(1)),
            tariffs=Tariffs(store, clock),
            tokens=tokens,
            sessions=PartnerSessions(store, bus),
            cdrs=Cdrs(store),
            commands=commands,
            rare=RareModules.on(store, clock),
            smart=SmartCharging.on(store, clock),
        )
    )
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    world.partner = await world.put_partner(a_partner(), TOKEN)
    invited = replace(
        a_partner(id="p-2", name="Others", roles=(), version=None),
        state=type(world.partner.state).INVITED,
        invitation=sealer.fingerprint(INVITATION),
    )
    async with store.transaction() as tx:
        await tx.partners.put(invited)
    return world


@dataclass
class Peer:
    """A partner's HTTP client: encoded token, ids and routing headers unless told otherwise."""

    http: AsyncClient
    token: str = TOKEN
    root: str = "/ocpi"

    def headers(self, **extra: str) -> dict[str, str]:
        encoded = base64.b64encode(self.token.encode()).decode()
        return {
            "Authorization": f"Token {encoded}",
            "X-Request-ID": "req-1",
            "X-Correlation-ID": "corr-1",
            **extra,
        }

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """One request; `body` may be bytes, or a document."""
        content = body if body is None or isinstance(body, bytes) else encode(_exact(body))
        return await self.http.request(
            method, self.root + path, content=content, headers={**self.headers(), **headers}
        )

    async def get(self, path: str, **headers: str) -> Response:
        return await self.call("GET", path, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Response:
        return await self.call("PUT", path, body, **headers)

    async def patch(self, path: str, body: Any, **headers: str) -> Response:
        return await self.call("PATCH", path, body, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Response:
        return await self.call("POST", path, body, **headers)


def _exact(value: Any) -> Any:
    """A document of a test, whose floats are what they look like."""
    if isinstance(value, float):
        return decode(repr(value))
    if isinstance(value, dict):
        return {key: _exact(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_exact(child) for child in value]
    return value


def answered(response: Response, status: int = 1000, http: int = 200) -> Any:
    """The data of an answer that has these statuses and is a proper envelope."""
    body = decode(response.content)
    assert (response.status_code, body["status_code"]) == (http, status), response.text
    assert response.headers["content-type"] == "application/json"
    assert body["timestamp"].endswith("Z")
    assert len(body["timestamp"]) <= 25
    return body.get("data")


@pytest.fixture
async def peer(world: World) -> AsyncIterator[Peer]:
    """The registered partner."""
    transport = ASGITransport(app=world.site)
    async with AsyncClient(transport=transport, base_url="http://inside") as http:
        yield Peer(http)


@pytest.fixture
async def partner() -> AsyncIterator[SimulatedPartner]:
    """A partner of 2.2.1 with both roles, which judges everything it is told."""
    async with SimulatedPartner() as made:
        yield made
        assert not made.violations
        assert not made.failures


@pytest.fixture
async def house(
    store: Store, sealer: FernetSealer, partner: SimulatedPartner
) -> AsyncIterator[House]:
    """Registered with the partner, and it with us."""
    async with a_house(store, sealer, partner) as made:
        yield made
