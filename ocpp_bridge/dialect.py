"""What one OCPP version is to a connection: schemas, words for trouble, handlers and commands."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from pydantic_core import ValidationError

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.stations import Address
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Answer, Ask, Asked, Payload, Refusal
from ocpp_bridge.faults import Fault, why_invalid
from ocpp_bridge.schemas import Schemas

Handler = Callable[[Visit, Asked], Awaitable[Payload]]
"""Read, dispatch, reply: returns the payload of the CALLRESULT."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version, asked for its abilities and never for its number.

    `withheld` are the actions refused while the station is not accepted. `has_rpc_errors`: a
    frame that cannot be read is answered. `has_sends` and `has_result_errors`: the message types
    6 and 5 exist. `pings`: a silent socket may be pinged. `hearers` are for what comes as a SEND;
    what they give is told to nobody.
    """

    subprotocol: str
    schemas: Schemas
    codes: Mapping[Fault, str]
    handlers: Mapping[str, Handler]
    withheld: frozenset[str]
    sends: frozenset[str]
    write_command: Callable[[Command, Address | None], Ask | CommandOutcome]
    read_outcome: Callable[[Command, Answer | Refusal], CommandOutcome]
    has_rpc_errors: bool = True
    has_sends: bool = False
    has_result_errors: bool = False
    pings: bool = True
    hearers: Mapping[str, Handler] = field(default_factory=dict)

    def trouble(self, ask: Ask) -> CommandOutcome | None:
        """What keeps a CALL from being sent in this version, None when nothing does."""
        if ask.action not in self.schemas.actions:
            told = f"{self.subprotocol} has no {ask.action[:50]}"
            return CommandOutcome(CommandResult.NOT_SUPPORTED, told)
        try:
            self.schemas.our_call(ask.action).validate_python(ask.payload)
        except ValidationError as error:
            told = f"{ask.action}: {why_invalid(error)[1]}"
            return CommandOutcome(CommandResult.REJECTED, told)
        return None

    def warm(self) -> None:
        """Compile the schemas every connection of this version needs."""
        self.schemas.warm(self.handlers, self.sends & self.schemas.actions)
