"""The one price function: slices of a session and a tariff make a bill that explains itself.

How it goes: `cuts` cuts the slices into pieces in which no restriction changes; `plans` names the
active component of each piece and dimension; quantities are added up per component; `steps` rounds
them up once; `totals` turns them into money with taxes and holds the sum against the tariff's min
and max price. Quote, running cost, receipt, Session and CDR all come from here, so they agree to
the cent.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from app.domain.bills import (
    MAX_PRICE,
    MIN_PRICE,
    Bill,
    BillLine,
    BillPeriod,
    Slice,
    SliceKind,
)
from app.domain.cuts import Piece, cut
from app.domain.errors import InvalidInput
from app.domain.money import Money, Price
from app.domain.plans import Plan, Rate
from app.domain.receipts import PeopleLine, people_lines
from app.domain.steps import Tally, round_up
from app.domain.tariffs import Dimension, Tariff
from app.domain.totals import bill_lines, limited, taxes_are_inside, taxes_are_known
from app.domain.units import NO_ENERGY, Kwh, seconds


def price(
    slices: Sequence[Slice],
    tariff: Tariff | None,
    *,
    zone: str,
    currency: str,
    reservation_expired: bool = False,
) -> Bill:
    """The bill of a session, so far or as a whole.

    `zone` is the location's IANA time zone, `currency` what an unpriced bill is in. Reservation
    slices come first; `reservation_expired` when no session followed. Without a tariff, and for a
    session without any slice, the bill has no lines and no limit applies. Raises InvalidInput for
    slices out of order and for an unknown zone.
    """
    _check_order(slices)
    bill = _unpriced(slices, currency) if tariff is None else _nothing_due(slices, tariff)
    if tariff is None or not slices:
        return bill
    plan = Plan.of(tariff, expired=reservation_expired)
    tallies, periods = _Tallies(), _Periods()
    for piece in cut(slices, plan.bounds, zone):
        active = plan.active(piece)
        tallies.add(piece, active)
        components = tuple(rate.element if rate else None for rate in active)
        periods.add((piece.kind, components), _period(piece))
    round_up(tallies.all)
    bill = replace(bill, lines=bill_lines(tallies.all, tariff), periods=tuple(periods.all))
    total, limit = limited(bill.before_limits, tariff)
    return replace(bill, total=total, limit_applied=limit)


def _check_order(slices: Sequence[Slice]) -> None:
    for each in slices:
        if each.end < each.start:
            raise InvalidInput("slices", f"the slice from {each.start} ends before it starts")
    for one, other in pairwise(slices):
        if other.start < one.end:
            raise InvalidInput("slices", f"the slice from {other.start} overlaps the one before")


def _unpriced(slices: Sequence[Slice], currency: str) -> Bill:
    """What was measured, at an unknown price; its periods are the phases of the session."""
    length = dict.fromkeys(SliceKind, timedelta())
    periods = _Periods()
    for each in slices:
        length[each.kind] += each.end - each.start
        periods.add(each.kind, _period(each))
    return Bill(
        currency=currency,
        tariff_id=None,
        lines=(),
        periods=tuple(periods.all),
        total=Price(Money.zero(currency), None),
        energy=sum((each.energy for each in slices), NO_ENERGY),
        charging_time=length[SliceKind.CHARGING],
        parking_time=length[SliceKind.PARKING],
        reservation_time=length[SliceKind.RESERVATION],
    )


def _nothing_due(slices: Sequence[Slice], tariff: Tariff) -> Bill:
    """What was measured, in the tariff's terms, before anything is priced."""
    nothing = Money.zero(tariff.currency)
    return replace(
        _unpriced(slices, tariff.currency),
        tariff_id=tariff.id,
        total=Price(nothing, nothing if taxes_are_known(tariff) else None),
        taxes_inside=taxes_are_inside(tariff),
    )


def _period(part: Piece | Slice) -> BillPeriod:
    return BillPeriod(part.start, part.end, part.kind, part.energy, part.power)


class _Tallies:
    """Adds pieces up per component, in the order in which components became active."""

    def __init__(self) -> None:
        self._by_component: dict[tuple[int, Dimension], Tally] = {}
        self._feed: set[bool] = set()
        self._pieces = 0

    @property
    def all(self) -> list[Tally]:
        return list(self._by_component.values())

    def add(self, piece: Piece, active: tuple[Rate | None, ...]) -> None:
        """Count what the piece consumed of each active component; a fee once per phase."""
        self._pieces += 1
        for rate in active:
            if rate is None:
                continue
            quantity = self._quantity(piece, rate.component.dimension)
            if not quantity:
                continue
            key = rate.element, rate.component.dimension
            tally = self._by_component.get(key)
            if tally is None:
                tally = Tally(rate.element, rate.component, rate.kind)
                self._by_component[key] = tally
            tally.quantity += quantity
            tally.last_piece = self._pieces

    def _quantity(self, piece: Piece, dimension: Dimension) -> Decimal:
        """Wh, seconds, or one fee if this phase has none yet."""
        if dimension is Dimension.ENERGY:
            return piece.energy.wh
        if dimension is not Dimension.FLAT:
            return seconds(piece.end - piece.start)
        reserved = piece.kind is SliceKind.RESERVATION
        first = reserved not in self._feed
        self._feed.add(reserved)
        return Decimal(first)


class _Periods:
    """Joins neighbouring parts under the same key into one period."""

    def __init__(self) -> None:
        self.all: list[BillPeriod] = []
        self._key: Hashable = None

    def add(self, key: Hashable, part: BillPeriod) -> None:
        """Open a new period when the key changes; a part without time and energy opens none."""
        if self.all and part.start == part.end and not part.energy:
            return
        if not self.all or key != self._key:
            self.all.append(part)
        else:
            last = self.all[-1]
            powers = [each for each in (last.max_power, part.max_power) if each is not None]
            self.all[-1] = replace(
                last,
                end=part.end,
                energy=Kwh(last.energy.value + part.energy.value),
                max_power=max(powers, default=None),
            )
        self._key = key


__all__ = [
    "MAX_PRICE", "MIN_PRICE", "Bill", "BillLine", "BillPeriod", "PeopleLine", "Slice", "SliceKind",
    "people_lines", "price",
]  # fmt: skip
