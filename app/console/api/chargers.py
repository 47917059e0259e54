"""Routes for one charger beyond charging: asks that every version knows, and the raw CALL."""

import json
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import AskingHolder, PageAfter, Services
from app.console.api.charger_shapes import AskedOut, FactOut, PartOut
from app.domain.asks import ChangeAvailability, ClearCache, RawAsk, StationAsk
from app.domain.commands import CommandChannel
from app.domain.operators import Holder
from app.domain.raw_secrets import holds_secret
from app.use_cases.command_requests import Asker, AskRequest

router = APIRouter(prefix="/chargers/{station_id}")

Name = Annotated[str, Field(min_length=1, max_length=255)]


class PartIn(BaseModel):
    """Which part of a charger; without an EVSE all of it."""

    model_config = ConfigDict(extra="forbid")

    location_id: Name | None = None
    evse_uid: Name | None = None
    connector_id: Name | None = None


class AvailabilityIn(PartIn):
    """In use, or not."""

    operative: Annotated[bool, Field(strict=True)]


class CallIn(BaseModel):
    """A CALL in the charger's own words."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[str, Field(min_length=1, max_length=50)]
    payload: dict[str, Any] = {}


def ask_of(
    holder: Holder, station_id: str, ask: StationAsk, part: PartIn | None = None
) -> AskRequest:
    """The request that an operator makes of a charger."""
    party = holder.operator.party
    asker = Asker(channel=CommandChannel.OPERATOR, cpo=party, key_id=holder.key_id)
    where = part or PartIn()
    return AskRequest(
        asker=asker,
        station_id=station_id,
        ask=ask,
        location_id=where.location_id,
        evse_uid=where.evse_uid,
        connector_id=where.connector_id,
    )


@router.get("/commands")
async def list_commands(
    station_id: str, asking: AskingHolder, services: Services, page: PageAfter
) -> list[AskedOut]:
    """What was asked, the newest first; `after` is the last id of the page before."""
    found = await services.chargers.queries.commands(asking.operator.party, station_id, page)
    return [AskedOut.whole(command) for command in found]


@router.get("/facts")
async def list_facts(station_id: str, asking: AskingHolder, services: Services) -> list[FactOut]:
    """What the charger told beyond charging, by topic."""
    found = await services.chargers.queries.facts(asking.operator.party, station_id)
    return [FactOut.of(told) for told in found]


@router.post("/call")
async def call(
    station_id: str, given: CallIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Send a CALL as it is and wait for the charger's answer, at most 30 seconds.

    One that sets a secret is sealed, and a password that it sets is learned.
    """
    request = ask_of(asking, station_id, RawAsk(given.action, json.dumps(given.payload)))
    if holds_secret(given.action, given.payload):
        command = await services.chargers.security.call(
            request.asker, station_id, given.action, given.payload
        )
    else:
        command = await services.commands.request(request)
    return AskedOut.whole(await services.commands.finish(command))


@router.post("/availability", status_code=202)
async def change_availability(
    station_id: str, given: AvailabilityIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Take a part of a charger in or out of use."""
    ask = ChangeAvailability(given.operative)
    request = ask_of(asking, station_id, ask, given)
    return AskedOut.whole(await services.commands.request(request))


@router.get("/availability")
async def list_availability(
    station_id: str, asking: AskingHolder, services: Services
) -> list[PartOut]:
    """What was put in or out of use, and whether it is so by now."""
    found = await services.chargers.availability.of(asking.operator.party, station_id)
    return [PartOut.of(part) for part in found]


@router.post("/clear-cache", status_code=202)
async def clear_cache(station_id: str, asking: AskingHolder, services: Services) -> AskedOut:
    """Make a charger forget which tokens were let in."""
    request = ask_of(asking, station_id, ClearCache())
    return AskedOut.whole(await services.commands.request(request))
