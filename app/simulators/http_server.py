"""A small HTTP/1.1 server that can also misbehave: the ground of partner, provider and phone.

Frameworks answer politely whatever happens; a counterpart for tests must be able to cut the
connection before or after the effect, stay silent, or be gone.
"""

import asyncio
import json
from abc import abstractmethod
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from httptools import HttpRequestParser

from app.simulators.lifetime import Living

FaultKind = Literal["error", "unavailable", "lost", "reset", "slow"]
"""`error` 500 and `unavailable` 503 without effect; `lost`: the effect happens, the answer does
not arrive; `reset`: the connection is cut without effect; `slow`: everything, but late."""


@dataclass(frozen=True)
class Request:
    """One request; header names in lower case, query values as lists, `target` as it was sent."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    target: str = ""

    def json(self) -> Any:
        """The body; raises `ValueError` when it is no JSON."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """A form's fields, each once."""
        fields = parse_qs(self.body.decode(), keep_blank_values=True)
        return {name: values[-1] for name, values in fields.items()}

    def asked(self, name: str, default: str = "") -> str:
        """One query parameter."""
        return self.query.get(name, [default])[-1]


@dataclass(frozen=True)
class Response:
    """One answer; `content` is sent as JSON unless it is text or bytes."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"

    def encode(self, *, head_only: bool = False) -> bytes:
        """The bytes on the wire."""
        body = self.content
        if not isinstance(body, bytes):
            text = body if isinstance(body, str) else json.dumps(body)
            body = text.encode()
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        headers = {"Content-Type": self.kind, "Content-Length": str(len(body))} | self.headers
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if head_only else body)


@dataclass
class Fault:
    """A planned misbehaviour; `path` is a part of the path it is for, `seconds` for `slow`."""

    kind: FaultKind
    times: int
    path: str
    method: str | None
    seconds: float


class _Incoming:
    """Collects one request from the parser's callbacks."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


class HttpServer(Living):
    """Listens on 127.0.0.1; port 0 picks a free one, kept over `down()` and `up()`."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__()
        self.port = port
        self.requests: list[Request] = []
        self.cut_off: set[str] = set()
        """X-Request-IDs whose answer was lost: HTTP lets these come again (RFC 9110, 9.2.2)."""
        self._faults: list[Fault] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @abstractmethod
    async def answer(self, request: Request) -> Response:
        """What the counterpart has to say."""

    def failure(self, why: str) -> Any:
        """The body of an answer that something is broken, in this counterpart's way."""
        return {"error": why}

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:<port>`."""
        return f"http://127.0.0.1:{self.port}"

    async def run(self) -> None:
        """Serves until cancelled."""
        await self.up()
        self._ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.down()

    async def up(self) -> None:
        """Listens (again) on the same port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def down(self) -> None:
        """Is gone: no listener, open connections cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()

    def fault(
        self,
        kind: FaultKind,
        *,
        times: int = 1,
        path: str = "",
        method: str | None = None,
        seconds: float = 1.0,
    ) -> None:
        """Plans a misbehaviour for the next `times` requests that fit."""
        self._faults.append(Fault(kind, times, path, method, seconds))

    def clear_faults(self) -> None:
        """Forgets what was planned."""
        self._faults.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                if not await self._respond(request, writer):
                    writer.transport.abort()
                    return
                if request.headers.get("connection", "").lower() == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _respond(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """False when the connection is to be cut."""
        fault = self._take_fault(request)
        if fault is not None:
            if fault.kind == "reset":
                return False
            if fault.kind in ("error", "unavailable"):
                status = 500 if fault.kind == "error" else 503
                writer.write(Response(status, self.failure("planned")).encode())
                await writer.drain()
                return True
            if fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
        response = await self._safe_answer(request)
        if fault is not None and fault.kind == "lost":
            self.cut_off.add(request.headers.get("x-request-id", ""))
            return False
        writer.write(response.encode(head_only=request.method == "HEAD"))
        await writer.drain()
        return True

    async def _safe_answer(self, request: Request) -> Response:
        """A bug of the simulator's is a violation too: no test may pass over it."""
        try:
            return await self.answer(request)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            self.violations.append(
                f"{request.method} {request.path} could not be handled: {error!r}"
            )
            return Response(500, self.failure(repr(error)))

    def _take_fault(self, request: Request) -> Fault | None:
        for fault in self._faults:
            if fault.path in request.path and fault.method in (None, request.method):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None


async def _read(reader: asyncio.StreamReader) -> Request | None:
    incoming = _Incoming()
    parser = HttpRequestParser(incoming)
    while not incoming.complete:
        data = await reader.read(65536)
        if not data:
            return None
        parser.feed_data(data)
    target = incoming.url.decode("latin-1")
    parts = urlsplit(target)
    return Request(
        parser.get_method().decode(),
        parts.path,
        parse_qs(parts.query, keep_blank_values=True),
        incoming.headers,
        incoming.body,
        target,
    )
