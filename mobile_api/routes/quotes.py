"""Quotes for drivers: a price that holds for fifteen minutes and for the session started on it."""

from functools import partial

from fastapi import APIRouter

from app.domain.identifiers import PartyId
from app.use_cases.quotes import Caller, EvseIds, QuoteRequest, Sticker
from mobile_api.dependencies import Deps, Driver, DriverDependencies
from mobile_api.idempotency import Made, OnceOnly
from mobile_api.json_answers import Json
from mobile_api.schemas.quotes import QuoteIn, QuoteOut, quote_fields

router = APIRouter(tags=["quotes"])


@router.post("/quotes", status_code=201, response_model=QuoteOut)
async def make_quote(deps: Deps, driver: Driver, asked: QuoteIn, once: OnceOnly) -> Json:
    """What charging costs here, the estimate, and the amount that is held on the card."""

    async def make() -> Made:
        request = await _request(deps, driver.driver_id, asked)
        promise = await deps.chargings.quotes.promise(request)
        answer = QuoteOut.model_validate(quote_fields(promise)).model_dump_json()
        return Made(answer, partial(deps.chargings.quotes.keep, promise))

    return Json(await once.together(driver.driver_id, make), 201)


async def _request(deps: DriverDependencies, driver_id: str, asked: QuoteIn) -> QuoteRequest:
    vehicle = None
    if asked.vehicle_id is not None:
        vehicle = await deps.belongings.vehicles.get(driver_id, asked.vehicle_id)
    battery = asked.battery or (vehicle.battery if vehicle else None)
    return QuoteRequest(
        caller=Caller(driver_id=driver_id),
        evse=_evse(asked),
        connector_id=asked.connector_id,
        target_energy=asked.energy_of(battery),
        target_time=asked.time,
        target_soc=asked.soc,
        battery=battery,
        vehicle=vehicle,
        language=asked.language,
    )


def _evse(asked: QuoteIn) -> EvseIds | Sticker:
    if asked.code is not None:
        return Sticker(asked.code)
    party = PartyId.parse(asked.party or "")
    return EvseIds(party, asked.location_id or "", asked.evse_uid or "")
