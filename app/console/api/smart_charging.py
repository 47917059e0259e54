"""Routes for smart charging beyond the profile of one session."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import AskingHolder, Services
from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import PartIn, ask_of
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
async def set_profile(
    station_id: str, given: StationProfileIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Put a profile on the charger, over the one of the same number."""
    profile = checked(given.profile.read())
    ask = SetStationProfile(given.number, given.purpose, profile, given.stack_level)
    return AskedOut.whole(await services.commands.request(ask_of(asking, station_id, ask, given)))


@router.post("/profiles/clear", status_code=202)
async def clear_profiles(
    station_id: str, given: ClearIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Take profiles away."""
    ask = ClearProfiles(given.number, given.purpose, given.stack_level)
    return AskedOut.whole(await services.commands.request(ask_of(asking, station_id, ask, given)))


@router.post("/profiles/list", status_code=202)
async def list_profiles(
    station_id: str, given: ListIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Make the charger tell its profiles; they are among its facts once it did."""
    request = ask_of(asking, station_id, ListProfiles(given.source), given)
    return AskedOut.whole(await services.commands.request(request))


@router.post("/profiles/dynamic", status_code=202)
async def move_dynamic(
    station_id: str, given: DynamicIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Move the limit of a dynamic profile (OCPP 2.1)."""
    ask = UpdateDynamicSchedule(**given.model_dump())
    return AskedOut.whole(await services.commands.request(ask_of(asking, station_id, ask)))


@router.post("/priority", status_code=202)
async def use_priority(
    station_id: str, given: PriorityIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Let a transaction go before others, or no more (OCPP 2.1)."""
    ask = UsePriorityCharging(given.transaction, given.activate)
    return AskedOut.whole(await services.commands.request(ask_of(asking, station_id, ask)))


@router.post("/energy-transfer", status_code=202)
async def allow_transfer(
    station_id: str, given: TransferIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Say how energy may flow in a transaction (OCPP 2.1)."""
    ask = AllowEnergyTransfer(given.transaction, tuple(given.modes))
    return AskedOut.whole(await services.commands.request(ask_of(asking, station_id, ask)))


@router.post("/reserve-signal", status_code=202)
async def signal_reserve(
    station_id: str, given: SignalIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Pass on the grid's signal (OCPP 2.1)."""
    request = ask_of(asking, station_id, SignalReserve(given.signal))
    return AskedOut.whole(await services.commands.request(request))
