"""Locations with their EVSEs and connectors: what is published on maps and to partners."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.units import Kw

NORTH_POLE = Decimal(90)
DATE_LINE = Decimal(180)


class EvseStatus(StrEnum):
    """The status of an EVSE. Source: OCPI 2.2.1, Locations, Status enum."""

    AVAILABLE = "AVAILABLE"
    BLOCKED = "BLOCKED"
    CHARGING = "CHARGING"
    INOPERATIVE = "INOPERATIVE"
    OUTOFORDER = "OUTOFORDER"
    PLANNED = "PLANNED"
    REMOVED = "REMOVED"
    RESERVED = "RESERVED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """WGS 84 degrees, exact as published."""

    latitude: Decimal
    longitude: Decimal

    @property
    def on_earth(self) -> bool:
        """Whether there is such a place."""
        return abs(self.latitude) <= NORTH_POLE and abs(self.longitude) <= DATE_LINE


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Open on a weekday (1 = Monday) between local times `HH:MM`; `00:00` as end is midnight."""

    weekday: int
    begin: str
    end: str


@dataclass(frozen=True, slots=True)
class ExceptionalPeriod:
    """A stretch of time, UTC, that overrides the regular hours."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class OpeningTimes:
    """When a location is open. Source: OCPI 2.2.1, Locations, Hours class."""

    always: bool = True
    regular: tuple[OpeningHours, ...] = ()
    openings: tuple[ExceptionalPeriod, ...] = ()
    closings: tuple[ExceptionalPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class Connector:
    """A plug of an EVSE. `standard`, `format`, `power_type` use OCPI's words.

    `number` is the connector's number within its EVSE as the charger counts (from 1). A partner's
    connector has the number 0.
    """

    id: str
    standard: str
    format: str
    power_type: str
    max_voltage: int
    max_amperage: int
    last_updated: datetime
    max_power: Kw | None = None
    tariff_ids: tuple[str, ...] = ()
    number: int = 0

    @property
    def power(self) -> Kw:
        """The most this connector gives: as stated, else from voltage, current and phases."""
        if self.max_power is not None:
            return self.max_power
        phases = {"AC_3_PHASE": 3, "AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 2}.get(self.power_type, 1)
        return Kw.from_w(self.max_voltage * self.max_amperage * phases)


@dataclass(frozen=True, slots=True)
class Evse:
    """A place where one vehicle charges at a time.

    `station_id` and `number` tell which charger it belongs to and how that charger numbers it
    (OCPP EVSE id, from 1); both are empty for a partner's EVSE. `code` is the short random code
    in the QR sticker's address.
    """

    uid: str
    status: EvseStatus
    connectors: tuple[Connector, ...]
    last_updated: datetime
    evse_id: str | None = None
    capabilities: tuple[str, ...] = ()
    physical_reference: str | None = None
    floor_level: str | None = None
    station_id: str | None = None
    number: int = 0
    code: str | None = None

    @property
    def label(self) -> str:
        """What is printed at it."""
        return self.physical_reference or self.evse_id or self.uid

    def connector(self, connector_id: str) -> Connector | None:
        """The connector of this id, compared without regard to case."""
        key = connector_id.casefold()
        return next((c for c in self.connectors if c.id.casefold() == key), None)


@dataclass(frozen=True, slots=True)
class Location:
    """A site of one CPO party. `own` is False for a partner's location.

    `document` is the partner's object verbatim (JSON text) in the OCPI version `version`.
    """

    party: PartyId
    id: str
    address: str
    city: str
    country: str
    coordinates: GeoPoint
    time_zone: str
    last_updated: datetime
    evses: tuple[Evse, ...] = ()
    name: str | None = None
    postal_code: str | None = None
    state: str | None = None
    parking_type: str | None = None
    operator_name: str | None = None
    directions: tuple[tuple[str, str], ...] = ()
    facilities: tuple[str, ...] = ()
    opening_times: OpeningTimes | None = None
    publish: bool = True
    help_phone: str | None = None
    own: bool = True
    document: str | None = None
    version: str | None = None

    def evse(self, uid: str) -> Evse | None:
        """The EVSE of this uid, compared without regard to case."""
        key = uid.casefold()
        return next((e for e in self.evses if e.uid.casefold() == key), None)

    def pairs(self) -> Iterator[tuple[Evse, Connector]]:
        """Every connector with its EVSE, in order."""
        return ((evse, connector) for evse in self.evses for connector in evse.connectors)

    def place(self, evse_uid: str | None, connector_id: str | None) -> "EvsePlace | None":
        """The EVSE with this connector, else with its first; None when it is not there (any more).

        For what was agreed on before and may have changed since.
        """
        evse = self.evse(evse_uid) if evse_uid is not None else None
        if evse is None or not evse.connectors:
            return None
        connector = evse.connector(connector_id) if connector_id is not None else None
        return EvsePlace(self, evse, connector or evse.connectors[0])

    def need_place(self, evse_uid: str, connector_id: str | None) -> "EvsePlace":
        """The EVSE with this connector, or with its first when none is named; raises NotFound."""
        evse = self.evse(evse_uid)
        if evse is None:
            raise NotFound("EVSE", evse_uid)
        connector = (
            evse.connector(connector_id) if connector_id else next(iter(evse.connectors), None)
        )
        if connector is None:
            raise NotFound("connector", connector_id or "")
        return EvsePlace(self, evse, connector)


@dataclass(frozen=True, slots=True)
class EvsePlace:
    """One EVSE (and connector) with the location around it: what a session happens at."""

    location: Location
    evse: Evse
    connector: Connector
