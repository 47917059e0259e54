"""A session in the browser: pay, follow it live, stop it, read the receipt.

A guest's session is opened by the secret in its cookie, or by the link that the guest has kept,
which sets the cookie; a driver's by being signed in. The page's script listens to the API's event
stream and fetches `/live`, the part of the page that changes, after each event; without scripts
the page loads itself again.
"""

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.charging import ChargingState, Reason
from app.domain.errors import ChargerRefused, Conflict, NotFound, ProviderUnavailable
from app.domain.payments import PaymentState
from app.queries.history import Snapshot
from app.use_cases.quotes import Caller
from app.use_cases.receipt_lines import Receipt
from mobile_api.dependencies import address_of
from mobile_api.guests import cookie_name, remember
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.forms import read_email
from mobile_api.web.limits import read_limits
from mobile_api.web.render import Renderer
from mobile_api.web.session_view import SessionView, session_view
from mobile_api.web.speech import speech_of
from mobile_api.web.visitors import Visitors
from mobile_api.web.wording import LIMITS, REASONS, UNLOCKS

SEE_OTHER = 303
OFFLINE = {"X-Keep-Offline": "receipt"}
"""Tells the page's worker to keep this page for when there is no network."""

_WITH_RECEIPT = frozenset({ChargingState.COMPLETED, ChargingState.SETTLEMENT_FAILED})


class Sessions:
    """Routes of `/q/s/{session_id}`."""

    def __init__(self, deps: PageDependencies, renderer: Renderer) -> None:
        self._deps = deps
        self._api = deps.api
        self._renderer = renderer
        self._visitors = Visitors(deps.api)

    async def show(self, request: Request) -> Response:
        """The status page; a link that was kept is exchanged for the cookie first."""
        if "key" in request.query_params:
            return await self._enter(request)
        return await self._page(request, "session.html")

    async def live(self, request: Request) -> Response:
        """The part of the page that changes."""
        return await self._page(request, "session_live.html")

    async def _enter(self, request: Request) -> Response:
        self._api.limits.guests.take(address_of(request))
        session_id, key = request.path_params["session_id"], request.query_params["key"]
        await self._api.chargings.get(session_id, Caller(secret=key))
        answer = RedirectResponse(f"/q/s/{session_id}", SEE_OTHER)
        remember(answer, session_id, key, secure=self._deps.secure)
        return answer

    async def back(self, request: Request) -> Response:
        """Where the provider's page returns to: learn the truth now, a webhook may take longer.

        Who paid in another browser than the one that knows the session is only thanked.
        """
        if cookie_name(request.path_params["session_id"]) not in request.cookies:
            return RedirectResponse("/paid", SEE_OTHER)
        session_id, _ = await self._own(request)
        snapshot = await self._api.history.snapshot(session_id, self._api.clock.now())
        if snapshot.payment is not None:
            with suppress(ProviderUnavailable):
                await self._api.payments.refresh(snapshot.payment.id)
        return RedirectResponse(f"/q/s/{session_id}?paid", SEE_OTHER)

    async def stop(self, request: Request) -> Response:
        """End the session, or give it up before it began."""
        session_id, caller = await self._own(request)
        told = ""
        try:
            with suppress(Conflict):
                await self._api.chargings.stop(session_id, caller)
        except ChargerRefused:
            told = "?stop_refused"
        return RedirectResponse(f"/q/s/{session_id}{told}", SEE_OTHER)

    async def limit(self, request: Request) -> Response:
        """Stop at another limit, or at none but the hold."""
        session_id, caller = await self._own(request)
        charging = await self._api.chargings.get(session_id, caller)
        limits = read_limits(await request.form(), charging)
        with suppress(Conflict):
            await self._api.session_wishes.set_limits(session_id, caller, limits)
        return RedirectResponse(f"/q/s/{session_id}", SEE_OTHER)

    async def unlock(self, request: Request) -> Response:
        """Ask the charger to let go of the cable; the page tells what came of it."""
        session_id, caller = await self._own(request)
        with suppress(Conflict, ChargerRefused):
            await self._api.session_wishes.unlock(session_id, caller)
        return RedirectResponse(f"/q/s/{session_id}", SEE_OTHER)

    async def address(self, request: Request) -> Response:
        """Where to mail the receipt."""
        session_id, caller = await self._own(request)
        email = read_email(await request.form())
        if email is not None:
            await self._api.chargings.leave_address(session_id, caller, email)
        return RedirectResponse(f"/q/s/{session_id}", SEE_OTHER)

    async def _page(self, request: Request, template: str) -> Response:
        session_id, caller = await self._own(request)
        snapshot = await self._api.history.snapshot(session_id, self._api.clock.now())
        view = session_view(
            snapshot,
            await self._receipt(snapshot),
            pay_at=_pay_at(snapshot),
            curve=await self._api.history.curve(snapshot.charging),
            say=speech_of(request),
        )
        secret = caller.secret
        answer = self._renderer.page(
            request,
            template,
            session=view,
            warning=_warning(request, view),
            paid="paid" in request.query_params,
            code=snapshot.evse.code if snapshot.evse is not None else None,
            way_back=self._api.guests.way_back(session_id, secret) if secret else None,
            no_limit=LIMITS[""],
            unlocks=UNLOCKS,
        )
        if view.receipt is not None and view.poll_ms == 0:
            answer.headers.update(OFFLINE)
        return answer

    async def _own(self, request: Request) -> tuple[str, Caller]:
        """The session and who asks; raises Unauthenticated, NotFound."""
        session_id = request.path_params["session_id"]
        caller = await self._visitors.caller(request, session_id)
        await self._api.chargings.get(session_id, caller)
        return session_id, caller

    async def _receipt(self, snapshot: Snapshot) -> Receipt | None:
        if snapshot.charging.state not in _WITH_RECEIPT:
            return None
        try:
            return await self._api.receipts.receipt(snapshot.charging.id)
        except NotFound:
            return None


def _warning(request: Request, view: SessionView) -> str | None:
    """A refused stop is told where it was asked."""
    refused = "stop_refused" in request.query_params and view.stop is not None
    return REASONS[Reason.STOP_REFUSED] if refused else None


def _pay_at(snapshot: Snapshot) -> str | None:
    """The provider's page, which knows where to return to."""
    payment, charging = snapshot.payment, snapshot.charging
    if payment is None or charging.state is not ChargingState.PAYMENT_PENDING:
        return None
    return payment.action_url if payment.state is PaymentState.ACTION_REQUIRED else None
