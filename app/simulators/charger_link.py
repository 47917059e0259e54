"""Keeps a simulated charger connected: handshake, boot, heartbeats, and the queue of messages.

Transaction messages wait in `outbox` until they are answered, in order, whatever happens to the
socket or to the server; after a reconnect the unanswered one goes out again with the same
content. Everything else is told now or not at all.
"""

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from ssl import SSLContext
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from app.simulators.charger_dialect import Dialect, Message
from app.simulators.charger_model import utc_now
from app.simulators.charger_socket import Answerer, ChargerSocket, Journal, Refusal
from app.simulators.ocpp_schemas import Payload, Protocol

_ATTEMPTS = 3
_CLOCK_TOLERANCE_S = 2.0
LOST = (ConnectionClosed, ConnectionResetError, TimeoutError, Refusal)
"""What telling something may end in, without it being the simulator's fault."""


class HandshakeRefusedError(Exception):
    """The server answered the websocket handshake with `status` instead of 101."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ChargerLink:
    """One charger's connection over all its sockets."""

    def __init__(
        self,
        url: str,
        station_id: str,
        *,
        protocol: Protocol,
        password: Callable[[], str | bytes],
        tls: Callable[[], SSLContext],
        answerer: Answerer,
        journal: Journal,
        heartbeat_interval_s: float | None,
        call_timeout_s: float,
        first_backoff_s: float,
        longest_backoff_s: float,
    ) -> None:
        self.redirect(url, station_id)
        self.outbox: deque[Message] = deque()
        self.given_up: list[Message] = []
        self.refusals: list[int] = []
        self._station_id, self._protocol, self._password = station_id, protocol, password
        self._tls = tls
        self._answerer, self._journal = answerer, journal
        self._heartbeat_s, self._timeout_s = heartbeat_interval_s, call_timeout_s
        self._first_backoff_s, self._longest_backoff_s = first_backoff_s, longest_backoff_s
        self._boot_reason: str | None = "PowerUp"
        self._connection: ClientConnection | None = None
        self._socket: ChargerSocket | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._changed = asyncio.Condition()
        self.online = False
        self.pending = False
        self._introduced = False

    def redirect(self, url: str, station_id: str | None = None) -> None:
        """Where to connect from the next time on."""
        name = quote(station_id or self._station_id, safe="")
        self.url = f"{url.rstrip('/')}/{name}"

    async def run(
        self,
        dialect: Dialect,
        *,
        introduce: Callable[[], Awaitable[None]],
        heard: Callable[[Message, Payload], None],
    ) -> None:
        """Connects for ever; `introduce` runs after each boot, `heard` for each queued answer."""
        backoff_s = self._first_backoff_s
        while True:
            await self._wanted.wait()
            try:
                async with self._connect() as connection:
                    backoff_s = self._first_backoff_s
                    self._connection = connection
                    await self._converse(dialect, introduce, heard)
            except InvalidStatus as refused:
                self.refusals.append(refused.response.status_code)
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
                self._connection = None
            finally:
                await self._set_online(is_online=False)
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, self._longest_backoff_s)

    async def call(self, message: Message) -> Payload:
        """Asks now; raises one of `LOST` or, unbooted, `ConnectionResetError`."""
        if self._socket is None or not self.online:
            raise ConnectionResetError("offline")
        if message.silent:
            await self._socket.send(message.action, message.payload)
            return {}
        return await self._socket.call(message.action, message.payload, timeout_s=self._timeout_s)

    def drop(self) -> None:
        """Cuts the TCP connection without a word and stays away until `reconnect`."""
        self._wanted.clear()
        self.online = self._introduced = False
        if self._connection is not None:
            self._connection.transport.abort()

    async def reconnect(self) -> None:
        """Comes back, without a boot, and waits until the server has it again."""
        self._wanted.set()
        await self.booted()

    async def reboot(self, reason: str) -> None:
        """Closes the socket and boots anew."""
        self._boot_reason = reason
        connection = self._connection
        await self._set_online(is_online=False)
        if connection is not None:
            await connection.close(1001, "reboot")

    def will_boot(self, reason: str) -> None:
        """The next connection begins with a boot."""
        self._boot_reason = reason

    async def booted(self) -> None:
        """Waits for an accepted boot and told states; raises when turned away."""
        known = len(self.refusals)
        async with self._changed:
            await self._changed.wait_for(lambda: self._introduced or len(self.refusals) > known)
        if not self._introduced:
            raise HandshakeRefusedError(self.refusals[-1])

    async def offline(self) -> None:
        """Waits until the connection is gone."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.online)

    async def queue(self, message: Message) -> None:
        """Puts a transaction message behind the others."""
        async with self._changed:
            self.outbox.append(message)
            self._changed.notify_all()

    async def handled(self, message: Message) -> None:
        """Waits until `message` was answered, given up, or the connection was lost."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: not self.online or all(m is not message for m in self.outbox)
            )

    async def settled(self) -> None:
        """Waits until every queued message was answered."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.outbox)

    def _connect(self) -> connect:
        password = self._password()
        secret = password.encode() if isinstance(password, str) else password
        basic = b64encode(self._station_id.encode() + b":" + secret).decode()
        return connect(
            self.url,
            subprotocols=[Subprotocol(self._protocol)],
            additional_headers={"Authorization": f"Basic {basic}"},
            ssl=self._tls() if self.url.startswith("wss:") else None,
            compression=None,
            proxy=None,
            open_timeout=10,
        )

    async def _converse(
        self,
        dialect: Dialect,
        introduce: Callable[[], Awaitable[None]],
        heard: Callable[[Message, Payload], None],
    ) -> None:
        connection = self._connection
        if connection is None:
            return
        if connection.subprotocol != self._protocol:
            self._journal.violations.append(f"subprotocol {connection.subprotocol!r} chosen")
            return
        self._socket = ChargerSocket(
            connection, self._protocol, answerer=self._answerer, journal=self._journal
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._socket.run())
                tasks.create_task(self._work(dialect, introduce, heard))
        except* (ConnectionClosed, ConnectionResetError):
            self._connection = None

    async def _work(
        self,
        dialect: Dialect,
        introduce: Callable[[], Awaitable[None]],
        heard: Callable[[Message, Payload], None],
    ) -> None:
        interval_s = await self._boot(dialect)
        await self._set_online(is_online=True)
        await introduce()
        async with self._changed:
            self._introduced = True
            self._changed.notify_all()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat(self._heartbeat_s or interval_s))
            tasks.create_task(self._deliver(dialect, heard))

    async def _boot(self, dialect: Dialect) -> float:
        """The heartbeat interval in seconds; returns once the server accepts."""
        while self._boot_reason is not None and self._socket is not None:
            message = dialect.boot(self._boot_reason)
            self.pending = True
            try:
                answer = await self._socket.call(
                    message.action, message.payload, timeout_s=self._timeout_s
                )
            except (Refusal, TimeoutError):
                await asyncio.sleep(self._first_backoff_s)
                continue
            self._check_clock(str(answer["currentTime"]))
            interval_s = float(answer["interval"]) or 300.0
            if answer["status"] == "Accepted":
                self._boot_reason, self.pending = None, False
                return interval_s
            await asyncio.sleep(min(interval_s, self._longest_backoff_s))
        return 300.0

    def _check_clock(self, current_time: str) -> None:
        told = datetime.fromisoformat(current_time)
        if told.tzinfo is None or not current_time.endswith("Z"):
            self._journal.violations.append(f"currentTime without Z: {current_time}")
        elif abs((told - utc_now()).total_seconds()) > _CLOCK_TOLERANCE_S:
            self._journal.violations.append(f"currentTime is off: {current_time}")

    async def _beat(self, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            try:
                answer = await self.call(Message("Heartbeat", {}))
            except (Refusal, TimeoutError):
                continue
            self._check_clock(str(answer["currentTime"]))

    async def _deliver(self, dialect: Dialect, heard: Callable[[Message, Payload], None]) -> None:
        attempts = 0
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self.outbox))
            message = self.outbox[0]
            whole = Message(message.action, dialect.complete(message))
            try:
                answer = await self.call(whole)
            except TimeoutError:
                continue
            except Refusal:
                attempts += 1
                if attempts < _ATTEMPTS:
                    await asyncio.sleep(self._first_backoff_s)
                    continue
                self.given_up.append(message)
            else:
                heard(message, answer)
            attempts = 0
            async with self._changed:
                self.outbox.popleft()
                self._changed.notify_all()

    async def _set_online(self, *, is_online: bool) -> None:
        async with self._changed:
            self.online = is_online
            if not is_online:
                self._socket, self._introduced = None, False
            self._changed.notify_all()
