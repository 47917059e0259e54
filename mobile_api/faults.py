"""Domain errors as problem details (RFC 9457): the only place with HTTP numbers for drivers."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.domain.errors import (
    AlreadyExists,
    ChargerOffline,
    ChargerRefused,
    Conflict,
    DomainError,
    Forbidden,
    InvalidFile,
    InvalidInput,
    NotFound,
    PartnerUnavailable,
    PaymentDeclined,
    ProviderUnavailable,
    RateLimited,
    Refused,
    StaleVersion,
    TokenRefused,
    Unauthenticated,
    Unavailable,
)
from mobile_api.schemas.progress import ElsewhereOut

PROBLEM_TYPE = "application/problem+json"

STATUS: dict[type[DomainError], int] = {
    DomainError: 400,
    InvalidInput: 400,
    InvalidFile: 400,
    NotFound: 404,
    Conflict: 409,
    StaleVersion: 409,
    AlreadyExists: 409,
    Unauthenticated: 401,
    Forbidden: 403,
    RateLimited: 429,
    Refused: 409,
    TokenRefused: 403,
    PaymentDeclined: 402,
    ChargerRefused: 409,
    Unavailable: 503,
    ChargerOffline: 503,
    PartnerUnavailable: 502,
    ProviderUnavailable: 503,
}
"""Every class of the error tree; a test keeps it total."""

TITLES = {
    400: "Something in the request is wrong",
    401: "Sign in first",
    402: "The payment was declined",
    403: "This is not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not possible now",
    412: "Changed in the meantime",
    413: "The request is too large",
    422: "The request cannot be read",
    429: "Too many requests",
    500: "Something went wrong on our side",
    502: "A roaming partner did not answer",
    503: "Not available at the moment",
}


def status_of(error: DomainError) -> int:
    """The HTTP status of the closest known class."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """A problem as a response; `code` is stable, `detail` for people."""
    body = {
        "type": f"urn:roamwatt:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        **{key: value for key, value in more.items() if value is not None},
    }
    return JSONResponse(body, status, media_type=PROBLEM_TYPE)


async def answer_domain_error(_request: Request, error: Exception) -> JSONResponse:
    """Any refusal of the domain."""
    if not isinstance(error, DomainError):
        raise error
    more: dict[str, Any] = {
        "path": getattr(error, "path", None),
        "reason": getattr(error, "reason", None),
        "action_url": getattr(error, "action_url", None),
        **_instead(error),
    }
    answer = problem(status_of(error), error.code, str(error), **more)
    if isinstance(error, RateLimited):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="roamwatt"'
    return answer


def _instead(error: DomainError) -> dict[str, Any]:
    """Since when a charger cannot be used, and where there is a free one."""
    if not isinstance(error, ChargerRefused):
        return {}
    best, since = error.elsewhere, error.since
    return {
        "since": since and since.isoformat(),
        "elsewhere": best and ElsewhereOut.of(best).model_dump(mode="json"),
    }


HTTP_CODES = {
    404: "not_found", 405: "method_not_allowed", 412: "changed", 413: "too_large",
}  # fmt: skip


async def answer_malformed(_request: Request, error: Exception) -> JSONResponse:
    """Input without the documented form; it is not repeated, as it may hold a secret."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = [{"path": _path(each["loc"]), "reason": str(each["msg"])} for each in error.errors()]
    detail = "; ".join(f"{each['path']}: {each['reason']}" for each in found)
    return problem(422, "malformed", detail, errors=found)


def _path(place: Sequence[int | str]) -> str:
    """Where a value is, without the word for the body."""
    parts = place[1:] if place and place[0] == "body" else place
    return ".".join(str(part) for part in parts) or "body"


async def answer_http_error(_request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses: no such path, no such method, a body that is too large."""
    if not isinstance(error, HTTPException):
        raise error
    code = HTTP_CODES.get(error.status_code, "http_error")
    answer = problem(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def answer_crash(_request: Request, _error: Exception) -> JSONResponse:
    """A defect of ours; it is logged by the server and not told."""
    return problem(500, "internal_error", "the error was written down here")


PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable, for programs"},
        "detail": {"type": "string", "description": "for people"},
        "path": {"type": "string"},
        "reason": {"type": "string"},
        "action_url": {"type": "string"},
        "since": {"type": "string", "format": "date-time"},
        "elsewhere": {"$ref": "#/components/schemas/ElsewhereOut"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
