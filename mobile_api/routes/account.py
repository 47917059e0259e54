"""The driver's account: who they are, their devices, what they agreed to, and its end."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from app.use_cases.accounts import Wanted
from mobile_api.dependencies import Deps, Driver, limited_by
from mobile_api.etags import IfMatch
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
from mobile_api.schemas.notifications import NotificationsIn, NotificationsOut

router = APIRouter(tags=["account"])
ConsentKind = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_.]{0,39}$")]
DeviceId = Annotated[str, Path(min_length=1, max_length=64)]
ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "A zip of JSON files"}
}


@router.get("/me")
async def show(deps: Deps, driver: Driver) -> DriverOut:
    """Who is signed in."""
    return DriverOut.of(await deps.people.accounts.get(driver.driver_id))


@router.patch("/me")
async def edit(deps: Deps, driver: Driver, asked: AccountIn, unless: IfMatch) -> DriverOut:
    """Change what is given; with If-Match only if it is as it was read."""
    edited = await deps.people.accounts.edit(
        driver.driver_id,
        name=asked.name,
        language=asked.language,
        agreed=lambda known: unless.changed(DriverOut.of(known)),
    )
    return DriverOut.of(edited)


@router.delete("/me", status_code=204)
async def delete(deps: Deps, driver: Driver) -> None:
    """Delete the account; not possible while a session runs or is unpaid."""
    await deps.people.leaving.delete_account(driver.driver_id)


@router.get(
    "/me/export",
    response_class=Response,
    responses=ZIP,
    dependencies=[limited_by("exports")],
)
async def export(deps: Deps, driver: Driver) -> Response:
    """Everything that is kept of the driver, as JSON (GDPR, Articles 15 and 20)."""
    made = await deps.people.leaving.export(driver.driver_id)
    named = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    headers = named | {"Cache-Control": "no-store"}
    return Response(made.content, media_type="application/zip", headers=headers)


@router.get("/me/notifications")
async def notifications(deps: Deps, driver: Driver) -> NotificationsOut:
    """What the driver is told, and when phones stay silent."""
    return NotificationsOut.of(await deps.people.accounts.preferences(driver.driver_id))


@router.put("/me/notifications")
async def set_notifications(
    deps: Deps, driver: Driver, asked: NotificationsIn, unless: IfMatch
) -> NotificationsOut:
    """Choose anew; with If-Match only if it is as it was read."""
    chosen = await deps.people.accounts.prefer(
        driver.driver_id,
        Wanted(asked.off, asked.quiet),
        agreed=lambda known: unless.changed(NotificationsOut.of(known)),
    )
    return NotificationsOut.of(chosen)


@router.get("/devices")
async def devices(deps: Deps, driver: Driver) -> DevicesOut:
    """Where the app is installed."""
    found = await deps.drivers.devices(driver.driver_id)
    here = await deps.drivers.device_of(driver.family)
    return DevicesOut(devices=[DeviceOut.of(each, current=each.id == here) for each in found])


@router.delete("/devices/{device_id}", status_code=204)
async def remove_device(deps: Deps, driver: Driver, device_id: DeviceId) -> None:
    """Sign out there, and send no notifications there any more."""
    await deps.drivers.remove_device(driver.driver_id, device_id)


@router.put("/devices/{device_id}/push")
async def set_push(deps: Deps, driver: Driver, device_id: DeviceId, asked: PushIn) -> DeviceOut:
    """Where a device's notifications go."""
    told = await deps.drivers.set_push(
        driver.driver_id, device_id, asked.push_token, asked.push_kind
    )
    here = await deps.drivers.device_of(driver.family)
    return DeviceOut.of(told, current=told.id == here)


@router.get("/me/consents")
async def consents(deps: Deps, driver: Driver) -> ConsentsOut:
    """What the driver decided last, for each kind."""
    found = await deps.people.accounts.consents(driver.driver_id)
    return ConsentsOut(consents=[ConsentOut.of(each) for each in found])


@router.put("/me/consents/{kind}", status_code=204)
async def consent(deps: Deps, driver: Driver, kind: ConsentKind, asked: ConsentIn) -> None:
    """Write down a decision."""
    await deps.people.accounts.consent(
        driver.driver_id, kind, granted=asked.granted, version=asked.version
    )
