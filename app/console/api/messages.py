"""Routes for messages as such: triggers, and what makers add to OCPP."""

import json
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked, PartIn
from app.console.api.maintenance_shapes import Given
from app.domain.errors import InvalidInput
from app.domain.messages import ExtendedTrigger, TransferData, Trigger

router = APIRouter(prefix="/chargers/{station_id}")

Word = Annotated[str, Field(pattern="^[A-Za-z0-9]{1,50}$")]


class TriggerIn(PartIn):
    """Which message; `extended` by 1.6's security extension, `custom` a maker's own (2.1)."""

    message: Word
    extended: bool = False
    custom: Annotated[str, Field(min_length=1, max_length=50)] | None = None


class TransferIn(Given):
    """A maker's message; to 1.6 `data` that is no text is sent as JSON text."""

    vendor: Annotated[str, Field(min_length=1, max_length=255)]
    message: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    data: Any = None


@router.post("/trigger", status_code=202)
async def trigger(charger: Asked, given: TriggerIn) -> AskedOut:
    """Let a charger send a message now."""
    if given.extended and given.custom is not None:
        raise InvalidInput("custom", "OCPP 1.6 has no triggers of makers")
    ask = (
        ExtendedTrigger(given.message) if given.extended else Trigger(given.message, given.custom)
    )
    return await charger.ask(ask, given)


@router.post("/data-transfer", status_code=202)
async def transfer_data(charger: Asked, given: TransferIn) -> AskedOut:
    """Send a maker's message."""
    data = None if given.data is None else json.dumps(given.data)
    ask = TransferData(given.vendor, given.message, data)
    return await charger.ask(ask)
