"""The cards of a signed-in driver: saved on the provider's page, chosen, and forgotten.

Saving leads over a page of ours with a link on it: our policy lets no form end elsewhere, and no
other host is contacted before the driver chooses to go there.
"""

from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import Conflict, NotFound, PaymentDeclined, ProviderUnavailable
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.render import Renderer
from mobile_api.web.visitors import Visitors

SEE_OTHER = 303
HOME = "/account"
REFUSED, WAITS = "card_refused", "card_waits"
IN_USE = "card_in_use"


class Cards:
    """Routes of `/account/cards`."""

    def __init__(self, deps: PageDependencies, renderer: Renderer) -> None:
        self._deps = deps
        self._cards = deps.api.cards
        self._renderer = renderer
        self._visitors = Visitors(deps.api)

    async def add(self, request: Request) -> Response:
        """Begin to save a card."""
        bearer = await self._visitors.needed(request)
        back = f"{self._deps.public_url}{HOME}/cards/{{form}}/back"
        form = await self._cards.begin_form(bearer.driver_id, back)
        return RedirectResponse(f"{HOME}/cards/{form.id}", SEE_OTHER)

    async def form(self, request: Request) -> Response:
        """The way to the provider's page; straight on where it is one of ours."""
        bearer = await self._visitors.needed(request)
        form = await self._cards.form(bearer.driver_id, request.path_params["card"])
        if form.url.startswith(f"{self._deps.public_url}/"):
            return RedirectResponse(form.url, SEE_OTHER)
        host = urlsplit(form.url).hostname
        return self._renderer.page(request, "account_card.html", url=form.url, provider=host)

    async def back(self, request: Request) -> Response:
        """Where the provider's page returns to: learn the truth now, a webhook may take longer."""
        bearer = await self._visitors.needed(request)
        told = ""
        try:
            await self._cards.finish_form(bearer.driver_id, request.path_params["card"])
        except (PaymentDeclined, NotFound):
            told = f"?{REFUSED}"
        except ProviderUnavailable:
            told = f"?{WAITS}"
        return RedirectResponse(f"{HOME}{told}#cards", SEE_OTHER)

    async def default(self, request: Request) -> Response:
        """Pay with this card from now on."""
        bearer = await self._visitors.needed(request)
        await self._cards.default_method(bearer.driver_id, request.path_params["card"])
        return _done()

    async def remove(self, request: Request) -> Response:
        """Forget a card, unless a session is being paid with it: that is told beside it."""
        bearer, card = await self._visitors.needed(request), request.path_params["card"]
        try:
            await self._cards.delete_method(bearer.driver_id, card)
        except Conflict:
            return RedirectResponse(f"{HOME}?{urlencode({IN_USE: card})}#cards", SEE_OTHER)
        return _done()


def card_news(request: Request) -> str | None:
    """What came of the card that was being saved, if that must be said."""
    return next((each for each in (REFUSED, WAITS) if each in request.query_params), None)


def card_in_use(request: Request) -> str | None:
    """The card that was not removed because a session is being paid with it."""
    return request.query_params.get(IN_USE)


def _done() -> Response:
    return RedirectResponse(f"{HOME}#cards", SEE_OTHER)
