"""Routes for smart charging beyond the profile of one session."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked, PartIn
from app.console.api.profile_shapes import ProfileShape
from app.domain.profiles import checked
from app.domain.smart_charging import (
    AllowEnergyTransfer,
    ClearProfiles,
    EnergyTransfer,
    ListProfiles,
    SetStationProfile,
    SignalReserve,
    StationPurpose,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)

router = APIRouter(prefix="/chargers/{station_id}")

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Level = Annotated[int, Field(ge=0, le=100)]
Rate = Annotated[Decimal, Field(ge=0, le=10**9, max_digits=12, decimal_places=1)]
Power = Annotated[Decimal, Field(ge=-(10**9), le=10**9, max_digits=12, decimal_places=1)]
Transaction = Annotated[str, Field(min_length=1, max_length=36)]


class StationProfileIn(PartIn):
    """A limit of the whole charger (max), or of whatever is charged at it (default)."""

    number: Number
    purpose: StationPurpose
    stack_level: Level = 0
    profile: ProfileShape


class ClearIn(PartIn):
    """Which profiles: that of a number, or all of a purpose and stack level."""

    number: Number | None = None
    purpose: StationPurpose | None = None
    stack_level: Level | None = None


class ListIn(PartIn):
    """Whose limits: `CSO`, `EMS`, `SO`, or another source; without it all."""

    source: Annotated[str, Field(min_length=1, max_length=20)] | None = None


class DynamicIn(BaseModel):
    """What a dynamic profile is from now on."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    limit: Rate | None = None
    discharge_limit: Power | None = None
    setpoint: Power | None = None


class PriorityIn(BaseModel):
    """Which transaction goes before others, or no more."""

    model_config = ConfigDict(extra="forbid")

    transaction: Transaction
    activate: Annotated[bool, Field(strict=True)]


class TransferIn(BaseModel):
    """How energy may flow in a transaction."""

    model_config = ConfigDict(extra="forbid")

    transaction: Transaction
    modes: Annotated[list[EnergyTransfer], Field(min_length=1, max_length=11)]


class SignalIn(BaseModel):
    """The grid's signal."""

    model_config = ConfigDict(extra="forbid")

    signal: Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]


@router.post("/profiles/set", status_code=202)
async def set_profile(charger: Asked, given: StationProfileIn) -> AskedOut:
    """Put a profile on the charger, over the one of the same number."""
    profile = checked(given.profile.read())
    ask = SetStationProfile(given.number, given.purpose, profile, given.stack_level)
    return await charger.ask(ask, given)


@router.post("/profiles/clear", status_code=202)
async def clear_profiles(charger: Asked, given: ClearIn) -> AskedOut:
    """Take profiles away."""
    ask = ClearProfiles(given.number, given.purpose, given.stack_level)
    return await charger.ask(ask, given)


@router.post("/profiles/list", status_code=202)
async def list_profiles(charger: Asked, given: ListIn) -> AskedOut:
    """Make the charger tell its profiles; they are among its facts once it did."""
    return await charger.ask(ListProfiles(given.source), given)


@router.post("/profiles/dynamic", status_code=202)
async def move_dynamic(charger: Asked, given: DynamicIn) -> AskedOut:
    """Move the limit of a dynamic profile (OCPP 2.1)."""
    ask = UpdateDynamicSchedule(**given.model_dump())
    return await charger.ask(ask)


@router.post("/priority", status_code=202)
async def use_priority(charger: Asked, given: PriorityIn) -> AskedOut:
    """Let a transaction go before others, or no more (OCPP 2.1)."""
    ask = UsePriorityCharging(given.transaction, given.activate)
    return await charger.ask(ask)


@router.post("/energy-transfer", status_code=202)
async def allow_transfer(charger: Asked, given: TransferIn) -> AskedOut:
    """Say how energy may flow in a transaction (OCPP 2.1)."""
    ask = AllowEnergyTransfer(given.transaction, tuple(given.modes))
    return await charger.ask(ask)


@router.post("/reserve-signal", status_code=202)
async def signal_reserve(charger: Asked, given: SignalIn) -> AskedOut:
    """Pass on the grid's signal (OCPP 2.1)."""
    return await charger.ask(SignalReserve(given.signal))
