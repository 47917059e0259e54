"""Routes for chargers that feed into the grid, swap batteries, or show a payment page's code."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked, Name, PartIn
from app.domain.der import ClearDerControls, DerType, ListDerControls, SetDerControl
from app.domain.swaps import AnnounceWebPayment, RequestBatterySwap

router = APIRouter(prefix="/chargers/{station_id}")

ControlId = Annotated[str, Field(min_length=1, max_length=36)]
Flag = Annotated[bool, Field(strict=True)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ControlIn(_In):
    """A control; `settings` is its type's own part of SetDERControl."""

    control_id: ControlId
    control_type: DerType
    is_default: Flag
    settings: dict[str, Any]


class WhichIn(_In):
    """Which controls to tell."""

    is_default: Flag | None = None
    control_type: DerType | None = None
    control_id: ControlId | None = None


class ClearIn(_In):
    """Which controls to drop."""

    is_default: Flag
    control_type: DerType | None = None
    control_id: ControlId | None = None


class SwapIn(_In):
    """Who may swap; `number` ties what comes in to what goes out."""

    number: Annotated[int, Field(ge=0, le=2**31 - 1)]
    token: Annotated[Name, Field(max_length=255)]


class PaymentIn(PartIn):
    """At which EVSE somebody pays, and for how long that may take."""

    timeout_s: Annotated[int, Field(ge=1, le=3600)]


@router.post("/der/set", status_code=202)
async def set_control(charger: Asked, given: ControlIn) -> AskedOut:
    """Put a control on a charger (OCPP 2.1)."""
    ask = SetDerControl(given.control_id, given.control_type, given.is_default, given.settings)
    return await charger.ask(ask)


@router.post("/der/list", status_code=202)
async def list_controls(charger: Asked, given: WhichIn) -> AskedOut:
    """Make the charger tell its controls; they are among its facts once it did."""
    ask = ListDerControls(given.is_default, given.control_type, given.control_id)
    return await charger.ask(ask)


@router.post("/der/clear", status_code=202)
async def clear_controls(charger: Asked, given: ClearIn) -> AskedOut:
    """Take controls away."""
    ask = ClearDerControls(given.is_default, given.control_type, given.control_id)
    return await charger.ask(ask)


@router.post("/battery-swap", status_code=202)
async def swap(charger: Asked, given: SwapIn) -> AskedOut:
    """Let a driver swap batteries (OCPP 2.1)."""
    ask = RequestBatterySwap(given.number, given.token)
    return await charger.ask(ask)


@router.post("/web-payment", status_code=202)
async def announce_payment(charger: Asked, given: PaymentIn) -> AskedOut:
    """Tell a charger's display that somebody pays (OCPP 2.1)."""
    ask = AnnounceWebPayment(given.timeout_s)
    return await charger.ask(ask, given)
