"""The page behind a QR code: what it costs, whether it is free, and one button to start.

Showing the page makes a quote, so the price that is shown is the price that is accepted. Its
secret is in the form only; the browser keeps it, as a cookie, once the quote is taken. Sending the
form twice therefore starts once.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import ChargerRefused, Conflict, NotFound
from app.domain.locations import Connector
from app.queries.map import Point
from mobile_api.dependencies import address_of
from mobile_api.guests import Wish, remember
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.forms import read_code, read_email
from mobile_api.web.render import Renderer
from mobile_api.web.station_view import label_of, station_view
from mobile_api.web.stickers import sticker

SEE_OTHER = 303


class Stations:
    """Routes of `/q/{code}`."""

    def __init__(self, deps: PageDependencies, renderer: Renderer) -> None:
        self._deps = deps
        self._renderer = renderer

    async def find(self, request: Request) -> Response:
        """A code that somebody typed in, or scanned from a sticker in capital letters."""
        text = request.path_params.get("code") or request.query_params.get("code", "")
        return RedirectResponse(f"/q/{read_code(text)}", SEE_OTHER)

    async def svg(self, request: Request) -> Response:
        """The sticker to print."""
        self._deps.limits.codes.take(address_of(request))
        code = read_code(request.path_params["code"])
        _, point = await self._deps.map.by_code(code, self._deps.clock.now())
        drawn = sticker(self._deps.public_url, code, label_of(point.evse))
        return Response(drawn, media_type="image/svg+xml")

    async def show(self, request: Request) -> Response:
        """The station with its price; without a button while it cannot be started."""
        self._deps.limits.codes.take(address_of(request))
        code = read_code(request.path_params["code"])
        if code != request.path_params["code"]:
            return RedirectResponse(f"/q/{code}", SEE_OTHER)
        now = self._deps.clock.now()
        sheet, point = await self._deps.map.by_code(code, now)
        connector = _connector(point, request.query_params.get("connector"))
        quote, obstacle = None, None
        try:
            quote = await self._deps.guests.quote(code, Wish(connector_id=connector.id), now)
        except ChargerRefused as refusal:
            obstacle = refusal.reason
        late = "late" in request.query_params
        shown = station_view(sheet, point, connector, quote=quote, obstacle=obstacle, late=late)
        return self._renderer.page("station.html", station=shown)

    async def start(self, request: Request) -> Response:
        """Take the quote that the page showed, then follow the session."""
        self._deps.limits.guests.take(address_of(request))
        code = read_code(request.path_params["code"])
        form = await request.form()
        quote_id, key = str(form.get("quote", "")), str(form.get("key", ""))
        email = read_email(form)
        try:
            charging = await self._deps.guests.start(quote_id, key, email=email)
        except Conflict:
            return RedirectResponse(f"/q/{code}?late", SEE_OTHER)
        answer = RedirectResponse(f"/q/s/{charging.id}", SEE_OTHER)
        remember(answer, charging.id, key, secure=self._deps.secure)
        return answer


def _connector(point: Point, wanted: str | None) -> Connector:
    """The connector that was chosen, else the first."""
    connectors = point.evse.connectors
    chosen = point.evse.connector(wanted) if wanted else None
    found = chosen or next(iter(connectors), None)
    if found is None:
        raise NotFound("connector", wanted or "")
    return found
