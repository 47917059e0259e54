"""One port to every charger: over OCPP when it is ours, over OCPI when it is a partner's."""

from typing import Protocol

from app.domain.commands import Command, CommandOutcome


class ChargerGateway(Protocol):
    """Carries one command to its charger, once."""

    async def execute(self, command: Command) -> CommandOutcome | None:
        """Send the command and return the charger's answer.

        None means that the answer comes later, through `use_cases.commands.settle` (a partner
        answers asynchronously). Raises ChargerOffline when it certainly was not sent. Never
        retried by the caller: an unknown outcome is a TIMEOUT outcome.
        """
        ...
