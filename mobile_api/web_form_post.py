"""Browsers' sign-in at providers that answer by a form (Apple, for a name and an address).

The form is posted by another site, and our session cookie does not come along (SameSite=Lax). So
what we must know is kept here by its state. The form is taken, and the browser is sent to us once
more by GET: with that our cookie comes, and shows that it is the browser that began, so nobody
signs a victim's browser in as somebody else.
"""

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from secrets import compare_digest, token_urlsafe
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.drivers import Identity
from app.domain.errors import Unauthenticated
from app.use_cases.sign_in_states import SignInStates
from mobile_api.identity import LONGEST_NAME, IdTokens

BROWSER, STATE = "browser", "state"
SEE_OTHER = 303
Asked = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came back, and the page to return to."""

    identity: Identity
    page: str


class FormPosts:
    """The way there, the form, and the way back; `asked` has the library's errors in our words."""

    def __init__(self, states: SignInStates, id_tokens: IdTokens, asked: Asked) -> None:
        self._states = states
        self._id_tokens = id_tokens
        self._team_clients = id_tokens.team_clients
        self._asked = asked

    def takes(self, name: str) -> bool:
        """Whether a provider answers by a form."""
        return self._team_clients.has(name)

    async def begin(
        self, request: Request, client: Any, *, back: str, page: str
    ) -> RedirectResponse:
        """Send the browser to the provider."""
        made = await self._asked(
            lambda: client.create_authorization_url(back, response_mode="form_post")
        )
        request.session[BROWSER] = token_urlsafe(24)
        note = {
            "provider": client.name,
            "nonce": made["nonce"],
            "verifier": made["code_verifier"],
            "browser": request.session[BROWSER],
            "page": page,
        }
        await self._states.note(made["state"], json.dumps(note))
        return RedirectResponse(made["url"])

    async def posted(self, request: Request, name: str) -> Response:
        """The provider's form; keep what it says and let the browser come by itself."""
        async with request.form() as form:
            said = {key: value for key, value in form.items() if isinstance(value, str)}
        note = await self._note(said.get(STATE, ""), name)
        if "error" in said:
            raise Unauthenticated(f"signing in failed: {said['error'][:100]}")
        note["code"], note["name"] = said.get("code", ""), _name(said.get("user"))
        ticket = token_urlsafe(24)
        await self._states.note(ticket, json.dumps(note))
        return RedirectResponse(f"{request.url.path}?{urlencode({STATE: ticket})}", SEE_OTHER)

    async def finish(self, request: Request, client: Any, *, back: str) -> Arrived:
        """The browser is here with our cookie; redeem what the form brought."""
        note = await self._note(request.query_params.get(STATE, ""), client.name)
        browser = request.session.pop(BROWSER, "")
        if "code" not in note or not compare_digest(browser, note["browser"]):
            raise Unauthenticated("another browser began to sign in")
        client.client_secret = self._team_clients.secret(client.name, client.client_id)
        token = await self._asked(
            lambda: client.fetch_access_token(
                back, code=note["code"], code_verifier=note["verifier"]
            )
        )
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise Unauthenticated("the provider did not say who this is")
        found = await self._id_tokens.verify(client.name, id_token, note["nonce"])
        known = replace(found, name=found.name or note["name"], grant=token.get("refresh_token"))
        return Arrived(known, note["page"])

    async def _note(self, state: str, provider: str) -> dict[str, Any]:
        note: dict[str, Any] = json.loads(await self._states.take(state))
        if note["provider"] != provider:
            raise Unauthenticated("another provider was asked")
        return note


def _name(text: str | None) -> str | None:
    """The name that Apple tells with the very first sign-in, and never again."""
    try:
        told = json.loads(text or "{}")["name"]
        parts = [told.get("firstName"), told.get("lastName")]
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return " ".join(p for p in parts if isinstance(p, str) and p)[:LONGEST_NAME] or None
