"""Our platform beside one partner on loopback, and our driver at the partner's charger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from app.adapters.addresses import AddressGuard
from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.adapters.http_pooled import PooledHttpClient
from app.adapters.sealing_fernet import FernetSealer
from app.domain.commands import Command, CommandChannel, CommandOutcome, CommandState
from app.domain.events import DomainEvent
from app.domain.identifiers import PartyId
from app.domain.partners import Partner as KnownPartner
from app.domain.partners import PartnerRole, Role
from app.domain.sessions import Session
from app.domain.tokens import Token
from app.ports.delivery import Done
from app.queries.roaming import Roaming
from app.simulators.partner import Partner
from app.store.transaction import Store
from app.use_cases.cdrs import Cdrs
from app.use_cases.command_requests import Asker, StartRequest
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
from tests.support.patience import until
from tests.support.pulling import a_pull
from tests.support.roaming_objects import AN_OPERATOR, EMSP
from tests.support.site_server import served

THEM = PartyId("DE", "PRT")
DRIVER = Asker(channel=CommandChannel.DRIVER)


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

    async def start(self, partner: Partner, token: Token) -> Command:
        """Our driver with this token starts at the partner's charger."""
        request = StartRequest(
            asker=DRIVER,
            party=THEM,
            location_id=partner.site.location_id,
            token=token,
            evse_uid=partner.site.evse_uid,
            connector_id="1",
            id_tag=token.uid,
        )
        asked = await self.commands.request(request)
        await self.commands.send(asked.id)
        return asked

    async def copied(self, partner: Partner) -> Session:
        """Our copy of the partner's first session, once we have one."""

        async def copy() -> Session | None:
            theirs = next(iter(partner.sessions.values()), None)
            if theirs is None:
                return None
            async with self.store.reading() as tx:
                return await tx.sessions.get_foreign(THEM, theirs.id)

        session: Session = await until(copy)
        return session

    async def outcome(self, command: Command) -> CommandOutcome:
        """How a command ended, once it has."""

        async def ended() -> CommandOutcome | None:
            found = await self.commands.get(command.id)
            return found.outcome if found.state is CommandState.SETTLED else None

        outcome: CommandOutcome = await until(ended)
        return outcome


@asynccontextmanager
async def a_house(store: Store, sealer: FernetSealer, partner: Partner) -> AsyncIterator[House]:
    """The platform on loopback, registered with the partner, and it with us."""
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
