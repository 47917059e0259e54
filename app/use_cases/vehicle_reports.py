"""What chargers tell of vehicles in messages of their makers'.

OCPP 1.6 has no message for a vehicle's id, and leaves the names of its data to the maker.
"""

import json
from datetime import datetime
from typing import Any

from app.domain.events import VehiclePlugged
from app.domain.messages import DataTransferred
from app.domain.vehicles import PREFIX, Sighting, vehicle_key
from app.store.transaction import Transaction

_IDS = ("evccid", "macaddress", "mac", "vehicleid", "vid", "idtag")
_PLACES = ("connectorid", "evseid", "connector", "evse")


def reported(news: DataTransferred) -> tuple[str, int | None] | None:
    """The vehicle, and the connector, that a maker's message tells of; None when it does not."""
    try:
        said = json.loads(news.data or "")
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    known = {str(name).replace("_", "").casefold(): value for name, value in said.items()}
    text = next((known[name] for name in _IDS if isinstance(known.get(name), str)), None)
    key = None if text is None else vehicle_key(text.upper().removeprefix(PREFIX))
    return None if key is None else (key, _number(known))


def _number(known: dict[str, Any]) -> int | None:
    found = next((known[name] for name in _PLACES if name in known), None)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


async def vehicle_reported(
    tx: Transaction, station_id: str, news: DataTransferred, *, now: datetime
) -> None:
    """Note which vehicle is where, and let it start if its driver wants that."""
    found = reported(news)
    if found is None:
        return
    key, connector = found
    places = await tx.locations.by_station(station_id)
    place = next((p for p in places if p.evse.number == connector), None)
    if place is None and len({p.evse.uid for p in places}) == 1:
        place = places[0]
    evse_uid = place.evse.uid if place else None
    await tx.drivers.sightings.add(Sighting(station_id, key, now, evse_uid))
    vehicle = await tx.drivers.vehicles.by_key(key)
    if place is not None and vehicle is not None and vehicle.autocharge:
        location = place.location
        tx.emit(VehiclePlugged(vehicle.id, location.party, location.id, place.evse.uid))
