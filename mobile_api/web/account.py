"""The pages of a signed-in driver: sessions and receipts, devices, language, and the end.

A browser's access token lasts ten minutes; who is known and has none is sent to where the refresh
token is exchanged (`Visitors.renewed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import Unauthenticated
from app.queries.history import Snapshot
from app.use_cases.drivers import DeviceInfo
from mobile_api.access import Bearer
from mobile_api.dependencies import address_of
from mobile_api.web.cards import HOME, card_in_use, card_news
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.forms import read_email
from mobile_api.web.render import Renderer
from mobile_api.web.speech import NAMES, choose, speech_of
from mobile_api.web.visitors import Visitors
from mobile_api.web.wording import phase_of
from mobile_api.web_cookies import (
    DEVICE,
    forget_tokens,
    keep_device,
    keep_tokens,
    refuse_other_sites,
)
from mobile_api.web_sign_in import local_path

SEE_OTHER = 303
FEW, MANY = 5, 20


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in a list."""

    id: str
    place: str
    at: datetime
    zone: str
    kwh: str | None
    cost: str | None
    word: str
    over: bool


class Account:
    """Routes of `/account`, and of the choice of language."""

    def __init__(self, deps: PageDependencies, renderer: Renderer) -> None:
        self._deps = deps
        self._api = deps.api
        self._renderer = renderer
        self._visitors = Visitors(deps.api)

    async def show(self, request: Request) -> Response:
        """Everything about a driver on one page, or the ways to sign in."""
        bearer = await self._visitors.driver(request)
        if bearer is None:
            return self._sign_in(request)
        driver = await self._api.people.accounts.get(bearer.driver_id)
        sessions = await self._sessions(bearer, before=None, limit=FEW)
        return self._renderer.page(
            request,
            "account.html",
            driver=driver,
            sessions=sessions,
            more=len(sessions) == FEW,
            cards=await self._api.cards.methods(bearer.driver_id),
            charge_cards=await self._api.belongings.charge_cards.of_driver(bearer.driver_id),
            devices=await self._api.drivers.devices(bearer.driver_id),
            this_device=await self._api.drivers.device_of(bearer.family),
            card_news=card_news(request),
            card_in_use=card_in_use(request),
            running=await self._visitors.running(request),
        )

    async def sessions(self, request: Request) -> Response:
        """All sessions, the newest first, by pages."""
        bearer = await self._visitors.driver(request)
        if bearer is None:
            return self._sign_in(request)
        before = _moment(request.query_params.get("before"))
        found = await self._sessions(bearer, before=before, limit=MANY)
        following = found[-1].at.isoformat() if len(found) == MANY else None
        return self._renderer.page(
            request, "account_sessions.html", sessions=found, following=following
        )

    def _sign_in(self, request: Request) -> Response:
        return self._renderer.page(
            request,
            "sign_in.html",
            providers=sorted(self._api.id_tokens.providers),
            page=request.url.path,
            email=None,
            wrong=False,
        )

    async def _sessions(
        self, bearer: Bearer, *, before: datetime | None, limit: int
    ) -> Sequence[SessionRow]:
        now = self._api.clock.now()
        found = await self._api.history.of_driver(
            bearer.driver_id, now, before=before, limit=limit
        )
        return [_row(each) for each in found]

    async def mail(self, request: Request) -> Response:
        """Send a code by mail, and ask for it."""
        refuse_other_sites(request, self._deps.public_url)
        self._api.limits.sign_ins.take(address_of(request))
        self._api.limits.mails.take(address_of(request))
        form = await request.form()
        email = read_email(form)
        if email is None:
            return RedirectResponse(HOME, SEE_OTHER)
        device_id = request.cookies.get(DEVICE) or str(uuid4())
        language = speech_of(request).language
        await self._api.people.mail_sign_ins.send(email, device_id, language)
        answer = self._asked(request, email, wrong=False)
        keep_device(answer, device_id, secure=self._deps.secure)
        return answer

    def _asked(self, request: Request, email: str, *, wrong: bool) -> Response:
        return self._renderer.page(
            request, "sign_in.html", providers=[], page=HOME, email=email, wrong=wrong
        )

    async def mail_code(self, request: Request) -> Response:
        """The digits from the mail sign this browser in."""
        refuse_other_sites(request, self._deps.public_url)
        self._api.limits.sign_ins.take(address_of(request))
        form, device_id = await request.form(), request.cookies.get(DEVICE)
        email, digits = str(form.get("email", "")), str(form.get("code", "")).replace(" ", "")
        if device_id is None:
            return RedirectResponse(HOME, SEE_OTHER)
        try:
            identity = await self._api.people.mail_sign_ins.check(email, device_id, digits)
        except Unauthenticated:
            return self._asked(request, email, wrong=True)
        device = DeviceInfo(device_id, "web", language=speech_of(request).language)
        signed_in = await self._api.drivers.sign_in(identity, device)
        answer = RedirectResponse(HOME, SEE_OTHER)
        access = self._api.tokens.issue(signed_in.driver.id, signed_in.family)
        keep_tokens(answer, access, signed_in.refresh_token, secure=self._deps.secure)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End this browser's sign-in."""
        bearer = await self._visitors.driver(request)
        if bearer is not None:
            await self._api.drivers.revoke(bearer.family, driver_id=bearer.driver_id)
        answer = RedirectResponse("/", SEE_OTHER)
        forget_tokens(answer)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    async def remove_device(self, request: Request) -> Response:
        """Sign out there."""
        bearer = await self._visitors.needed(request)
        await self._api.drivers.remove_device(bearer.driver_id, request.path_params["device"])
        return _back("devices")

    async def ask_to_delete(self, request: Request) -> Response:
        """What deleting means, and a button."""
        if await self._visitors.driver(request) is None:
            return self._sign_in(request)
        return self._renderer.page(request, "account_delete.html")

    async def delete(self, request: Request) -> Response:
        """Delete the account; raises Conflict while something runs or is unpaid."""
        bearer = await self._visitors.needed(request)
        await self._api.people.leaving.delete_account(bearer.driver_id)
        answer = RedirectResponse("/", SEE_OTHER)
        forget_tokens(answer)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    async def language(self, request: Request) -> Response:
        """Speak this language from now on, in mails and notifications too."""
        refuse_other_sites(request, self._deps.public_url)
        form = await request.form()
        language, page = str(form.get("language", "")), str(form.get("next", "/"))
        answer = RedirectResponse(local_path(page), SEE_OTHER)
        if language in NAMES:
            choose(answer, language, secure=self._deps.secure)
            bearer = await self._visitors.driver(request)
            if bearer is not None:
                await self._api.people.accounts.edit(bearer.driver_id, language=language)
        return answer


def _back(part: str) -> Response:
    return RedirectResponse(f"{HOME}#{part}", SEE_OTHER)


def _moment(text: str | None) -> datetime | None:
    """Where a page of a list begins; anything odd is the first page."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _row(snapshot: Snapshot) -> SessionRow:
    charging, session, bill = snapshot.charging, snapshot.session, snapshot.bill
    place = snapshot.location
    return SessionRow(
        id=charging.id,
        place=(place and (place.name or place.address)) or charging.location_id,
        at=charging.created_at,
        zone=charging.zone,
        kwh=None if session is None else f"{session.energy.value:.2f}",
        cost=str(bill.total.due) if bill is not None and bill.is_priced else None,
        word=phase_of(charging.state, by_group=charging.group_id is not None).headline,
        over=charging.ended,
    )
