"""The operator's API, and the keys of two operators on the same platform."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from app.adapters.bus_local import LocalBus
from app.adapters.ca_builtin import BuiltInAuthority
from app.adapters.sealing_fernet import FernetSealer
from app.adapters.signatures_ecdsa import EcdsaSignatures
from app.console.api.charger_services import ChargerServices
from app.console.api.connection_services import ConnectionServices
from app.console.api.services import OperatorServices
from app.console.api.site import build_operator_api
from app.console.api.sticker_services import StickerServices
from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.errors import PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerRole, Role
from app.queries.chargers import Chargers
from app.queries.operations import Operations
from app.queries.partner_sheets import PartnerSheets
from app.queries.stickers import Stickers
from app.store.batch import Batch
from app.store.database import Database
from app.store.ids import Blocks
from app.store.transaction import Store
from app.use_cases.admission import Admissions
from app.use_cases.authorize import Authorize, TokenRules
from app.use_cases.availability import Availability
from app.use_cases.bookings import Bookings
from app.use_cases.certificates import Certificates
from app.use_cases.charger_records import ChargerRecords
from app.use_cases.charger_security import ChargerSecurity
from app.use_cases.charging_steps import Provider
from app.use_cases.circuits import Circuits
from app.use_cases.commands import Commands
from app.use_cases.configuration import Configurations
from app.use_cases.device_models import DeviceModels
from app.use_cases.exchanges import Exchanges
from app.use_cases.frames import Frames
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_rules import HubRules
from app.use_cases.late_bills import LateBills
from app.use_cases.local_lists import LocalLists
from app.use_cases.locations import Locations
from app.use_cases.operators import Operators
from app.use_cases.partners import Partners, Platform
from app.use_cases.places import Places
from app.use_cases.profiles import Profiles
from app.use_cases.reservations import Reservations
from app.use_cases.sessions import SessionRules, Sessions
from app.use_cases.signed_meters import SignedMeters
from app.use_cases.stations import StationRules, Stations
from app.use_cases.sticker_reports import StickerReports
from app.use_cases.suspensions import Suspensions
from app.use_cases.tariffs import Tariffs
from app.use_cases.traces import Traces
from app.use_cases.treatments import Treatments
from app.use_cases.web_payments import WebPayments
from tests.support.belongings import some_belongings
from tests.support.clock import NOON, FakeClock
from tests.support.pulling import a_book

TEXT = (Path(__file__).parents[3] / "docs" / "example-site.json").read_text()
SEALER = FernetSealer(["a secret of the tests only"])
HOUSE, OTHER = PartyId("NL", "RW1"), PartyId("DE", "OTH")
EMSP = PartnerRole(Role.EMSP, PartyId("NL", "RWM"), "Drive")
HUB = PartnerRole(Role.HUB, PartyId("NL", "RWH"), "Roamwatt Hub")


class Nobody:
    """No eMSP answers, every charger accepts."""

    async def authorize(self, *_: object) -> None:
        return None

    async def execute(self, command: Command) -> CommandOutcome:
        return CommandOutcome(CommandResult.ACCEPTED)


class Joining:
    """A hub that can be joined, or not."""

    hub: Partner | None = None

    async def join(self) -> Partner:
        if self.hub is None:
            raise PartnerUnavailable("our hub cannot be joined")
        return self.hub


async def nothing() -> None:
    """Nobody waits for what is written."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


@pytest.fixture
def nobody() -> Nobody:
    """Who answers for eMSPs and chargers."""
    return Nobody()


@pytest.fixture
async def services(
    store: Store, database: Database, clock: FakeClock, *, rng: Random, nobody: Nobody
) -> OperatorServices:
    """What stands behind the API."""
    bus, batch = LocalBus(), Batch(database, nothing)
    rules = TokenRules(accept_unknown=False, default_emsp=EMSP.party)
    authorize = Authorize(store, nobody, bus=bus, clock=clock, rules=rules)
    signed = SignedMeters(store, clock, EcdsaSignatures())
    sessions = Sessions(
        store, batch, authorize, places=Places(store, bus, clock), blocks=Blocks(database),
        signed=signed, bus=bus, clock=clock, rules=SessionRules(),
    )  # fmt: skip
    stations = Stations(
        store, batch, sessions, sealer=SEALER, bus=bus, clock=clock,
        rules=StationRules(accept_unknown=False, default_party=HOUSE),
    )  # fmt: skip
    return OperatorServices(
        operators=Operators(store, clock, SEALER),
        locations=Locations(store, clock, SEALER, random=rng),
        tariffs=Tariffs(store, clock),
        stations=stations,
        profiles=Profiles(store, clock),
        reservations=Reservations(
            store, clock, provider=Provider(EMSP.party, "Drive"), random=rng
        ),
        bookings=Bookings(store, clock, random=rng),
        belongings=some_belongings(store, clock, SEALER),
        commands=Commands(store, clock, nobody, random=rng),
        partners=Partners(store, SEALER, clock, platform=Platform(EMSP, HUB)),
        circuits=Circuits(LocalBus(), clock),
        pulls=a_book(store, clock, SEALER),
        operations=Operations(store),
        late_bills=LateBills(store, clock),
        chargers=ChargerServices(
            queries=Chargers(store),
            availability=Availability(store),
            admissions=Admissions(store, clock),
            device_models=DeviceModels(store, clock, random=rng),
            configurations=Configurations(store, clock),
            records=ChargerRecords(store),
            local_lists=LocalLists(store, clock),
            frames=Frames(store, bus, clock),
            treatments=Treatments(store),
            security=ChargerSecurity(store, clock, SEALER),
            certificates=Certificates(store, clock, BuiltInAuthority(store, SEALER, clock)),
            signed=signed,
            web_payments=WebPayments(store, clock, SEALER, public_url="https://hub.example"),
        ),
        exchanges=Exchanges(store, clock),
        connections=ConnectionServices(
            membership=Joining(),
            suspensions=Suspensions(store, clock),
            objects=HubObjects(store, clock),
            rules=HubRules(store, clock),
            sheets=PartnerSheets(store),
            traces=Traces(store),
        ),
        stickers=StickerServices(
            sheets=Stickers(store, "https://hub.example"), reports=StickerReports(store, clock)
        ),
        clock=clock,
        public_url="https://hub.example",
    )


@pytest.fixture
async def api(services: OperatorServices) -> AsyncIterator[httpx.AsyncClient]:
    """The API with the house's key."""
    key = (await services.operators.add(HOUSE, "House")).secret
    transport = httpx.ASGITransport(app=build_operator_api(services))
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="https://hub.example", headers=headers
    ) as client:
        yield client


@pytest.fixture
async def other(services: OperatorServices, api: httpx.AsyncClient) -> dict[str, str]:
    """The headers of another operator on the same platform."""
    key = (await services.operators.add(OTHER, "Other")).secret
    return {"Authorization": f"Bearer {key}"}


def refused(answer: httpx.Response, status: int, code: str) -> Any:
    """The problem that an answer is; asserts its status and code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["status"]) == (code, status)
    return body


async def online(store: Store, station_id: str) -> None:
    """Let a charger be connected."""
    async with store.transaction() as tx:
        station = await tx.stations.need(station_id)
        await tx.stations.connected(replace(station, node="n1", epoch=1, seen_at=NOON))
