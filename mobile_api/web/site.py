"""The pages of drivers and guests: the map, the page behind a QR code, a session, the account."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.domain.errors import DomainError
from mobile_api.web.account import Account
from mobile_api.web.assets import PREFIX, Assets
from mobile_api.web.cards import Cards
from mobile_api.web.dependencies import PageDependencies, TestCards
from mobile_api.web.headers import PageHeaders
from mobile_api.web.installing import Installing
from mobile_api.web.render import Renderer
from mobile_api.web.sandbox import Sandbox
from mobile_api.web.sessions import Sessions
from mobile_api.web.stations import Stations
from mobile_api.web.visitors import Page, Visitors

LARGEST_FORM = 16_384
NOT_FOUND = 404
POST = ["POST"]
Renewed = Callable[[Page], Page]


def build_pages(deps: PageDependencies) -> ASGIApp:
    """The pages as an application, to be mounted at the root after everything else."""
    assets = Assets()
    renderer, visitors = Renderer(deps, assets), Visitors(deps.api)

    async def show_map(request: Request) -> Response:
        return renderer.page(
            request,
            "map.html",
            tiles_url=deps.tiles_url or "",
            attribution=deps.tiles_attribution,
            running=await visitors.running(request),
        )

    async def paid(request: Request) -> Response:
        return renderer.page(request, "paid.html")

    async def icon(_: Request) -> Response:
        return RedirectResponse(assets.url("icon.svg"))

    routes = [
        Route("/", visitors.renewed(show_map)),
        Route("/paid", paid),
        Route("/favicon.ico", icon),
        Route(f"{PREFIX}/{{name:path}}", assets.serve),
        *_installing_routes(Installing(deps, assets, renderer)),
        *_account_routes(Account(deps, renderer), visitors.renewed),
        *_card_routes(Cards(deps, renderer), visitors.renewed),
        *_station_routes(Stations(deps, renderer), visitors.renewed),
        *_session_routes(Sessions(deps, renderer), visitors.renewed),
    ]
    if deps.test_cards is not None:
        routes += _sandbox_routes(Sandbox(deps, renderer, deps.test_cards))
    return Starlette(
        routes=routes,
        middleware=[Middleware(PageHeaders, tiles_url=deps.tiles_url, secure=deps.secure)],
        exception_handlers={DomainError: renderer.trouble, NOT_FOUND: renderer.missing},
        max_body_size=LARGEST_FORM,
    )


def _installing_routes(installing: Installing) -> list[Route]:
    return [
        Route("/manifest.webmanifest", installing.manifest),
        Route("/worker.js", installing.worker),
        Route("/offline", installing.offline),
    ]


def _account_routes(account: Account, renewed: Renewed) -> list[Route]:
    return [
        Route("/account", renewed(account.show)),
        Route("/account/sessions", renewed(account.sessions)),
        Route("/account/mail", account.mail, methods=POST),
        Route("/account/mail/code", account.mail_code, methods=POST),
        Route("/account/sign-out", account.sign_out, methods=POST),
        Route("/account/devices/{device}/remove", account.remove_device, methods=POST),
        Route("/account/delete", renewed(account.ask_to_delete)),
        Route("/account/delete", account.delete, methods=POST),
        Route("/language", account.language, methods=POST),
    ]


def _card_routes(cards: Cards, renewed: Renewed) -> list[Route]:
    at = "/account/cards"
    return [
        Route(at, cards.add, methods=POST),
        Route(f"{at}/{{card}}", renewed(cards.form)),
        Route(f"{at}/{{card}}/back", renewed(cards.back)),
        Route(f"{at}/{{card}}/default", cards.default, methods=POST),
        Route(f"{at}/{{card}}/remove", cards.remove, methods=POST),
    ]


def _station_routes(stations: Stations, renewed: Renewed) -> list[Route]:
    return [
        Route("/q", stations.find),
        Route("/Q/{code}", stations.shout),
        Route("/q/d/{station_id}/{evse:int}", stations.display),
        Route("/q/{code}/sticker", stations.ask_about_sticker),
        Route("/q/{code}/sticker", stations.report_sticker, methods=POST),
        Route("/q/{code}.svg", stations.svg),
        Route("/q/{code}", renewed(stations.show)),
        Route("/q/{code}", stations.start, methods=POST),
    ]


def _session_routes(sessions: Sessions, renewed: Renewed) -> list[Route]:
    at = "/q/s/{session_id}"
    return [
        Route(at, renewed(sessions.show)),
        Route(f"{at}/live", sessions.live),
        Route(f"{at}/back", sessions.back),
        Route(f"{at}/stop", sessions.stop, methods=POST),
        Route(f"{at}/limit", sessions.limit, methods=POST),
        Route(f"{at}/unlock", sessions.unlock, methods=POST),
        Route(f"{at}/address", sessions.address, methods=POST),
    ]


def _sandbox_routes(sandbox: Sandbox) -> list[Route]:
    at = "/sandbox/confirm/{reference}"
    return [Route(at, sandbox.show), Route(at, sandbox.choose, methods=POST)]


__all__ = ["PageDependencies", "TestCards", "build_pages"]
