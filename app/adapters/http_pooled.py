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


@dataclass(slots=True)
class _Progress:
    """Whether anything of the request may have left."""

    sent: bool = False


class _Connection(asyncio.Protocol):
    """One connection; `idle_since` in monotonic seconds.

    A protocol and no pair of streams: those cost as much as all the rest of an exchange.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: AnswerReader | None = None
        self._over: asyncio.Future[None] | None = None
        self._ended = False
        self.idle_since = 0.0
        self.used = False

    @property
    def is_open(self) -> bool:
        transport = self._transport
        return transport is not None and not self._ended and not transport.is_closing()

    async def exchange(self, request: bytes) -> tuple[HttpAnswer, bool]:
        """Send, read one answer, and tell whether the connection can be kept."""
        answer = self._answer = AnswerReader()
        over = self._over = asyncio.get_running_loop().create_future()
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
            self._answer = self._over = None
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
        answer = self._answer
        if answer is None:
            self.close()
            return
        try:
            answer.feed(data)
        except HttpFailure as failure:
            self._end(failure)
            return
        if answer.done:
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
        request = _serialise(method, target, headers, body)
        progress = _Progress()
        try:
            async with asyncio.timeout(timeout):
                slots = self._slots.setdefault(target.origin, asyncio.Semaphore(self._per_origin))
                async with slots:
                    return await self._send(method, target, request, progress)
        except TimeoutError:
            raise HttpFailure(f"no answer within {timeout:g} s", sent=progress.sent) from None

    async def _send(
        self, method: str, target: Target, request: bytes, progress: _Progress
    ) -> HttpAnswer:
        kept = self._take(target)
        if kept is not None:
            progress.sent = True
            try:
                return await self._use(kept, target, request)
            except _Stale:
                if method not in REPEATABLE:
                    reason = "the server closed the connection"
                    raise HttpFailure(reason, sent=True) from None
            progress.sent = False
        fresh = await self._open(target)
        progress.sent = True
        return await self._use(fresh, target, request)

    async def _use(self, connection: _Connection, target: Target, request: bytes) -> HttpAnswer:
        keep = False
        try:
            answer, keep = await connection.exchange(request)
        finally:
            if keep and connection.is_open:
                connection.idle_since = self._clock.monotonic()
                self._idle[target.origin].append(connection)
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
    if any("\r" in line or "\n" in line for line in lines):
        raise HttpFailure("a header holds a line break")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
