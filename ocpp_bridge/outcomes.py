"""What both OCPP families mean alike when a command is answered or refused."""

from app.domain.commands import Command, CommandOutcome, CommandResult
from ocpp_bridge.exchange import Refusal

_NOT_DONE_BY_CHARGER = frozenset({"NotImplemented", "NotSupported"})
_AT_ONCE = frozenset({"hard", "immediate"})


def refused(refusal: Refusal) -> CommandOutcome:
    """A CALLERROR: the charger does not know the message, or it failed; its words are kept."""
    told = f"{refusal.code}: {refusal.description}" if refusal.description else refusal.code
    if refusal.code in _NOT_DONE_BY_CHARGER:
        return CommandOutcome(CommandResult.NOT_SUPPORTED, told)
    return CommandOutcome(CommandResult.FAILED, told)


def wanted_reset(command: Command) -> bool:
    """Whether a reset is to happen at once; otherwise sessions may end by themselves first."""
    return (command.detail or "").lower() in _AT_ONCE
