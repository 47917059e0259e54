"""The pages of drivers and guests: the map, the page behind a QR code, a session as it runs."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.domain.errors import DomainError
from mobile_api.web.assets import PREFIX, Assets
from mobile_api.web.dependencies import PageDependencies, TestCards
from mobile_api.web.headers import PageHeaders
from mobile_api.web.render import Renderer
from mobile_api.web.sandbox import Sandbox
from mobile_api.web.sessions import Sessions
from mobile_api.web.stations import Stations

LARGEST_FORM = 16_384
NOT_FOUND = 404


def build_pages(deps: PageDependencies) -> ASGIApp:
    """The pages as an application, to be mounted at the root after everything else."""
    assets = Assets()
    renderer = Renderer(deps, assets)

    async def show_map(_: Request) -> Response:
        return renderer.page(
            "map.html", tiles_url=deps.tiles_url or "", attribution=deps.tiles_attribution
        )

    async def paid(_: Request) -> Response:
        return renderer.page("paid.html")

    async def icon(_: Request) -> Response:
        return RedirectResponse(assets.url("icon.svg"))

    routes = [
        Route("/", show_map),
        Route("/paid", paid),
        Route("/favicon.ico", icon),
        Route(f"{PREFIX}/{{name:path}}", assets.serve),
        *_station_routes(Stations(deps, renderer)),
        *_session_routes(Sessions(deps, renderer)),
    ]
    if deps.test_cards is not None:
        routes += _sandbox_routes(Sandbox(deps, renderer, deps.test_cards))
    return Starlette(
        routes=routes,
        middleware=[Middleware(PageHeaders, tiles_url=deps.tiles_url, secure=deps.secure)],
        exception_handlers={DomainError: renderer.trouble, NOT_FOUND: renderer.missing},
        max_body_size=LARGEST_FORM,
    )


def _station_routes(stations: Stations) -> list[Route]:
    return [
        Route("/q", stations.find),
        Route("/Q/{code}", stations.shout),
        Route("/q/d/{station_id}/{evse:int}", stations.display),
        Route("/q/{code}/sticker", stations.ask_about_sticker),
        Route("/q/{code}/sticker", stations.report_sticker, methods=["POST"]),
        Route("/q/{code}.svg", stations.svg),
        Route("/q/{code}", stations.show),
        Route("/q/{code}", stations.start, methods=["POST"]),
    ]


def _session_routes(sessions: Sessions) -> list[Route]:
    at = "/q/s/{session_id}"
    return [
        Route(at, sessions.show),
        Route(f"{at}/live", sessions.live),
        Route(f"{at}/back", sessions.back),
        Route(f"{at}/stop", sessions.stop, methods=["POST"]),
        Route(f"{at}/address", sessions.address, methods=["POST"]),
    ]


def _sandbox_routes(sandbox: Sandbox) -> list[Route]:
    at = "/sandbox/confirm/{reference}"
    return [Route(at, sandbox.show), Route(at, sandbox.choose, methods=["POST"])]


__all__ = ["PageDependencies", "TestCards", "build_pages"]
