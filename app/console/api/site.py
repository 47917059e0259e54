"""Builds the operator's API as an application of its own, to be mounted at /operator/api/v1."""

from typing import cast

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.console.api.access import STRANGERS_PER_MINUTE
from app.console.api.charger_routes import CHARGER_ROUTES
from app.console.api.connections import router as connection_routes
from app.console.api.driver_routes import DRIVER_ROUTES
from app.console.api.exchanges import router as exchange_routes
from app.console.api.hub_rules import router as rule_routes
from app.console.api.platform import router as platform_routes
from app.console.api.profiles import router as profile_routes
from app.console.api.services import OperatorServices
from app.console.api.sites import router as site_routes
from app.console.api.stickers import router as sticker_routes
from app.console.api.work import router as work_routes
from app.console.faults import Problem, plain, problem
from app.domain.errors import DomainError
from app.use_cases.site_text import written
from app.use_cases.windows import Window

MEDIA_TYPE = "application/problem+json"
_CODES = {404: "not_found", 405: "method_not_allowed"}


def _all_routes() -> APIRouter:
    together = APIRouter(strict_content_type=False)
    for router in (
        site_routes,
        work_routes,
        *CHARGER_ROUTES,
        platform_routes,
        exchange_routes,
        connection_routes,
        rule_routes,
        profile_routes,
        *DRIVER_ROUTES,
        sticker_routes,
    ):
        together.include_router(router)
    return together


ROUTES = _all_routes()
"""The framework works out what each route depends on once, for all applications."""


def build_operator_api(services: OperatorServices) -> FastAPI:
    """The operator's API on these use-cases."""
    api = FastAPI(
        routes=ROUTES.routes,
        title="Roamwatt operator API",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    api.state.services = services
    api.state.strangers = Window(STRANGERS_PER_MINUTE, 60, services.clock)
    api.add_exception_handler(DomainError, _refused)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(HTTPException, _unserved)
    api.add_exception_handler(Exception, _failed)
    return api


def _answer(said: Problem) -> JSONResponse:
    return JSONResponse(said.body, said.status, said.headers, media_type=MEDIA_TYPE)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    return _answer(problem(cast("DomainError", error)))


async def _malformed(_request: Request, error: Exception) -> JSONResponse:
    said = plain(422, "invalid_input", "the request is not as it should be")
    said.body["problems"] = [
        {"path": written(one["loc"][1:]), "reason": one["msg"]}
        for one in cast("RequestValidationError", error).errors()
    ]
    return _answer(said)


async def _unserved(_request: Request, error: Exception) -> JSONResponse:
    status = cast("HTTPException", error).status_code
    return _answer(plain(status, _CODES.get(status, "http_error"), "nothing is served here"))


async def _failed(_request: Request, _error: Exception) -> JSONResponse:
    return _answer(plain(500, "internal_error", "this is our fault, and is in our log"))
