"""What the partner owns as a CPO: one location with one EVSE, its tariff, and sessions there.

The price is simple on purpose (energy only), so that a bill can be checked by hand.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

Document = dict[str, Any]


def wire_now() -> str:
    """Now, as OCPI writes it."""
    return wire_time(datetime.now(UTC))


def wire_time(at: datetime) -> str:
    """`2026-11-21T10:00:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number(value: Decimal) -> float:
    """At most four decimals, half up (OCPI 2.2.1, number)."""
    return float(value.quantize(Decimal("0.0001"), ROUND_HALF_UP))


@dataclass
class Site:
    """The location `<party>-LOC1` with EVSE `<party>-EVSE1`, connector 1, tariff `<party>-T1`."""

    country: str
    party: str
    price_per_kwh: Decimal = Decimal("0.40")
    vat: Decimal = Decimal(19)
    status: str = "AVAILABLE"
    updated: str = field(default_factory=wire_now)

    @property
    def location_id(self) -> str:
        return f"{self.party}-LOC1"

    @property
    def evse_uid(self) -> str:
        return f"{self.party}-EVSE1"

    @property
    def tariff_id(self) -> str:
        return f"{self.party}-T1"

    @property
    def owner(self) -> Document:
        return {"country_code": self.country, "party_id": self.party}

    def evse(self) -> Document:
        """The EVSE as it is now."""
        connector = {
            "id": "1",
            "standard": "IEC_62196_T2_COMBO",
            "format": "CABLE",
            "power_type": "DC",
            "max_voltage": 920,
            "max_amperage": 300,
            "max_electric_power": 150000,
            "tariff_ids": [self.tariff_id],
            "last_updated": self.updated,
        }
        return {
            "uid": self.evse_uid,
            "evse_id": f"{self.country}*{self.party}*E0001",
            "status": self.status,
            "capabilities": ["REMOTE_START_STOP_CAPABLE", "RESERVABLE", "RFID_READER"],
            "connectors": [connector],
            "last_updated": self.updated,
        }

    def location(self) -> Document:
        """The location as it is now."""
        return self.owner | {
            "id": self.location_id,
            "publish": True,
            "name": "Partner Plaza",
            "address": "Torstraße 1",
            "city": "Berlin",
            "postal_code": "10119",
            "country": "DEU",
            "coordinates": {"latitude": "52.529610", "longitude": "13.401540"},
            "time_zone": "Europe/Berlin",
            "opening_times": {"twentyfourseven": True},
            "evses": [self.evse()],
            "last_updated": self.updated,
        }

    def tariff(self) -> Document:
        """The tariff: so much per kWh, plus VAT."""
        component = {
            "type": "ENERGY",
            "price": number(self.price_per_kwh),
            "vat": number(self.vat),
            "step_size": 1,
        }
        return self.owner | {
            "id": self.tariff_id,
            "currency": "EUR",
            "elements": [{"price_components": [component]}],
            "last_updated": self.updated,
        }

    def cost(self, kwh: Decimal) -> Document:
        """The price of an energy."""
        net = kwh * self.price_per_kwh
        return {"excl_vat": number(net), "incl_vat": number(net * (1 + self.vat / 100))}


@dataclass
class OwnSession:
    """A session at our EVSE by a token of the other platform."""

    site: Site
    token: Document
    reference: str | None
    begun: datetime
    id: str = field(default_factory=lambda: str(uuid4()))
    kwh: Decimal = Decimal(0)
    status: str = "ACTIVE"
    ended: datetime | None = None
    updated: datetime | None = None

    def _who(self) -> Document:
        names = ("country_code", "party_id", "uid", "type", "contract_id")
        token = {name: self.token[name] for name in names}
        reference = {"authorization_reference": self.reference} if self.reference else {}
        return {"cdr_token": token, "auth_method": "COMMAND"} | reference

    def period(self, kwh: Decimal, at: datetime) -> Document:
        """One charging period that starts at `at`."""
        volume = {"type": "ENERGY", "volume": number(kwh)}
        start = {"start_date_time": wire_time(at), "tariff_id": self.site.tariff_id}
        return start | {"dimensions": [volume]}

    def document(self) -> Document:
        """The Session object."""
        ended = {"end_date_time": wire_time(self.ended)} if self.ended else {}
        return (
            self.site.owner
            | self._who()
            | ended
            | {
                "id": self.id,
                "start_date_time": wire_time(self.begun),
                "kwh": number(self.kwh),
                "location_id": self.site.location_id,
                "evse_uid": self.site.evse_uid,
                "connector_id": "1",
                "currency": "EUR",
                "total_cost": self.site.cost(self.kwh),
                "status": self.status,
                "last_updated": wire_time(self.updated or self.begun),
            }
        )

    def cdr(self) -> Document:
        """The bill; only for an ended session."""
        ended = self.ended or self.begun
        place, evse = self.site.location(), self.site.evse()
        kept = ("id", "name", "address", "city", "postal_code", "country", "coordinates")
        connector = evse["connectors"][0]
        location = {name: place[name] for name in kept} | {
            "evse_uid": evse["uid"],
            "evse_id": evse["evse_id"],
            "connector_id": connector["id"],
            "connector_standard": connector["standard"],
            "connector_format": connector["format"],
            "connector_power_type": connector["power_type"],
        }
        hours = Decimal(str((ended - self.begun).total_seconds())) / 3600
        cost = self.site.cost(self.kwh)
        return (
            self.site.owner
            | self._who()
            | {
                "id": f"CDR-{self.id[:30]}",
                "start_date_time": wire_time(self.begun),
                "end_date_time": wire_time(ended),
                "session_id": self.id,
                "cdr_location": location,
                "currency": "EUR",
                "tariffs": [self.site.tariff()],
                "charging_periods": [self.period(self.kwh, self.begun)],
                "total_cost": cost,
                "total_energy": number(self.kwh),
                "total_energy_cost": cost,
                "total_time": number(hours),
                "last_updated": wire_time(ended),
            }
        )
