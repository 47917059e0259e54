"""A small keep-alive HTTP/1.1 client for pushes, callbacks and forwarding, where speed counts.

Connections are kept per origin and used by one exchange at a time. A kept connection that the
server closed meanwhile is replaced, once, by a fresh one, if the method may be repeated.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from app.adapters.addresses import AddressGuard, Target, read_target
from app.adapters.http_answers import AnswerReader
from app.adapters.public_trust import public_trust
from app.ports.clock import Clock
from app.ports.http import HttpAnswer, HttpFailure
from app.store.transaction import assert_no_transaction

PER_ORIGIN = 16
KEEP_S = 30.0
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


class _Stale(Exception):
    """The server had closed the kept connection; nothing came back."""


class _Late(Exception):
    """No answer came in time."""


@dataclass(slots=True)
class _Request:
    """A request under way until a monotonic moment; `sent`: something of it may have left."""

    method: str
    target: Target
    data: bytes
    until: float
    sent: bool = False


class _Connection(asyncio.Protocol):
    """One connection; `idle_since` in monotonic seconds.

    A protocol and no pair of streams: those cost as much as all the rest of an exchange.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer = AnswerReader()
        self._over: asyncio.Future[None] | None = None
        self._ended = False
        self.idle_since = 0.0
        self.used = False

    @property
    def is_open(self) -> bool:
        transport = self._transport
        return transport is not None and not self._ended and not transport.is_closing()

    async def exchange(self, request: bytes, limit_s: float) -> tuple[HttpAnswer, bool]:
        """Send, read one answer, and tell whether the connection can be kept.

        A timer of its own, since a timeout around it costs twice as much. Raises _Late.
        """
        loop = asyncio.get_running_loop()
        answer = self._answer
        answer.begin()
        over = self._over = loop.create_future()
        timer = loop.call_later(limit_s, self._end, _Late())
        try:
            if self._transport is None or self._ended:
                over.set_result(None)
            else:
                self._transport.write(request)
            await over
        except OSError as error:
            if answer.started or not self.used:
                raise HttpFailure(f"the connection broke: {error}", sent=True) from None
            raise _Stale from None
        finally:
            timer.cancel()
            self._over = None
        if not answer.started and self.used:
            raise _Stale
        self.used = True
        return answer.finish(), answer.keeps_alive

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there; connections are made by `create_connection`, so it can be written to."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """A part of the answer; what nobody asked for ends the connection."""
        if self._over is None:
            self.close()
            return
        try:
            self._answer.feed(data)
        except HttpFailure as failure:
            self._end(failure)
            return
        if self._answer.done:
            self._end()

    def eof_received(self) -> None:
        """Nothing more comes: the answer is over, whole or not."""
        self._ended = True
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The same, or it broke."""
        self._ended = True
        self._end(exc)

    def _end(self, trouble: Exception | None = None) -> None:
        if self._over is None or self._over.done():
            return
        if trouble is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(trouble)


class PooledHttpClient:
    """`ports.http.HttpClient`; few connections to one origin, kept for 30 idle seconds."""

    def __init__(
        self,
        guard: AddressGuard,
        clock: Clock,
        *,
        trust: ssl.SSLContext | None = None,
        per_origin: int = PER_ORIGIN,
    ) -> None:
        self._per_origin = per_origin
        self._guard = guard
        self._clock = clock
        self._trust = trust or public_trust()
        self._idle: dict[tuple[str, str, int], list[_Connection]] = defaultdict(list)
        self._slots: dict[tuple[str, str, int], asyncio.Semaphore] = {}
        self.opened = 0

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        timeout: float,  # noqa: ASYNC109 - the port's whole-exchange limit
    ) -> HttpAnswer:
        """Send and wait for the answer; `timeout` covers everything, waiting for a slot too."""
        assert_no_transaction()
        target = read_target(url)
        until = self._clock.monotonic() + timeout
        request = _Request(method, target, _serialise(method, target, headers, body), until)
        try:
            slots = await self._slot(target, timeout)
            try:
                return await self._send(request)
            finally:
                slots.release()
        except (TimeoutError, _Late):
            raise HttpFailure(f"no answer within {timeout:g} s", sent=request.sent) from None

    async def _slot(self, target: Target, limit_s: float) -> asyncio.Semaphore:
        """One of those that the origin has, to be released; most of the time there is one."""
        slots = self._slots.get(target.origin)
        if slots is None:
            slots = self._slots[target.origin] = asyncio.Semaphore(self._per_origin)
        if slots.locked():
            async with asyncio.timeout(limit_s):
                await slots.acquire()
        else:
            await slots.acquire()
        return slots

    async def _send(self, request: _Request) -> HttpAnswer:
        kept = self._take(request.target)
        if kept is not None:
            request.sent = True
            try:
                return await self._use(kept, request)
            except _Stale:
                if request.method not in REPEATABLE:
                    reason = "the server closed the connection"
                    raise HttpFailure(reason, sent=True) from None
            request.sent = False
        async with asyncio.timeout(self._left(request)):
            fresh = await self._open(request.target)
        request.sent = True
        return await self._use(fresh, request)

    def _left(self, request: _Request) -> float:
        return request.until - self._clock.monotonic()

    async def _use(self, connection: _Connection, request: _Request) -> HttpAnswer:
        keep = False
        try:
            answer, keep = await connection.exchange(request.data, self._left(request))
        finally:
            if keep and connection.is_open:
                connection.idle_since = self._clock.monotonic()
                self._idle[request.target.origin].append(connection)
            else:
                connection.close()
        return answer

    def _take(self, target: Target) -> _Connection | None:
        """A kept connection that is still good, the last used first; older ones are closed."""
        idle = self._idle[target.origin]
        oldest = self._clock.monotonic() - KEEP_S
        while idle:
            connection = idle.pop()
            if connection.is_open and connection.idle_since >= oldest:
                return connection
            connection.close()
        return None

    async def _open(self, target: Target) -> _Connection:
        checked = await self._guard.check(target)
        trouble: OSError | None = None
        for address in checked.addresses:
            try:
                connection = await self._dial(checked, address)
            except OSError as error:
                trouble = error
            else:
                self.opened += 1
                return connection
        raise HttpFailure(f"no connection to {target.host}: {_why(trouble)}")

    async def _dial(self, target: Target, address: str) -> _Connection:
        loop = asyncio.get_running_loop()
        if target.scheme == "http":
            made = await loop.create_connection(_Connection, address, target.port)
        else:
            made = await loop.create_connection(
                _Connection, address, target.port, ssl=self._trust, server_hostname=target.host
            )
        return made[1]

    async def close(self) -> None:
        """Close the kept connections."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


def _why(trouble: OSError | None) -> str:
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted ({trouble.verify_message})"
    return trouble.strerror or type(trouble).__name__ if trouble else "no address"


def _serialise(method: str, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.authority}"]
    if body or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise HttpFailure("a header holds a line break")
    return f"{head}\r\n\r\n".encode("latin-1", "replace") + body
