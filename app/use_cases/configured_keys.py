"""Keys of meters that a charger's configuration holds: kept, and those that changed are let go."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.domain.device_model import Variable
from app.domain.events import MeterKeysChanged
from app.domain.meter_key_variables import meter_keys
from app.domain.signed_meters import KeyTrust, MeterKey
from app.store.ids import new_id
from app.store.transaction import Transaction


async def keep_meter_keys(
    tx: Transaction, station_id: str, variables: Iterable[Variable], *, now: datetime
) -> None:
    """What was signed at the charger is checked again when another key is configured."""
    told = meter_keys(variables)
    if not told:
        return
    known = [
        key
        for key in await tx.meter_keys.of_station(station_id)
        if key.trust is KeyTrust.CONFIGURED and key.revoked_at is None
    ]
    changed = False
    for evse, given in told.items():
        here = [key for key in known if (key.evse or 0) == evse]
        if any(key.given == given for key in here):
            continue
        changed = True
        for key in here:
            await tx.meter_keys.put(replace(key, revoked_at=now))
        fresh = MeterKey(new_id(), station_id, given, KeyTrust.CONFIGURED, now, evse=evse or None)
        await tx.meter_keys.add(fresh)
    if changed:
        tx.emit(MeterKeysChanged(station_id))
