"""The addresses that chargers call, plain or with TLS, of which the certificates can change.

New certificates are shown to whoever connects from then on; who is connected notices nothing. The
listening socket stays the same one all the time, so nobody is turned away in between.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from app.domain.errors import DomainError, Unavailable

log = logging.getLogger(__name__)

BACKLOG = 4096


class TlsSource(Protocol):
    """Certificates from somewhere."""

    async def fresh(self) -> ssl.SSLContext | None:
        """What to show and whom to trust, None when that is what it was before.

        Raises InvalidInput for certificates that are none.
        """
        ...


class Entrance:
    """One address; `port` is the bound one once it is open."""

    def __init__(self, host: str, port: int, tls: TlsSource | None = None) -> None:
        self.host = host
        self.port = port
        self._tls = tls
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.AbstractServer] = []

    async def open(self, made: Callable[[], asyncio.Protocol], *, handshake_s: float) -> None:
        """Listen; `made` gives each connection its protocol.

        Raises Unavailable when the address cannot be listened on, InvalidInput for certificates
        that are none.
        """
        context = await self._tls.fresh() if self._tls is not None else None
        try:
            await self._bind()
        except OSError as error:
            self.close()
            why = error.strerror or type(error).__name__
            raise Unavailable(f"OCPP cannot listen on {self.host}:{self.port}: {why}") from error
        self.port = self._sockets[0].getsockname()[1]
        self._servers = await self._serve(made, context, handshake_s)

    async def _bind(self) -> None:
        loop = asyncio.get_running_loop()
        kind, flags = socket.SOCK_STREAM, socket.AI_PASSIVE
        found = await loop.getaddrinfo(self.host or None, self.port, type=kind, flags=flags)
        for family, _, _, _, address in dict.fromkeys(found):
            bound = socket.create_server(
                address, family=family, backlog=BACKLOG, dualstack_ipv6=False
            )
            bound.setblocking(False)  # noqa: FBT003 - its shape
            self._sockets.append(bound)

    async def _serve(
        self,
        made: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext | None,
        handshake_s: float,
    ) -> list[asyncio.AbstractServer]:
        loop = asyncio.get_running_loop()
        return [
            await loop.create_server(
                made,
                sock=bound.dup(),
                ssl=context,
                backlog=BACKLOG,
                ssl_handshake_timeout=None if context is None else handshake_s,
            )
            for bound in self._sockets
        ]

    async def refresh(self, made: Callable[[], asyncio.Protocol], *, handshake_s: float) -> bool:
        """Show new certificates if there are any; broken ones are reported and not taken."""
        if self._tls is None:
            return False
        try:
            context = await self._tls.fresh()
        except DomainError as error:
            where = {"port": self.port, "why": str(error)}
            log.warning("ocpp.certificates_broken", extra=where)
            return False
        if context is None:
            return False
        before, self._servers = self._servers, await self._serve(made, context, handshake_s)
        for server in before:
            server.close()
        log.info("ocpp.certificates_changed", extra={"port": self.port})
        return True

    def close(self) -> None:
        """Take nobody any more; who is in stays."""
        for server in self._servers:
            server.close()
        for bound in self._sockets:
            bound.close()
        self._servers, self._sockets = [], []
