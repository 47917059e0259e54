"""The HTTP side: every sub-application under its path, served inside our event loop."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import Unavailable
from app.runtime.answering import OnePacket
from app.runtime.health import Health
from app.runtime.metrics import Metrics
from app.runtime.settings import split_bind
from mobile_api.faults import answer_http_error

log = logging.getLogger(__name__)

GRACE_S = 5
BUSIEST = "/ocpi"
"""The path of the site that stands before the others."""


class Front:
    """Gives a site what is below its path, and all else to the rest.

    A router with its middleware costs a fourth of what a message through the hub does, so sites
    that answer thousands of requests in a second stand before it.
    """

    def __init__(self, path: str, site: ASGIApp, rest: ASGIApp) -> None:
        self._path = path
        self._below = f"{path}/"
        self._site = site
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as a mount would hand it on."""
        if scope["type"] != "http" or not scope["path"].startswith(self._below):
            await self._rest(scope, receive, send)
            return
        scope["root_path"] = scope.get("root_path", "") + self._path
        await self._site(scope, receive, send)


def build_web(sites: Mapping[str, ASGIApp], health: Health, metrics: Metrics) -> ASGIApp:
    """One application: health and metrics, then each site under its path, the longest first."""
    routes: list[BaseRoute] = [
        Route("/healthz", health.live),
        Route("/readyz", health.ready),
        Route("/metrics", metrics.page),
    ]
    by_length = sorted(sites.items(), key=lambda item: -len(item[0]))
    routes.extend(Mount(path, app=site) for path, site in by_length)
    # A path with a line break in it is no site's: routes are matched line by line.
    rest = Starlette(routes=routes, exception_handlers={HTTPException: answer_http_error})
    return Front(BUSIEST, sites[BUSIEST], rest) if BUSIEST in sites else rest


class _Server(uvicorn.Server):
    """uvicorn without a say in signals, which are the whole process's matter."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class WebServer:
    """Serves an application until cancelled; then ends open streams and lets requests finish."""

    def __init__(
        self,
        app: ASGIApp,
        bind: str,
        *,
        end_streams: Callable[[], Awaitable[None]] | None = None,
        trusted_proxies: str = "",
    ) -> None:
        host, port = split_bind(bind)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms for each answer.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            raise Unavailable(f"HTTP cannot listen on {bind}: {error.strerror}") from error
        self._end_streams = end_streams
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                app,
                http=OnePacket,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=trusted_proxies or None,
                ws="none",
                timeout_graceful_shutdown=GRACE_S,
                timeout_keep_alive=30,
            )
        )

    async def run(self) -> None:
        """Serve; on cancellation finish what is under way."""
        serving = asyncio.get_running_loop().create_task(self._server.serve([self._socket]))
        try:
            await asyncio.shield(serving)
        finally:
            self._server.should_exit = True
            if self._end_streams is not None:
                await self._end_streams()
            await serving
