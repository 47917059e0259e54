"""Domain errors as problem details (RFC 9457): the only place with HTTP numbers for drivers."""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from app.domain.errors import (
    AlreadyExists,
    ChargerOffline,
    ChargerRefused,
    Conflict,
    DomainError,
    Forbidden,
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

PROBLEM_TYPE = "application/problem+json"

STATUS: dict[type[DomainError], int] = {
    DomainError: 400,
    InvalidInput: 400,
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
    }
    answer = problem(status_of(error), error.code, str(error), **more)
    if isinstance(error, RateLimited):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="roamwatt"'
    return answer
