"""The sandbox provider's card form: test cards instead of a bank, and only where it is used."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import NotFound
from mobile_api.web.dependencies import PageDependencies, TestCards
from mobile_api.web.render import Renderer

SEE_OTHER = 303
_PATH = re.compile(r"/([\w-][\w/-]*)?")
CARDS = {
    "pm_card_visa": "A good card, 4242",
    "pm_card_chargeDeclined": "A declined card, 0002",
    "pm_card_chargeDeclinedInsufficientFunds": "A card without funds, 9995",
}


class Sandbox:
    """Routes of `/sandbox/confirm/{reference}`."""

    def __init__(self, deps: PageDependencies, renderer: Renderer, test_cards: TestCards) -> None:
        self._deps = deps
        self._renderer = renderer
        self._cards = test_cards

    async def show(self, request: Request) -> Response:
        """The choice of a card."""
        return self._renderer.page(request, "sandbox.html", cards=CARDS, back=self._back(request))

    async def choose(self, request: Request) -> Response:
        """The card is chosen, or none is wanted; go back to where the guest came from."""
        back = self._back(request)
        reference, card = request.path_params["reference"], (await request.form()).get("card")
        if card == "none":
            await self._cards.reject(reference)
        elif card in CARDS:
            await self._cards.confirm(reference, str(card))
        else:
            raise NotFound("test card", str(card))
        return RedirectResponse(back, SEE_OTHER)

    def _back(self, request: Request) -> str:
        """Only to ourselves: this page must not send people anywhere else."""
        asked = urlsplit(request.query_params.get("return_url", ""))
        ours = urlsplit(self._deps.public_url)
        at_home = (asked.scheme, asked.netloc) in {(ours.scheme, ours.netloc), ("", "")}
        return asked.path if at_home and _PATH.fullmatch(asked.path) else "/"
