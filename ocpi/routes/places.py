"""Where something took place, for versions whose objects hold the whole location (2.1.1)."""

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.queries.roaming import Roaming
from ocpi.translate.locations import write_location
from ocpi.versions.registry import Surroundings
from ocpi.wire.calls import Call


async def location_around(
    call: Call, roaming: Roaming, party: PartyId, location_id: str | None
) -> Surroundings:
    """The location as it is now, if the version of the call embeds it and it is still there."""
    if call.version.owner_in_body or location_id is None:
        return Surroundings()
    try:
        location = await roaming.location([party], location_id)
    except NotFound:
        return Surroundings()
    return Surroundings(location=write_location(location))
