"""Quotes and estimates: what charging costs, before it starts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from pydantic import Field, model_validator

from app.domain.bills import Bill
from app.domain.errors import InvalidInput
from app.domain.price_lines import PriceKind, PriceLine, describe
from app.domain.receipts import people_lines
from app.domain.units import Kwh
from app.domain.vehicles import energy_to
from app.use_cases.quotes import Promise
from mobile_api.price_wording import price_words
from mobile_api.schemas.places import PlaceIn
from mobile_api.schemas.values import Language, MoneyOut, PriceLineOut, Shape, number, shown
from mobile_api.schemas.vehicles import Amount


class TargetIn(Shape):
    """How much: an energy, a time, a part of a battery, the least of these, or nothing of it.

    A part is from `from_percent` to `target_percent` of `battery_kwh`, what can be used of it.
    """

    BATTERY: ClassVar[str] = "battery_kwh"

    target_kwh: Decimal | None = Field(None, gt=0, le=500, max_digits=7, decimal_places=3)
    target_minutes: int | None = Field(None, gt=0, le=1440)
    battery_kwh: Amount | None = None
    from_percent: int | None = Field(None, ge=0, le=99)
    target_percent: int | None = Field(None, ge=1, le=100)
    language: Language = "en"

    @model_validator(mode="after")
    def _of_a_battery(self) -> Self:
        named = self.target_percent is not None
        if named is not (self.from_percent is not None) or (named and not self._has_battery()):
            raise ValueError(f"target_percent, from_percent and {self.BATTERY} belong together")
        if self.battery_kwh is not None and not named:
            raise ValueError("battery_kwh is of no use without target_percent")
        if (self.target_percent or 100) <= (self.from_percent or 0):
            raise ValueError("target_percent is no more than from_percent")
        return self

    def _has_battery(self) -> bool:
        return self.battery_kwh is not None

    @property
    def battery(self) -> Kwh | None:
        """The battery, if one was told."""
        return None if self.battery_kwh is None else Kwh(self.battery_kwh)

    @property
    def soc(self) -> Decimal | None:
        """The percent where it is enough, if that was told."""
        return None if self.target_percent is None else Decimal(self.target_percent)

    @property
    def time(self) -> timedelta | None:
        """The time, if one was named."""
        return None if self.target_minutes is None else timedelta(minutes=self.target_minutes)

    def energy_of(self, battery: Kwh | None) -> Kwh | None:
        """The energy that is wanted; raises InvalidInput for a battery nobody knows."""
        named = None if self.target_kwh is None else Kwh(self.target_kwh)
        if self.target_percent is None:
            return named
        if battery is None:
            raise InvalidInput("target_percent", "the vehicle's battery is not known")
        need = energy_to(battery, target=self.target_percent, now=self.from_percent or 0)
        return need if named is None else min(need, named)


class QuoteIn(PlaceIn, TargetIn):
    """Where to charge (a QR code, or party, location and EVSE), and how much.

    With one of the driver's vehicles its battery need not be told, and it is charged no faster
    than it takes.
    """

    BATTERY: ClassVar[str] = "vehicle_id or battery_kwh"

    vehicle_id: str | None = Field(None, max_length=36)

    def _has_battery(self) -> bool:
        return self.vehicle_id is not None or super()._has_battery()


class GuestQuoteIn(TargetIn):
    """A quote for somebody without an account, from the code on the sticker."""

    code: str = Field(min_length=1, max_length=16)
    connector_id: str | None = Field(None, max_length=36)
    email: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")


class EstimateLineOut(Shape):
    """One line of an estimate, in payable amounts that add up."""

    dimension: str | None
    quantity: str | None
    unit_price: str | None
    amount: MoneyOut


def cost_lines(bill: Bill) -> list[EstimateLineOut]:
    """The lines of a bill as people read them."""
    return [
        EstimateLineOut(
            dimension=shown_line.line and shown_line.line.dimension.value,
            quantity=shown_line.line and number(shown_line.line.billed),
            unit_price=shown_line.line and number(shown_line.line.unit_price),
            amount=MoneyOut.of(shown_line.amount),
        )
        for shown_line in people_lines(bill)
    ]


class EstimateOut(Shape):
    """What an energy costs, line by line, and how long it takes at full power."""

    energy_kwh: str
    length_s: int
    total: MoneyOut
    lines: list[EstimateLineOut]

    @classmethod
    def of(cls, bill: Bill, length: timedelta) -> Self:
        """The bill as if it had happened."""
        return cls(
            energy_kwh=number(bill.energy.value) or "0",
            length_s=int(length.total_seconds()),
            total=MoneyOut.of(bill.total.due),
            lines=cost_lines(bill),
        )


def price_lines(lines: Sequence[PriceLine], language: str) -> list[PriceLineOut]:
    """In AFIR's order, with their words."""
    return [PriceLineOut.of(line, price_words(line, language)) for line in lines]


class QuoteOut(Shape):
    """A price that holds until `valid_until`, and for the whole session started on it.

    `idle_rule` says in words what staying plugged in costs; null when it costs nothing. The price
    is set by the party `price_set_by`, a partner's too, as it stands since `price_set_at`.
    """

    id: str
    party: str
    location_id: str
    evse_uid: str
    connector_id: str
    valid_until: datetime
    prices: list[PriceLineOut]
    idle_rule: str | None
    price_set_by: str
    price_set_at: datetime
    estimate: EstimateOut | None
    estimated: MoneyOut | None
    hold: MoneyOut
    partner: bool


def quote_fields(promise: Promise) -> dict[str, object]:
    """The promise in AFIR's order."""
    charging = promise.charging
    lines = describe(charging.tariff, zone=charging.zone, at=charging.created_at)
    language = charging.language
    costly = [line for line in lines if line.kind is PriceKind.IDLE and line.amount]
    idle = [price_words(line, language) for line in costly]
    return {
        "id": charging.id,
        "party": str(charging.cpo),
        "location_id": charging.location_id,
        "evse_uid": charging.evse_uid,
        "connector_id": charging.connector_id,
        "valid_until": charging.valid_until,
        "prices": price_lines(lines, language),
        "idle_rule": "; ".join(idle) or None,
        "price_set_by": str(charging.tariff.party),
        "price_set_at": charging.tariff.last_updated,
        "estimate": EstimateOut.of(promise.bill, promise.length),
        "estimated": shown(charging.estimate),
        "hold": MoneyOut.of(charging.hold),
        "partner": not charging.own,
    }


class GuestQuoteOut(QuoteOut):
    """A guest's quote; `secret` lets the guest back in and is shown here only, `way_back` too."""

    secret: str
    way_back: str
