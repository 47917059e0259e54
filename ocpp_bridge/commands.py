"""What both OCPP families do alike with a command: ask for it, and read a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.domain.commands import Command, CommandOutcome, CommandResult
from ocpp_bridge.exchange import Answer, Ask, Payload, Refusal

Aim = TypeVar("Aim")

NO_CONNECTOR = CommandOutcome(CommandResult.REJECTED, "no connector of this charger is named")
NO_EVSE = CommandOutcome(CommandResult.REJECTED, "no EVSE of this charger is named")
NO_TRANSACTION = CommandOutcome(CommandResult.UNKNOWN_SESSION, "no transaction is named")

_NOT_DONE_BY_CHARGER = frozenset({"NotImplemented", "NotSupported"})
_AT_ONCE = frozenset({"hard", "immediate"})


@dataclass(frozen=True, slots=True)
class Speech(Generic[Aim]):
    """How a family puts one kind of command: what it is called, its payload, its answer.

    `Aim` is how the family names the part of a charger that a command is for. `write` gives an
    outcome when there is nothing to ask.
    """

    action: str
    write: Callable[[Command, Aim], Payload | CommandOutcome]
    read: Callable[[Command, Payload], CommandOutcome]

    def ask(self, command: Command, aim: Aim) -> Ask | CommandOutcome:
        """The CALL for a command, or the outcome when there is nothing to ask."""
        payload = self.write(command, aim)
        return payload if isinstance(payload, CommandOutcome) else Ask(self.action, payload)

    def outcome(self, command: Command, answer: Answer | Refusal) -> CommandOutcome:
        """What the charger's answer means."""
        if isinstance(answer, Refusal):
            return refused(answer)
        return self.read(command, answer.payload)


def refused(refusal: Refusal) -> CommandOutcome:
    """A CALLERROR: the charger does not know the message, or it failed; its words are kept."""
    told = f"{refusal.code}: {refusal.description}" if refusal.description else refusal.code
    if refusal.code in _NOT_DONE_BY_CHARGER:
        return CommandOutcome(CommandResult.NOT_SUPPORTED, told)
    return CommandOutcome(CommandResult.FAILED, told)


def wanted_reset(command: Command) -> bool:
    """Whether a reset is to happen at once; otherwise sessions may end by themselves first."""
    return (command.detail or "").lower() in _AT_ONCE
