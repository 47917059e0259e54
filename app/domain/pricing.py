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
    Bill,
    BillPeriod,
    Slice,
    SliceKind,
)
from app.domain.cuts import Piece, cut
from app.domain.errors import InvalidInput
from app.domain.money import Money, Price
from app.domain.plans import Plan, Rate
from app.domain.steps import Tally, round_up
from app.domain.tariffs import Dimension, Tariff
from app.domain.totals import bill_lines, limited, taxes_are_inside, taxes_are_known
from app.domain.units import Kwh, seconds


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
    if tariff is None:
        return replace(_measured(slices, currency), periods=_phases(slices))
    bill = _nothing_due(slices, tariff)
    if not slices:
        return bill
    plan = Plan.of(tariff, expired=reservation_expired)
    tallies, periods = _Tallies(), _Periods()
    for piece in cut(slices, plan.bounds, zone):
        active = plan.active(piece)
        tallies.add(piece, active)
        components = tuple(rate.element if rate else None for rate in active)
        periods.add((piece.kind, components), piece)
    round_up(tallies.all)
    lines = bill_lines(tallies.all, tariff)
    total, limit = limited(sum((line.price for line in lines), bill.total), tariff)
    return replace(bill, lines=lines, periods=periods.all, total=total, limit_applied=limit)


def _check_order(slices: Sequence[Slice]) -> None:
    for each in slices:
        if each.end < each.start:
            raise InvalidInput("slices", f"the slice from {each.start} ends before it starts")
    for one, other in pairwise(slices):
        if other.start < one.end:
            raise InvalidInput("slices", f"the slice from {other.start} overlaps the one before")


def _phases(slices: Sequence[Slice]) -> tuple[BillPeriod, ...]:
    """The periods of an unpriced session: one for each stretch of a kind."""
    periods = _Periods()
    for each in slices:
        periods.add(each.kind, each)
    return periods.all


def _measured(slices: Sequence[Slice], currency: str) -> Bill:
    """What was measured, at an unknown price."""
    length = dict.fromkeys(SliceKind, timedelta())
    for each in slices:
        length[each.kind] += each.end - each.start
    return Bill(
        currency=currency,
        tariff_id=None,
        lines=(),
        periods=(),
        total=Price(Money.zero(currency), None),
        energy=Kwh(sum((each.energy.value for each in slices), Decimal(0))),
        charging_time=length[SliceKind.CHARGING],
        parking_time=length[SliceKind.PARKING] + length[SliceKind.WAIVED],
        reservation_time=length[SliceKind.RESERVATION],
    )


def _nothing_due(slices: Sequence[Slice], tariff: Tariff) -> Bill:
    """What was measured, in the tariff's terms, before anything is priced."""
    nothing = Money.zero(tariff.currency)
    return replace(
        _measured(slices, tariff.currency),
        tariff_id=tariff.id,
        total=Price(nothing, nothing if taxes_are_known(tariff) else None),
        taxes_inside=taxes_are_inside(tariff),
    )


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
        self._runs: list[list[Piece | Slice]] = []
        self._key: Hashable = None

    @property
    def all(self) -> tuple[BillPeriod, ...]:
        return tuple(_period(run) for run in self._runs)

    def add(self, key: Hashable, part: Piece | Slice) -> None:
        """Begin a new run when the key changes; a part without time and energy begins none."""
        if self._runs and part.start == part.end and not part.energy:
            return
        if not self._runs or key != self._key:
            self._runs.append([])
        self._runs[-1].append(part)
        self._key = key


def _period(run: Sequence[Piece | Slice]) -> BillPeriod:
    energy = sum((part.energy.value for part in run), Decimal(0))
    powers = [part.power for part in run if part.power is not None]
    start, end, kind = run[0].start, run[-1].end, run[0].kind
    return BillPeriod(start, end, kind, Kwh(energy), max(powers, default=None))
