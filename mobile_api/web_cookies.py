"""The cookies of a browser that is signed in: out of reach of scripts, and of other sites.

The access token goes to pages and API for its ten minutes, the refresh token only to the paths
that exchange it. What changes something is taken from a cookie only when our own page asks.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from app.domain.drivers import SignInRules
from app.domain.errors import Forbidden
from mobile_api.access import LIFETIME

EVERYWHERE, WEB = "/", "/api/v1/web"
ACCESS, REFRESH, DEVICE = "roamwatt_access", "roamwatt_refresh", "roamwatt_device"
KNOWN = "roamwatt_known"
"""Tells pages that a refresh token is there, which they do not get to see."""

DEVICE_LASTS = timedelta(days=400)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SAME: Literal["lax"] = "lax"


def keep_tokens(response: Response, access: str, refresh: str, *, secure: bool) -> None:
    """Sign the browser in."""
    lasts = SignInRules().refresh_life
    _keep(response, ACCESS, access, LIFETIME, path=EVERYWHERE, secure=secure)
    _keep(response, REFRESH, refresh, lasts, path=WEB, secure=secure)
    _keep(response, KNOWN, "yes", lasts, path=EVERYWHERE, secure=secure)


def keep_device(response: Response, device_id: str, *, secure: bool) -> None:
    """Let the browser be the same installation the next time."""
    _keep(response, DEVICE, device_id, DEVICE_LASTS, path=EVERYWHERE, secure=secure)


def forget_tokens(response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(ACCESS, path=EVERYWHERE)
    response.delete_cookie(REFRESH, path=WEB)
    response.delete_cookie(KNOWN, path=EVERYWHERE)


def _keep(
    response: Response, name: str, value: str, lasts: timedelta, *, path: str, secure: bool
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        path=path,
        secure=secure,
        httponly=True,
        samesite=SAME,
    )


def refuse_other_sites(request: Request, public_url: str) -> None:
    """Raises Forbidden when a page that is not ours makes the browser change something."""
    if request.method in SAFE:
        return
    headers: Mapping[str, str] = request.headers
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
    if origin not in {None, public_url} or site not in {"same-origin", "none"}:
        raise Forbidden("another site may not do this")
