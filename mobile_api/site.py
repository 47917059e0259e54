"""The driver API as an application: `/api/v1`, problem+json for everything that goes wrong."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.domain.errors import DomainError
from mobile_api.access import AccessTokens
from mobile_api.app_links import AppLinks, android_file, apple_file
from mobile_api.bodies import BodyLimit
from mobile_api.dependencies import DriverDependencies
from mobile_api.document import complete_document
from mobile_api.etags import Etags
from mobile_api.faults import (
    answer_crash,
    answer_domain_error,
    answer_http_error,
    answer_malformed,
)
from mobile_api.rates import Rates
from mobile_api.routes import (
    account,
    codes,
    groups,
    guests,
    locations,
    preferences,
    push,
    quotes,
    reports,
    reservations,
    sessions,
    sign_in,
    tokens,
    vehicles,
    wallet,
)
from mobile_api.web_sign_in import build_web_sign_in

VERSION = "1.0.0"
LARGEST_BODY = 65_536
KEPT = {"Cache-Control": "public, max-age=3600"}


def _all_routes() -> APIRouter:
    together = APIRouter()
    for router in (
        sign_in.router,
        locations.router,
        codes.router,
        quotes.router,
        guests.router,
        reservations.router,
        sessions.router,
        preferences.router,
        wallet.router,
        tokens.router,
        vehicles.router,
        groups.router,
        reports.router,
        account.router,
        push.router,
    ):
        together.include_router(router)
    return together


ROUTES = _all_routes()
"""The framework works out what each route depends on once, for all applications."""


def build_driver_api(deps: DriverDependencies) -> FastAPI:
    """The application, to be mounted at `/api/v1`."""
    api = FastAPI(
        routes=ROUTES.routes,
        title="Roamwatt driver API",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Rates, quota=deps.limits.addresses),
            Middleware(Etags),
            Middleware(BodyLimit, most=LARGEST_BODY),
        ],
        exception_handlers={
            DomainError: answer_domain_error,
            RequestValidationError: answer_malformed,
            HTTPException: answer_http_error,
            Exception: answer_crash,
        },
    )
    api.state.deps = deps
    api.add_route("/.well-known/jwks.json", _keys(deps.tokens), include_in_schema=False)
    api.mount("/web", build_web_sign_in(deps))
    complete_document(api)
    return api


def build_well_known(tokens: AccessTokens, links: AppLinks) -> Starlette:
    """What others know us by, to be mounted at `/.well-known`.

    With the keys of our access tokens are the files by which phones open our addresses in an app.
    """

    async def apple(_: Request) -> Response:
        return JSONResponse(apple_file(links), headers=KEPT)

    async def android(_: Request) -> Response:
        return JSONResponse(android_file(links), headers=KEPT)

    return Starlette(
        routes=[
            Route("/jwks.json", _keys(tokens)),
            Route("/apple-app-site-association", apple),
            Route("/assetlinks.json", android),
        ]
    )


def _keys(tokens: AccessTokens) -> Callable[[Request], Awaitable[Response]]:
    async def keys(_: Request) -> Response:
        return JSONResponse(tokens.public_keys, headers=KEPT)

    return keys


__all__ = ["DriverDependencies", "build_driver_api", "build_well_known"]
