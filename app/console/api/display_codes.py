"""Routes for codes on a charger's own display that lead to the payment page (OCPP 2.1, C25)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, Services
from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.domain.web_payments import (
    LONGEST_CODE,
    LONGEST_VALIDITY_S,
    SHORTEST_CODE,
    SHORTEST_VALIDITY_S,
    url_template,
)

router = APIRouter(prefix="/chargers/{station_id}")


class CodesIn(BaseModel):
    """How long each code is shown, in seconds, and how many letters it has."""

    model_config = ConfigDict(extra="forbid")

    validity_s: Annotated[
        int, Field(ge=SHORTEST_VALIDITY_S, le=LONGEST_VALIDITY_S, strict=True)
    ] = 30
    length: Annotated[int, Field(ge=SHORTEST_CODE, le=LONGEST_CODE, strict=True)] = 16


class CodesOut(BaseModel):
    """How codes are made; `state` is that of the command which told the charger.

    `result` is what came of it. The secret is nobody's to see.
    """

    url_template: str
    validity_s: int
    length: int
    version: str
    since: datetime
    state: str | None
    result: str | None


@router.put("/display-codes", status_code=202)
async def set_up(charger: Asked, given: CodesIn) -> AskedOut:
    """Let the display show codes, with a new secret; the last one is good until that arrived."""
    command = await charger.services.chargers.web_payments.set_up(
        charger.asker, charger.id, validity_s=given.validity_s, length=given.length
    )
    return AskedOut.whole(command)


@router.get("/display-codes")
async def show(station_id: str, asking: Asking, services: Services) -> CodesOut:
    """How the display's codes are made, and whether the charger knows."""
    found, command = await services.chargers.web_payments.of(asking.party, station_id)
    outcome = command.outcome if command is not None else None
    return CodesOut(
        url_template=url_template(services.public_url),
        validity_s=found.validity_s,
        length=found.length,
        version=found.version,
        since=found.since,
        state=command.state.value if command is not None else None,
        result=outcome.result.value if outcome is not None else None,
    )


@router.delete("/display-codes", status_code=204)
async def end(station_id: str, asking: Asking, services: Services) -> None:
    """Take no more codes of this display."""
    await services.chargers.web_payments.end(asking.party, station_id)
