"""Vehicles that chargers report in a message of their maker's: they start by our remote start.

OCPP 1.6 has no message for a vehicle's id. Chargers that do not put it into an id tag send it as a
DataTransfer when a cable is plugged in; then the start is asked for as if the driver had, but
without them: no holder is there to confirm the hold.
"""

from datetime import datetime, timedelta
from logging import getLogger

from app.domain.charging import Begun
from app.domain.errors import ChargerRefused, Conflict, PaymentDeclined
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace
from app.domain.tokens import TokenType
from app.domain.vehicles import token_uid
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction
from app.use_cases.charging import Chargings
from app.use_cases.payers import TOO_DEAR, refusal_of, tell_too_dear
from app.use_cases.quotes import Caller, EvseIds, QuoteRequest

log = getLogger(__name__)

_AGAIN_AFTER = timedelta(minutes=10)
"""A cable that stays in after the end begins nothing anew, whatever the charger repeats."""


class Autocharge:
    """Starts vehicles that were plugged in, within what their drivers agreed to."""

    def __init__(self, store: Store, clock: Clock, chargings: Chargings) -> None:
        self._store = store
        self._clock = clock
        self._chargings = chargings

    async def plugged(
        self, vehicle_id: str, party: PartyId, location_id: str, *, evse_uid: str
    ) -> None:
        """A vehicle is at an EVSE: start, unless something runs or just ran there."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            place = (await tx.locations.need(party, location_id)).need_place(evse_uid, None)
            driver_id = await _may_start(tx, vehicle_id, place, now)
        if driver_id is None:
            async with self._store.transaction() as tx:
                await _tell(tx, vehicle_id, place, now)
            return
        caller = Caller(driver_id=driver_id)
        request = QuoteRequest(
            caller=caller,
            evse=EvseIds(party, location_id, evse_uid),
            begun_by=Begun.AUTOCHARGE,
        )
        try:
            quoted = await self._chargings.quote(request)
            await self._chargings.start(quoted.id, caller)
        except (ChargerRefused, PaymentDeclined, Conflict) as refusal:
            log.info("autocharge.refused", extra={"vehicle": vehicle_id, "why": str(refusal)})


async def _may_start(
    tx: Transaction, vehicle_id: str, place: EvsePlace, now: datetime
) -> str | None:
    """Whose vehicle it is, if it may start here now."""
    vehicle = await tx.drivers.vehicles.need(vehicle_id)
    location = place.location
    for each in await tx.charging.open_of_driver(vehicle.driver_id):
        if (each.cpo, each.location_id) == (location.party, location.id):
            return None
    last = await tx.charging.last_at(vehicle.driver_id, location.party, location.id)
    ended = last.completed_at if last is not None else None
    if ended is not None and now - ended < _AGAIN_AFTER:
        return None
    return vehicle.driver_id if await _refusal(tx, vehicle_id, place, now) is None else None


async def _refusal(
    tx: Transaction, vehicle_id: str, place: EvsePlace, now: datetime
) -> str | None:
    vehicle = await tx.drivers.vehicles.need(vehicle_id)
    uid = token_uid(vehicle.vehicle_key or "")
    for token in await tx.tokens.by_uid(uid):
        if token.own and token.type is TokenType.OTHER and token.valid:
            found = await refusal_of(tx, token, place, now=now)
            return None if found is None else found[1]
    return "no_token"


async def _tell(tx: Transaction, vehicle_id: str, place: EvsePlace, now: datetime) -> None:
    """The driver hears of it when only the price was in the way."""
    if await _refusal(tx, vehicle_id, place, now) != TOO_DEAR:
        return
    vehicle = await tx.drivers.vehicles.need(vehicle_id)
    for token in await tx.tokens.by_uid(token_uid(vehicle.vehicle_key or "")):
        await tell_too_dear(tx, token, place, now=now)
