"""From quantities to money: lines with their taxes, and the total between min and max price.

Amounts carry 12 decimals. Each line is exact as a fraction first; what rounding takes from one
line the next gets, so the lines add up to the exact total whatever the number of lines.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from app.domain.bills import MAX_PRICE, MIN_PRICE, BillLine
from app.domain.money import Money, Price
from app.domain.steps import STEPS_PER_UNIT, Tally
from app.domain.tariffs import PriceComponent, PriceLimit, Tariff, TaxIncluded
from app.domain.units import plain

PLACES = 12
ONE = Decimal(1)
HUNDRED = Decimal(100)


class _Amounts:
    """Hands out a growing exact sum as decimals that always add up to it, to the last place.

    The sum is in units of that place.
    """

    def __init__(self) -> None:
        self._exact = Fraction(0)
        self._given = 0

    def next(self, amount: Fraction) -> Decimal:
        self._exact += amount
        given = round(self._exact)
        share, self._given = given - self._given, given
        return plain(Decimal(share).scaleb(-PLACES))


def taxes_are_known(tariff: Tariff) -> bool:
    """Whether gross amounts can be told: some rate is stated, or taxes are inside or do not apply.

    A component without a rate beside others that have one is free of tax.
    """
    return tariff.tax_included is not TaxIncluded.NO or any(
        component.vat is not None
        for element in tariff.elements
        for component in element.components
    )


def taxes_are_inside(tariff: Tariff) -> bool:
    """Whether prices hold taxes that cannot be taken out, because no rate is stated.

    Source: OCPI 2.3.0, Tariffs, TaxIncluded enum.
    """
    return tariff.tax_included is TaxIncluded.YES and all(
        component.vat is None for element in tariff.elements for component in element.components
    )


def tax_factor(vat: Decimal | None) -> Decimal:
    """What turns net into gross for a VAT percentage; 1 when none applies."""
    return ONE if vat is None else ONE + vat / HUNDRED


def bill_lines(tallies: Sequence[Tally], tariff: Tariff) -> tuple[BillLine, ...]:
    """One line for each tally, in order."""
    nets, grosses = _Amounts(), _Amounts()
    known = taxes_are_known(tariff)
    lines = []
    for tally in tallies:
        net, gross = _net_and_gross(tally, tariff.tax_included)
        net_amount = nets.next(net)
        taxes = plain(grosses.next(gross) - net_amount)
        price = Price(
            Money(net_amount, tariff.currency), Money(taxes, tariff.currency) if known else None
        )
        lines.append(_line(tally, price))
    return tuple(lines)


def _net_and_gross(tally: Tally, included: TaxIncluded) -> tuple[Fraction, Fraction]:
    net, gross = _step_prices(tally.component, included)
    quantity = Fraction(tally.quantity + tally.surplus)
    return net * quantity, gross * quantity


@lru_cache(maxsize=1024)
def _step_prices(component: PriceComponent, included: TaxIncluded) -> tuple[Fraction, Fraction]:
    """Net and gross of one Wh, one second or one fee, exact, in units of the last place."""
    stated = Fraction(component.price) * 10**PLACES
    amount = stated / Fraction(STEPS_PER_UNIT[component.dimension])
    factor = Fraction(tax_factor(component.vat))
    if included is TaxIncluded.YES:
        return amount / factor, amount
    return amount, amount if included is TaxIncluded.NOT_APPLICABLE else amount * factor


def _line(tally: Tally, price: Price) -> BillLine:
    component = tally.component
    return BillLine(
        dimension=component.dimension,
        kind=tally.kind,
        measured=plain(tally.measured),
        billed=plain(tally.billed),
        unit_price=component.price,
        vat=component.vat,
        price=price,
        step_size=component.step_size,
        element=tally.element,
    )


def limited(total: Price, tariff: Tariff) -> tuple[Price, str | None]:
    """The total between the tariff's min and max price, and the name of the limit that moved it.

    Net and gross are bounded independently. Source: OCPI 2.2.1, Tariffs, min_price, max_price.
    """
    net = total.net.amount
    gross = None if total.gross is None else total.gross.amount
    applied = None
    for name, limit, bound in (
        (MIN_PRICE, tariff.min_price, _at_least),
        (MAX_PRICE, tariff.max_price, _at_most),
    ):
        if limit is not None:
            before = net, gross
            net = bound(net, limit.net)
            taxed = gross_limit(limit, tariff)
            if taxed is None and name is MIN_PRICE:
                taxed = limit.net  # whatever the taxes are, nothing is below net
            if gross is not None and taxed is not None:
                gross = bound(gross, taxed)
            applied = name if (net, gross) != before else applied
    taxes = None if gross is None else Money(plain(gross - net), total.net.currency)
    return Price(Money(plain(net), total.net.currency), taxes), applied


def _at_least(amount: Decimal, bound: Decimal) -> Decimal:
    return max(amount, bound)


def _at_most(amount: Decimal, bound: Decimal) -> Decimal:
    return min(amount, bound)


def gross_limit(limit: PriceLimit, tariff: Tariff) -> Decimal | None:
    """The stated gross bound, or the one that follows when all components bear the same tax."""
    if limit.gross is not None:
        return limit.gross
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return limit.net
    factors = {tax_factor(c.vat) for element in tariff.elements for c in element.components}
    return limit.net * factors.pop() if len(factors) == 1 else None
