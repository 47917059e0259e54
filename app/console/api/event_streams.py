"""Routes for the event streams of a charger (OCPP 2.1); their values are among its facts."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import AskingHolder, Services
from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import ask_of
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
async def list_streams(station_id: str, asking: AskingHolder, services: Services) -> AskedOut:
    """Make the charger tell which streams are open."""
    request = ask_of(asking, station_id, ListStreams())
    return AskedOut.whole(await services.commands.request(request))


@router.post("/adjust", status_code=202)
async def adjust_stream(
    station_id: str, given: PaceIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Make the charger send a stream at another pace."""
    ask = AdjustStream(given.number, StreamPace(given.interval_s, given.values))
    return AskedOut.whole(await services.commands.request(ask_of(asking, station_id, ask)))
