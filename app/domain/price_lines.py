"""A tariff as the lines a driver is shown before charging, in the order the law asks for.

Source: Regulation (EU) 2023/1804 (AFIR), Article 5(4): components in the order per kWh, per
minute, per session, other, known before the start, taxes included.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.cuts import clock
from app.domain.money import Money
from app.domain.restrictions import Moment, holds
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from app.domain.totals import gross_limit, tax_factor, taxes_are_known
from app.domain.units import NO_ENERGY, ONE, plain

MINUTES_PER_HOUR = Decimal(60)
UNRESTRICTED = Restrictions()


class PriceKind(StrEnum):
    """What a price line is for, in the order in which people see them."""

    ENERGY = "energy"
    TIME = "time"
    IDLE = "idle"
    SESSION = "session"
    RESERVATION_TIME = "reservation_time"
    RESERVATION = "reservation"
    EXPIRED_TIME = "expired_time"
    EXPIRED = "expired"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


class Unit(StrEnum):
    """What a price is per; the four groups of AFIR, in its order."""

    KWH = "kwh"
    MINUTE = "minute"
    SESSION = "session"
    OTHER = "other"


UNITS = {
    PriceKind.ENERGY: Unit.KWH,
    PriceKind.TIME: Unit.MINUTE,
    PriceKind.IDLE: Unit.MINUTE,
    PriceKind.SESSION: Unit.SESSION,
}
PER_MINUTE = frozenset(
    {PriceKind.TIME, PriceKind.IDLE, PriceKind.RESERVATION_TIME, PriceKind.EXPIRED_TIME}
)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One price of a tariff: `amount` per kWh, minute or once, exact.

    `taxed` tells whether taxes are in the amount; when they are unknown it is False. `when` are
    the restrictions, `otherwise` whether an earlier line of the same kind goes first where it
    applies. `now` is whether the line applies at the asked moment, None when none was asked for.
    `step` is what is billed at once, in Wh or seconds (0 and 1: as measured).
    """

    kind: PriceKind
    amount: Money
    taxed: bool
    vat: Decimal | None = None
    when: Restrictions = UNRESTRICTED
    otherwise: bool = False
    now: bool | None = None
    step: int = 0

    @property
    def unit(self) -> Unit:
        """What the amount is per; everything about reservations and limits is "other"."""
        return UNITS.get(self.kind, Unit.OTHER)

    @property
    def per_minute(self) -> bool:
        """Whether the amount is per minute, be it of a reservation."""
        return self.kind in PER_MINUTE


_KINDS: dict[tuple[ReservationPhase | None, Dimension], PriceKind] = {
    (None, Dimension.ENERGY): PriceKind.ENERGY,
    (None, Dimension.TIME): PriceKind.TIME,
    (None, Dimension.PARKING_TIME): PriceKind.IDLE,
    (None, Dimension.FLAT): PriceKind.SESSION,
    (ReservationPhase.RESERVATION, Dimension.TIME): PriceKind.RESERVATION_TIME,
    (ReservationPhase.RESERVATION, Dimension.FLAT): PriceKind.RESERVATION,
    (ReservationPhase.RESERVATION_EXPIRES, Dimension.TIME): PriceKind.EXPIRED_TIME,
    (ReservationPhase.RESERVATION_EXPIRES, Dimension.FLAT): PriceKind.EXPIRED,
}


def describe(
    tariff: Tariff, *, zone: str | None = None, at: datetime | None = None
) -> tuple[PriceLine, ...]:
    """Every price of the tariff in AFIR's order, each kind in the tariff's order.

    Lines that can never apply, because an earlier one of their kind always does, are left out.
    With `at` and the location's `zone` each line says whether it is the one at the start of a
    session at that moment.
    """
    local = at.astimezone(clock(zone)) if at is not None and zone is not None else None
    groups: dict[PriceKind, list[PriceLine]] = {kind: [] for kind in PriceKind}
    for element in tariff.elements:
        for component in element.components:
            kind = _KINDS.get((element.restrictions.reservation, component.dimension))
            if kind is not None:
                _append(groups[kind], _line(tariff, kind, element, component), local)
    for kind, limit in (
        (PriceKind.MINIMUM, tariff.min_price),
        (PriceKind.MAXIMUM, tariff.max_price),
    ):
        if limit is not None:
            groups[kind].append(_limit_line(tariff, kind, limit))
    return tuple(line for kind in PriceKind for line in groups[kind])


def _append(group: list[PriceLine], line: PriceLine, local: datetime | None) -> None:
    """Add a line behind those of its kind, unless the last of them leaves nothing for it."""
    if group and group[-1].when == UNRESTRICTED:
        return
    now = None
    if local is not None:
        start = Moment(local, NO_ENERGY, timedelta(), power=None, current=None)
        now = holds(line.when, start) and not any(earlier.now for earlier in group)
    group.append(replace(line, otherwise=bool(group), now=now))


def shown_price(tariff: Tariff, component: PriceComponent, *, per_minute: bool) -> Money:
    """What a component is announced as: with the taxes that come on top, exact."""
    taxes_come_on_top = tariff.tax_included is TaxIncluded.NO
    amount = component.price * (tax_factor(component.vat) if taxes_come_on_top else ONE)
    return Money(plain(amount / MINUTES_PER_HOUR if per_minute else amount), tariff.currency)


def _line(
    tariff: Tariff, kind: PriceKind, element: TariffElement, component: PriceComponent
) -> PriceLine:
    return PriceLine(
        kind=kind,
        amount=shown_price(tariff, component, per_minute=kind in PER_MINUTE),
        taxed=taxes_are_known(tariff),
        vat=component.vat,
        when=replace(element.restrictions, reservation=None),
        step=0 if component.dimension is Dimension.FLAT else component.step_size,
    )


def _limit_line(tariff: Tariff, kind: PriceKind, limit: PriceLimit) -> PriceLine:
    gross = gross_limit(limit, tariff) if taxes_are_known(tariff) else None
    amount = limit.net if gross is None else gross
    return PriceLine(kind, Money(plain(amount), tariff.currency), taxed=gross is not None)
