"""Who looks at a page: a signed-in driver, a guest with a session's secret, or anybody."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import DomainError, Unauthenticated
from app.queries.history import Snapshot
from app.use_cases.quotes import Caller
from mobile_api.access import Bearer
from mobile_api.guests import cookie_name
from mobile_api.parts import DriverDependencies
from mobile_api.web_cookies import ACCESS, KNOWN, WEB, refuse_other_sites

Page = Callable[[Request], Awaitable[Response]]
SEE_OTHER = 303

MOST_GUESTS = 3
"""How many of a browser's guest sessions are looked at for the one that runs."""

_GUEST = cookie_name("")


@dataclass(frozen=True, slots=True)
class Running:
    """The visitor's session that goes on, for the bar on every page."""

    id: str
    snapshot: Snapshot


class Visitors:
    """Reads who asks off the cookies."""

    def __init__(self, api: DriverDependencies) -> None:
        self._api = api

    def renewed(self, show: Page) -> Page:
        """The page, by way of the next access token when the last one has run out."""

        async def by_way(request: Request) -> Response:
            known = KNOWN in request.cookies
            if known and await self.driver(request) is None:
                page = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"{WEB}/renew?{urlencode({'next': page})}", SEE_OTHER)
            return await show(request)

        return by_way

    async def driver(self, request: Request) -> Bearer | None:
        """The signed-in driver; raises Forbidden when another site makes the browser act."""
        cookie = request.cookies.get(ACCESS)
        if cookie is None:
            return None
        try:
            bearer = self._api.tokens.read(cookie)
        except Unauthenticated:
            return None
        if not await self._api.drivers.is_signed_in(bearer.family):
            return None
        refuse_other_sites(request, self._api.public_url)
        return bearer

    async def needed(self, request: Request) -> Bearer:
        """The signed-in driver; raises Unauthenticated."""
        bearer = await self.driver(request)
        if bearer is None:
            raise Unauthenticated("this browser is not signed in")
        return bearer

    async def caller(self, request: Request, session_id: str) -> Caller:
        """Who asks about a session; raises Unauthenticated."""
        secret = request.cookies.get(cookie_name(session_id))
        if secret is not None:
            return Caller(secret=secret)
        bearer = await self.driver(request)
        if bearer is None:
            raise Unauthenticated("the session's driver, or the guest's secret, is needed")
        return Caller(driver_id=bearer.driver_id)

    async def running(self, request: Request) -> Running | None:
        """The session that goes on, a driver's before a guest's."""
        bearer = await self.driver(request)
        if bearer is not None:
            now = self._api.clock.now()
            found = await self._api.history.of_driver(
                bearer.driver_id, now, before=None, limit=MOST_GUESTS
            )
            for each in found:
                if _goes_on(each):
                    return Running(each.charging.id, each)
        return await self._guest(request)

    async def _guest(self, request: Request) -> Running | None:
        names = [name for name in request.cookies if name.startswith(_GUEST)]
        for name in names[-MOST_GUESTS:]:
            session_id = name.removeprefix(_GUEST)
            try:
                await self._api.chargings.get(session_id, Caller(secret=request.cookies[name]))
                found = await self._api.history.snapshot(session_id, self._api.clock.now())
            except DomainError:
                continue
            if _goes_on(found):
                return Running(session_id, found)
        return None


def _goes_on(snapshot: Snapshot) -> bool:
    """Whether there is something to look after: it was taken, and is not over."""
    return not snapshot.charging.ended and snapshot.payment is not None
