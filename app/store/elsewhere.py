"""The next best connector for a driver who cannot charge at this one."""

from app.domain.elsewhere import Elsewhere
from app.domain.locations import EvsePlace
from app.store.nearby import next_best
from app.store.transaction import Transaction


async def elsewhere(tx: Transaction, place: EvsePlace) -> Elsewhere | None:
    """The nearest free connector of the same plug, first at the same location; None if none."""
    found = await next_best(tx, place)
    if found is None:
        return None
    location, evse, connector = found.place.location, found.place.evse, found.place.connector
    return Elsewhere(
        party=str(location.party),
        location_id=location.id,
        evse_uid=evse.uid,
        connector_id=connector.id,
        name=location.name or location.address,
        label=evse.physical_reference or evse.evse_id or evse.uid,
        power_kw=connector.power.value,
        distance_m=found.distance_m,
        here=(location.party, location.id) == (place.location.party, place.location.id),
    )
