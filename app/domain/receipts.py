"""A bill as people read it: lines in payable amounts that add up to what is paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from app.domain.bills import Bill, BillLine
from app.domain.money import Money, minor_digits


@dataclass(frozen=True, slots=True)
class PeopleLine:
    """One shown line, with taxes where they are known, in whole minor units.

    `line` is None for the adjustment to the tariff's min or max price, which `limit` names.
    """

    line: BillLine | None
    amount: Money
    limit: str | None = None


def people_lines(bill: Bill) -> tuple[PeopleLine, ...]:
    """The bill's lines, rounded so that they add up to `bill.total.due.payable()`.

    Every amount is the exact one rounded down or up; the largest remainders are rounded up.
    """
    exact = [line.price.due.amount for line in bill.lines]
    rows: list[tuple[BillLine | None, str | None]] = [(line, None) for line in bill.lines]
    adjustment = bill.total.due - bill.before_limits.due
    if adjustment:
        exact.append(adjustment.amount)
        rows.append((None, bill.limit_applied))
    shares = _spread(exact, minor_digits(bill.currency), bill.total.due.minor)
    return tuple(
        PeopleLine(line, Money.from_minor(share, bill.currency), limit)
        for (line, limit), share in zip(rows, shares, strict=True)
    )


def _spread(exact: Sequence[Decimal], digits: int, total: int) -> list[int]:
    """Whole numbers next to the exact amounts (in minor units) that add up to the total."""
    scaled = [amount.scaleb(digits) for amount in exact]
    shares = [int(amount.to_integral_value(ROUND_FLOOR)) for amount in scaled]
    by_remainder = sorted(range(len(scaled)), key=lambda i: shares[i] - scaled[i])
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares
