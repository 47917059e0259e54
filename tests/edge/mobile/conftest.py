"""The driver API on a real server, with an identity provider beside it and a charger behind."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from httpx import AsyncClient, Response
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from app.adapters.addresses import AddressGuard
from app.adapters.http_httpx import HttpxClient
from app.domain.drivers import Identity
from app.queries.codes import Codes
from app.queries.history import History
from app.queries.map import Map
from app.simulators.identity_provider import IdentityProvider
from app.simulators.phone import Phone
from app.store.transaction import Store
from app.use_cases.drivers import DeviceInfo, Drivers
from app.use_cases.finding import Finding
from app.use_cases.people import people_of
from app.use_cases.push_targets import PushTargets
from app.use_cases.repeats import Repeats
from app.use_cases.sticker_reports import StickerReports
from app.use_cases.told import ToldList
from mobile_api.access import AccessTokens
from mobile_api.app_links import AppLinks
from mobile_api.faults import answer_http_error
from mobile_api.guests import Guests
from mobile_api.identity import IdTokens
from mobile_api.limits import Limits
from mobile_api.live import Live
from mobile_api.providers import Provider
from mobile_api.site import DriverDependencies, build_driver_api, build_well_known
from tests.support.chargers import a_floor, a_location, an_evse
from tests.support.clock import FakeClock
from tests.support.drive import Drive
from tests.support.loopback import a_client
from tests.support.site_server import served

CODE = "7Q4M9XKD"
ENDPOINT = "https://push.example/"
PHONE = DeviceInfo("device-1", "android", "Pixel", "nl")
STRANGER = DeviceInfo("device-2", "ios")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


@pytest.fixture
async def drive(store: Store, clock: FakeClock) -> AsyncIterator[Drive]:
    """A driver with a card; EVSE E1 of the charger CP1 has a sticker. It is not connected."""
    async with a_floor(store, clock) as floor:
        made = Drive(floor)
        await made.furnish()
        site = replace(a_location(an_evse(1, code=CODE), an_evse(2)), name="Lange Viestraat")
        async with store.transaction() as tx:
            await tx.locations.put(site)
        yield made


@pytest.fixture
async def idp() -> AsyncIterator[IdentityProvider]:
    """An OpenID Connect provider."""
    async with IdentityProvider() as provider:
        yield provider


@dataclass
class Site:
    """The server under test and how to call it."""

    url: str
    drive: Drive
    deps: DriverDependencies
    http: AsyncClient
    drivers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def sign_in(self, subject: str = "me", device: DeviceInfo = PHONE) -> dict[str, str]:
        """The header of a driver, without the detour through a provider; "me" is d-1."""
        identity = Identity("https://idp.example", subject, f"{subject}@example.com", "Dana")
        async with self.drive.store.transaction() as tx:
            if subject == "me":
                await tx.drivers.tie(identity.issuer, subject, "d-1")
        signed_in = await self.deps.drivers.sign_in(identity, device)
        token = self.deps.tokens.issue(signed_in.driver.id, signed_in.family)
        return {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **more: Any) -> Response:
        return await self.http.get(path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Response:
        return await self.http.post(path, json=body, **more)

    async def quote(self, me: dict[str, str], **changes: Any) -> dict[str, Any]:
        """A driver's quote at the sticker's EVSE."""
        answer = await self.post("/quotes", {"code": CODE, **changes}, headers=me)
        assert answer.status_code == 201, answer.text
        quote: dict[str, Any] = answer.json()
        return quote


@pytest.fixture
async def site(drive: Drive, idp: IdentityProvider) -> AsyncIterator[Site]:
    """The driver API at `/api/v1` of a loopback port."""
    http = HttpxClient(AddressGuard(["127.0.0.0/8"]))
    built: list[DriverDependencies] = []

    def build(url: str) -> Starlette:
        deps = dependencies(drive, idp, http, url)
        built.append(deps)
        return Starlette(
            routes=[
                Mount("/api/v1", app=build_driver_api(deps)),
                Mount("/.well-known", app=build_well_known(deps.tokens, AppLinks())),
            ],
            exception_handlers={HTTPException: answer_http_error},
        )

    async with served(build) as url:
        client = a_client(base_url=f"{url}/api/v1", timeout=10)
        yield Site(url, drive, built[0], client)
        await client.aclose()
        await built[0].live.close()
    await http.close()


def dependencies(
    drive: Drive, idp: IdentityProvider, http: HttpxClient, url: str
) -> DriverDependencies:
    store, clock, sealer = drive.store, drive.clock, drive.floor.sealer
    history, places = History(store), Map(store)
    provider = Provider("simulated", idp.origin, idp.client_id)
    return DriverDependencies(
        drivers=Drivers(store, clock, sealer),
        people=people_of(store, clock, sealer, mailer=drive.mailer, platform="Roamwatt"),
        cards=drive.cards,
        chargings=drive.chargings,
        session_wishes=drive.session_wishes,
        wishes=drive.wishes,
        payments=drive.payments,
        receipts=drive.receipts,
        reservations=drive.reservations,
        belongings=drive.belongings,
        finding=Finding(store, clock),
        push_targets=PushTargets(store, clock, accepts=lambda url: url.startswith(ENDPOINT)),
        push_key="BKey",
        notices=ToldList(store),
        repeats=Repeats(store, clock, sealer),
        codes=Codes(store, url),
        sticker_reports=StickerReports(store, clock),
        map=places,
        history=history,
        live=Live(history, drive.floor.bus, clock),
        guests=Guests(drive.chargings, url),
        tokens=AccessTokens(["a secret of thirty-two characters"], url, clock),
        id_tokens=IdTokens({"simulated": provider}, http, clock),
        clock=clock,
        limits=Limits(clock, sign_ins=20, guests=5, codes=20),
        public_url=url,
    )


@pytest.fixture
async def phone(site: Site) -> AsyncIterator[Phone]:
    """An installation of the app that is not signed in."""
    async with Phone(f"{site.url}/api/v1") as made:
        yield made


def refused(answer: Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer is; asserts that it is this one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:roamwatt:problem:{code}"
    return problem
