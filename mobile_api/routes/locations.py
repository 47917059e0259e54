"""Stations' sheets, and what a QR code leads to: for everybody, signed in or not."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.domain.identifiers import PartyId
from app.domain.units import Kwh
from mobile_api.dependencies import Deps, MaybeDriver, Now, limited_by
from mobile_api.routes.finding import router as finding_router
from mobile_api.routes.map import router as map_router
from mobile_api.schemas.locations import CodeOut, EvseOut, SheetOut
from mobile_api.schemas.quotes import EstimateOut
from mobile_api.schemas.stations import StationOut
from mobile_api.schemas.values import Language

router = APIRouter(tags=["places"])
router.include_router(map_router)
router.include_router(finding_router)
Code = Annotated[str, Path(min_length=1, max_length=16)]
Amount = Annotated[Decimal, Query(gt=0, le=500, max_digits=7, decimal_places=3)]


@router.get("/locations/{party}/{location_id}")
async def show_sheet(
    *,
    deps: Deps,
    now: Now,
    driver: MaybeDriver,
    party: str,
    location_id: str,
    kwh: Amount = Decimal(25),
    language: Language = "en",
) -> StationOut:
    """A station with the prices for drivers, what some energy costs, and what is free near by."""
    station = await deps.map.station(
        PartyId.parse(party),
        location_id,
        now,
        driver_id=driver.driver_id if driver is not None else None,
        energy=Kwh(kwh),
    )
    return StationOut.whole(station, language)


@router.get("/codes/{code}", dependencies=[limited_by("codes")])
async def show_code(
    *, deps: Deps, now: Now, code: Code, driver: MaybeDriver, language: Language = "en"
) -> CodeOut:
    """The EVSE behind a QR code, priced for whoever asks: a driver, or else a guest."""
    sheet, point = await deps.map.by_code(code, now, guest=driver is None)
    return CodeOut(station=SheetOut.of(sheet, language), evse=EvseOut.of(point, language))


@router.get("/codes/{code}/estimate", dependencies=[limited_by("codes")])
async def estimate(
    *, deps: Deps, now: Now, code: Code, driver: MaybeDriver, kwh: Amount = Decimal(25)
) -> EstimateOut:
    """What this energy would cost at the EVSE behind a QR code, started now; promises nothing."""
    found = await deps.map.estimate(code, Kwh(kwh), now, guest=driver is None)
    return EstimateOut.of(found.bill, found.length)
