"""Wires everything: outside systems, use-cases and edges become one object graph, built once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random, SystemRandom

from app.adapters.signatures_ecdsa import EcdsaSignatures
from app.domain.companies import VatAsked
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from app.domain.pulls import PullRules
from app.runtime.driver_side import DriverSide, build_driver_side
from app.runtime.gateways import Gateways
from app.runtime.guard import Guard, build_guard
from app.runtime.hub import Hub, build_hub
from app.runtime.maintenance import Maintenance, build_maintenance
from app.runtime.outside import Outside
from app.runtime.providers import build_register
from app.runtime.settings import Settings
from app.runtime.upkeep import Upkeep, build_upkeep
from app.store.batch import Batch
from app.store.ids import Blocks
from app.use_cases.authorize import Authorize, TokenRules
from app.use_cases.bookings import Bookings
from app.use_cases.cdrs import Cdrs
from app.use_cases.circuits import Circuits
from app.use_cases.commands import Commands
from app.use_cases.companies import Companies
from app.use_cases.exchanges import Exchanges, JournalRules
from app.use_cases.forgetting import Forgetting, KeepRules
from app.use_cases.hub_clients import HubClients
from app.use_cases.hub_rules import HubRules
from app.use_cases.locations import Locations
from app.use_cases.news_handlers import Handlers
from app.use_cases.operators import Operators
from app.use_cases.partners import Partners, Platform
from app.use_cases.places import Places
from app.use_cases.preferences import Wishes
from app.use_cases.profiles import Profiles
from app.use_cases.pulls import Pulls
from app.use_cases.registration import Registrations
from app.use_cases.roaming import PartnerSessions
from app.use_cases.sessions import SessionRules, Sessions
from app.use_cases.signed_meters import SignedMeters
from app.use_cases.station_news import StationReports
from app.use_cases.stations import StationRules, Stations
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens
from ocpi.client.check import PartnerCheck
from ocpi.client.exchange import PartnerCalls
from ocpi.client.gate import GateRules, Gates
from ocpi.client.handshake import Handshake
from ocpi.client.hub_clients import HubDirectory
from ocpi.client.keeping import Keeping
from ocpi.client.pull import Pull
from ocpi.gateway import OcpiAuthorizer, OcpiGateway
from ocpi.recorder import Recorder
from ocpp_bridge.gateway import NodeOf, OcppGateway
from ocpp_bridge.links import Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Everything that runs in one process, whichever role it has."""

    outside: Outside
    random: Random
    batch: Batch
    links: Links
    ocpp: OcppGateway
    guard: Guard
    circuits: Circuits
    exchanges: Exchanges
    forgetting: Forgetting
    recorder: Recorder
    calls: PartnerCalls
    authorize: Authorize
    places: Places
    sessions: Sessions
    signed: SignedMeters
    stations: Stations
    reports: StationReports
    commands: Commands
    upkeep: Upkeep
    maintenance: Maintenance
    profiles: Profiles
    wishes: Wishes
    locations: Locations
    tariffs: Tariffs
    operators: Operators
    tokens: Tokens
    partners: Partners
    registrations: Registrations
    handshake: Handshake
    partner_sessions: PartnerSessions
    cdrs: Cdrs
    pulls: Pulls
    pull: Pull
    partner_check: PartnerCheck
    hub: Hub
    driver: DriverSide
    bookings: Bookings

    @property
    def settings(self) -> Settings:
        """What the operator chose."""
        return self.outside.settings


def build_container(outside: Outside) -> Container:
    """Build the graph; nothing is started and nothing is asked of anybody yet."""
    settings, store, clock, bus = outside.settings, outside.store, outside.clock, outside.bus
    sealer, random = outside.sealer, SystemRandom()
    links = Links()
    batch = Batch(outside.database, outside.wake)
    circuits = Circuits(bus, clock)
    exchanges = _exchanges(outside, circuits, batch)
    recorder = _recorder(outside, exchanges)
    calls = _calls(outside, circuits, recorder)
    guard = build_guard(outside)
    ocpp = OcppGateway(links, bus, _node_finder(outside), reveal=guard.reveal)

    async def postpone(command_id: str, deadline: datetime) -> None:
        await commands.postpone(command_id, deadline)

    ocpi = OcpiGateway(
        store,
        calls,
        clock,
        public_url=settings.public_url,
        emsp=settings.emsp,
        postpone=postpone,
    )
    commands = Commands(store, clock, Gateways(ocpp, ocpi), random=random)
    authorize = Authorize(
        store, OcpiAuthorizer(store, calls), bus=bus, clock=clock, rules=_token_rules(settings)
    )
    places = Places(store, bus, clock)
    signed = SignedMeters(store, clock, EcdsaSignatures())
    sessions = Sessions(
        store,
        batch,
        authorize,
        places=places,
        blocks=Blocks(outside.database),
        signed=signed,
        bus=bus,
        clock=clock,
        rules=SessionRules(
            idle_limit=timedelta(seconds=settings.idle_limit_s),
            silence_limit=timedelta(seconds=settings.silence_limit_s),
            one_at_a_time=settings.concurrent_sessions == "refuse",
        ),
    )
    stations = Stations(
        store, batch, sessions, sealer=sealer, bus=bus, clock=clock, rules=_station_rules(settings)
    )
    platform = _platform(settings)
    partners = Partners(
        store,
        sealer,
        clock,
        platform=platform,
        alive=circuits.alive,
        talks=HubRules(store, clock),
    )
    registrations = Registrations(store, sealer, clock, platform=platform)
    locations = Locations(store, clock, sealer, random=random)
    tariffs = Tariffs(store, clock)
    tokens = Tokens(store, bus, clock, emsp=settings.emsp, issuer=settings.emsp_name)
    partner_sessions, cdrs = PartnerSessions(store, bus), Cdrs(store)
    pulls = Pulls(
        store,
        clock,
        locations=locations,
        tariffs=tariffs,
        tokens=tokens,
        rules=_pull_rules(settings),
    )
    keeping = Keeping(
        locations=locations,
        tariffs=tariffs,
        tokens=tokens,
        sessions=partner_sessions,
        cdrs=cdrs,
    )
    wishes = Wishes(store, clock)
    return Container(
        outside=outside,
        random=random,
        batch=batch,
        links=links,
        ocpp=ocpp,
        guard=guard,
        circuits=circuits,
        exchanges=exchanges,
        forgetting=_forgetting(outside),
        recorder=recorder,
        calls=calls,
        authorize=authorize,
        places=places,
        sessions=sessions,
        signed=signed,
        stations=stations,
        reports=StationReports(store, clock, outward=_outward(outside)),
        commands=commands,
        upkeep=build_upkeep(outside, random),
        maintenance=build_maintenance(outside),
        profiles=Profiles(store, clock),
        wishes=wishes,
        locations=locations,
        tariffs=tariffs,
        operators=Operators(store, clock, sealer),
        tokens=tokens,
        partners=partners,
        registrations=registrations,
        handshake=Handshake(calls, partners, registrations, public_url=settings.public_url),
        partner_sessions=partner_sessions,
        cdrs=cdrs,
        pulls=pulls,
        pull=Pull(
            calls,
            partners,
            clock,
            keeping=keeping,
            book=pulls,
            directory=HubDirectory(calls, HubClients(store)),
        ),
        partner_check=PartnerCheck(calls, partners, clock, keeping=keeping),
        hub=build_hub(outside, calls, partners, batch=batch),
        driver=build_driver_side(outside, calls, wishes=wishes, signed=signed, random=random),
        bookings=Bookings(store, clock, random=random),
    )


def _outward(outside: Outside) -> Handlers:
    """What chargers tell, or ask, that outside systems have to answer."""
    companies = Companies(outside.store, outside.clock, build_register(outside))
    return {VatAsked: companies.asked}


def _exchanges(outside: Outside, circuits: Circuits, batch: Batch) -> Exchanges:
    settings = outside.settings
    rules = JournalRules(
        age=timedelta(hours=settings.forget_exchanges_after_h),
        per_partner=settings.exchanges_per_partner,
    )
    return Exchanges(
        outside.store, outside.clock, rules=rules, try_now=circuits.alive, batch=batch
    )


def _forgetting(outside: Outside) -> Forgetting:
    settings = outside.settings
    rules = KeepRules(
        samples=timedelta(days=settings.forget_meter_samples_after_days),
        commands=timedelta(days=settings.forget_commands_after_days),
    )
    return Forgetting(outside.store, outside.clock, rules)


def _recorder(outside: Outside, exchanges: Exchanges) -> Recorder:
    settings = outside.settings
    keep = exchanges.keep if settings.exchanges_per_partner else None
    return Recorder(outside.clock, keep, body_bytes=settings.exchange_body_bytes)


def _calls(outside: Outside, circuits: Circuits, recorder: Recorder) -> PartnerCalls:
    settings = outside.settings
    rules = GateRules(
        at_once=settings.partner_calls_at_once, failures=settings.partner_failures_in_row
    )
    return PartnerCalls(
        outside.pooled,
        outside.sealer,
        outside.clock,
        timeout_s=settings.partner_timeout_s,
        gates=Gates(outside.clock, rules, told=circuits.tell),
        recorder=recorder,
    )


def _platform(settings: Settings) -> Platform:
    return Platform(
        emsp=PartnerRole(Role.EMSP, settings.emsp, settings.emsp_name),
        hub=PartnerRole(Role.HUB, settings.hub, settings.platform_name),
    )


def _pull_rules(settings: Settings) -> PullRules:
    return PullRules(
        every=timedelta(seconds=settings.pull_every_s),
        whole_every=timedelta(seconds=settings.pull_whole_every_s),
    )


def _token_rules(settings: Settings) -> TokenRules:
    return TokenRules(
        accept_unknown=settings.unknown_tokens == "accept", default_emsp=settings.emsp
    )


def _station_rules(settings: Settings) -> StationRules:
    return StationRules(
        accept_unknown=settings.unknown_chargers == "accept",
        hold_unknown=settings.unknown_chargers == "hold",
        default_party=PartyId.parse(settings.default_party),
        heartbeat_s=settings.heartbeat_interval_s,
    )


def _node_finder(outside: Outside) -> NodeOf:
    async def node_of(station_id: str) -> str | None:
        async with outside.store.reading() as tx:
            station = await tx.stations.get(station_id)
        return None if station is None else station.node

    return node_of
