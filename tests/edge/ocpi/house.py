"""Our platform as partners find it on loopback, with the handshake that production has."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from httpx import ASGITransport, AsyncClient
from starlette.types import ASGIApp

from app.adapters.addresses import AddressGuard
from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.domain.identifiers import PartyId
from app.domain.partners import Partner as KnownPartner
from app.domain.partners import PartnerRole, Role
from app.ports.clock import Clock
from app.queries.roaming import Roaming
from app.store.transaction import Store
from app.use_cases.cdrs import Cdrs
from app.use_cases.commands import Commands
from app.use_cases.exchanges import Exchanges
from app.use_cases.hub_members import HubMembers, Talks
from app.use_cases.locations import Locations
from app.use_cases.partners import Partners, Platform
from app.use_cases.registration import Registrations
from app.use_cases.roaming import PartnerSessions
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens
from ocpi.client.exchange import PartnerCalls
from ocpi.client.handshake import Handshake
from ocpi.dependencies import OcpiDependencies
from ocpi.hub.client_info import MemberRoutes
from ocpi.hub.relay import Relay
from ocpi.rare import RareModules
from ocpi.recorder import Recorder
from ocpi.routes.credentials import CredentialsRoutes
from ocpi.server import build_site
from ocpi.smart import SmartCharging
from ocpi.wire.documents import encode
from tests.edge.ocpi.conftest import Peer, Unreachable
from tests.support.roaming_objects import AN_OPERATOR, EMSP
from tests.support.site_server import served
from tests.unit.adapters.http_server import ok, serve


@dataclass
class House:
    """Our platform, served on loopback."""

    url: str
    store: Store
    partners: Partners
    handshake: Handshake
    calls: PartnerCalls
    recorder: Recorder
    http: AsyncClient

    @property
    def versions_url(self) -> str:
        return f"{self.url}/ocpi/versions"

    def peer(self, token: str, root: str = "/ocpi/2.2.1") -> Peer:
        """Somebody who presents a token at our door."""
        return Peer(self.http, token, root)

    async def only(self) -> KnownPartner:
        (partner,) = await self.partners.all()
        return partner

    async def calls_us(self, token: str) -> int:
        """The HTTP status for this token on a functional module."""
        return (await self.peer(token, "/ocpi/cpo/2.2.1").get("/locations")).status_code


@asynccontextmanager
async def a_house(
    store: Store,
    sealer: FernetSealer,
    clock: Clock | None = None,
    *,
    around: Callable[[ASGIApp], ASGIApp] = lambda site: site,
    relay: Callable[[PartnerCalls, str], Relay] | None = None,
    talks: Talks | None = None,
) -> AsyncIterator[House]:
    """The platform with one operator and no partner; `around` stands before what is served.

    `relay` makes the relay of its hub from our calls and our public address; `talks` are its
    rules.
    """
    clock = clock or SystemClock()
    bus = LocalBus()
    hub = PartnerRole(Role.HUB, PartyId("NL", "RWH"), "Roamwatt Hub")
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Roamwatt Drive"), hub=hub)
    partners = Partners(store, sealer, clock, platform=platform, talks=talks)
    registrations = Registrations(store, sealer, clock, platform=platform)
    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    recorder = Recorder(clock, Exchanges(store, clock).keep)
    calls = PartnerCalls(client, sealer, clock, timeout_s=2, recorder=recorder)
    made: list[House] = []

    def build(url: str) -> Any:
        handshake = Handshake(calls, partners, registrations, public_url=url)
        site = build_site(
            OcpiDependencies(
                public_url=url,
                recorder=recorder,
                hub=relay(calls, url) if relay else None,
                members=MemberRoutes(HubMembers(store, clock)) if relay else None,
                clock=clock,
                partners=partners,
                credentials=CredentialsRoutes(handshake, partners),
                roaming=Roaming(store),
                locations=Locations(store, clock, sealer, random=Random(1)),
                tariffs=Tariffs(store, clock),
                tokens=Tokens(store, bus, clock, emsp=EMSP, issuer="Roamwatt Drive"),
                sessions=PartnerSessions(store, bus),
                cdrs=Cdrs(store),
                commands=Commands(store, clock, Unreachable(), random=Random(1)),
                rare=RareModules.on(store, clock),
                smart=SmartCharging.on(store, clock),
            )
        )
        http = AsyncClient(transport=ASGITransport(app=site), base_url="http://inside")
        made.append(House(url, store, partners, handshake, calls, recorder, http))
        return around(site)

    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    try:
        async with served(build):
            yield made[0]
    finally:
        await client.close()
        await made[0].http.aclose()


THEIRS = "token-of-theirs"


def credentials(url: str, token: str = THEIRS, **changes: Any) -> dict[str, Any]:
    """Their Credentials object: one eMSP."""
    role = {
        "role": "EMSP",
        "party_id": "PRT",
        "country_code": "DE",
        "business_details": {"name": "Them"},
    }
    return {"token": token, "url": url, "roles": [role], **changes}


@asynccontextmanager
async def platform_of(
    versions: list[str] | None = None,
    endpoints: list[str] | None = None,
    *,
    asked: list[str] | None = None,
) -> AsyncIterator[str]:
    """A platform that only shows versions and endpoints; gives its versions URL.

    `asked` collects the paths that were asked for.
    """
    listed, modules = versions or ["2.2.1"], endpoints or ["credentials", "tokens"]
    base = ""

    def answer(request: bytes) -> bytes:
        path = request.split(b" ")[1].decode()
        if asked is not None:
            asked.append(path)
        if request.startswith(b"GET /versions "):
            data: Any = [{"version": v, "url": f"{base}/{v}"} for v in listed]
        else:
            data = {"version": path.strip("/"), "endpoints": []}
            for module in modules:
                endpoint = {"identifier": module, "role": "SENDER", "url": f"{base}/{module}"}
                data["endpoints"].append(endpoint)
        return ok(encode({"data": data, "status_code": 1000, "timestamp": "2026-05-04T12:00:00Z"}))

    async with serve(answer) as server:
        base = server.url
        yield f"{server.url}/versions"
