"""The map, stations' sheets, and what a QR code leads to: for everybody, signed in or not."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.units import Kwh
from app.queries.map import Box
from mobile_api.dependencies import Deps, MaybeDriver, Now, limited_by
from mobile_api.schemas.locations import CodeOut, EvseOut, MapOut, PinOut, SheetOut
from mobile_api.schemas.quotes import EstimateOut

router = APIRouter(tags=["places"])
Code = Annotated[str, Path(min_length=1, max_length=16)]
Amount = Annotated[Decimal, Query(gt=0, le=500, max_digits=7, decimal_places=3)]


def read_box(text: str) -> Box:
    """A view from `south,west,north,east`; raises InvalidInput."""
    try:
        south, west, north, east = (Decimal(part) for part in text.split(","))
    except (ValueError, InvalidOperation) as error:
        raise InvalidInput("bbox", "is south,west,north,east in degrees") from error
    corners = (south, west, north, east)
    if not all(corner.is_finite() for corner in corners):
        raise InvalidInput("bbox", "is south,west,north,east in degrees")
    return Box(*corners)


@router.get("/map")
async def show_map(deps: Deps, now: Now, bbox: Annotated[str, Query(max_length=100)]) -> MapOut:
    """Pins of the places in view, `south,west,north,east`; west > east crosses the date line."""
    pins = await deps.map.pins(read_box(bbox), now)
    return MapOut(as_of=now, pins=[PinOut.of(pin) for pin in pins])


@router.get("/locations/{party}/{location_id}")
async def show_sheet(deps: Deps, now: Now, party: str, location_id: str) -> SheetOut:
    """A station's sheet with the prices for drivers."""
    return SheetOut.of(await deps.map.sheet(PartyId.parse(party), location_id, now))


@router.get("/codes/{code}", dependencies=[limited_by("codes")])
async def show_code(deps: Deps, now: Now, code: Code, driver: MaybeDriver) -> CodeOut:
    """The EVSE behind a QR code, priced for whoever asks: a driver, or else a guest."""
    sheet, point = await deps.map.by_code(code, now, guest=driver is None)
    return CodeOut(station=SheetOut.of(sheet), evse=EvseOut.of(point))


@router.get("/codes/{code}/estimate", dependencies=[limited_by("codes")])
async def estimate(
    *, deps: Deps, now: Now, code: Code, driver: MaybeDriver, kwh: Amount = Decimal(25)
) -> EstimateOut:
    """What this energy would cost at the EVSE behind a QR code, started now; promises nothing."""
    found = await deps.map.estimate(code, Kwh(kwh), now, guest=driver is None)
    return EstimateOut.of(found.bill, found.length)
