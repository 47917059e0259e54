"""The map and the search: for everybody, signed in or not."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.domain.errors import InvalidInput
from app.domain.locations import GeoPoint
from app.queries.map import Box
from app.queries.map_filters import Wanted
from mobile_api.dependencies import Deps, MaybeDriver, Now
from mobile_api.schemas.map import HitOut, MapOut, SearchOut, map_json
from mobile_api.schemas.values import Language

router = APIRouter(tags=["places"])

Word = Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,40}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class MapQuery(BaseModel):
    """What is in view and wanted; plug, power and price must be of one connector."""

    bbox: str = Field(max_length=100, description="`south,west,north,east` in degrees")
    zoom: int | None = Field(
        None, ge=0, le=22, description="The map's zoom level; else it follows from the width"
    )
    free: bool = Field(default=False, description="Only what is free now")
    min_power_kw: Decimal | None = Field(None, ge=0, le=10_000)
    plug: list[Word] = Field([], max_length=20, description="One of these, in OCPI's words")
    max_price: Decimal | None = Field(
        None, ge=0, le=1_000_000, description="Per kWh, now, in the station's currency"
    )
    operator: list[Name] = Field([], max_length=20, description="By name, or party as `NL-ABC`")
    facility: list[Word] = Field([], max_length=20, description="All of these")
    open_now: bool = Field(default=False, description="Not what is known to be closed")
    own: bool | None = Field(None, description="Only our own stations, or only partners'")
    vehicle: str | None = Field(
        None, max_length=36, description="What fits this vehicle of the driver who asks"
    )
    language: Language = "en"


def read_box(text: str) -> Box:
    """A view from `south,west,north,east`; raises InvalidInput."""
    return Box(*_numbers(text, "bbox", ("south", "west", "north", "east")))


def _numbers(text: str, name: str, parts: tuple[str, ...]) -> list[Decimal]:
    try:
        numbers = [Decimal(part) for part in text.split(",")]
    except InvalidOperation as error:
        raise InvalidInput(name, f"is {','.join(parts)} in degrees") from error
    if len(numbers) != len(parts) or not all(number.is_finite() for number in numbers):
        raise InvalidInput(name, f"is {','.join(parts)} in degrees")
    return numbers


def _wanted(asked: MapQuery, plugs: frozenset[str]) -> Wanted:
    return Wanted(
        free=asked.free,
        min_power=asked.min_power_kw,
        plugs=plugs,
        max_price=asked.max_price,
        operators=frozenset(name.casefold() for name in asked.operator),
        facilities=frozenset(asked.facility),
        open_now=asked.open_now,
        own=asked.own,
    )


@router.get("/map", response_model=MapOut)
async def show_map(
    deps: Deps, now: Now, driver: MaybeDriver, asked: Annotated[MapQuery, Query()]
) -> Response:
    """Pins and clusters of the places in view; west > east crosses the date line."""
    plugs = frozenset(asked.plug)
    if asked.vehicle is not None:
        plugs = await deps.map.plugs_of(
            asked.vehicle, driver.driver_id if driver is not None else None
        )
    view = await deps.map.view(
        read_box(asked.bbox), now, wanted=_wanted(asked, plugs), zoom=asked.zoom
    )
    return Response(map_json(view, now, asked.language), media_type="application/json")


@router.get("/search")
async def search(
    *,
    deps: Deps,
    now: Now,
    text: Annotated[str, Query(min_length=2, max_length=100)],
    near: Annotated[str | None, Query(max_length=60, description="`latitude,longitude`")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    language: Language = "en",
) -> SearchOut:
    """Places by name, address, city, operator or EVSE id, the best first, then the nearest."""
    point = None if near is None else _point(near)
    hits = await deps.map.search(text, now, near=point, limit=limit)
    return SearchOut(as_of=now, hits=[HitOut.of(hit, language) for hit in hits])


def _point(text: str) -> GeoPoint:
    point = GeoPoint(*_numbers(text, "near", ("latitude", "longitude")))
    if not point.on_earth:
        raise InvalidInput("near", "is not on Earth")
    return point
