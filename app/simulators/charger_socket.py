"""The charger's end of one OCPP-J websocket: frames out, answers in, requests judged and answered.

Requests of the other side are answered by one worker in the order received, while the reader
goes on: that way a second request before the first answer is seen, which OCPP forbids
(OCPP-J, Synchronicity: at most one request of a side may be unanswered).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection

from app.simulators.ocpp_schemas import (
    Payload,
    Protocol,
    is_action,
    request_faults,
    response_faults,
)

CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND = 2, 3, 4, 5, 6
_LONGEST_ID = 36
_LONGEST_DESCRIPTION = 255


class Refusal(Exception):  # a word of the protocol's, not an accident of ours
    """A CALLERROR: `code` as on the wire."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description


class Silence(Exception):  # same
    """Raised by an answerer that shall not answer at all."""


@dataclass(frozen=True)
class Asked:
    """A request of the management system's as it arrived, at real time."""

    action: str
    payload: Payload
    at: datetime


@dataclass
class Journal:
    """What one charger exchanged over all its sockets, and what was wrong with the other side."""

    asked: list[Asked] = field(default_factory=list)
    sent: list[Asked] = field(default_factory=list)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


Answerer = Callable[[str, Payload], Awaitable[Payload]]


class ChargerSocket:
    """One open websocket; `run()` reads and answers until the socket closes."""

    def __init__(
        self,
        socket: ClientConnection,
        protocol: Protocol,
        *,
        answerer: Answerer,
        journal: Journal,
    ) -> None:
        self._socket = socket
        self._protocol = protocol
        self._answerer = answerer
        self._journal = journal
        self._turn = asyncio.Lock()
        self._waiting: dict[str, tuple[str, asyncio.Future[Payload]]] = {}
        self._given_up: set[str] = set()
        self._unanswered: asyncio.Queue[tuple[str, str, Payload]] = asyncio.Queue(maxsize=64)
        self._asked_and_open = 0

    async def run(self) -> None:
        """Reads and answers; ends with `ConnectionClosed` inside an exception group."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read())
                tasks.create_task(self._answer_in_order())
        finally:
            for _, answer in self._waiting.values():
                answer.cancel()

    async def call(self, action: str, payload: Payload, *, timeout_s: float) -> Payload:
        """The answer's payload; raises `Refusal`, `TimeoutError` or `ConnectionClosed`."""
        faults = request_faults(self._protocol, action, payload)
        if faults:
            raise AssertionError(f"the simulator would send a wrong {action}: {faults}")
        async with self._turn:
            unique_id = str(uuid4())
            answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
            self._waiting[unique_id] = (action, answer)
            self._journal.sent.append(Asked(action, payload, datetime.now(UTC)))
            try:
                await self._send([CALL, unique_id, action, payload])
                async with asyncio.timeout(timeout_s):
                    return await answer
            except asyncio.CancelledError:
                if answer.cancelled() and _not_cancelling():
                    raise ConnectionResetError("the socket closed before the answer") from None
                raise
            finally:
                self._waiting.pop(unique_id, None)
                if not answer.done() or answer.cancelled():
                    self._given_up.add(unique_id)

    async def send(self, action: str, payload: Payload) -> None:
        """A SEND of 2.1, which nobody answers."""
        faults = request_faults(self._protocol, action, payload)
        if faults:
            raise AssertionError(f"the simulator would send a wrong {action}: {faults}")
        self._journal.sent.append(Asked(action, payload, datetime.now(UTC)))
        await self._send([SEND, str(uuid4()), action, payload])

    async def _send(self, frame: list[Any]) -> None:
        await self._socket.send(json.dumps(frame, separators=(",", ":"), ensure_ascii=False))

    def _blame(self, what: str) -> None:
        self._journal.violations.append(what)

    async def _read(self) -> None:
        while True:
            text = await self._socket.recv()
            if not isinstance(text, str):
                self._blame("binary frame")
                continue
            frame = _frame(text)
            match frame:
                case [int(kind), str(unique_id), *rest] if len(unique_id) <= _LONGEST_ID:
                    await self._sort(kind, unique_id, rest)
                case _:
                    self._blame(f"not an OCPP frame: {text[:120]}")

    async def _sort(self, kind: int, unique_id: str, rest: list[Any]) -> None:
        match (kind, rest):
            case (2, [str(action), dict(payload)]):
                self._note_request(action)
                self._journal.asked.append(Asked(action, payload, datetime.now(UTC)))
                await self._unanswered.put((unique_id, action, payload))
            case (3, [dict(payload)]):
                self._resolve(unique_id, payload)
            case (4, [str(code), str(description), dict()]):
                if len(description) > _LONGEST_DESCRIPTION:
                    self._blame(f"CALLERROR description of {len(description)} characters")
                self._resolve(unique_id, Refusal(code, description))
            case (5, [str(), str(), dict()]) if self._protocol == "ocpp2.1":
                self._blame(f"CALLRESULTERROR for our answer {unique_id}: {rest[:2]}")
            case _:
                self._blame(f"frame of type {kind} with parts {str(rest)[:120]}")

    def _note_request(self, action: str) -> None:
        if self._asked_and_open:
            self._blame(f"{action} was asked while another request was unanswered")
        self._asked_and_open += 1

    def _resolve(self, unique_id: str, answer: Payload | Refusal) -> None:
        action, future = self._waiting.get(unique_id, ("", None))
        if future is None:
            if unique_id not in self._given_up:
                self._blame(f"answer to a request never made: {unique_id}")
        elif isinstance(answer, Refusal):
            self._journal.refused.append((action, answer))
            if not future.done():
                future.set_exception(answer)
        else:
            faults = response_faults(self._protocol, action, answer)
            self._journal.violations.extend(faults)
            if not future.done():
                future.set_result(answer)

    async def _answer_in_order(self) -> None:
        while True:
            unique_id, action, payload = await self._unanswered.get()
            try:
                reply = await self._reply(action, payload)
                self._asked_and_open -= 1
                await self._send([CALL_RESULT, unique_id, reply])
            except Refusal as refusal:
                self._asked_and_open -= 1
                await self._send(
                    [CALL_ERROR, unique_id, refusal.code, refusal.description[:255], {}]
                )
            except Silence:
                self._asked_and_open = 0

    async def _reply(self, action: str, payload: Payload) -> Payload:
        if not is_action(self._protocol, action):
            self._blame(f"{action}: no such request in {self._protocol}")
            raise Refusal("NotImplemented", "unknown action")
        faults = request_faults(self._protocol, action, payload)
        if faults:
            self._journal.violations.extend(faults)
            raise Refusal("ProtocolError", faults[0])
        reply = await self._answerer(action, payload)
        wrong = response_faults(self._protocol, action, reply)
        if wrong:
            raise AssertionError(f"the simulator would answer {action} wrongly: {wrong}")
        return reply


def _frame(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _not_cancelling() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() == 0
