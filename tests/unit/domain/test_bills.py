"""What a bill says about itself."""

from app.domain.bills import SliceKind
from app.domain.money import Price
from app.domain.pricing import price
from app.domain.tariffs import Dimension, TariffElement
from tests.support.priced import ZONE, a_bill, a_component, a_tariff, some_slices


def test_costs_that_did_not_arise_are_known_to_be_nothing() -> None:
    bill = a_bill(a_tariff())
    assert bill.is_priced
    assert bill.fixed_cost == bill.parking_cost == bill.reservation_cost == Price.zero("EUR")


def test_costs_have_unknown_taxes_where_the_total_has() -> None:
    bill = a_bill(a_tariff(TariffElement((a_component(Dimension.ENERGY, "0.30", None),))))
    assert bill.time_cost.taxes is bill.energy_cost.taxes is bill.total.taxes is None


def test_energy_while_parked_is_a_cost_of_energy() -> None:
    bill = a_bill(a_tariff(), (SliceKind.CHARGING, 60, "10"), (SliceKind.PARKING, 60, "0.5"))
    assert bill.energy_cost == bill.total
    assert bill.parking_cost == Price.zero("EUR")


def test_an_unpriced_bill_says_so() -> None:
    slices = some_slices((SliceKind.CHARGING, 60, "10"))
    assert not price(slices, None, zone=ZONE, currency="EUR").is_priced
