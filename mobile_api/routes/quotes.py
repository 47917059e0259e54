"""Quotes for drivers: a price that holds for fifteen minutes and for the session started on it."""

from fastapi import APIRouter

from app.domain.charging import Charging
from app.use_cases.charging import Caller, QuoteRequest
from mobile_api.dependencies import Deps, Driver, DriverDependencies
from mobile_api.idempotency import OnceOnly
from mobile_api.places import named
from mobile_api.schemas.quotes import QuoteIn, QuoteOut, quote_fields

router = APIRouter(tags=["quotes"])


@router.post("/quotes", status_code=201)
async def make_quote(deps: Deps, driver: Driver, asked: QuoteIn, once: OnceOnly) -> QuoteOut:
    """What charging costs here, the estimate, and the amount that is held on the card."""

    async def make() -> QuoteOut:
        charging = await deps.chargings.quote(await _request(deps, driver.driver_id, asked))
        return await shown_quote(deps, charging)

    return await once(driver.driver_id, QuoteOut, make)


async def shown_quote(deps: DriverDependencies, charging: Charging) -> QuoteOut:
    """A quote with its estimate line by line."""
    estimate = await deps.history.expected(charging)
    return QuoteOut.model_validate(quote_fields(charging, estimate))


async def _request(deps: DriverDependencies, driver_id: str, asked: QuoteIn) -> QuoteRequest:
    place = await named(deps, asked)
    vehicle = None
    if asked.vehicle_id is not None:
        vehicle = await deps.belongings.vehicles.get(driver_id, asked.vehicle_id)
    battery = asked.battery or (vehicle.battery if vehicle else None)
    return QuoteRequest(
        caller=Caller(driver_id=driver_id),
        party=place.party,
        location_id=place.location_id,
        evse_uid=place.evse_uid,
        connector_id=asked.connector_id,
        target_energy=asked.energy_of(battery),
        target_time=asked.time,
        target_soc=asked.soc,
        battery=battery,
        vehicle=vehicle,
        language=asked.language,
    )
