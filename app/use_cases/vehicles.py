"""Drivers' vehicles, and Autocharge: a vehicle that was seen at its driver's session starts alone.

A vehicle's id is no secret, so typing one in proves nothing. It is taken from what a charger
reported at the EVSE where the driver was charging, and it belongs to one driver.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.charging import Charging
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.money import Money
from app.domain.tokens import Token, TokenType, Whitelist
from app.domain.units import Kw, Kwh
from app.domain.vehicles import (
    MOST_VEHICLES,
    PLUGGED_BEFORE,
    SIGHTING_LIFE,
    Vehicle,
    same_vehicle,
    token_uid,
)
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.driver_tokens import Issuer, contract_in, write_token
from app.use_cases.tokens import CHANGED_SUBJECT

Agreed = Callable[[Vehicle], None]
"""May refuse over what nobody changes meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleFacts:
    """What a driver tells of a vehicle."""

    name: str
    plugs: tuple[str, ...] = ()
    battery: Kwh | None = None
    ac_power: Kw | None = None
    dc_power: Kw | None = None


class Vehicles:
    """Keeps vehicles, and lets them begin by themselves."""

    def __init__(self, store: Store, bus: Bus, clock: Clock, *, issuer: Issuer) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._issuer = issuer

    async def of_driver(self, driver_id: str) -> list[Vehicle]:
        """A driver's vehicles, the oldest first."""
        async with self._store.reading() as tx:
            return await tx.drivers.vehicles.of_driver(driver_id)

    async def get(self, driver_id: str, vehicle_id: str) -> Vehicle:
        """One of them; raises NotFound."""
        async with self._store.reading() as tx:
            return await _own(tx, driver_id, vehicle_id)

    async def add(self, driver_id: str, facts: VehicleFacts) -> Vehicle:
        """A new vehicle; raises Conflict when there are too many."""
        async with self._store.transaction() as tx:
            await tx.drivers.hold(driver_id)
            if len(await tx.drivers.vehicles.of_driver(driver_id)) >= MOST_VEHICLES:
                raise Conflict(f"there are {MOST_VEHICLES} vehicles already")
            vehicle = _with(Vehicle(new_id(), driver_id, facts.name, self._clock.now()), facts)
            await tx.drivers.vehicles.add(vehicle)
        return vehicle

    async def edit(
        self,
        driver_id: str,
        vehicle_id: str,
        facts: VehicleFacts,
        *,
        agreed: Agreed | None = None,
    ) -> Vehicle:
        """Tell otherwise of a vehicle; raises NotFound."""
        async with self._store.transaction() as tx:
            vehicle = await _own(tx, driver_id, vehicle_id, agreed)
            return await tx.drivers.vehicles.save(_with(vehicle, facts))

    async def delete(
        self, driver_id: str, vehicle_id: str, *, agreed: Agreed | None = None
    ) -> None:
        """Forget a vehicle; its id is free for whoever drives it next. Raises NotFound."""
        async with self._store.transaction() as tx:
            vehicle = await _own(tx, driver_id, vehicle_id, agreed)
            await self._silence(tx, vehicle)
            await tx.drivers.vehicles.delete(vehicle_id)
        await self._bus.publish(CHANGED_SUBJECT)

    async def register(
        self,
        driver_id: str,
        vehicle_id: str,
        charging_id: str,
        *,
        most_per_kwh: Money,
        agreed: Agreed | None = None,
    ) -> Vehicle:
        """Let plugging in start by itself, by the id reported during a session of the driver's.

        Raises NotFound for what is not the driver's, Conflict when the charger did not report one
        vehicle there, or it is registered by somebody else.
        """
        _check(most_per_kwh)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            vehicle = await _own(tx, driver_id, vehicle_id, agreed)
            charging = await tx.charging.get(charging_id)
            if charging is None or charging.driver_id != driver_id:
                raise NotFound("session", charging_id)
            key = await _seen_at(tx, charging, now)
            if key is None:
                raise Conflict("the charger did not report which vehicle this was")
            other = await tx.drivers.vehicles.by_key(key)
            if other is not None and other.id != vehicle.id:
                raise Conflict("this vehicle is registered already")
            if vehicle.vehicle_key not in {None, key}:
                await self._silence(tx, vehicle)
            known = replace(vehicle, vehicle_key=key, registered_at=now)
            after = await self._turned(tx, known, on=True, most_per_kwh=most_per_kwh, now=now)
        await self._bus.publish(CHANGED_SUBJECT)
        return after

    async def switch(
        self,
        driver_id: str,
        vehicle_id: str,
        *,
        on: bool,
        most_per_kwh: Money | None = None,
        agreed: Agreed | None = None,
    ) -> Vehicle:
        """Let it start by itself, or no longer; raises NotFound, Conflict if it never was seen."""
        if most_per_kwh is not None:
            _check(most_per_kwh)
        async with self._store.transaction() as tx:
            vehicle = await _own(tx, driver_id, vehicle_id, agreed)
            most = most_per_kwh or vehicle.most_per_kwh
            if vehicle.vehicle_key is None and on:
                raise Conflict("no charger has reported this vehicle so far")
            if on and most is None:
                raise InvalidInput("most_per_kwh", "is needed: nothing starts without a price")
            after = await self._turned(
                tx, vehicle, on=on, most_per_kwh=most, now=self._clock.now()
            )
        await self._bus.publish(CHANGED_SUBJECT)
        return after

    async def _turned(
        self,
        tx: Transaction,
        vehicle: Vehicle,
        *,
        on: bool,
        most_per_kwh: Money | None,
        now: datetime,
    ) -> Vehicle:
        if vehicle.vehicle_key is not None:
            uid = token_uid(vehicle.vehicle_key)
            known = await tx.tokens.hold(self._issuer.party, uid, TokenType.OTHER)
            token = known or Token(
                self._issuer.party,
                uid,
                TokenType.OTHER,
                await contract_in(tx, self._issuer, vehicle.driver_id),
                self._issuer.name,
                valid=True,
                whitelist=Whitelist.NEVER,
                last_updated=now,
            )
            mine = replace(token, valid=on, driver_id=vehicle.driver_id, last_updated=now)
            await write_token(tx, mine)
        return await tx.drivers.vehicles.save(
            replace(vehicle, autocharge=on, most_per_kwh=most_per_kwh)
        )

    async def _silence(self, tx: Transaction, vehicle: Vehicle) -> None:
        """The vehicle of this id begins nothing any more, for nobody."""
        if vehicle.vehicle_key is None:
            return
        uid = token_uid(vehicle.vehicle_key)
        token = await tx.tokens.hold(self._issuer.party, uid, TokenType.OTHER)
        if token is not None:
            now = self._clock.now()
            await write_token(tx, replace(token, valid=False, driver_id=None, last_updated=now))

    async def release(self, key: str) -> None:
        """For the helpdesk: a vehicle was sold, its id is free again; raises NotFound."""
        async with self._store.transaction() as tx:
            vehicle = await tx.drivers.vehicles.by_key(key)
            if vehicle is None:
                raise NotFound("vehicle", key)
            await self._silence(tx, vehicle)
            await tx.drivers.vehicles.save(
                replace(vehicle, vehicle_key=None, autocharge=False, registered_at=None)
            )
        await self._bus.publish(CHANGED_SUBJECT)

    async def tidy(self) -> int:
        """Forget what chargers saw too long ago to prove anything; tells how much."""
        async with self._store.transaction() as tx:
            return await tx.drivers.sightings.forget_before(self._clock.now() - SIGHTING_LIFE)


async def _seen_at(tx: Transaction, charging: Charging, now: datetime) -> str | None:
    """The one vehicle that was at the EVSE while the driver's session ran there."""
    start = charging.started_at
    if charging.station_id is None or start is None or now - start > SIGHTING_LIFE:
        return None
    end = charging.completed_at or now
    seen = await tx.drivers.sightings.at_station(
        charging.station_id, after=start - PLUGGED_BEFORE, before=end
    )
    return same_vehicle(seen, charging.evse_uid)


async def _own(
    tx: Transaction, driver_id: str, vehicle_id: str, agreed: Agreed | None = None
) -> Vehicle:
    vehicle = await tx.drivers.vehicles.get(vehicle_id, lock=agreed is not None)
    if vehicle is None or vehicle.driver_id != driver_id:
        raise NotFound("vehicle", vehicle_id)
    if agreed is not None:
        agreed(vehicle)
    return vehicle


def _with(vehicle: Vehicle, facts: VehicleFacts) -> Vehicle:
    return replace(
        vehicle,
        name=facts.name,
        plugs=facts.plugs,
        battery=facts.battery,
        ac_power=facts.ac_power,
        dc_power=facts.dc_power,
    )


def _check(most_per_kwh: Money) -> None:
    if most_per_kwh.minor <= 0:
        raise InvalidInput("most_per_kwh", "is too small")
