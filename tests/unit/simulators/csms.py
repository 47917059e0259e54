"""A management system of the tests' own: answers a charger, judging by the `ocpp` library."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from ocpp.messages import Call, CallResult, validate_payload
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Payload = dict[str, Any]


@dataclass
class Csms:
    """Everything received, in order; `answers` may be replaced per action."""

    version: str
    password: str = "secret"
    port: int = 0
    calls: list[tuple[str, Payload]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[Payload], Payload | None]] = field(default_factory=dict)
    wait: dict[str, asyncio.Future[list[Any]]] = field(default_factory=dict)
    socket: ServerConnection | None = None
    numbers: int = 0

    def of(self, action: str) -> list[Payload]:
        return [payload for name, payload in self.calls if name == action]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    async def ask(self, action: str, payload: Payload) -> list[Any]:
        """Sends a CALL, returns the answer's frame."""
        assert self.socket
        unique = f"c{len(self.wait)}"
        self.wait[unique] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps([2, unique, action, payload]))
        frame = await asyncio.wait_for(self.wait[unique], 5)
        if frame[0] == 3:
            await validate_payload(CallResult(unique, frame[2], action), self.version)
        return frame

    async def serve_one(self, socket: ServerConnection) -> None:
        self.socket = socket
        try:
            async for text in socket:
                await self._take(socket, json.loads(text))
        except ConnectionClosed:
            return

    async def _take(self, socket: ServerConnection, frame: list[Any]) -> None:
        if frame[0] != 2:
            self.wait[frame[1]].set_result(frame)
            return
        _, unique, action, payload = frame
        await validate_payload(Call(unique, action, payload), self.version)
        self.calls.append((action, payload))
        self.ids.append(unique)
        answer = self.answers.get(action, self._default(action))(payload)
        if answer is not None:
            await socket.send(json.dumps([3, unique, answer]))

    def _default(self, action: str) -> Callable[[Payload], Payload]:  # noqa: PLR0911  # a table
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        accepted = {"status": "Accepted"}
        match action:
            case "BootNotification":
                return lambda _: {"status": "Accepted", "interval": 300, "currentTime": now}
            case "Heartbeat":
                return lambda _: {"currentTime": now}
            case "Authorize" if self.version == "1.6":
                return lambda _: {"idTagInfo": accepted}
            case "Authorize":
                return lambda _: {"idTokenInfo": accepted}
            case "StartTransaction":
                self.numbers += 1
                return lambda _: {"transactionId": self.numbers, "idTagInfo": accepted}
            case "TransactionEvent":
                return lambda p: {"idTokenInfo": accepted} if "idToken" in p else {}
        return lambda _: {}

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        expected = f"ST-1:{self.password}".encode()
        if request.headers.get("Authorization") != f"Basic {b64encode(expected).decode()}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no")
        return None


@asynccontextmanager
async def a_csms(version: str, **settings: Any) -> AsyncIterator[Csms]:
    csms = Csms(version, **settings)
    async with serve(
        csms.serve_one,
        "127.0.0.1",
        csms.port,
        subprotocols=[f"ocpp{version}"],  # type: ignore[list-item]
        process_request=csms.check,
        compression=None,
    ) as server:
        csms.port = next(iter(server.sockets)).getsockname()[1]
        yield csms
