"""Estimates, amounts to hold, and what AFIR does not allow."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.errors import InvalidInput
from app.domain.money import Money
from app.domain.quotes import afir_problems, duration_of, estimate, hold_for
from app.domain.tariffs import (
    Dimension,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
    TariffType,
)
from app.domain.units import Kw, Kwh
from tests.support.priced import MINUTE, START, ZONE, a_component, a_tariff, energy_at

ENERGY = a_component(Dimension.ENERGY, "0.50")
TIME = a_component(Dimension.TIME, "6.00")
IDLE = a_component(Dimension.PARKING_TIME, "12.00")
FEE = a_component(Dimension.FLAT, "1.00")
FIFTY, TEN = Money(Decimal(50), "EUR"), Money(Decimal(10), "EUR")


def test_an_estimate_is_a_bill_of_even_charging_and_idling() -> None:
    tariff = a_tariff(TariffElement((ENERGY, TIME, IDLE)))
    bill = estimate(
        tariff, zone=ZONE, start=START, energy=Kwh.of(22), power=Kw.of(11), idle=15 * MINUTE
    )
    assert (bill.charging_time, bill.parking_time) == (120 * MINUTE, 15 * MINUTE)
    assert bill.total.net == Money(Decimal(11 + 12 + 3), "EUR")
    assert bill.total.gross == Money(Decimal("31.2"), "EUR")


def test_an_estimate_knows_the_power() -> None:
    tariff = a_tariff(energy_at("0.30", max_power=Kw.of(50)), energy_at("0.60"))
    bills = [
        estimate(tariff, zone=ZONE, start=START, energy=Kwh.of(10), power=Kw.of(kw))
        for kw in (49, 50)
    ]
    assert [bill.total.net.amount for bill in bills] == [3, 6]


@pytest.mark.parametrize(
    ("field", "value"),
    [("energy", Kwh.of(0)), ("power", Kw.of(0)), ("idle", -MINUTE)],
)
def test_an_estimate_of_nothing_is_refused(field: str, value: object) -> None:
    wishes: dict[str, object] = {"energy": Kwh.of(1), "power": Kw.of(1), field: value}
    with pytest.raises(InvalidInput, match=field):
        estimate(a_tariff(), zone=ZONE, start=START, **wishes)  # type: ignore[arg-type]


def test_durations_are_rounded_up_to_seconds() -> None:
    assert duration_of(Kwh.of(11), Kw.of(22)) == 30 * MINUTE
    assert duration_of(Kwh.of(1), Kw.of(7)) == timedelta(seconds=515)


def held(tariff: Tariff, kw: str = "11", floor: Money | None = None) -> Money:
    return hold_for(tariff, zone=ZONE, start=START, max_power=Kw.of(kw), cap=FIFTY, floor=floor)


def test_the_amount_to_hold_is_rounded_up_to_whole_units() -> None:
    """11 kW for 4 hours at 0.37 and 20 % VAT is 19.536."""
    assert held(a_tariff(energy_at("0.37"))) == Money(Decimal(20), "EUR")


def test_the_amount_to_hold_is_capped_by_operator_and_tariff() -> None:
    assert held(a_tariff(energy_at("0.79")), "150") == FIFTY
    limited = a_tariff(energy_at("0.79"), max_price=PriceLimit(Decimal(25), Decimal(30)))
    assert held(limited, "150") == Money(Decimal(30), "EUR")


def test_the_amount_to_hold_has_a_floor_unless_charging_is_free() -> None:
    assert held(a_tariff(energy_at("0.01")), floor=TEN) == TEN
    assert held(a_tariff(energy_at("0.37")), floor=TEN) == Money(Decimal(20), "EUR")
    assert held(a_tariff(energy_at("0")), floor=TEN) == Money.zero("EUR")


def test_a_price_for_time_is_held_for_the_whole_time() -> None:
    """At 150 kW the battery is full in half an hour; a slow vehicle takes all four hours."""
    tariff = a_tariff(TariffElement((TIME,)))
    assert held(tariff, "150") == Money(Decimal(29), "EUR")


def test_amounts_to_hold_are_in_one_currency() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        held(a_tariff(currency="SEK"))


FAST = Kw.of(50)


def problems(*elements: TariffElement, **fields: object) -> list[str]:
    return [each.code for each in afir_problems(a_tariff(*elements, **fields), FAST)]


def test_fast_chargers_are_priced_per_kwh_and_occupancy() -> None:
    reserved = Restrictions(reservation=ReservationPhase.RESERVATION)
    assert problems(TariffElement((ENERGY, IDLE))) == []
    assert problems(TariffElement((ENERGY,)), TariffElement((FEE,), reserved)) == []
    assert problems(TariffElement((ENERGY, TIME, FEE))) == ["charging_time", "session_fee"]
    assert problems(TariffElement((IDLE,))) == ["no_kwh_price"]
    minimum = PriceLimit(Decimal(1))
    assert problems(TariffElement((ENERGY,)), min_price=minimum) == ["minimum_price"]


def test_the_place_of_a_problem_is_named() -> None:
    tariff = a_tariff(TariffElement((ENERGY,)), TariffElement((FEE,)))
    [problem] = afir_problems(tariff, FAST)
    assert (problem.element, problem.text) == (1, "a fee per session is not allowed")


def test_a_free_fast_charger_is_fine() -> None:
    free = a_component(Dimension.FLAT, "0.00")
    assert problems(TariffElement((free,))) == []


def test_slow_chargers_and_contracts_are_free_in_their_prices() -> None:
    fee = TariffElement((ENERGY, FEE))
    assert afir_problems(a_tariff(fee), Kw.of("49.9")) == ()
    assert problems(fee, type=TariffType.REGULAR) == []
    assert problems(fee, type=TariffType.AD_HOC_PAYMENT) == ["session_fee"]
