"""Commands to chargers: asked for by anybody, sent once, settled once.

A command is a row from the moment it is asked for. Whoever asked calls `send` at once, and the
delivery machine calls it for what was missed. It notes SENT in a transaction of its own before
anything leaves the house; whatever crashes after that, the command is never sent again: a double
start is worse than one that must be asked for anew. What nobody answered by its deadline is
settled as TIMEOUT, which means "not known", not "no".
"""

from asyncio import Event
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from logging import getLogger
from random import Random

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.errors import (
    ChargerOffline,
    ChargerRefused,
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
)
from app.domain.events import CommandSettled
from app.ports.chargers import ChargerGateway
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.asks import plan_ask
from app.use_cases.command_plans import (
    blank,
    issue,
    plan_reset,
    plan_start,
    plan_stop,
    plan_trigger,
    plan_unlock,
)
from app.use_cases.command_requests import (
    AskRequest,
    CommandRequest,
    ReserveRequest,
    ResetRequest,
    StartRequest,
    StopRequest,
    TriggerRequest,
    UnlockRequest,
    UnreserveRequest,
)
from app.use_cases.profile_news import profile_settled, profile_settled_late
from app.use_cases.profile_requests import PROFILE_KINDS
from app.use_cases.reservation_moves import answered, answered_late
from app.use_cases.reservation_plans import plan_reservation
from app.use_cases.start_profiles import with_profile
from app.use_cases.station_news import ask_settled

log = getLogger(__name__)

_KINDS: dict[type, CommandKind] = {
    StartRequest: CommandKind.START,
    StopRequest: CommandKind.STOP,
    UnlockRequest: CommandKind.UNLOCK,
    ResetRequest: CommandKind.RESET,
    TriggerRequest: CommandKind.TRIGGER,
    ReserveRequest: CommandKind.RESERVE,
    UnreserveRequest: CommandKind.UNRESERVE,
    AskRequest: CommandKind.ASK,
}
_PLANS: dict[type, Callable[..., Awaitable[Command]]] = {
    StopRequest: plan_stop,
    UnlockRequest: plan_unlock,
    ResetRequest: plan_reset,
    TriggerRequest: plan_trigger,
    AskRequest: plan_ask,
}
_TIMED_OUT = CommandOutcome(CommandResult.TIMEOUT, "no answer")
_BATCH = 100

LOOK_AGAIN_S = 0.2
"""How often a command is looked at that another process sends."""


async def request_in(
    tx: Transaction, request: CommandRequest, *, now: datetime, random: Random
) -> Command:
    """Ask for a command as part of another use-case's transaction.

    What cannot be done is refused: people get ChargerRefused, NotFound, Conflict or Forbidden; a
    partner gets a settled command that was never stored, with REJECTED or UNKNOWN_SESSION, since
    OCPI answers these at once and sends no result after them (C-200, C-201, C-205). An unknown
    location, EVSE or connector is NotFound for partners too.
    """
    try:
        command = await _plan(tx, request, now=now, random=random)
    except (ChargerRefused, Conflict, Forbidden, NotFound) as refusal:
        if request.asker.channel is not CommandChannel.PARTNER:
            raise
        return _refused(request, refusal, now)
    if command.state is CommandState.SETTLED:
        await tx.commands.add(command)
        tx.emit(CommandSettled(command.id, command.charging_id))
    else:
        await issue(tx, command)
    return command


async def _plan(
    tx: Transaction, request: CommandRequest, *, now: datetime, random: Random
) -> Command:
    match request:
        case StartRequest():
            start = await plan_start(tx, request, now=now, random=random)
            return await with_profile(tx, start, request)
        case ReserveRequest() | UnreserveRequest():
            return await plan_reservation(tx, request, now=now, random=random)
        case _:
            return await _PLANS[type(request)](tx, request, now=now)


def _refused(request: CommandRequest, refusal: DomainError, now: datetime) -> Command:
    result = CommandResult.REJECTED
    if isinstance(request, StopRequest):
        if isinstance(refusal, NotFound | Conflict):
            result = CommandResult.UNKNOWN_SESSION
    elif isinstance(refusal, NotFound):
        raise refusal
    command = blank(_KINDS[type(request)], request.asker, now)
    outcome = CommandOutcome(result, str(refusal))
    return replace(command, state=CommandState.SETTLED, outcome=outcome, settled_at=now)


async def settle_in(
    tx: Transaction, command_id: str, outcome: CommandOutcome, *, now: datetime
) -> Command:
    """Settle a command as part of another use-case's transaction; the first outcome stays.

    What a later one says of a reservation is heard all the same: it may be taken back (C-208).
    """
    command = await tx.commands.locked(command_id)
    if command.state is CommandState.SETTLED:
        log.info("command.settled_before", extra={"command": command_id, "late": outcome.result})
        if command.kind in PROFILE_KINDS:
            await profile_settled_late(tx, command, outcome, now=now)
        await answered_late(tx, command, outcome, now=now)
        await ask_settled(tx, command, outcome, now=now)
        return command
    if command.kind in PROFILE_KINDS:
        outcome = await profile_settled(tx, command, outcome, now=now)
    outcome = await ask_settled(tx, command, outcome, now=now)
    settled = replace(command, state=CommandState.SETTLED, outcome=outcome, settled_at=now)
    tx.emit(CommandSettled(command.id, command.charging_id))
    saved = await tx.commands.save(settled)
    await answered(tx, saved, outcome, now=now)
    return saved


class Commands:
    """Ask for commands, send them, settle them."""

    def __init__(
        self, store: Store, clock: Clock, gateway: ChargerGateway, *, random: Random
    ) -> None:
        self._store = store
        self._clock = clock
        self._gateway = gateway
        self._random = random
        self._under_way: dict[str, Event] = {}

    async def request(self, request: CommandRequest) -> Command:
        """Ask for a command; see `request_in` for what is refused and how."""
        async with self._store.transaction() as tx:
            return await request_in(tx, request, now=self._clock.now(), random=self._random)

    async def ask(self, request: CommandRequest) -> Command:
        """Ask for a command and wait until it is settled, at most until its deadline."""
        return await self.finish(await self.request(request))

    async def finish(self, command: Command) -> Command:
        """Send a command that was asked for, and wait until it is settled, or its deadline."""
        if command.state is not CommandState.SETTLED:
            await self.send(command.id)
        while (command := await self.get(command.id)).state is not CommandState.SETTLED:
            if command.deadline <= self._clock.now():
                break
            await self._clock.sleep(LOOK_AGAIN_S)
        return command

    async def get(self, command_id: str) -> Command:
        """The command as it is now; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.commands.need(command_id)

    async def send(self, command_id: str) -> None:
        """Bring a command to its charger, at most once, and settle it with the answer.

        One that is under way in this process is waited for, so that commands sent one after the
        other stay in order. One that is found SENT is under way elsewhere, or was when something
        crashed: it is left to its answer or its deadline.
        """
        while (before := self._under_way.get(command_id)) is not None:
            await before.wait()
        ended = self._under_way[command_id] = Event()
        try:
            await self._send(command_id)
        finally:
            del self._under_way[command_id]
            ended.set()

    async def _send(self, command_id: str) -> None:
        command = await self._mark_sent(command_id)
        if command is None:
            return
        try:
            outcome = await self._gateway.execute(command)
        except ChargerOffline as error:
            outcome = CommandOutcome(CommandResult.EVSE_INOPERATIVE, str(error) or "offline")
        except DomainError as error:
            outcome = CommandOutcome(CommandResult.FAILED, str(error))
        if outcome is not None:
            await self.settle(command_id, outcome)

    async def _mark_sent(self, command_id: str) -> Command | None:
        """The command when it is ours to send now, else None."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            command = await tx.commands.locked(command_id)
            if command.state is CommandState.SETTLED:
                return None
            if command.deadline <= now:
                await settle_in(tx, command_id, _TIMED_OUT, now=now)
                return None
            if command.state is CommandState.SENT:
                return None
            return await tx.commands.save(replace(command, state=CommandState.SENT, sent_at=now))

    async def settle(self, command_id: str, outcome: CommandOutcome) -> Command:
        """Note how a command ended; repeating it, or coming too late, changes nothing.

        Raises NotFound.
        """
        async with self._store.transaction() as tx:
            return await settle_in(tx, command_id, outcome, now=self._clock.now())

    async def postpone(self, command_id: str, deadline: datetime) -> None:
        """Wait longer: the partner said by when its answer will come."""
        async with self._store.transaction() as tx:
            command = await tx.commands.locked(command_id)
            if command.state is not CommandState.SETTLED and deadline > command.deadline:
                await tx.commands.save(replace(command, deadline=deadline))

    async def expire(self) -> int:
        """Settle as TIMEOUT what nobody answered in time; tells how many."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            overdue = await tx.commands.overdue(now, _BATCH)
            for command in overdue:
                await settle_in(tx, command.id, _TIMED_OUT, now=now)
        return len(overdue)
