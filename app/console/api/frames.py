"""Routes for how a charger is treated, and for what was said on its socket."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from app.console.api.access import Asking, Services
from app.domain.frames import Frame, WantedFrames, Way
from app.use_cases.treatments import Treatment

router = APIRouter(prefix="/chargers/{station_id}")

JSON_LINES = "application/x-ndjson"
Number = Literal["1.6", "2.0.1", "2.1"]


class FrameOut(BaseModel):
    """A frame without secrets; an answer has the `action` of its question, if that is known."""

    at: datetime
    direction: Way
    action: str
    frame: str

    @classmethod
    def of(cls, frame: Frame) -> "FrameOut":
        """Show a frame."""
        return cls(at=frame.at, direction=frame.way, action=frame.action, frame=frame.text)


class TreatmentIn(BaseModel):
    """`strict`: held to the letter of OCPP; `version`: the only one it may speak, null for any."""

    model_config = ConfigDict(extra="forbid", strict=True)

    strict: bool = False
    version: Number | None = None


class TreatmentOut(BaseModel):
    """How a charger is treated from its next connection or boot on."""

    strict: bool
    version: str | None

    @classmethod
    def of(cls, treatment: Treatment) -> "TreatmentOut":
        """Show a treatment."""
        version = treatment.version and treatment.version.removeprefix("ocpp")
        return cls(strict=treatment.strict, version=version)


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and how it is to be written down."""

    wanted: WantedFrames
    as_lines: bool


async def _search(
    *,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    direction: Way | None = None,
    action: Annotated[str | None, Query(max_length=50)] = None,
    text: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=5_000)] = 200,
    form: Annotated[Literal["json", "jsonl"], Query(alias="format")] = "json",
) -> Search:
    wanted = WantedFrames(
        since=since, until=until, way=direction, action=action, text=text, limit=limit
    )
    return Search(wanted, as_lines=form == "jsonl")


@router.get("/frames", response_model=list[FrameOut])
async def list_frames(
    station_id: str,
    search: Annotated[Search, Depends(_search)],
    asking: Asking,
    services: Services,
) -> list[FrameOut] | Response:
    """The last frames that fit, the oldest first; `format=jsonl` for a line each.

    For those before them ask again with `until` the time of the first.
    """
    found = await services.chargers.frames.find(asking.party, station_id, search.wanted)
    if search.as_lines:
        return Response(_lines(found), media_type=JSON_LINES)
    return [FrameOut.of(frame) for frame in found]


def _lines(frames: Sequence[Frame]) -> str:
    return "".join(
        json.dumps(FrameOut.of(frame).model_dump(mode="json"), ensure_ascii=False) + "\n"
        for frame in frames
    )


@router.get("/treatment")
async def get_treatment(station_id: str, asking: Asking, services: Services) -> TreatmentOut:
    """How a charger is treated."""
    return TreatmentOut.of(await services.chargers.treatments.of(asking.party, station_id))


@router.put("/treatment")
async def put_treatment(
    station_id: str, given: TreatmentIn, asking: Asking, services: Services
) -> TreatmentOut:
    """Hold a charger to the letter, as certifiers expect, or bind it to a version."""
    bound = _BOUND[given.version]
    wanted = Treatment(strict=given.strict, version=bound)
    changed = await services.chargers.treatments.change(asking.party, station_id, wanted)
    return TreatmentOut.of(changed)


_BOUND: dict[Number | None, Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"] | None] = {
    None: None, "1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1",
}  # fmt: skip
