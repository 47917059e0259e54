"""Messages that are kept and shown but change nothing: firmware, log, security and the like."""

from dataclasses import dataclass

from app.domain.stations import Noted
from ocpp_bridge.dialect import Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload


@dataclass(frozen=True, slots=True)
class Note:
    """A handler that keeps the messages of an action and answers with nothing."""

    action: str

    async def __call__(self, visit: Visit, asked: Asked) -> Payload:
        """Keep one."""
        await visit.note(Noted(self.action, asked.text))
        return {}


def note(action: str) -> Handler:
    """A handler that only keeps the messages of this action."""
    return Note(action)
