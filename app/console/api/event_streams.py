"""Routes for the event streams of a charger (OCPP 2.1); their values are among its facts."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.domain.event_streams import AdjustStream, ListStreams, StreamPace

router = APIRouter(prefix="/chargers/{station_id}/event-streams")

MOST = 2**31 - 1
Number = Annotated[int, Field(ge=0, le=MOST, strict=True)]


class PaceIn(BaseModel):
    """Which stream is to come at which pace: seconds between, values together."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    interval_s: Number | None = None
    values: Number | None = None


@router.post("/list", status_code=202)
async def list_streams(charger: Asked) -> AskedOut:
    """Make the charger tell which streams are open."""
    return await charger.ask(ListStreams())


@router.post("/adjust", status_code=202)
async def adjust_stream(charger: Asked, given: PaceIn) -> AskedOut:
    """Make the charger send a stream at another pace."""
    ask = AdjustStream(given.number, StreamPace(given.interval_s, given.values))
    return await charger.ask(ask)
