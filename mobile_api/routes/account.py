"""The driver's account: who they are, their devices, what they agreed to, and its end."""

from typing import Annotated

from fastapi import APIRouter, Path

from mobile_api.dependencies import Deps, Driver
from mobile_api.schemas.account import (
    AccountIn,
    ConsentIn,
    ConsentOut,
    ConsentsOut,
    DeviceOut,
    DevicesOut,
    DriverOut,
    PushIn,
)

router = APIRouter(tags=["account"])
ConsentKind = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_.]{0,39}$")]


@router.get("/me")
async def show(deps: Deps, driver: Driver) -> DriverOut:
    """Who is signed in."""
    return DriverOut.of(await deps.drivers.get(driver.driver_id))


@router.patch("/me")
async def edit(deps: Deps, driver: Driver, asked: AccountIn) -> DriverOut:
    """Change what is given."""
    edited = await deps.drivers.edit(driver.driver_id, name=asked.name, language=asked.language)
    return DriverOut.of(edited)


@router.delete("/me", status_code=204)
async def delete(deps: Deps, driver: Driver) -> None:
    """Delete the account; not possible while a session runs or is unpaid."""
    await deps.drivers.delete_account(driver.driver_id)


@router.get("/devices")
async def devices(deps: Deps, driver: Driver) -> DevicesOut:
    """Where the app is installed."""
    found = await deps.drivers.devices(driver.driver_id)
    return DevicesOut(devices=[DeviceOut.of(each) for each in found])


@router.put("/devices/{device_id}/push")
async def set_push(deps: Deps, driver: Driver, device_id: str, asked: PushIn) -> DeviceOut:
    """Where a device's notifications go."""
    told = await deps.drivers.set_push(
        driver.driver_id, device_id, asked.push_token, asked.push_kind
    )
    return DeviceOut.of(told)


@router.get("/me/consents")
async def consents(deps: Deps, driver: Driver) -> ConsentsOut:
    """What the driver decided last, for each kind."""
    found = await deps.drivers.consents(driver.driver_id)
    return ConsentsOut(consents=[ConsentOut.of(each) for each in found])


@router.put("/me/consents/{kind}", status_code=204)
async def consent(deps: Deps, driver: Driver, kind: ConsentKind, asked: ConsentIn) -> None:
    """Write down a decision."""
    await deps.drivers.consent(driver.driver_id, kind, granted=asked.granted)
