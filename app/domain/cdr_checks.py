"""What is odd about a partner's CDR: against itself, its tariff and what we saw of the session.

A CDR is taken whatever it says (OCPI 2.2.1, CDRs); these findings are for people who dispute.
"""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.bills import Slice, SliceKind
from app.domain.cdrs import Cdr
from app.domain.errors import InvalidInput
from app.domain.money import Money
from app.domain.pricing import price
from app.domain.sessions import Session
from app.domain.units import NO_ENERGY, Kwh

ENERGY_TOLERANCE = Decimal("0.01")
ENERGY_SHARE = Decimal("0.005")
MONEY_TOLERANCE = Decimal("0.02")
MONEY_SHARE = Decimal("0.01")

TIMES_REVERSED = "times_reversed"
CURRENCY_DIFFERS = "currency_differs"
LINES_DIFFER = "lines_do_not_add_up"
PERIODS_DIFFER = "energy_of_periods_differs"
SESSION_DIFFERS = "energy_of_session_differs"
PRICE_DIFFERS = "price_differs"
PRICE_UNKNOWN = "price_not_checkable"
SESSION_ONLY = "dimensions_of_sessions"
"""Dimensions that a CDR must not have; whoever reads the document sees them."""


def findings(cdr: Cdr, session: Session | None) -> tuple[str, ...]:
    """Stable words for what does not fit; none is the usual answer.

    Tolerances: 0.01 kWh or 0.5 %, 0.02 of the currency or 1 %.
    """
    return tuple(_findings(cdr, session))


def _findings(cdr: Cdr, session: Session | None) -> Iterator[str]:
    bill = cdr.bill
    if cdr.ended_at < cdr.started_at:
        yield TIMES_REVERSED
    if session is not None and session.currency != bill.currency:
        yield CURRENCY_DIFFERS
    if cdr.credit_of is not None:
        return
    if bill.lines and not _is_same_money(bill.before_limits.net, bill.total.net):
        yield LINES_DIFFER
    periods = sum((p.energy for p in bill.periods), NO_ENERGY)
    if not _is_same_energy(periods, bill.energy):
        yield PERIODS_DIFFER
    ended = session if session is not None and not session.running else None
    if ended is not None and not _is_same_energy(ended.energy, bill.energy):
        yield SESSION_DIFFERS
    yield from _price_findings(cdr)


def _price_findings(cdr: Cdr) -> Iterator[str]:
    """The CDR's total against its own tariff, as it was at the start (C-162)."""
    if cdr.tariff is None:
        yield PRICE_UNKNOWN
        return
    parts = [Slice(p.start, p.end, p.kind, p.energy, p.max_power) for p in cdr.bill.periods]
    unused = all(part.kind is SliceKind.RESERVATION for part in parts)
    try:
        ours = price(
            parts,
            cdr.tariff,
            zone=cdr.place.zone,
            currency=cdr.bill.currency,
            reservation_expired=unused,
        )
    except InvalidInput:
        yield PRICE_UNKNOWN
        return
    if ours.currency != cdr.bill.currency:
        yield CURRENCY_DIFFERS
    elif not _is_same_money(ours.total.net, cdr.bill.total.net):
        yield PRICE_DIFFERS


def _is_same_energy(one: Kwh, other: Kwh) -> bool:
    most = max(ENERGY_TOLERANCE, abs(other.value) * ENERGY_SHARE)
    return abs(one.value - other.value) <= most


def _is_same_money(one: Money, other: Money) -> bool:
    most = max(MONEY_TOLERANCE, abs(other.amount) * MONEY_SHARE)
    return abs(one.amount - other.amount) <= most
