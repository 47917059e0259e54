"""What the driver API works with, and who calls it, as annotated dependencies of its routes."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.params import Depends as Counted
from fastapi.security import HTTPBearer

from app.domain.charging import Charging
from app.domain.errors import RateLimited, Unauthenticated
from app.use_cases.quotes import Caller
from app.use_cases.windows import Window
from mobile_api.access import Bearer
from mobile_api.guests import cookie_name
from mobile_api.parts import DriverDependencies
from mobile_api.rates import none_left, note
from mobile_api.web_cookies import ACCESS, refuse_other_sites


def deps_of(request: Request) -> DriverDependencies:
    """What the API works with, for dependencies: each that a route names has a price."""
    found: DriverDependencies = request.app.state.deps
    return found


async def _deps(request: Request) -> DriverDependencies:
    return deps_of(request)


Deps = Annotated[DriverDependencies, Depends(_deps)]


async def _now(deps: Deps) -> datetime:
    return deps.clock.now()


Now = Annotated[datetime, Depends(_now)]


def address_of(request: Request) -> str:
    """Where a request comes from, as far as the socket tells."""
    return request.client.host if request.client is not None else "unknown"


class _Presented(HTTPBearer):
    """Gives the bearer's bare text."""

    async def __call__(self, request: Request) -> str | None:  # type: ignore[override]  # the text alone
        shown = await super().__call__(request)
        return None if shown is None else shown.credentials.strip() or None


_BEARER = _Presented(
    auto_error=False,
    scheme_name="bearer",
    description="A driver's access token, or the secret of a guest's session",
)
Presented = Annotated[str | None, Depends(_BEARER)]
"""The bearer's text: an access token has dots in it, a guest's secret has none."""


async def _maybe_driver(request: Request, presented: Presented) -> Bearer | None:
    deps = deps_of(request)
    cookie = request.cookies.get(ACCESS)
    if presented is None and cookie is not None:
        return await _by_cookie(request, deps, cookie)
    if presented is None or "." not in presented:
        return None
    return await _read(request, deps, presented)


async def _by_cookie(request: Request, deps: DriverDependencies, cookie: str) -> Bearer | None:
    """A stale cookie is as good as none: the browser sends it without being asked."""
    try:
        bearer = await _read(request, deps, cookie)
    except Unauthenticated:
        return None
    refuse_other_sites(request, deps.public_url)
    return bearer


async def _read(request: Request, deps: DriverDependencies, text: str) -> Bearer:
    bearer = deps.tokens.read(text)
    if not await deps.drivers.is_signed_in(bearer.family):
        raise Unauthenticated("signed out")
    quota = deps.limits.drivers
    try:
        note(request.state, "driver", quota.take(bearer.driver_id))
    except RateLimited as error:
        note(request.state, "driver", none_left(quota, error))
        raise
    return bearer


MaybeDriver = Annotated[Bearer | None, Depends(_maybe_driver)]


async def _driver(request: Request, presented: Presented) -> Bearer:
    bearer = await _maybe_driver(request, presented)
    if bearer is None:
        raise Unauthenticated("an access token is needed")
    return bearer


Driver = Annotated[Bearer, Depends(_driver)]
"""A signed-in driver; raises Unauthenticated."""


def caller_of(
    request: Request, bearer: Bearer | None, presented: str | None, charging_id: str
) -> Caller:
    """Who asks about a session: its driver, or a guest by bearer or by the session's cookie."""
    driver_id = bearer.driver_id if bearer is not None else None
    secret = presented if bearer is None else None
    secret = secret or request.cookies.get(cookie_name(charging_id))
    if driver_id is None and secret is None:
        raise Unauthenticated("an access token or a guest's secret is needed")
    return Caller(driver_id=driver_id, secret=secret)


async def _caller(
    request: Request, session_id: str, bearer: MaybeDriver, presented: Presented
) -> Caller:
    return caller_of(request, bearer, presented, session_id)


CallerOf = Annotated[Caller, Depends(_caller)]
"""Who asks about the session in the path."""


async def _own_session(deps: Deps, session_id: str, caller: CallerOf) -> Charging:
    return await deps.chargings.get(session_id, caller)


OwnSession = Annotated[Charging, Depends(_own_session)]
"""The session in the path, the caller's own; raises NotFound."""


def limited_by(window: str) -> Counted:
    """A dependency that counts a call by the caller's address; raises RateLimited."""

    async def count(request: Request, deps: Deps) -> None:
        chosen: Window = getattr(deps.limits, window)
        note(request.state, window, chosen.take(address_of(request)))

    return Counted(count)


__all__ = [
    "CallerOf", "Deps", "Driver", "DriverDependencies", "MaybeDriver", "Now", "OwnSession",
    "Presented", "address_of", "caller_of", "deps_of", "limited_by",
]  # fmt: skip
