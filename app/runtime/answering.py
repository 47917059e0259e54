"""uvicorn's protocol, with the head and the body of an answer in one packet.

Written one after the other they are two calls of the system and two packets for each answer,
which is more than all the rest of answering costs.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Gathering:
    """A transport that keeps what is written until more is, or until the loop comes round."""

    __slots__ = ("_held", "_loop", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it together with what comes next."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        elif data:
            self._held = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what is kept, unless whoever asked has hung up since."""
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)

    def close(self) -> None:
        """Send what is kept, and close."""
        self.flush()
        self._transport.close()


class OnePacket(HttpToolsProtocol):
    """Answers in one packet each."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's
        """Stand between uvicorn and its transport."""
        gathering = cast("asyncio.Transport", Gathering(transport, self.loop))
        super().connection_made(gathering)
