"""Money out of quantities: what is known about taxes, and limits."""

from dataclasses import replace
from decimal import Decimal

from app.domain.money import Money, Price
from app.domain.tariffs import Dimension, PriceLimit, TariffElement, TaxIncluded
from app.domain.totals import gross_limit, limited, taxes_are_inside, taxes_are_known
from tests.support.priced import a_bill, a_component, a_tariff

UNTAXED = a_tariff(TariffElement((a_component(Dimension.ENERGY, "0.30", None),)))


def test_taxes_are_known_when_something_is_said_about_them() -> None:
    assert taxes_are_known(a_tariff())
    assert not taxes_are_known(UNTAXED)
    assert taxes_are_known(replace(UNTAXED, tax_included=TaxIncluded.YES))
    assert taxes_are_known(replace(UNTAXED, tax_included=TaxIncluded.NOT_APPLICABLE))


def test_taxes_inside_at_an_unstated_rate() -> None:
    assert taxes_are_inside(replace(UNTAXED, tax_included=TaxIncluded.YES))
    assert not taxes_are_inside(a_tariff(tax_included=TaxIncluded.YES))
    assert not taxes_are_inside(UNTAXED)


def test_unknown_taxes_stay_unknown_under_a_limit() -> None:
    tariff = replace(UNTAXED, max_price=PriceLimit(Decimal(2), Decimal("2.40")))
    bill = a_bill(tariff)
    assert bill.total == Price(Money(Decimal(2), "EUR"), None)
    assert bill.limit_applied == "max_price"


def test_net_and_gross_are_limited_independently() -> None:
    tariff = a_tariff(max_price=PriceLimit(Decimal(10), Decimal("3.50")))
    total, limit = limited(a_bill(a_tariff()).total, tariff)
    assert total.net == Money(Decimal(3), "EUR")
    assert total.gross == Money(Decimal("3.50"), "EUR")
    assert limit == "max_price"


def test_a_limit_that_is_not_reached_is_not_named() -> None:
    tariff = a_tariff(
        min_price=PriceLimit(Decimal(1), Decimal("1.2")),
        max_price=PriceLimit(Decimal(10), Decimal(12)),
    )
    assert limited(a_bill(a_tariff()).total, tariff)[1] is None


def test_the_gross_limit_that_follows_from_one_rate() -> None:
    assert gross_limit(PriceLimit(Decimal(10)), a_tariff()) == 12
    assert gross_limit(PriceLimit(Decimal(10)), UNTAXED) == 10
    exempt = a_tariff(tax_included=TaxIncluded.NOT_APPLICABLE)
    assert gross_limit(PriceLimit(Decimal(10)), exempt) == 10
