"""Lines as people read them add up to what they pay."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.receipts import people_lines
from app.domain.tariffs import Dimension, PriceLimit, TariffElement
from tests.support.priced import a_bill, a_component, a_tariff

prices = st.integers(0, 30_000).map(lambda n: str(Decimal(n).scaleb(-4)))


def test_the_remainder_goes_to_the_largest_fraction() -> None:
    """0.334, 3.333 and 0.333 come to 4.00: the first gets the cent that is over."""
    parts = ((Dimension.FLAT, "0.334"), (Dimension.ENERGY, "0.3333"), (Dimension.TIME, "0.333"))
    tariff = a_tariff(TariffElement(tuple(a_component(kind, at, "0") for kind, at in parts)))
    bill = a_bill(tariff)
    assert str(bill.total.due) == "4.00 EUR"
    assert [str(each.amount) for each in people_lines(bill)] == [
        "0.34 EUR",
        "3.33 EUR",
        "0.33 EUR",
    ]


def test_a_limit_is_a_line_of_its_own() -> None:
    bill = a_bill(a_tariff(max_price=PriceLimit(Decimal(2), Decimal("2.40"))))
    energy, adjustment = people_lines(bill)
    assert (energy.line, str(energy.amount), energy.limit) == (bill.lines[0], "3.60 EUR", None)
    assert (adjustment.line, str(adjustment.amount)) == (None, "-1.20 EUR")
    assert adjustment.limit == "max_price"


@given(
    st.lists(prices, min_size=4, max_size=4),
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.none() | st.integers(0, 40).map(Decimal),
)
def test_every_shown_amount_is_next_to_the_exact_one(
    amounts: list[str], currency: str, most: Decimal | None
) -> None:
    element = TariffElement(
        tuple(a_component(kind, at, "19") for kind, at in zip(Dimension, amounts, strict=True))
    )
    limit = None if most is None else PriceLimit(most)
    bill = a_bill(a_tariff(element, currency=currency, max_price=limit))
    lines = people_lines(bill)
    assert sum(each.amount.minor for each in lines) == bill.total.due.minor
    for each in lines:
        if each.line is not None:
            exact = each.line.price.due
            assert abs((each.amount - exact).amount) < 10 ** Decimal(
                each.amount.amount.as_tuple().exponent
            )
