"""Messages that are kept and shown but change nothing: firmware, log, security and the like."""

from app.domain.stations import Noted
from ocpp_bridge.dialect import Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload


def note(action: str) -> Handler:
    """A handler that keeps the message of this action and answers with nothing."""

    async def keep(visit: Visit, asked: Asked) -> Payload:
        await visit.note(Noted(action, asked.text))
        return {}

    return keep
