"""One charger's conversation: its CALLs are answered in order, ours are asked one at a time.

The two directions cross freely: an answer to a CALL of ours is taken the moment it arrives, while
the charger's own CALLs wait in a queue for the one worker (`run`). Every CALL is answered exactly
once, after its effect is durable; a CALL whose handling fails is answered with a CALLERROR, so
that the charger tries again.
"""

import asyncio
import logging
from collections import Counter, deque
from typing import cast

from pydantic_core import ValidationError, to_json

from app.domain.errors import DomainError
from app.ports.clock import Clock
from app.store.correlation import correlation_id
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Answer, Ask, Asked, Payload, Refusal
from ocpp_bridge.faults import Fault, why_invalid, why_refused
from ocpp_bridge.frames import (
    NO_ID,
    Call,
    Error,
    Malformed,
    Result,
    Sent,
    UnknownType,
    holds_nul,
    read_frame,
    write_error,
    write_result,
)
from ocpp_bridge.hearing import take_refusal, take_sent
from ocpp_bridge.intake import Intake
from ocpp_bridge.journal import Ring
from ocpp_bridge.limits import UNHURRIED, Pace
from ocpp_bridge.questions import Questions
from ocpp_bridge.quirks.table import dressed
from ocpp_bridge.repairs import repaired
from ocpp_bridge.transport import Socket

log = logging.getLogger(__name__)

ANSWERS_REMEMBERED = 16
MAX_COMPLAINTS = 20
BOOT = "BootNotification"
CLOSE_NORMAL = 1000


class Link:
    """A charger on an open socket."""

    def __init__(
        self,
        socket: Socket,
        visit: Visit,
        dialect: Dialect,
        *,
        clock: Clock,
        ring: Ring,
        pace: Pace = UNHURRIED,
    ) -> None:
        self._socket = socket
        self._visit = visit
        self._plain = dialect
        self._dialect = dressed(dialect, visit.facts, strict=visit.strict)
        self._clock = clock
        self._ring = ring
        self._inbox: deque[Call | Sent | Error | bytes] = deque()
        self._answered: deque[tuple[str, str]] = deque(maxlen=ANSWERS_REMEMBERED)
        self._waiting: asyncio.Future[None] | None = None
        self._lost = False
        self._complaints = 0
        self.gone = asyncio.Event()
        self.counts: Counter[str] = Counter()
        self._intake = Intake(socket.hold, pace, self.counts)
        self._questions = Questions(
            socket, self._say, station_id=visit.station_id, counts=self.counts
        )

    @property
    def station_id(self) -> str:
        """The station's identity as it is registered."""
        return self._visit.station_id

    @property
    def dialect(self) -> Dialect:
        """The OCPP version spoken on this socket."""
        return self._dialect

    @property
    def visit(self) -> Visit:
        """The charger as the use-cases know it."""
        return self._visit

    @property
    def socket(self) -> Socket:
        """The socket below."""
        return self._socket

    @property
    def slowed(self) -> bool:
        """Whether the charger is not read for a while, since it talks too fast."""
        return self._intake.slowed

    # Charger → us.

    def receive(self, message: bytes) -> None:
        """Take one text message from the socket."""
        self._ring.keep(self._clock.now(), message, inbound=True)
        frame = read_frame(message)
        if not isinstance(frame, Result | Error):
            self._intake.take()
        match frame:
            case Call():
                self._queue(frame)
            case Result():
                self._questions.take_result(frame, self._dialect)
            case Error(of_result=True):
                self._queue(frame)
            case Error():
                self._questions.take_error(frame)
            case Sent() if self._dialect.has_sends:
                self._queue(frame)
            case Malformed() | UnknownType() | Sent():
                self._take_nonsense(frame)

    def lost(self) -> None:
        """The socket is gone: whoever waits for this charger learns it now."""
        self._lost = True
        self._wake()
        self._questions.lost()

    def supersede(self) -> None:
        """A newer connection of the charger takes over: finish what was received, take no more."""
        self._socket.close(CLOSE_NORMAL, "superseded")
        self.lost()

    async def run(self) -> None:
        """Answer the charger's CALLs, in order, until the socket is gone and none is left."""
        while (item := await self._next()) is not None:
            match item:
                case Call():
                    self._answered.append((item.id, item.action))
                    self._say(await self._answer(item))
                case bytes():
                    self._say(item)
                case _:
                    await self._hear(item)

    async def _hear(self, item: Sent | Error) -> None:
        """What nobody answers; it is counted, and if nothing comes of it, told in the log."""
        now = self._clock.now()
        action = item.action if isinstance(item, Sent) else self._answered_as(item.id)
        self.counts["sent" if isinstance(item, Sent) else "answer_refused"] += 1
        try:
            if isinstance(item, Sent):
                why = await take_sent(self._visit, self._dialect, item, now)
                if why is not None:
                    self._complain("ocpp.not_taken", action, why=why)
            else:
                self._complain("ocpp.answer_refused", action, code=item.code)
                await take_refusal(self._visit, item, action)
        except Exception:
            # One of the four loops, as for a CALL; but nobody can be told to try again.
            log.exception("ocpp.hearing_failed", extra=self._who(action))

    def _answered_as(self, message_id: str) -> str:
        """The action of one of the last CALLs that we answered."""
        found = (action for uid, action in reversed(self._answered) if uid == message_id)
        return next(found, "")

    async def _next(self) -> Call | Sent | Error | bytes | None:
        while not self._inbox:
            if self._lost:
                return None
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        call = self._inbox.popleft()
        self._intake.waiting(len(self._inbox))
        return call

    def _queue(self, call: Call | Sent | Error | bytes) -> None:
        self._inbox.append(call)
        self._intake.waiting(len(self._inbox))
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def _answer(self, call: Call) -> bytes:
        """The one answer to a CALL; whatever happens there is one."""
        dialect, action = self._dialect, call.action
        trouble = self._trouble(call)
        if trouble is not None:
            return self._fault(call, *trouble)
        handler = dialect.handlers[action]
        try:
            if self._visit.strict:
                dialect.schemas.letter(action).validate_json(call.payload)
            payload = dialect.schemas.call(action).validate_json(call.payload)
        except ValidationError as error:
            fault, why = why_invalid(error)
            payload = self._tolerated(call, why)
            if payload is None:
                return self._fault(call, fault, why)
        correlation_id.set(f"ocpp:{self.station_id}:{call.id[1:-1]}")
        try:
            reply = await handler(self._visit, Asked(payload, call.payload, self._clock.now()))
            dialect.schemas.our_answer(action).validate_python(reply)
            if action == BOOT:
                self._dress()
            return write_result(call.id, to_json(reply))
        except DomainError as error:
            return self._fault(call, why_refused(error), str(error))
        except Exception:
            # One of the four loops: whatever is wrong with one message, the charger is told to
            # try again and the next message has its turn.
            log.exception("ocpp.handler_failed", extra=self._who(action))
            return self._fault(call, Fault.INTERNAL, "")

    def _dress(self) -> None:
        """Speak as the charger does that has just said what it is."""
        self._dialect = dressed(self._plain, self._visit.facts, strict=self._visit.strict)

    def _trouble(self, call: Call) -> tuple[Fault, str] | None:
        """What is wrong with a CALL before its payload is read."""
        dialect, action = self._dialect, call.action
        if action not in dialect.handlers:
            known = action in dialect.schemas.actions
            return (Fault.UNSUPPORTED if known else Fault.UNKNOWN_ACTION), ""
        if not self._visit.accepted and action in dialect.withheld:
            return Fault.SECURITY, "the station is not accepted"
        if holds_nul(call.payload):
            return Fault.CONSTRAINT, "a text holds the character NUL"
        return None

    def _tolerated(self, call: Call, why: str) -> Payload | None:
        """The payload that breaks its schema, where that does no harm; None where it does."""
        if self._visit.strict:
            return None
        tolerant = self._dialect.schemas.tolerant_call(call.action)
        try:
            read = tolerant.validate_json(call.payload)
        except ValidationError:
            meant = repaired(call.action, call.payload)
            if meant is None:
                return None
            try:
                read = tolerant.validate_json(meant)
            except ValidationError:
                return None
            call.payload = meant
        self.counts["tolerated"] += 1
        self._complain("ocpp.tolerated", call.action, why=why)
        return cast("Payload", read)

    def _fault(self, call: Call, fault: Fault, told: str) -> bytes:
        code = self._dialect.codes[fault]
        self.counts[code] += 1
        self._complain("ocpp.refused", call.action, code=code, why=told)
        return write_error(call.id, code, told)

    def _take_nonsense(self, frame: Malformed | UnknownType | Sent) -> None:
        """Not a frame: OCPP 1.6 can only be silent, unless the id of a CALL was readable."""
        self.counts["nonsense"] += 1
        codes = self._dialect.codes
        if isinstance(frame, Malformed):
            self._complain("ocpp.malformed", "", why=frame.why)
            if frame.id is not None:
                self._queue(write_error(frame.id, codes[Fault.FORMAT], frame.why))
            elif self._dialect.has_rpc_errors:
                self._queue(write_error(NO_ID, codes[Fault.RPC], frame.why))
        elif self._dialect.has_rpc_errors:
            self._queue(write_error(frame.id or NO_ID, codes[Fault.MESSAGE_TYPE], ""))

    # Us → charger.

    async def ask(self, ask: Ask, *, timeout_s: float, queue_s: float) -> Answer | Refusal:
        """Send a CALL when no other is outstanding, and wait for its answer.

        `queue_s` bounds the wait for our turn, `timeout_s` the charger's time from the sending
        on. Raises NotSent or NoAnswer.
        """
        return await self._questions.ask(
            ask,
            self._dialect,
            strict=self._visit.strict,
            timeout_s=timeout_s,
            queue_s=queue_s,
        )

    def _complain(self, event: str, action: str, **what: str) -> None:
        """Log what a charger did wrong, so often and no more: after that it is only counted."""
        self._complaints += 1
        if self._complaints <= MAX_COMPLAINTS:
            log.info(event, extra={**self._who(action), **what})

    def _say(self, frame: bytes) -> None:
        self._ring.keep(self._clock.now(), frame, inbound=False)
        self._socket.send(frame)

    def _who(self, action: str) -> dict[str, str]:
        return {"station": self.station_id, "action": action[:50]}
