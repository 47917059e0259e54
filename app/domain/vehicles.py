"""Vehicles: what fits them, how much they hold, and the id by which chargers know them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.money import Money
from app.domain.stations import PresentedToken
from app.domain.units import Kw, Kwh

MOST_VEHICLES = 20
PREFIX = "VID:"
"""How OCPP 1.6 chargers mark an id tag that is a vehicle's id."""

MAC_ADDRESS = "macaddress"
"""Source: OCPP 2.0.1, IdTokenEnumType, MacAddress."""

SIGHTING_LIFE = timedelta(hours=24)
"""How long after it was reported an id may be tied to the driver whose session it was."""

PLUGGED_BEFORE = timedelta(minutes=15)
"""How long before the start of a session its vehicle may have reported its id."""

_SHORTEST, _LONGEST = 8, 32
_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A driver's vehicle; `plugs` are OCPI's ConnectorTypes, `battery` is what can be used of it.

    With `autocharge` plugging in starts by itself where a charge of usual size costs no more per
    kWh than `most_per_kwh`, tax included.
    """

    id: str
    driver_id: str
    name: str
    created_at: datetime
    plugs: tuple[str, ...] = ()
    battery: Kwh | None = None
    ac_power: Kw | None = None
    dc_power: Kw | None = None
    vehicle_key: str | None = None
    autocharge: bool = False
    most_per_kwh: Money | None = None
    registered_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """A charger told which vehicle is at one of its EVSEs; 1.6 chargers may not say at which."""

    station_id: str
    vehicle_key: str
    at: datetime
    evse_uid: str | None = None


def vehicle_key(text: str) -> str | None:
    """The comparable form of an EVCCID or MAC address; None when it is neither."""
    made = "".join(each for each in text.upper() if each not in ":-. ")
    good = made.isascii() and made.isalnum() and _SHORTEST <= len(made) <= _LONGEST
    return made if good and any(each.isdigit() for each in made) else None


def shown_vehicle(token: PresentedToken) -> str | None:
    """The vehicle whose id was presented as a token; None for cards and all else."""
    if token.type.casefold() == MAC_ADDRESS:
        return vehicle_key(token.uid)
    if token.uid.upper().startswith(PREFIX):
        return vehicle_key(token.uid[len(PREFIX) :])
    return None


def token_uid(key: str) -> str:
    """The uid of the token that a registered vehicle charges by."""
    return f"{PREFIX}{key}"


def is_vehicle_uid(uid: str) -> bool:
    """Whether a token is a vehicle's."""
    return uid.startswith(PREFIX)


def energy_to(battery: Kwh, *, target: int, now: int) -> Kwh:
    """What a battery takes from one state of charge to another, in percent.

    Nothing is no energy to ask a price for: the least is one percent.
    """
    share = Decimal(max(target - now, 1)) / _WHOLE
    return Kwh(battery.value * share)


def power_at(vehicle: Vehicle, power: Kw, *, direct: bool) -> Kw:
    """What the vehicle takes of a connector's power; `direct` is direct current."""
    most = vehicle.dc_power if direct else vehicle.ac_power
    return power if most is None else min(power, most)


def same_vehicle(sightings: list[Sighting], evse_uid: str) -> str | None:
    """The one vehicle that a charger reported at an EVSE; None when it may have been another."""
    here = {each.vehicle_key for each in sightings if each.evse_uid == evse_uid}
    keys = here or {each.vehicle_key for each in sightings if each.evse_uid is None}
    return keys.pop() if len(keys) == 1 else None
