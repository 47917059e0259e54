"""Vehicles, and letting them start by themselves."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from app.domain.money import Money
from app.domain.units import Kw, Kwh
from app.domain.vehicles import Vehicle
from app.use_cases.vehicles import VehicleFacts
from mobile_api.schemas.values import Shape, number

Plug = Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,40}$")]
Amount = Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)]


class VehicleIn(Shape):
    """What a driver tells of a vehicle: OCPI's names of its plugs, and what it takes.

    `battery_kwh` is what can be used of the battery; `ac_kw` and `dc_kw` are the most it takes.
    """

    name: str = Field(min_length=1, max_length=60)
    plugs: list[Plug] = Field(default=[], max_length=10)
    battery_kwh: Amount | None = None
    ac_kw: Amount | None = None
    dc_kw: Amount | None = None

    def facts(self) -> VehicleFacts:
        """As they are kept."""
        return VehicleFacts(
            name=self.name,
            plugs=tuple(dict.fromkeys(self.plugs)),
            battery=None if self.battery_kwh is None else Kwh(self.battery_kwh),
            ac_power=None if self.ac_kw is None else Kw(self.ac_kw),
            dc_power=None if self.dc_kw is None else Kw(self.dc_kw),
        )


class PriceIn(Shape):
    """A price per kWh, tax included, such as 0.59 EUR."""

    amount: Decimal = Field(gt=0, le=100, max_digits=7, decimal_places=4)
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    def money(self) -> Money:
        """As it is kept."""
        return Money(self.amount, self.currency)


class AutochargeIn(Shape):
    """Switch Autocharge on or off.

    The first time `session_id` is needed: a session of the driver's during which the charger
    reported this vehicle. `most_per_kwh` is what the driver accepts; above it nothing starts.
    """

    enabled: bool
    session_id: str | None = Field(None, max_length=36)
    most_per_kwh: PriceIn | None = None


class AutochargeOut(Shape):
    """Whether plugging in starts by itself; `registered` tells that the vehicle is known."""

    enabled: bool
    registered: bool
    registered_at: datetime | None
    most_per_kwh: str | None
    currency: str | None


class VehicleOut(Shape):
    """A vehicle."""

    id: str
    name: str
    plugs: list[str]
    battery_kwh: str | None
    ac_kw: str | None
    dc_kw: str | None
    created_at: datetime
    autocharge: AutochargeOut

    @classmethod
    def of(cls, found: Vehicle) -> "VehicleOut":
        """Without the id by which chargers know it."""
        most = found.most_per_kwh
        return cls(
            id=found.id,
            name=found.name,
            plugs=list(found.plugs),
            battery_kwh=found.battery and number(found.battery.value),
            ac_kw=found.ac_power and number(found.ac_power.value),
            dc_kw=found.dc_power and number(found.dc_power.value),
            created_at=found.created_at,
            autocharge=AutochargeOut(
                enabled=found.autocharge,
                registered=found.vehicle_key is not None,
                registered_at=found.registered_at,
                most_per_kwh=most and number(most.amount),
                currency=most and most.currency,
            ),
        )


class VehiclesOut(Shape):
    """A driver's vehicles, the oldest first."""

    vehicles: list[VehicleOut]
