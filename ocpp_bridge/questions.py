"""What we ask one charger: one CALL at a time, each answered, refused, or never."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from pydantic_core import SchemaValidator, ValidationError, to_json

from ocpp_bridge.dialect import Dialect
from ocpp_bridge.exchange import Answer, Ask, Refusal
from ocpp_bridge.faults import why_invalid
from ocpp_bridge.frames import Error, Result, write_call, write_result_error
from ocpp_bridge.silences import Silences
from ocpp_bridge.transport import Socket

log = logging.getLogger(__name__)

SILENCES = 3
CLOSE_GOING_AWAY = 1001
INVALID_ANSWER = "InvalidAnswer"


class NotSent(Exception):
    """A CALL certainly never left: the charger is gone, or busy with another CALL for too long."""


class NoAnswer(Exception):
    """A CALL left and was not answered: nobody knows what the charger did."""


@dataclass(slots=True)
class _Pending:
    id: str
    action: str
    answers: SchemaValidator
    answered: asyncio.Future[Answer | Refusal]


class Questions:
    """Our CALLs on one socket; `say` sends a frame, `counts` are the link's."""

    def __init__(
        self,
        socket: Socket,
        say: Callable[[bytes], None],
        *,
        station_id: str,
        counts: Counter[str],
    ) -> None:
        self._socket = socket
        self._say = say
        self._station_id = station_id
        self._counts = counts
        self._turn = asyncio.Lock()
        self._pending: _Pending | None = None
        self._silences = Silences()

    async def ask(
        self, ask: Ask, dialect: Dialect, *, strict: bool, timeout_s: float, queue_s: float
    ) -> Answer | Refusal:
        """Send a CALL when no other is outstanding, and wait for its answer.

        The payload was found good before (`Dialect.trouble`). `queue_s` bounds the wait for our
        turn, `timeout_s` the charger's time from the sending on. Raises NotSent or NoAnswer.
        """
        answers = dialect.schemas.answer(ask.action, strict=strict)
        try:
            async with asyncio.timeout(queue_s):
                await self._turn.acquire()
        except TimeoutError:
            raise NotSent("the charger is busy with another request") from None
        try:
            answered: asyncio.Future[Answer | Refusal]
            answered = asyncio.get_running_loop().create_future()
            pending = _Pending(f'"{uuid4()}"', ask.action, answers, answered)
            return await self._ask_now(pending, to_json(ask.payload), timeout_s)
        finally:
            self._pending = None
            self._turn.release()

    async def _ask_now(
        self, pending: _Pending, payload: bytes, timeout_s: float
    ) -> Answer | Refusal:
        if not self._socket.is_open:
            raise NotSent("the charger is not connected")
        self._pending = pending
        self._say(write_call(pending.id, pending.action, payload))
        timeout_s = self._silences.wait_s(pending.action, timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                return await pending.answered
        except TimeoutError:
            self._count_silence(pending.action)
            raise NoAnswer(f"no answer within {timeout_s:g} s") from None

    def _count_silence(self, action: str) -> None:
        """A charger that hears us no more is made to connect again."""
        log.warning("ocpp.no_answer", extra={"station": self._station_id, "action": action})
        if self._silences.unanswered(action) >= SILENCES:
            self._socket.close(CLOSE_GOING_AWAY, "no answer to several calls")

    def take_result(self, result: Result, dialect: Dialect) -> None:
        """The charger's CALLRESULT."""
        pending = self._answering(result.id)
        if pending is None:
            return
        try:
            payload = pending.answers.validate_json(result.payload)
        except ValidationError as error:
            fault, why = why_invalid(error)
            pending.answered.set_result(Refusal(INVALID_ANSWER, why))
            if dialect.has_result_errors:
                self._say(write_result_error(result.id, dialect.codes[fault], why))
            return
        pending.answered.set_result(Answer(payload))

    def take_error(self, error: Error) -> None:
        """The charger's CALLERROR."""
        pending = self._answering(error.id)
        if pending is not None:
            pending.answered.set_result(Refusal(error.code, error.description))

    def lost(self) -> None:
        """The socket is gone: whoever waits for the charger learns it now."""
        pending = self._pending
        if pending is not None and not pending.answered.done():
            pending.answered.set_exception(NoAnswer("the connection ended"))

    def _answering(self, message_id: str) -> _Pending | None:
        """The CALL this id answers; an answer nobody waits for (late, made up) is only counted."""
        pending = self._pending
        if pending is None or pending.id != message_id or pending.answered.done():
            self._counts["unexpected_answer"] += 1
            return None
        self._silences.answered(pending.action)
        return pending
