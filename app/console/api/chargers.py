"""Routes for one charger beyond charging: asks that every version knows, and the raw CALL."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import AskingHolder, PageAfter, Services, asker_of
from app.console.api.charger_shapes import AskedOut, FactOut, PartOut
from app.console.api.services import OperatorServices
from app.domain.asks import ChangeAvailability, ClearCache, RawAsk, StationAsk
from app.domain.identifiers import PartyId
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


@dataclass(frozen=True, slots=True)
class AskedCharger:
    """The charger that a request is about, who makes it, and what it is carried out by."""

    id: str
    holder: Holder
    services: OperatorServices

    @property
    def party(self) -> PartyId:
        """Whose charger it has to be."""
        return self.holder.operator.party

    @property
    def asker(self) -> Asker:
        """Who asks, as commands note it."""
        return asker_of(self.holder)

    def request(self, ask: StationAsk, part: PartIn | None = None) -> AskRequest:
        """What is asked of the charger, or of a part of it."""
        where = part or PartIn()
        return AskRequest(
            asker=self.asker,
            station_id=self.id,
            ask=ask,
            location_id=where.location_id,
            evse_uid=where.evse_uid,
            connector_id=where.connector_id,
        )

    async def ask(self, ask: StationAsk, part: PartIn | None = None) -> AskedOut:
        """Ask it, and show the command, which tells later what became of it."""
        return AskedOut.whole(await self.services.commands.request(self.request(ask, part)))


async def _asked(station_id: str, holder: AskingHolder, services: Services) -> AskedCharger:
    return AskedCharger(station_id, holder, services)


Asked = Annotated[AskedCharger, Depends(_asked)]
"""The charger of the address."""


@router.get("/commands")
async def list_commands(charger: Asked, page: PageAfter) -> list[AskedOut]:
    """What was asked, the newest first; `after` is the last id of the page before."""
    found = await charger.services.chargers.queries.commands(charger.party, charger.id, page)
    return [AskedOut.whole(command) for command in found]


@router.get("/facts")
async def list_facts(charger: Asked) -> list[FactOut]:
    """What the charger told beyond charging, by topic."""
    found = await charger.services.chargers.queries.facts(charger.party, charger.id)
    return [FactOut.of(told) for told in found]


@router.post("/call")
async def call(charger: Asked, given: CallIn) -> AskedOut:
    """Send a CALL as it is and wait for the charger's answer, at most 30 seconds.

    One that sets a secret is sealed, and a password that it sets is learned.
    """
    commands, security = charger.services.commands, charger.services.chargers.security
    if holds_secret(given.action, given.payload):
        asked = security.call(charger.asker, charger.id, given.action, given.payload)
    else:
        raw = RawAsk(given.action, json.dumps(given.payload))
        asked = commands.request(charger.request(raw))
    return AskedOut.whole(await commands.finish(await asked))


@router.post("/availability", status_code=202)
async def change_availability(charger: Asked, given: AvailabilityIn) -> AskedOut:
    """Take a part of a charger in or out of use."""
    ask = ChangeAvailability(given.operative)
    return await charger.ask(ask, given)


@router.get("/availability")
async def list_availability(charger: Asked) -> list[PartOut]:
    """What was put in or out of use, and whether it is so by now."""
    found = await charger.services.chargers.availability.of(charger.party, charger.id)
    return [PartOut.of(part) for part in found]


@router.post("/clear-cache", status_code=202)
async def clear_cache(charger: Asked) -> AskedOut:
    """Make a charger forget which tokens were let in."""
    return await charger.ask(ClearCache())
