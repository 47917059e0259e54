"""What a driver is promised before charging: an estimate, and the amount to hold.

`afir_problems` tells which tariffs may not be promised to people without a contract.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from app.domain.bills import Bill, Slice, SliceKind
from app.domain.errors import InvalidInput
from app.domain.money import Money
from app.domain.pricing import price
from app.domain.tariffs import Dimension, Tariff, TariffType
from app.domain.units import NO_ENERGY, ONE, SECONDS_PER_HOUR, Kw, Kwh, energy, plain

# From this power on an ad hoc price is per kWh. Source: Regulation (EU) 2023/1804, Article 5(4).
AFIR_FAST = Kw(Decimal(50))
LONGEST = timedelta(hours=4)
LARGEST = Kwh(Decimal(80))
USUAL = Kwh(Decimal(25))
"""What an estimate is for when the driver does not say."""


def estimate(
    tariff: Tariff,
    *,
    zone: str,
    start: datetime,
    energy: Kwh,
    power: Kw,
    idle: timedelta = timedelta(),
) -> Bill:
    """What charging this energy at an even power costs, with idle time after it.

    Raises InvalidInput unless energy and power are positive and idle time is not negative.
    """
    for path, good in (
        ("energy", energy.value > 0),
        ("power", power.value > 0),
        ("idle", idle >= timedelta()),
    ):
        if not good:
            raise InvalidInput(path, "is too small")
    end = start + duration_of(energy, power)
    slices = [Slice(start, end, SliceKind.CHARGING, energy, power)]
    if idle:
        slices.append(Slice(end, end + idle, SliceKind.PARKING, NO_ENERGY))
    return price(slices, tariff, zone=zone, currency=tariff.currency)


def expected(
    tariff: Tariff,
    *,
    zone: str,
    start: datetime,
    power: Kw,
    target_energy: Kwh | None = None,
    target_time: timedelta | None = None,
) -> Bill:
    """The estimate for what a driver wants: an energy, a time at full power, the lesser of both.

    Without either it is 25 kWh.
    """
    by_time = None if target_time is None else energy(power, target_time)
    amount = target_energy or by_time or USUAL
    if by_time is not None:
        amount = min(amount, by_time)
    return estimate(tariff, zone=zone, start=start, energy=amount, power=power)


def duration_of(amount: Kwh, power: Kw) -> timedelta:
    """How long an even power needs for an energy, to the next second."""
    needed = amount.value / power.value * SECONDS_PER_HOUR
    return timedelta(seconds=int(needed.to_integral_value(ROUND_CEILING)))


def hold_for(
    tariff: Tariff,
    *,
    zone: str,
    start: datetime,
    max_power: Kw,
    cap: Money,
    floor: Money | None = None,
    longest: timedelta = LONGEST,
    largest: Kwh = LARGEST,
) -> Money:
    """The amount to hold on a card: the most a usual session costs, in whole currency units.

    A usual session takes no longer than `longest` and no more than `largest`; the dearer of
    charging as fast as possible and of taking all that time counts. Never above `cap`, and nothing
    when charging is free, else never below `floor`. Raises ValueError unless cap and floor are in
    the tariff's currency.
    """
    amount = min(energy(max_power, longest), largest)
    slowest = Kw(plain(amount.value / energy(Kw(ONE), longest).value))
    dearest = max(
        (
            estimate(tariff, zone=zone, start=start, energy=amount, power=power).total.due.amount
            for power in (max_power, slowest)
        ),
    )
    due = Money(dearest.to_integral_value(ROUND_CEILING), tariff.currency)
    if not due:
        return due
    raised = floor if floor is not None and due < floor else due
    return min(raised, cap)


@dataclass(frozen=True, slots=True)
class AfirProblem:
    """What makes a tariff unfit for ad hoc charging; `code` is stable, `element` its place."""

    code: str
    text: str
    element: int | None = None


def afir_problems(tariff: Tariff, max_power: Kw) -> tuple[AfirProblem, ...]:
    """Why people without a contract may not be charged by this tariff at a point of this power.

    From 50 kW on: a price per kWh, and nothing besides but a fee per minute of occupancy. Parts
    for reservations are a service of their own. A tariff for contracts only has no problem.
    Source: Regulation (EU) 2023/1804, Article 5(4).
    """
    if max_power < AFIR_FAST or tariff.type not in {TariffType.AD_HOC_PAYMENT, None}:
        return ()
    return tuple(_problems(tariff))


_UNFIT = {
    Dimension.FLAT: AfirProblem("session_fee", "a fee per session is not allowed"),
    Dimension.TIME: AfirProblem("charging_time", "a price for charging time is not allowed"),
}


def _problems(tariff: Tariff) -> Iterator[AfirProblem]:
    priced = [
        (number, component)
        for number, element in enumerate(tariff.elements)
        if element.restrictions.reservation is None
        for component in element.components
    ]
    for number, component in priced:
        problem = _UNFIT.get(component.dimension)
        if problem is not None and component.price:
            yield AfirProblem(problem.code, problem.text, number)
    if tariff.min_price is not None and tariff.min_price.net:
        yield AfirProblem("minimum_price", "a minimum price is a fee per session")
    has_kwh = any(component.dimension is Dimension.ENERGY for _, component in priced)
    if not has_kwh and any(component.price for _, component in priced):
        yield AfirProblem("no_kwh_price", "the price must be per kWh")
