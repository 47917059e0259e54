"""The HTTP sites of the hub and where each is mounted."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from app.adapters.payments_sandbox import SandboxPayments
from app.console.api.charger_services import ChargerServices
from app.console.api.connection_services import ConnectionServices
from app.console.api.services import OperatorServices
from app.console.api.site import build_operator_api
from app.console.api.sticker_services import StickerServices
from app.queries.chargers import Chargers
from app.queries.codes import Codes
from app.queries.history import History
from app.queries.map import Map
from app.queries.operations import Operations
from app.queries.partner_sheets import PartnerSheets
from app.queries.roaming import Roaming
from app.queries.stickers import Stickers
from app.runtime.container import Container
from app.runtime.frames import build_frames
from app.runtime.own_hub import own_membership
from app.use_cases.availability import Availability
from app.use_cases.hub_objects import HubObjects
from app.use_cases.hub_rules import HubRules
from app.use_cases.late_bills import LateBills
from app.use_cases.repeats import Repeats
from app.use_cases.sticker_reports import StickerReports
from app.use_cases.suspensions import Suspensions
from app.use_cases.told import ToldList
from app.use_cases.traces import Traces
from app.use_cases.treatments import Treatments
from mobile_api.access import AccessTokens
from mobile_api.app_links import AppLinks, read_app_links
from mobile_api.guests import Guests
from mobile_api.limits import Limits
from mobile_api.live import Live
from mobile_api.site import DriverDependencies, build_driver_api, build_well_known
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.site import build_pages
from ocpi.dependencies import OcpiDependencies
from ocpi.rare import RareModules
from ocpi.routes.credentials import CredentialsRoutes
from ocpi.server import build_site
from ocpi.smart import SmartCharging


async def _nothing() -> None:
    """No streams to end."""


def _none_open() -> float:
    return 0


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites by path, and what ends the live streams among them."""

    by_path: Mapping[str, ASGIApp]
    end_streams: Callable[[], Awaitable[None]] = _nothing
    open_streams: Callable[[], float] = _none_open


def build_sites(parts: Container) -> Sites:
    """All sites of the api role."""
    driver = _driver(parts)
    by_path: dict[str, ASGIApp] = {
        "/ocpi": _ocpi(parts),
        "/operator/api/v1": _operator(parts),
        "/api/v1": build_driver_api(driver),
        "/.well-known": build_well_known(driver.tokens, _links(parts)),
        "/": build_pages(_pages(parts, driver)),
    }
    return Sites(by_path, driver.live.close, lambda: driver.live.open)


def _links(parts: Container) -> AppLinks:
    return read_app_links(parts.settings.ios_apps, parts.settings.android_apps)


def _driver(parts: Container) -> DriverDependencies:
    outside, settings = parts.outside, parts.settings
    places, history = Map(outside.store), History(outside.store)
    return DriverDependencies(
        drivers=parts.driver.people.drivers,
        people=parts.driver.people,
        cards=parts.driver.cards,
        chargings=parts.driver.chargings,
        wishes=parts.driver.wishes,
        session_wishes=parts.driver.session_wishes,
        payments=parts.driver.payments,
        receipts=parts.driver.receipts,
        reservations=parts.driver.reservations,
        belongings=parts.driver.belongings,
        finding=parts.driver.finding,
        push_targets=parts.driver.push_targets,
        push_key=parts.driver.vapid.public,
        notices=ToldList(outside.store),
        repeats=Repeats(outside.store, outside.clock, outside.sealer),
        codes=Codes(outside.store, settings.public_url),
        sticker_reports=StickerReports(outside.store, outside.clock),
        map=places,
        history=history,
        live=Live(history, outside.bus, outside.clock),
        guests=Guests(parts.driver.chargings, settings.public_url),
        tokens=AccessTokens(outside.secrets, settings.public_url, outside.clock),
        id_tokens=parts.driver.id_tokens,
        clock=outside.clock,
        limits=Limits(
            outside.clock,
            by_driver=settings.driver_requests_per_minute,
            by_address=settings.address_requests_per_minute,
        ),
        public_url=settings.public_url,
    )


def _pages(parts: Container, driver: DriverDependencies) -> PageDependencies:
    settings, provider = parts.settings, parts.driver.provider
    return PageDependencies(
        api=driver,
        web_payments=parts.guard.web_payments,
        platform_name=settings.platform_name,
        tiles_url=settings.map_tiles_url,
        tiles_attribution=settings.map_attribution,
        test_cards=provider if isinstance(provider, SandboxPayments) else None,
    )


def _ocpi(parts: Container) -> ASGIApp:
    return build_site(
        OcpiDependencies(
            public_url=parts.settings.public_url,
            requests_per_minute=parts.settings.partner_requests_per_minute,
            recorder=parts.recorder,
            hub=parts.hub.relay,
            members=parts.hub.member_routes,
            clock=parts.outside.clock,
            partners=parts.partners,
            credentials=CredentialsRoutes(parts.handshake, parts.partners),
            roaming=Roaming(parts.outside.store),
            locations=parts.locations,
            tariffs=parts.tariffs,
            tokens=parts.tokens,
            sessions=parts.partner_sessions,
            cdrs=parts.cdrs,
            commands=parts.commands,
            rare=RareModules.on(parts.outside.store, parts.outside.clock),
            smart=SmartCharging(profiles=parts.profiles, wishes=parts.wishes),
        )
    )


def _connections(parts: Container) -> ConnectionServices:
    store, clock = parts.outside.store, parts.outside.clock
    return ConnectionServices(
        membership=own_membership(parts),
        suspensions=Suspensions(store, clock),
        objects=HubObjects(store, clock),
        rules=HubRules(store, clock),
        sheets=PartnerSheets(store),
        traces=Traces(store),
    )


def _chargers(parts: Container) -> ChargerServices:
    return ChargerServices(
        queries=Chargers(parts.outside.store),
        availability=Availability(parts.outside.store),
        admissions=parts.upkeep.admissions,
        device_models=parts.upkeep.device_models,
        configurations=parts.upkeep.configurations,
        records=parts.maintenance.records,
        local_lists=parts.maintenance.local_lists,
        frames=build_frames(parts.outside),
        treatments=Treatments(parts.outside.store),
        security=parts.guard.security,
        certificates=parts.guard.certificates,
        signed=parts.signed,
        web_payments=parts.guard.web_payments,
    )


def _stickers(parts: Container) -> StickerServices:
    store = parts.outside.store
    return StickerServices(
        sheets=Stickers(store, parts.settings.public_url),
        reports=StickerReports(store, parts.outside.clock),
    )


def _operator(parts: Container) -> ASGIApp:
    return build_operator_api(
        OperatorServices(
            operators=parts.operators,
            locations=parts.locations,
            tariffs=parts.tariffs,
            stations=parts.stations,
            commands=parts.commands,
            profiles=parts.profiles,
            reservations=parts.driver.reservations,
            belongings=parts.driver.belongings,
            bookings=parts.bookings,
            partners=parts.partners,
            circuits=parts.circuits,
            pulls=parts.pulls,
            operations=Operations(parts.outside.store),
            late_bills=LateBills(parts.outside.store, parts.outside.clock),
            chargers=_chargers(parts),
            exchanges=parts.exchanges,
            connections=_connections(parts),
            stickers=_stickers(parts),
            clock=parts.outside.clock,
            public_url=parts.settings.public_url,
        )
    )
