"""Refusals as OCPI says them: the one table from error class to HTTP status and OCPI status.

OCPI's rule: once valid JSON from a known partner reached an existing resource, the HTTP status is
no error any more. Source: OCPI 2.2.1, Status codes.
"""

from dataclasses import dataclass

from app.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    Refused,
    Unauthenticated,
    Unavailable,
)
from ocpi.wire.envelope import (
    CLIENT_ERROR,
    INVALID_PARAMETERS,
    MISSING_ENDPOINTS,
    SERVER_ERROR,
    UNKNOWN_LOCATION,
    UNKNOWN_TOKEN,
    UNSUPPORTED_VERSION,
    UNUSABLE_API,
)

_OK = 200
_BAD_REQUEST = 400
_UNAUTHORIZED = 401
_NOT_FOUND = 404
_NOT_ALLOWED = 405
_TOO_LARGE = 413
_TOO_MANY = 429


class WireFault(DomainError):
    """A refusal that only exists in OCPI's own words."""

    http = _OK
    status_code = CLIENT_ERROR


class NotOcpi(WireFault):
    """The body is no JSON, or too much of it."""

    code = "not_ocpi"
    http = _BAD_REQUEST
    status_code = INVALID_PARAMETERS


class TooLarge(NotOcpi):
    """The body is larger than anything OCPI sends."""

    code = "too_large"
    http = _TOO_LARGE


class NoResource(WireFault):
    """Nothing is served at this address."""

    code = "no_resource"
    http = _NOT_FOUND


class MethodNotAllowed(WireFault):
    """The resource is there, but not for this method; `allowed` are those it has."""

    code = "method_not_allowed"
    http = _NOT_ALLOWED

    def __init__(self, method: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(f"{method} is not allowed here")
        self.allowed = allowed


class NotCapable(WireFault):
    """The EVSE cannot do what only some can. Source: Sessions, Set: charging preferences."""

    code = "not_capable"
    http = _NOT_FOUND
    status_code = INVALID_PARAMETERS


class UnknownSession(WireFault):
    """A profile is told for a session that nobody here has (C-222)."""

    code = "unknown_session"
    http = _NOT_FOUND
    status_code = INVALID_PARAMETERS


class UnusableApi(WireFault):
    """The partner's own API could not be used while registering it."""

    code = "unusable_api"
    status_code = UNUSABLE_API


class UnsupportedVersion(WireFault):
    """The partner does not offer the version it called us in."""

    code = "unsupported_version"
    status_code = UNSUPPORTED_VERSION


class MissingEndpoints(WireFault):
    """The partner lacks endpoints that its role needs."""

    code = "missing_endpoints"
    status_code = MISSING_ENDPOINTS


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes out for a refusal; `message` is fit for the partner's eyes."""

    http: int
    status_code: int
    message: str


_TABLE: dict[type[DomainError], tuple[int, int]] = {
    InvalidInput: (_OK, INVALID_PARAMETERS),
    NotFound: (_NOT_FOUND, CLIENT_ERROR),
    Conflict: (_OK, INVALID_PARAMETERS),
    Unauthenticated: (_UNAUTHORIZED, INVALID_PARAMETERS),
    Forbidden: (_NOT_FOUND, INVALID_PARAMETERS),
    RateLimited: (_TOO_MANY, CLIENT_ERROR),
    Refused: (_OK, CLIENT_ERROR),
    Unavailable: (_OK, SERVER_ERROR),
    DomainError: (_OK, SERVER_ERROR),
}

_UNKNOWN_NOUNS = {
    "location": UNKNOWN_LOCATION,
    "evse": UNKNOWN_LOCATION,
    "connector": UNKNOWN_LOCATION,
    "token": UNKNOWN_TOKEN,
}


def fault(error: DomainError) -> Fault:
    """The answer to a refusal."""
    if isinstance(error, WireFault):
        return Fault(error.http, error.status_code, str(error))
    nearest = next(kind for kind in type(error).__mro__ if kind in _TABLE)
    http, status = _TABLE[nearest]
    if isinstance(error, NotFound):
        status = _UNKNOWN_NOUNS.get(error.noun.lower(), status)
    return Fault(http, status, str(error))


INTERNAL = Fault(_OK, SERVER_ERROR, "the server could not process the request")
"""For what nobody expected; the cause is logged, never told."""
