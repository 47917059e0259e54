"""Routes for what a 2.x charger shows."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.console.api.maintenance_shapes import Given, Number, Text50, shown
from app.domain.displays import (
    ClearDisplayMessage,
    DisplayMessage,
    GetDisplayMessages,
    SetDisplayMessage,
    ShowCost,
)
from app.domain.money import Money

router = APIRouter(prefix="/chargers/{station_id}")

Transaction = Annotated[str, Field(min_length=1, max_length=36)]


class Priority(StrEnum):
    """Which message wins."""

    ALWAYS = "AlwaysFront"
    IN_FRONT = "InFront"
    NORMAL = "NormalCycle"


class DisplayState(StrEnum):
    """When a message is shown; the last two since OCPP 2.1."""

    CHARGING = "Charging"
    FAULTED = "Faulted"
    IDLE = "Idle"
    UNAVAILABLE = "Unavailable"
    SUSPENDED = "Suspended"
    DISCHARGING = "Discharging"


class Format(StrEnum):
    """What the text is; a QR code since OCPP 2.1."""

    ASCII = "ASCII"
    HTML = "HTML"
    URI = "URI"
    UTF8 = "UTF8"
    QR_CODE = "QRCODE"


class MessageIn(Given):
    """A message; the same number changes it."""

    number: Number
    text: Annotated[str, Field(min_length=1, max_length=1024)]
    priority: Priority = Priority.NORMAL
    format: Format = Format.UTF8
    language: Annotated[str, Field(min_length=2, max_length=8)] | None = None
    state: DisplayState | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    transaction: Transaction | None = None
    component: Text50 | None = None
    evse: Number | None = None

    @property
    def message(self) -> DisplayMessage:
        """The same as the domain has it."""
        return DisplayMessage(
            self.number,
            self.text,
            self.priority.value,
            self.format.value,
            self.language,
            None if self.state is None else self.state.value,
            self.since,
            self.until,
            self.transaction,
            self.component,
            self.evse,
        )


class MessagesIn(Given):
    """Which messages are asked for; nothing means all."""

    numbers: Annotated[list[Number], Field(max_length=100)] = []
    priority: Priority | None = None
    state: DisplayState | None = None


class CostIn(Given):
    """What a session costs so far."""

    transaction: Transaction
    total: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class MessageOut(BaseModel):
    """A message, and when it was last known to be there."""

    at: datetime
    message: dict[str, Any]


@router.get("/messages")
async def list_messages(charger: Asked) -> list[MessageOut]:
    """What a charger shows, as far as it is known."""
    found = await charger.services.chargers.records.messages(charger.party, charger.id)
    return [MessageOut(at=each.at, message=shown(each.value)) for each in found]


@router.post("/messages", status_code=202)
async def set_message(charger: Asked, given: MessageIn) -> AskedOut:
    """Show a message."""
    return await charger.ask(SetDisplayMessage(given.message))


@router.post("/messages/list", status_code=202)
async def ask_messages(charger: Asked, given: MessagesIn) -> AskedOut:
    """Let a charger tell what it shows."""
    priority = None if given.priority is None else given.priority.value
    state = None if given.state is None else given.state.value
    ask = GetDisplayMessages(tuple(given.numbers), priority, state)
    return await charger.ask(ask)


@router.delete("/messages/{number}", status_code=202)
async def clear_message(charger: Asked, number: int) -> AskedOut:
    """Show a message no more."""
    return await charger.ask(ClearDisplayMessage(number))


@router.post("/cost", status_code=202)
async def show_cost(charger: Asked, given: CostIn) -> AskedOut:
    """Tell a driver what the session costs so far; where chargers can show it, that is done."""
    ask = ShowCost(given.transaction, Money(given.total, given.currency))
    return await charger.ask(ask)
