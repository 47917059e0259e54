"""Messages of OCPP 2.1 that nobody answers: SEND, and CALLRESULTERROR about an answer of ours."""

from datetime import datetime

from pydantic_core import ValidationError

from app.domain.event_streams import AnswerRefused
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked
from ocpp_bridge.faults import why_invalid
from ocpp_bridge.frames import Error, Sent, holds_nul

LONGEST = 255


async def take_sent(visit: Visit, dialect: Dialect, sent: Sent, now: datetime) -> str | None:
    """Take a SEND; gives why it was not taken, None when it was."""
    hearer = dialect.hearers.get(sent.action)
    if hearer is None:
        return "there is no such message"
    if not visit.accepted:
        return "the station is not accepted"
    if holds_nul(sent.payload):
        return "a text holds the character NUL"
    try:
        payload = dialect.schemas.sent(sent.action).validate_json(sent.payload)
    except ValidationError as error:
        return why_invalid(error)[1]
    await hearer(visit, Asked(payload, sent.payload, now))
    return None


async def take_refusal(visit: Visit, error: Error, action: str) -> None:
    """The charger did not understand what we answered to its CALL of this action."""
    told = error.description.replace("\0", "")[:LONGEST]
    code = error.code.replace("\0", "")[:LONGEST]
    await visit.tell(AnswerRefused(error.id.strip('"'), action, code, told))
