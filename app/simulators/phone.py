"""The driver's phone: signs in at an identity provider, calls the driver API, follows it live.

async with Phone(api_url) as phone:
    await phone.sign_in(idp.origin, client_id=idp.client_id, provider="simulated")
    quote = await phone.post("/quotes", {...})
    async for event in phone.events(f"/sessions/{ident}/events"):
        ...
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from httpx import AsyncClient, HTTPError, Response

from app.simulators.identity_provider import challenge_of
from app.simulators.trust import public_trust

_REDIRECT = "com.example.roamwatt:/signed-in"


class CallFailedError(Exception):
    """The API answered `status`; `problem` is its body, as far as it is JSON."""

    def __init__(self, status: int, problem: Any) -> None:
        super().__init__(status, problem)
        self.status, self.problem = status, problem


@dataclass(frozen=True)
class LiveEvent:
    """One server-sent event; `id` as sent, None without one."""

    kind: str
    data: Any
    id: str | None


class Phone:
    """One installation of the app; `api_url` ends in `/api/v1`."""

    def __init__(self, api_url: str, *, device_id: str | None = None) -> None:
        self.api_url = api_url.rstrip("/")
        self.device_id = device_id or str(uuid4())
        self.push_token = f"push-{self.device_id}"
        self.access_token: str | None = None
        self.refresh_token: str | None = None
        self._http = AsyncClient(trust_env=False, verify=public_trust(), timeout=15)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    # Signing in

    async def sign_in(
        self,
        issuer: str,
        *,
        client_id: str,
        provider: str,
        user: str | None = None,
        **more: Any,  # whatever else the exchange is to carry
    ) -> Any:
        """Code with PKCE at the provider, then our API's exchange; what the exchange answers."""
        nonce = (await self.post("/auth/nonce"))["nonce"]
        id_token = await self.id_token(issuer, client_id=client_id, nonce=nonce, user=user)
        device = {"id": self.device_id, "platform": "android", "name": "Simulated phone"}
        device |= {"push_token": self.push_token}
        body = {"provider": provider, "id_token": id_token, "nonce": nonce, "device": device}
        answer = await self.post("/auth/exchange", body | more)
        self._keep(answer)
        return answer

    async def id_token(
        self, issuer: str, *, client_id: str, nonce: str, user: str | None = None
    ) -> str:
        """The provider's half of signing in (RFC 8252)."""
        known = (await self._http.get(f"{issuer}/.well-known/openid-configuration")).json()
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": _REDIRECT,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        asked |= {"login_hint": user} if user else {}
        sent = await self._http.get(known["authorization_endpoint"], params=asked)
        back = parse_qs(urlsplit(sent.headers.get("location", "")).query)
        if back.get("state") != [state] or "code" not in back:
            raise CallFailedError(sent.status_code, back)
        form = {
            "grant_type": "authorization_code",
            "code": back["code"][0],
            "client_id": client_id,
            "redirect_uri": _REDIRECT,
            "code_verifier": verifier,
        }
        token = await self._http.post(known["token_endpoint"], data=form)
        if not token.is_success:
            raise CallFailedError(token.status_code, token.json())
        return str(token.json()["id_token"])

    async def refresh(self) -> Any:
        """Rotates the refresh token."""
        body = {"refresh_token": self.refresh_token, "device_id": self.device_id}
        answer = await self._call("POST", "/auth/refresh", body, headers={})
        self._keep(answer)
        return answer

    def _keep(self, answer: Any) -> None:
        self.access_token = answer["access_token"]
        self.refresh_token = answer["refresh_token"]

    # Calling

    async def get(self, path: str) -> Any:
        """GET; the body. All of these raise `CallFailedError` for anything but 2xx."""
        return await self.call("GET", path)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """POST under an Idempotency-Key, a fresh one unless given."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self.call("POST", path, body, headers=headers)

    async def put(self, path: str, body: Any) -> Any:
        """PUT."""
        return await self.call("PUT", path, body)

    async def patch(self, path: str, body: Any) -> Any:
        """PATCH."""
        return await self.call("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        """DELETE."""
        return await self.call("DELETE", path)

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Any:
        """Any method; refreshes the access token once when it has run out."""
        try:
            return await self._call(method, path, body, headers=headers or {})
        except CallFailedError as error:
            if error.status != 401 or self.refresh_token is None:  # noqa: PLR2004  # HTTP
                raise
        await self.refresh()
        return await self._call(method, path, body, headers=headers or {})

    async def _call(self, method: str, path: str, body: Any, *, headers: dict[str, str]) -> Any:
        response = await self._http.request(
            method, self.api_url + path, json=body, headers=headers | self._bearer()
        )
        content = _content(response)
        if not response.is_success:
            raise CallFailedError(response.status_code, content)
        return content

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}

    # Following

    async def events(
        self, path: str, *, after: str | None = None, pause_s: float = 0.2
    ) -> AsyncIterator[LiveEvent]:
        """Server-sent events; a broken stream is resumed with Last-Event-ID until `end` came."""
        last = after
        while True:
            try:
                async for event in self._stream(path, last):
                    last = event.id or last
                    yield event
                    if event.kind == "end":
                        return
            except HTTPError:
                pass  # the stream broke: that is what resuming is for
            except CallFailedError as error:
                if error.status != 401 or self.refresh_token is None:  # noqa: PLR2004  # HTTP
                    raise
                await self.refresh()
            await asyncio.sleep(pause_s)

    async def _stream(self, path: str, last: str | None) -> AsyncIterator[LiveEvent]:
        headers = {"Accept": "text/event-stream"} | self._bearer()
        headers |= {"Last-Event-ID": last} if last else {}
        url = self.api_url + path
        async with self._http.stream("GET", url, headers=headers, timeout=60) as response:
            if not response.is_success:
                await response.aread()
                raise CallFailedError(response.status_code, _content(response))
            fields: dict[str, str] = {}
            async for line in response.aiter_lines():
                if line:
                    _add_line(fields, line)
                elif "data" in fields:
                    kind, ident = fields.get("event", "message"), fields.get("id")
                    yield LiveEvent(kind, _parsed(fields["data"]), ident)
                    fields = {}
                else:
                    fields = {}


def _add_line(fields: dict[str, str], line: str) -> None:
    """HTML Living Standard, Interpreting an event stream."""
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if name == "data" and "data" in fields:
        fields["data"] += "\n" + value
    elif name:
        fields[name] = value


def _content(response: Response) -> Any:
    return _parsed(response.text) if response.text else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
