"""One websocket: bytes of the network ⇄ text messages, on websockets' Sans-I/O protocol.

No task and no future per message: what arrives is handed on from the loop's own callback. The
message level above it (`link.py`) is a listener of three calls.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from app.domain.security import PLAIN
from ocpp_bridge.security import read_arrival

MAX_MESSAGE = 256 * 1024
LINGER_S = 1.5

# Openings and endings are logged by the listener, with the station's name.
_quiet = logging.getLogger("ocpp_bridge.websocket")
_quiet.setLevel(logging.ERROR)


Choice = Callable[[Sequence[Subprotocol]], Subprotocol | None]


def _none(_offered: Sequence[Subprotocol]) -> None:
    """No sub-protocol, before anybody has said how to choose."""


class Receiver(Protocol):
    """Whoever reads the messages of an open socket."""

    def receive(self, message: bytes) -> None:
        """One text message, valid UTF-8."""
        ...

    def lost(self) -> None:
        """The connection is gone; nothing can be sent any more."""
        ...


class Socket(asyncio.Protocol):
    """The server's end of one connection, from the TCP accept to its end."""

    __slots__ = (
        "_choose", "_held", "_loop", "_opened", "_parts", "_protocol", "_receiver", "_request",
        "_transport", "_writing_paused", "arrival", "ended", "heard_at", "peer", "pinged_at",
    )  # fmt: skip

    def __init__(self, opened: Callable[["Socket"], None]) -> None:
        self._opened = opened
        self._loop = asyncio.get_running_loop()
        self._protocol = ServerProtocol(
            select_subprotocol=lambda _, offered: self._choose(offered),
            max_size=MAX_MESSAGE,
            logger=_quiet,
        )
        self._choose: Choice = _none
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._request: asyncio.Future[Request | None] = self._loop.create_future()
        self._parts: list[bytes] = []
        self._held = False
        self._writing_paused = False
        self.ended = self._loop.create_future()
        self.heard_at = self._loop.time()
        self.pinged_at = 0.0
        self.peer = ""
        self.arrival = PLAIN

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A TCP (or TLS) connection stands."""
        self._transport = cast(asyncio.Transport, transport)
        address = transport.get_extra_info("peername")
        self.peer = str(address[0]) if address else ""
        self.arrival = read_arrival(transport.get_extra_info("ssl_object"))
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        self.heard_at = self._loop.time()
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                # Nothing more is read until the handshake is answered (see `respond`).
                self.hold(reading=False)
                if not self._request.done():
                    self._request.set_result(event)
            elif isinstance(event, Frame):
                self._take(event)
        self._flush()

    def eof_received(self) -> None:
        """The other side sends nothing more; the loop closes the transport then."""
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's word
        """The end, by whoever."""
        self._transport = None
        if not self._request.done():
            self._request.set_result(None)
        if not self.ended.done():
            self.ended.set_result(None)
        if self._receiver is not None:
            self._receiver.lost()

    def pause_writing(self) -> None:
        """The charger does not read its answers: read no more of its questions."""
        self._writing_paused = True
        self._regulate()

    def resume_writing(self) -> None:
        """It reads again."""
        self._writing_paused = False
        self._regulate()

    # What the handshake calls.

    async def request(self) -> Request | None:
        """The HTTP request of the handshake; None when the connection ended without one."""
        return await self._request

    def agree(self, request: Request, choose: "Choice") -> Response:
        """The response to a handshake: 101, or why it is none.

        `choose` picks one of the sub-protocols that are offered, or None.
        """
        self._choose = choose
        return self._protocol.accept(request)

    def refuse(self, status: int, text: str) -> Response:
        """A plain HTTP response."""
        return self._protocol.reject(status, text)

    def respond(self, response: Response) -> None:
        """Send the response of the handshake."""
        self.hold(reading=True)
        self._protocol.send_response(response)
        self._flush()

    def attach(self, receiver: Receiver) -> None:
        """Hand messages to this receiver from now on."""
        self._receiver = receiver
        if self._transport is None:
            receiver.lost()

    # What the message level calls.

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._transport is not None and self._protocol.state is State.OPEN

    def send(self, message: bytes) -> None:
        """Send one text message; into the void when the connection is closing."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(message)
            self._flush()

    def hold(self, *, reading: bool) -> None:
        """Stop (`reading` False) or go on reading from the network."""
        self._held = not reading
        self._regulate()

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self._protocol.state is State.OPEN:
            self.pinged_at = self._loop.time()
            self._protocol.send_ping(b"")
            self._flush()

    def close(self, code: int, reason: str) -> None:
        """Say good-bye; the connection ends when the charger has answered, or shortly after."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
        self._end_soon()

    def end(self) -> None:
        """Make sure that the connection comes to its end; what is written still leaves."""
        if self._transport is not None and not self._transport.is_closing():
            self._end_soon()

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, frame: Frame) -> None:
        if self._protocol.state is State.CONNECTING:
            self.abort()
        elif frame.opcode is Opcode.TEXT or frame.opcode is Opcode.CONT:
            data = bytes(frame.data)
            if not frame.fin or frame.opcode is Opcode.CONT:
                if data:  # endless empty parts cost nothing
                    self._parts.append(data)
                if not frame.fin:
                    return
                data = b"".join(self._parts)
                self._parts.clear()
            self._deliver(data)
        elif frame.opcode is Opcode.BINARY:
            self._protocol.fail(CloseCode.UNSUPPORTED_DATA, "OCPP messages are text")

    def _deliver(self, data: bytes) -> None:
        if self._receiver is None or self._protocol.state is not State.OPEN:
            return
        if not data.isascii():
            try:
                data.decode()
            except UnicodeDecodeError:
                self._protocol.fail(CloseCode.INVALID_DATA, "not UTF-8")
                return
        self._receiver.receive(data)

    def _flush(self) -> None:
        transport = self._transport
        for data in self._protocol.data_to_send():
            if transport is None:
                continue
            if data:
                transport.write(data)
            else:
                self._half_close(transport)

    def _half_close(self, transport: asyncio.Transport) -> None:
        if transport.can_write_eof():
            transport.write_eof()
            self._end_soon()
        else:
            transport.close()

    def _end_soon(self) -> None:
        """Do not wait for ever for the other side's end; read on, or its end is never seen."""
        self._held = self._writing_paused = False
        self._regulate()
        self._loop.call_later(LINGER_S, self.abort)

    def _regulate(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._held or self._writing_paused:
            transport.pause_reading()
        else:
            transport.resume_reading()
