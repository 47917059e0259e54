"""Entity tags: what a phone has already is not sent again, and two phones do not overwrite.

The tag of an answer is a digest of its body, leaving out when it was asked (`as_of`). Every JSON
answer to a GET has one; If-None-Match with it is answered with 304. What PUT and PATCH answer has
the tag that reading it would have now. Source: RFC 9110, 8.8.3, 13.1.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOT_MODIFIED, FAILED, OK = 304, 412, 200
TAGGED = frozenset({"GET", "PUT", "PATCH"})
_AS_OF = re.compile(rb'"as_of":"[^"]*",?')
_LENGTH = 22


def etag_of(body: bytes) -> str:
    """The weak tag of a JSON body: the same for all that differ only in when they were made."""
    return f'W/"{sha256(_AS_OF.sub(b"", body)).hexdigest()[:_LENGTH]}"'


def _names(header: str, tag: str) -> bool:
    """Whether a condition names a tag, by the weak comparison."""
    opaque = tag.removeprefix("W/")
    named = (part.strip().removeprefix("W/") for part in header.split(","))
    return header.strip() == "*" or opaque in named


@dataclass(frozen=True, slots=True)
class Unless:
    """A condition of the caller's, if there is one."""

    header: str | None

    def changed(self, known: BaseModel) -> None:
        """Refuse when the caller read something else than what is known now."""
        if self.header is None:
            return
        if not _names(self.header, etag_of(known.model_dump_json().encode())):
            raise HTTPException(FAILED, "it was changed since you read it")


async def _unless(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", max_length=200, examples=['W/"2fd4e1c67a2d28fced849e"']),
    ] = None,
) -> Unless:
    return Unless(if_match)


IfMatch = Annotated[Unless, Depends(_unless)]
"""The If-Match header: refused with 412 when somebody changed it meanwhile."""


class Etags:
    """Tags JSON answers, and answers 304 to those who read what they have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streams and whatever is no JSON pass untouched."""
        if scope["type"] != "http" or scope["method"] not in TAGGED:
            await self._app(scope, receive, send)
            return
        known = _header(scope["headers"]) if scope["method"] == "GET" else None
        await self._app(scope, receive, _Tagging(send, known))


class _Tagging:
    """Holds an answer back until it is whole."""

    def __init__(self, send: Send, known: str | None) -> None:
        self._send = send
        self._known = known
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = _header(message["headers"], b"content-type") or ""
            if message["status"] == OK and kind.startswith("application/json"):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        tag = etag_of(self._body)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["ETag"] = tag
        headers.setdefault("Cache-Control", "private, no-cache")
        body = self._body
        if self._known is not None and _names(self._known, tag):
            start, body = {**start, "status": NOT_MODIFIED}, b""
            del headers["content-length"]
            del headers["content-type"]
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes = b"if-none-match") -> str | None:
    found = [value.decode("latin-1") for key, value in headers if key.lower() == name]
    return ", ".join(found) or None
