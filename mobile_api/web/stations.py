"""The page behind a QR code: what it costs, whether it is free, and one button to start.

Showing the page makes a quote, so the price that is shown is the price that is accepted. Its
secret is in the form only; the browser keeps it, as a cookie, once the quote is taken. Sending the
form twice therefore starts once.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import ChargerRefused, Conflict, Forbidden, InvalidInput, NotFound
from app.domain.locations import Connector
from app.domain.payments import PaymentMethod
from app.queries.sheets import Point, Sheet
from app.use_cases.quotes import Caller, EvseIds, QuoteRequest
from app.use_cases.sticker_art import sticker_svg
from mobile_api.dependencies import address_of
from mobile_api.guests import GuestQuote, Wish, is_taken, remember
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.forms import read_code, read_email
from mobile_api.web.render import Renderer
from mobile_api.web.speech import speech_of
from mobile_api.web.station_view import station_view
from mobile_api.web.visitors import Visitors

SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Payer:
    """A signed-in driver, and the card that pays."""

    driver_id: str
    card: PaymentMethod


class Stations:
    """Routes of `/q/{code}`."""

    def __init__(self, deps: PageDependencies, renderer: Renderer) -> None:
        self._deps = deps
        self._visitors = Visitors(deps.api)
        self._renderer = renderer

    async def find(self, request: Request) -> Response:
        """What somebody typed in: a code, a printed EVSE id, an address.

        A partner's EVSE has no page of its own; the map shows its station.
        """
        self._deps.api.limits.codes.take(address_of(request))
        try:
            meant = await self._deps.api.codes.find(request.query_params.get("code", ""))
        except InvalidInput:
            return self._renderer.refused(request, "foreign_code")
        if meant.code is not None:
            return RedirectResponse(f"/q/{meant.code}", SEE_OTHER)
        at = urlencode({"station": f"{meant.party}/{meant.location_id}"})
        return RedirectResponse(f"/?{at}", SEE_OTHER)

    async def shout(self, request: Request) -> Response:
        """A sticker's address is in capital letters."""
        return RedirectResponse(f"/q/{read_code(request.path_params['code'])}", SEE_OTHER)

    async def display(self, request: Request) -> Response:
        """What a charger's display showed: it is told that somebody pays, and the page goes on."""
        self._deps.api.limits.codes.take(address_of(request))
        if request.method == "HEAD":  # a preview, which must not use the code up
            return Response()
        asked = request.query_params
        try:
            code = await self._deps.web_payments.scanned(
                request.path_params["station_id"],
                request.path_params["evse"],
                shown=asked.get("t", ""),
                version=asked.get("v", ""),
            )
        except Forbidden:
            return self._renderer.refused(request, "display_code")
        return RedirectResponse(f"/q/{code}", SEE_OTHER)

    async def ask_about_sticker(self, request: Request) -> Response:
        """The form by which a foreign sticker is reported."""
        return await self._sticker_page(request, told=False)

    async def report_sticker(self, request: Request) -> Response:
        """Tell the operator; the page says so."""
        self._deps.api.limits.reports.take(address_of(request))
        form = await request.form()
        await self._deps.api.sticker_reports.report(
            read_code(request.path_params["code"]),
            seen=str(form.get("seen", "")),
            note=str(form.get("note", "")),
        )
        return await self._sticker_page(request, told=True)

    async def _sticker_page(self, request: Request, *, told: bool) -> Response:
        code = read_code(request.path_params["code"])
        sheet, point = await self._deps.api.map.by_code(code, self._deps.api.clock.now())
        return self._renderer.page(
            request,
            "sticker.html",
            place=sheet.location,
            label=point.evse.label,
            code=code,
            told=told,
        )

    async def svg(self, request: Request) -> Response:
        """The sticker to print."""
        self._deps.api.limits.codes.take(address_of(request))
        code = read_code(request.path_params["code"])
        _, point = await self._deps.api.map.by_code(code, self._deps.api.clock.now())
        drawn = sticker_svg(self._deps.public_url, code, point.evse.label)
        return Response(drawn, media_type="image/svg+xml")

    async def show(self, request: Request) -> Response:
        """The station with its price; without a button while it cannot be started."""
        self._deps.api.limits.codes.take(address_of(request))
        code = read_code(request.path_params["code"])
        if code != request.path_params["code"]:
            return RedirectResponse(f"/q/{code}", SEE_OTHER)
        now = self._deps.api.clock.now()
        sheet, point = await self._deps.api.map.by_code(code, now)
        connector = _connector(point, request.query_params.get("connector"))
        say, quote, obstacle = speech_of(request), None, None
        payer = await self._payer(request)
        try:
            if payer is None:
                wish = Wish(connector_id=connector.id, language=say.language)
                quote = await self._deps.api.guests.quote(code, wish)
            else:
                quote = await self._quote(payer, sheet, point, connector)
        except ChargerRefused as refusal:
            obstacle = refusal.reason
        shown = station_view(
            sheet,
            point,
            connector,
            quote=quote,
            obstacle=obstacle,
            late="late" in request.query_params,
            card=None if payer is None else payer.card,
            say=say,
        )
        return self._renderer.page(
            request, "station.html", station=shown, running=await self._visitors.running(request)
        )

    async def _payer(self, request: Request) -> Payer | None:
        """A signed-in driver with a card; without one, a driver pays as guests do."""
        bearer = await self._visitors.driver(request)
        if bearer is None:
            return None
        methods = await self._deps.api.cards.methods(bearer.driver_id)
        card = next((each for each in methods if each.default), None)
        return None if card is None else Payer(bearer.driver_id, card)

    async def _quote(
        self, payer: Payer, sheet: Sheet, point: Point, connector: Connector
    ) -> GuestQuote:
        charging = await self._deps.api.chargings.quote(
            QuoteRequest(
                caller=Caller(driver_id=payer.driver_id),
                evse=EvseIds(sheet.location.party, sheet.location.id, point.evse.uid),
                connector_id=connector.id,
            )
        )
        return GuestQuote(charging, "")

    async def start(self, request: Request) -> Response:
        """Take the quote that the page showed, then follow the session."""
        self._deps.api.limits.guests.take(address_of(request))
        code = read_code(request.path_params["code"])
        form = await request.form()
        quote_id, key = str(form.get("quote", "")), str(form.get("key", ""))
        email = read_email(form)
        if not key:
            return await self._start_own(request, code, quote_id)
        try:
            charging = await self._deps.api.guests.start(quote_id, key, email=email)
        except Conflict:
            return RedirectResponse(f"/q/{code}?late", SEE_OTHER)
        answer = RedirectResponse(f"/q/s/{charging.id}", SEE_OTHER)
        remember(answer, charging.id, key, secure=self._deps.secure)
        return answer

    async def _start_own(self, request: Request, code: str, quote_id: str) -> Response:
        """A driver takes a quote, paid by the card that the page named."""
        payer = await self._payer(request)
        if payer is None:
            return RedirectResponse(f"/q/{code}?late", SEE_OTHER)
        caller = Caller(driver_id=payer.driver_id)
        charging = await self._deps.api.chargings.get(quote_id, caller)
        try:
            if not is_taken(charging):
                await self._deps.api.chargings.start(quote_id, caller, method_id=payer.card.id)
        except Conflict:
            return RedirectResponse(f"/q/{code}?late", SEE_OTHER)
        return RedirectResponse(f"/q/s/{quote_id}", SEE_OTHER)


def _connector(point: Point, wanted: str | None) -> Connector:
    """The connector that was chosen, else the first."""
    connectors = point.evse.connectors
    chosen = point.evse.connector(wanted) if wanted else None
    found = chosen or next(iter(connectors), None)
    if found is None:
        raise NotFound("connector", wanted or "")
    return found
