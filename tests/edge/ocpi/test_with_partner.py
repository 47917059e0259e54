"""Roaming with a real partner over loopback: pull, push, a start at its charger, its bill.

The partner judges everything it is told by the field tables and header rules of OCPI.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.adapters.addresses import AddressGuard
from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.domain.commands import Command, CommandChannel, CommandResult, CommandState
from app.domain.events import (
    CdrIssued,
    DomainEvent,
    EvseStatusChanged,
    LocationChanged,
    SessionClosed,
    SessionOpened,
    TariffChanged,
    TokenChanged,
)
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.partners import Partner as KnownPartner
from app.domain.partners import PartnerRole, Role
from app.domain.sessions import SessionStatus
from app.domain.tokens import TokenType, Verdict, Whitelist
from app.ports.delivery import Done
from app.queries.roaming import Roaming
from app.simulators.partner import Partner
from app.store.transaction import Store
from app.use_cases.cdrs import Cdrs
from app.use_cases.command_requests import Asker, StartRequest, StopRequest
from app.use_cases.commands import Commands
from app.use_cases.locations import Locations
from app.use_cases.partners import Partners, Platform
from app.use_cases.registration import Registrations
from app.use_cases.roaming import PartnerSessions
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens
from ocpi.client.exchange import PartnerCalls
from ocpi.client.handshake import Handshake
from ocpi.client.pull import Pull
from ocpi.dependencies import OcpiDependencies
from ocpi.gateway import OcpiAuthorizer, OcpiGateway
from ocpi.profile_gateway import OcpiPreferences
from ocpi.push.audience import OcpiAudience
from ocpi.push.sender import OcpiSender
from ocpi.rare import RareModules
from ocpi.routes.credentials import CredentialsRoutes
from ocpi.server import build_site
from ocpi.smart import SmartCharging
from tests.support.pulling import a_pull
from tests.support.roaming_objects import (
    AN_OPERATOR,
    CPO,
    EMSP,
    a_cdr,
    a_location,
    a_session,
    a_tariff,
    a_token,
)
from tests.support.site_server import served

THEM = PartyId("DE", "PRT")


@dataclass
class House:
    """Our platform with everything that speaks to partners."""

    store: Store
    commands: Commands
    pull: Pull
    audience: OcpiAudience
    sender: OcpiSender
    authorizer: OcpiAuthorizer
    wishes: OcpiPreferences
    known: KnownPartner

    async def tell(self, *events: DomainEvent) -> None:
        """What planner and worker do."""
        for event in events:
            for delivery in await self.audience.plan(event):
                assert await self.sender.send(delivery) == Done()


async def until(fits: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for something that another platform brings about."""
    async with asyncio.timeout(10):
        while not (found := await fits()):
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with Partner() as made:
        yield made
        assert not made.violations
        assert not made.failures


@pytest.fixture
async def house(store: Store, sealer: FernetSealer, partner: Partner) -> AsyncIterator[House]:
    """Registered with the partner, and it with us."""
    clock, bus = SystemClock(), LocalBus()
    platform = Platform(PartnerRole(Role.EMSP, EMSP, "Roamwatt Drive"))
    partners = Partners(store, sealer, clock, platform=platform)
    registrations = Registrations(store, sealer, clock, platform=platform)
    client = PooledHttpClient(AddressGuard(["127.0.0.0/8"]), clock)
    calls = PartnerCalls(client, sealer, clock, timeout_s=5)
    locations = Locations(store, clock, sealer, random=Random(1))
    tariffs = Tariffs(store, clock)
    tokens = Tokens(store, bus, clock, emsp=EMSP, issuer="Roamwatt Drive")
    built: dict[str, Any] = {}

    async def postpone(command_id: str, deadline: datetime) -> None:
        await built["commands"].postpone(command_id, deadline)

    def build(url: str) -> Any:
        gateway = OcpiGateway(store, calls, clock, public_url=url, emsp=EMSP, postpone=postpone)
        built["commands"] = Commands(store, clock, gateway, random=Random(1))
        built["handshake"] = Handshake(calls, partners, registrations, public_url=url)
        return build_site(
            OcpiDependencies(
                public_url=url,
                clock=clock,
                partners=partners,
                credentials=CredentialsRoutes(built["handshake"], partners),
                roaming=Roaming(store),
                locations=locations,
                tariffs=tariffs,
                tokens=tokens,
                sessions=PartnerSessions(store, bus),
                cdrs=Cdrs(store),
                commands=built["commands"],
                rare=RareModules.on(store, clock),
                smart=SmartCharging.on(store, clock),
            )
        )

    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    async with served(build):
        known = await built["handshake"].join(
            partner.versions_url,
            partner.invite(),
            name="Them",
            roles=[Role(role) for role in partner.roles],
        )
        yield House(
            store,
            built["commands"],
            a_pull(store, calls, partners, clock, sealer=sealer),
            OcpiAudience(store),
            OcpiSender(store, calls, partners, clock),
            OcpiAuthorizer(store, calls),
            OcpiPreferences(store, calls, emsp=EMSP),
            known,
        )
        await client.close()


async def test_the_first_pull_brings_everything(house: House, partner: Partner) -> None:
    """PartnerRegistered → locations, tariffs, tokens."""
    for number in range(5):
        partner.add_token(f"CARD-{number}")
    pulled = await house.pull.first(house.known.id)
    assert pulled.kept == {"tariffs": 1, "locations": 1, "tokens": 6}
    assert not pulled.skipped
    async with house.store.reading() as tx:
        location = await tx.locations.need(THEM, partner.site.location_id)
        assert location.evses
        assert await tx.tariffs.need(THEM, partner.site.tariff_id)
        assert len(await tx.tokens.by_uid("CARD-3")) == 1


async def test_what_we_own_reaches_the_partner(house: House, partner: Partner) -> None:
    """C-129, C-141..C-144, C-164, C-189: all of it valid by the tables."""
    token = a_token(party=THEM, uid="PRT-CARD-1", own=False).ref
    begun = a_session(token=token)
    ended = a_session(token=token, status=SessionStatus.COMPLETED, ended_at=begun.last_updated)
    async with house.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.tariffs.put(a_tariff())
        await tx.tokens.put(a_token())
        await tx.sessions.put(begun)
    await house.tell(LocationChanged(CPO, "L1"), TariffChanged(CPO, "T1"))
    await house.tell(TokenChanged(EMSP, "04AABBCC", "RFID"), SessionOpened("s-1"))
    now = datetime.now(UTC)
    async with house.store.transaction() as tx:
        await tx.locations.set_status(CPO, "L1", "E1", EvseStatus.CHARGING, now=now)
        await tx.sessions.put(ended)
        await tx.cdrs.add(a_cdr(token=token))
    await house.tell(EvseStatusChanged(CPO, "L1", "E1"), SessionClosed("s-1"), CdrIssued("c-1"))
    await house.tell(CdrIssued("c-1"))
    received = partner.received
    (location,) = received.of("locations")
    assert {e["uid"]: e["status"] for e in location["evses"]}["E1"] == "CHARGING"
    assert [s["status"] for s in received.of("sessions")] == ["COMPLETED"]
    assert [t["uid"] for t in received.of("tokens")] == ["04AABBCC"]
    assert len(received.of("tariffs")) == len(received.of("cdrs")) == 1


async def test_our_driver_charges_at_the_partner(house: House, partner: Partner) -> None:
    """START_SESSION, session, STOP_SESSION and CDR, all tied to the command."""
    await house.pull.first(house.known.id)
    token = a_token("RWABCDEFGH", type=TokenType.APP_USER, whitelist=Whitelist.NEVER)
    driver = Asker(channel=CommandChannel.DRIVER)
    site = partner.site
    start = await house.commands.request(
        StartRequest(
            asker=driver,
            party=THEM,
            location_id=site.location_id,
            token=token,
            evse_uid=site.evse_uid,
            connector_id="1",
            id_tag=token.uid,
        )
    )
    await house.commands.send(start.id)
    settled = await _settled(house, start)
    assert settled.outcome is not None
    assert settled.outcome.result is CommandResult.ACCEPTED

    async def our_copy() -> Any:
        async with house.store.reading() as tx:
            theirs = next(iter(partner.sessions.values()), None)
            return theirs and await tx.sessions.get_foreign(THEM, theirs.id)

    session = await until(our_copy)
    assert (session.command_id, session.own) == (start.id, False)
    assert not session.flags

    await partner.progress(session.id, Decimal("4.2"))
    assert (await our_copy()).energy.value == Decimal("4.2")

    key = f"{THEM}/{session.id.casefold()}"
    stop = await house.commands.request(StopRequest(asker=driver, session_id=key))
    await house.commands.send(stop.id)
    await _settled(house, stop)

    async def bill() -> Any:
        async with house.store.reading() as tx:
            return await tx.cdrs.of_session(key)

    (cdr,) = await until(bill)
    assert cdr.token.uid == token.uid
    assert cdr.bill.energy.value == Decimal("4.2")
    assert (await our_copy()).status is SessionStatus.COMPLETED


async def _settled(house: House, command: Command) -> Command:
    async def done() -> Command | None:
        found = await house.commands.get(command.id)
        return found if found.state is CommandState.SETTLED else None

    found: Command = await until(done)
    return found


async def test_the_partner_is_asked_about_its_tokens(house: House, partner: Partner) -> None:
    """C-195, C-196."""
    answer = await house.authorizer.authorize("PRT-CARD-1", None, None)
    assert answer is not None
    assert answer.verdict is Verdict.ALLOWED
    assert answer.reference is not None
    partner.verdicts["PRT-CARD-1"] = "NO_CREDIT"
    answer = await house.authorizer.authorize("PRT-CARD-1", None, None)
    assert answer is not None
    assert answer.verdict is Verdict.NO_CREDIT
    answer = await house.authorizer.authorize("nobody's", None, None)
    assert answer is not None
    assert answer.verdict is Verdict.UNKNOWN
