"""DataTransfer in OCPP 1.6: messages of 2.0.1 that travel in it, and makers' own.

The Open Charge Alliance brings Plug & Charge to 1.6 by wrapping messages of 2.0.1: `messageId` is
the action, `data` the payload as JSON text, both ways. They end where the native ones end.
Source: OCA, Using ISO 15118 Plug & Charge with OCPP 1.6, chapter 3.
"""

from pydantic_core import ValidationError, to_json

from app.domain.errors import DomainError
from app.domain.messages import DataTransferred
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.v2.station import V201

TUNNELS = "org.openchargealliance."
"""How the vendors begin whose messages are those of 2.0.1."""

NATIVE = frozenset({
    "BootNotification", "DataTransfer", "Heartbeat", "MeterValues", "StatusNotification",
    "TransactionEvent",
})  # fmt: skip
"""What 1.6 has words of its own for."""

TUNNELLED = frozenset(V201.handlers) - NATIVE


async def data_transfer(visit: Visit, asked: Asked) -> Payload:
    """DataTransfer; an unknown maker is an answer and no error, and is kept all the same."""
    said = asked.payload
    answer = await _answer(visit, asked)
    news = DataTransferred(
        said["vendorId"], said.get("messageId"), said.get("data"), answer["status"]
    )
    await visit.tell(news)
    return answer


async def _answer(visit: Visit, asked: Asked) -> Payload:
    said = asked.payload
    if not said["vendorId"].casefold().startswith(TUNNELS):
        return {"status": "UnknownVendorId"}
    action = said.get("messageId") or ""
    if action not in TUNNELLED:
        return {"status": "UnknownMessageId"}
    if not visit.accepted and action in V201.withheld:
        return {"status": "Rejected"}
    text = said.get("data") or "{}"
    try:
        payload = V201.schemas.call(action).validate_json(text)
        reply = await V201.handlers[action](visit, Asked(payload, text.encode(), asked.at))
    except (ValidationError, DomainError):
        return {"status": "Rejected"}
    return {"status": "Accepted", "data": to_json(reply).decode()}
