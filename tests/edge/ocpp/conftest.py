"""A listener on a loopback socket, the hub behind it, and chargers to call it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from app.adapters.clock_system import SystemClock
from ocpp_bridge.links import Links
from ocpp_bridge.listener import Listener, ListenerOptions
from tests.edge.ocpp.counterpart import Hub

KEY = "correct horse battery"


def basic(user: str, key: str | bytes) -> str:
    """An Authorization header."""
    raw = key.encode() if isinstance(key, str) else key
    return "Basic " + base64.b64encode(user.encode() + b":" + raw).decode()


class Charger:
    """A charger on a client socket, frame by frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, frame: Any) -> None:
        """Send a frame (or any text)."""
        await self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def hear(self, within: float = 3.0) -> Any:
        """The next frame."""
        async with asyncio.timeout(within):
            return json.loads(await self.socket.recv())

    async def call(self, action: Any, payload: Any, uid: str = "u1") -> Any:
        """Ask, and return the whole answer."""
        await self.say([2, uid, action, payload])
        return await self.hear()

    async def silent(self, for_s: float = 0.15) -> bool:
        """Whether nothing comes."""
        try:
            await self.hear(for_s)
        except TimeoutError:
            return True
        return False

    async def alive(self) -> bool:
        """Whether the socket still works, as a heartbeat's answer shows."""
        return (await self.call("Heartbeat", {}, "alive"))[:2] == [3, "alive"]


class Bench:
    """The listener under test and its hub."""

    def __init__(self, hub: Hub, listener: Listener) -> None:
        self.hub = hub
        self.listener = listener

    def url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.listener.port}{path}"

    @asynccontextmanager
    async def charger(
        self,
        version: str = "1.6",
        station: str = "CP1",
        *,
        path: str | None = None,
        authorization: str | None = None,
        **more: Any,
    ) -> AsyncIterator[Charger]:
        """A connected charger."""
        headers = {"Authorization": authorization or basic(station, KEY)}
        more.setdefault("subprotocols", [f"ocpp{version}"])
        async with connect(
            self.url(path or f"/ocpp/{station}"),
            additional_headers=headers,
            compression=None,
            proxy=None,
            **more,
        ) as socket:
            yield Charger(socket)

    async def until(self, true: Callable[[], bool], within: float = 3.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within):
            while not true():
                await asyncio.sleep(0.005)


Serve = Callable[..., Awaitable[Bench]]


@pytest.fixture
def hub() -> Hub:
    """A hub that knows CP1 and CP2."""
    return Hub(keys={"CP1": KEY, "CP2": KEY, "Sløjfe 1": KEY})


@asynccontextmanager
async def serving(listener: Listener) -> AsyncIterator[None]:
    """Run a listener as long as the block."""
    task = asyncio.create_task(listener.run())
    await listener.started.wait()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def a_bench(hub: Hub | None = None, **options: Any) -> AsyncIterator[Bench]:
    """A listener that lasts as long as the block."""
    hub = hub or Hub(keys={"CP1": KEY, "CP2": KEY})
    options.setdefault("drain_s", 0.0)
    options.setdefault("messages_per_s", 0.0)
    listener = Listener(
        hub.dispatch(), SystemClock(), options=ListenerOptions(**options), links=Links()
    )
    async with serving(listener):
        yield Bench(hub, listener)


@pytest.fixture
async def serve(hub: Hub) -> AsyncIterator[Serve]:
    """Start a listener with options of its own."""
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> Bench:
            return await stack.enter_async_context(a_bench(hub, **options))

        yield start


@pytest.fixture
async def bench(serve: Serve) -> Bench:
    """A listener with the default options."""
    return await serve()
