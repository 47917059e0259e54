"""What firebase-admin's messages travel with: our own small HTTP client in place of its httpx.

The library's client costs several milliseconds of each message, renews access tokens with blocking
calls inside the event loop, and sends a message up to five times within seconds. Here a message is
one request; the queue it came from knows when to come back.
"""

import json as texts
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from app.ports.http import HttpAnswer, HttpClient, HttpFailure

_OK = 200


class Credential(Protocol):
    """What has an access token."""

    @property
    def token(self) -> str | None:
        """The token, fetched before."""
        ...


class Accepted:
    """A success, as far as the library looks at it."""

    def __init__(self, answer: HttpAnswer) -> None:
        self._body = answer.body

    def json(self) -> Any:
        """The answer's content; raises ValueError."""
        return texts.loads(self._body)


class FcmCalls:
    """Stands where the library expects its `HttpxAsyncClient`, and raises the same errors."""

    def __init__(self, http: HttpClient, credential: Credential, *, timeout_s: float) -> None:
        self._http = http
        self._credential = credential
        self._timeout_s = timeout_s

    async def request(
        self, method: str, *, url: str, headers: Mapping[str, str], json: object
    ) -> Accepted:
        """One request; raises httpx.HTTPError for anything but 200."""
        body = texts.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
        sent = {
            **headers,
            "Content-Type": "application/json; charset=UTF-8",
            "Authorization": f"Bearer {self._credential.token}",
        }
        try:
            answer = await self._http.request(
                method.upper(), url, headers=sent, body=body, timeout=self._timeout_s
            )
        except HttpFailure as failure:
            raise httpx.ConnectError(failure.reason) from failure
        if answer.status != _OK:
            raise _refusal(method, url, answer)
        return Accepted(answer)

    async def aclose(self) -> None:
        """Nothing of its own to close."""


def _refusal(method: str, url: str, answer: HttpAnswer) -> httpx.HTTPStatusError:
    request = httpx.Request(method, url)
    response = httpx.Response(
        answer.status, headers=dict(answer.headers), content=answer.body, request=request
    )
    return httpx.HTTPStatusError(
        f"FCM answers {answer.status}", request=request, response=response
    )
