"""The charger port over OCPP: on our own sockets, or through the process that has the socket.

A command is carried once. When it certainly never left, ChargerOffline is raised; when it left and
nobody answered, the outcome is TIMEOUT, for nobody knows what the charger did.

A process that dies leaves its chargers noted as connected. They come back soon, so a command for
one of them waits a little before it is given up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.errors import ChargerOffline
from app.ports.bus import Bus, NoResponder, ReplyTimeout, Subscription
from ocpp_bridge.link import Link
from ocpp_bridge.links import Links
from ocpp_bridge.questions import NoAnswer, NotSent

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.1

NodeOf = Callable[[str], Awaitable[str | None]]
"""Which process has a station's socket; None when it is not connected."""

Reveal = Callable[[Command], Command]
"""Opens what of a command was sealed until it leaves the house."""


def _as_it_is(command: Command) -> Command:
    return command


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long a command waits, in seconds: for its turn on the socket, then for the answer.

    `return_s` is for chargers whose process has died.
    """

    queue_s: float = 10.0
    answer_s: float = 30.0
    hop_s: float = 2.0
    return_s: float = 15.0

    @property
    def whole_s(self) -> float:
        """The longest a command can take through another process."""
        return self.queue_s + self.answer_s + self.hop_s


@dataclass(frozen=True, slots=True)
class _Carried:
    """What the other process says: the outcome, or why the command never left.

    `gone` tells that the charger is not connected there.
    """

    outcome: CommandOutcome | None = None
    offline: str | None = None
    gone: bool = False


_TOLD_OF_THE_CABLE = frozenset({CommandResult.ACCEPTED, CommandResult.FAILED})
"""Whether the cable is free; anything else says nothing about it."""


class _Gone(Exception):
    """The charger is not where the database says it is."""


_COMMAND = TypeAdapter(Command)
_CARRIED = TypeAdapter(_Carried)


class OcppGateway:
    """Carries commands to our own chargers."""

    def __init__(
        self,
        links: Links,
        bus: Bus,
        node_of: NodeOf,
        *,
        limits: CallLimits | None = None,
        reveal: Reveal = _as_it_is,
    ) -> None:
        self._reveal = reveal
        self._links = links
        self._bus = bus
        self._node_of = node_of
        self._limits = limits or CallLimits()

    async def execute(self, command: Command) -> CommandOutcome:
        """Send the command and return the charger's answer; raises ChargerOffline."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.return_s
        while True:
            try:
                return await self._attempt(command)
            except _Gone as error:
                if loop.time() >= until:
                    raise ChargerOffline(str(error)) from error
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _attempt(self, command: Command) -> CommandOutcome:
        station_id = command.station_id or ""
        link = self._links.get(station_id)
        if link is not None:
            return await self._carry(link, command)
        node = await self._node_of(station_id)
        if node is None:
            raise ChargerOffline(f"station {station_id!r} is not connected")
        return await self._hand_over(node, command)

    async def serve_commands(self, node: str) -> Subscription:
        """Carry what other processes hand over to this one, which is `node`."""
        return await self._bus.respond(subject_of(node), self._serve)

    async def _carry(self, link: Link, command: Command) -> CommandOutcome:
        dialect = link.dialect
        if command.kind is CommandKind.START and not link.visit.accepted:
            return CommandOutcome(CommandResult.REJECTED, "the station is not accepted")
        if command.kind is CommandKind.RESERVE:
            if not link.visit.accepted:
                return CommandOutcome(CommandResult.EVSE_INOPERATIVE, "the station is booting")
            link.visit.may_keep()
        ask = dialect.write_command(self._reveal(command), link.visit.address(command))
        if isinstance(ask, CommandOutcome):
            return ask
        trouble = dialect.trouble(ask)
        if trouble is not None:
            return trouble
        limits = self._limits
        try:
            answer = await link.ask(ask, timeout_s=limits.answer_s, queue_s=limits.queue_s)
        except NotSent as error:
            raise ChargerOffline(str(error)) from error
        except NoAnswer as error:
            return CommandOutcome(CommandResult.TIMEOUT, str(error))
        outcome = dialect.read_outcome(command, answer)
        if command.kind is CommandKind.UNLOCK and outcome.result in _TOLD_OF_THE_CABLE:
            place = link.visit.address(command)
            await link.visit.unlock_tried(place, worked=outcome.accepted)
        return outcome

    async def _hand_over(self, node: str, command: Command) -> CommandOutcome:
        data = _COMMAND.dump_json(command)
        try:
            reply = await self._bus.request(subject_of(node), data, self._limits.whole_s)
        except NoResponder as error:
            raise _Gone(f"process {node!r} is gone") from error
        except ReplyTimeout:
            return CommandOutcome(CommandResult.TIMEOUT, f"process {node!r} did not answer")
        carried = _CARRIED.validate_json(reply)
        if carried.gone:
            raise _Gone(carried.offline or "the charger has left")
        if carried.outcome is None:
            raise ChargerOffline(carried.offline or "the charger is not connected")
        return carried.outcome

    async def _serve(self, data: bytes) -> bytes:
        command = _COMMAND.validate_json(data)
        link = self._links.get(command.station_id or "")
        if link is None:
            gone = _Carried(offline="the charger has left this process", gone=True)
            return _CARRIED.dump_json(gone)
        try:
            carried = _Carried(outcome=await self._carry(link, command))
        except ChargerOffline as error:
            carried = _Carried(offline=str(error))
        return _CARRIED.dump_json(carried)


def subject_of(node: str) -> str:
    """The bus subject on which a process takes commands for its chargers."""
    return f"bridge.{node}"
