"""Which EVSE a driver means, by the code on its sticker or by its ids."""

from typing import NamedTuple

from app.domain.identifiers import PartyId
from mobile_api.dependencies import DriverDependencies
from mobile_api.schemas.places import PlaceIn


class Named(NamedTuple):
    """The ids of an EVSE."""

    party: PartyId
    location_id: str
    evse_uid: str


async def named(deps: DriverDependencies, asked: PlaceIn) -> Named:
    """The EVSE that is meant, its uid perhaps in lower case; raises NotFound."""
    if asked.code is not None:
        return Named(*await deps.map.named(asked.code))
    party = PartyId.parse(asked.party or "")
    return Named(party, asked.location_id or "", asked.evse_uid or "")
