"""Vehicles for better estimates, and Autocharge for those that chargers report."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.domain.errors import InvalidInput
from app.use_cases.vehicles import Agreed
from mobile_api.dependencies import Deps, Driver, limited_by
from mobile_api.etags import IfMatch, Unless
from mobile_api.idempotency import OnceOnly
from mobile_api.schemas.vehicles import AutochargeIn, VehicleIn, VehicleOut, VehiclesOut

router = APIRouter(prefix="/vehicles", tags=["vehicles"])

VehicleId = Annotated[str, Path(max_length=36)]


@router.post("", status_code=201, dependencies=[limited_by("changes")])
async def add(deps: Deps, driver: Driver, asked: VehicleIn, once: OnceOnly) -> VehicleOut:
    """A new vehicle."""

    async def make() -> VehicleOut:
        vehicles = deps.belongings.vehicles
        return VehicleOut.of(await vehicles.add(driver.driver_id, asked.facts()))

    return await once(driver.driver_id, VehicleOut, make)


@router.get("")
async def list_vehicles(deps: Deps, driver: Driver) -> VehiclesOut:
    """The driver's vehicles, the oldest first."""
    found = await deps.belongings.vehicles.of_driver(driver.driver_id)
    return VehiclesOut(vehicles=[VehicleOut.of(each) for each in found])


@router.get("/{vehicle_id}")
async def show(deps: Deps, driver: Driver, vehicle_id: VehicleId) -> VehicleOut:
    """One of them."""
    return VehicleOut.of(await deps.belongings.vehicles.get(driver.driver_id, vehicle_id))


@router.put("/{vehicle_id}")
async def edit(
    deps: Deps, driver: Driver, vehicle_id: VehicleId, *, asked: VehicleIn, unless: IfMatch
) -> VehicleOut:
    """Tell otherwise of it; Autocharge stays as it is. With If-Match only if it is as read."""
    edited = await deps.belongings.vehicles.edit(
        driver.driver_id, vehicle_id, asked.facts(), agreed=_as_read(unless)
    )
    return VehicleOut.of(edited)


@router.delete("/{vehicle_id}", status_code=204)
async def delete(deps: Deps, driver: Driver, vehicle_id: VehicleId, unless: IfMatch) -> None:
    """Forget a vehicle; whoever drives it next may register it. With If-Match only if as read."""
    await deps.belongings.vehicles.delete(driver.driver_id, vehicle_id, agreed=_as_read(unless))


@router.put("/{vehicle_id}/autocharge", dependencies=[limited_by("changes")])
async def autocharge(
    deps: Deps, driver: Driver, vehicle_id: VehicleId, *, asked: AutochargeIn, unless: IfMatch
) -> VehicleOut:
    """Let plugging in start by itself, or no longer; never above the price that is accepted.

    With If-Match only if the vehicle is as it was read.
    """
    agreed = _as_read(unless)
    vehicles, me = deps.belongings.vehicles, driver.driver_id
    most = asked.most_per_kwh.money() if asked.most_per_kwh else None
    if asked.enabled and asked.session_id is not None:
        if most is None:
            raise InvalidInput("most_per_kwh", "is needed: nothing starts without a price")
        made = await vehicles.register(
            me, vehicle_id, asked.session_id, most_per_kwh=most, agreed=agreed
        )
    else:
        made = await vehicles.switch(
            me, vehicle_id, on=asked.enabled, most_per_kwh=most, agreed=agreed
        )
    return VehicleOut.of(made)


def _as_read(unless: Unless) -> Agreed | None:
    if unless.header is None:
        return None
    return lambda known: unless.changed(VehicleOut.of(known))
