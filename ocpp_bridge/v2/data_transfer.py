"""DataTransfer in OCPP 2.0.1 and 2.1: nobody's extension is known, all are kept."""

from app.domain.messages import DataTransferred
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.messages import as_text

UNKNOWN = "UnknownVendorId"


async def data_transfer(visit: Visit, asked: Asked) -> Payload:
    """DataTransfer; an unknown maker is an answer and no error (OCPP 2.0.1, P02)."""
    said = asked.payload
    data = as_text(said.get("data"))
    await visit.tell(DataTransferred(said["vendorId"], said.get("messageId"), data, UNKNOWN))
    return {"status": UNKNOWN}
