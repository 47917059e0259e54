"""Refusals as the operator's API says them: the one table from error class to HTTP status."""

from dataclasses import dataclass, field
from typing import Any

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

STATUSES: dict[type[DomainError], int] = {
    InvalidInput: 422,
    InvalidFile: 422,
    NotFound: 404,
    Conflict: 409,
    StaleVersion: 409,
    AlreadyExists: 409,
    Unauthenticated: 401,
    Forbidden: 403,
    RateLimited: 429,
    Refused: 409,
    TokenRefused: 409,
    PaymentDeclined: 409,
    ChargerRefused: 409,
    Unavailable: 503,
    ChargerOffline: 503,
    PartnerUnavailable: 502,
    ProviderUnavailable: 502,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal in the form of RFC 9457; `code` is stable."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def problem(error: DomainError) -> Problem:
    """How a refusal is said."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    body: dict[str, Any] = plain(status, error.code, str(error)).body
    headers = {}
    if isinstance(error, InvalidFile):
        body["problems"] = [
            {"line": p.line, "path": p.path, "reason": p.reason} for p in error.problems
        ]
    elif isinstance(error, InvalidInput):
        body["path"] = error.path
    elif isinstance(error, ChargerRefused):
        body["reason"] = error.reason
    elif isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after_s)
    return Problem(status, body, headers)


def plain(status: int, code: str, detail: str) -> Problem:
    """A refusal that is no error of the domain, such as an unknown address."""
    body = {"type": f"urn:roamwatt:{code}", "title": code.replace("_", " ").capitalize()}
    return Problem(status, {**body, "status": status, "detail": detail, "code": code})
