"""A tariff as lines: AFIR's order, taxes included, what never applies left out."""

from datetime import time, timedelta
from decimal import Decimal

from app.domain.money import Money
from app.domain.price_lines import PriceKind, Unit, describe
from app.domain.tariffs import (
    Dimension,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    TariffElement,
    TaxIncluded,
)
from app.domain.units import Kwh
from tests.support.priced import START, ZONE, a_component, a_tariff, energy_at

RESERVED = Restrictions(reservation=ReservationPhase.RESERVATION)
EXPIRED = Restrictions(reservation=ReservationPhase.RESERVATION_EXPIRES)
FEE, HOURLY = a_component(Dimension.FLAT, "1.00"), a_component(Dimension.TIME, "6.00")
IDLE = a_component(Dimension.PARKING_TIME, "12.00", step_size=60)


def test_afir_order_whatever_the_tariff_s() -> None:
    """kWh, minute, session, other."""
    tariff = a_tariff(
        TariffElement((FEE, HOURLY), RESERVED),
        TariffElement((FEE, HOURLY), EXPIRED),
        TariffElement((FEE, IDLE, HOURLY, a_component(Dimension.ENERGY, "0.30"))),
        min_price=PriceLimit(Decimal(1), Decimal("1.20")),
        max_price=PriceLimit(Decimal(50)),
    )
    lines = describe(tariff)
    assert [line.kind for line in lines] == list(PriceKind)
    units = [line.unit for line in lines]
    assert units == sorted(units, key=list(Unit).index)
    assert [line.per_minute for line in lines].count(True) == 4


def test_taxes_are_in_and_hours_are_minutes() -> None:
    energy, time_, idle = describe(
        a_tariff(TariffElement((a_component(Dimension.ENERGY, "0.49"), HOURLY, IDLE)))
    )
    assert energy.amount == Money(Decimal("0.588"), "EUR")
    assert time_.amount == Money(Decimal("0.12"), "EUR")
    assert (idle.amount, idle.step) == (Money(Decimal("0.24"), "EUR"), 60)
    assert all(line.taxed for line in (energy, time_, idle))


def test_taxes_that_are_inside_or_unknown_are_not_added() -> None:
    [inside] = describe(a_tariff(tax_included=TaxIncluded.YES))
    assert (inside.amount.amount, inside.taxed) == (Decimal("0.3"), True)
    untaxed = TariffElement((a_component(Dimension.ENERGY, "0.30", None),))
    [unknown, least] = describe(a_tariff(untaxed, min_price=PriceLimit(Decimal(1), Decimal(2))))
    assert (unknown.amount.amount, unknown.taxed) == (Decimal("0.3"), False)
    assert (least.amount.amount, least.taxed) == (Decimal(1), False)


def test_the_limit_a_driver_pays_is_gross() -> None:
    _, most = describe(a_tariff(max_price=PriceLimit(Decimal(50))))
    assert (most.kind, most.amount.amount, most.taxed) == (PriceKind.MAXIMUM, Decimal(60), True)


def test_a_line_behind_one_that_always_applies_is_left_out() -> None:
    tariff = a_tariff(energy_at("0.2", max_kwh=Kwh.of(5)), energy_at("0.4"), energy_at("0.6"))
    first, rest = describe(tariff)
    assert (first.when.max_kwh, first.otherwise) == (Kwh.of(5), False)
    assert (rest.amount.amount, rest.otherwise) == (Decimal("0.48"), True)


def test_a_parking_price_of_a_reservation_means_nothing() -> None:
    assert describe(a_tariff(TariffElement((IDLE,), RESERVED))) == ()


def test_what_applies_at_a_moment() -> None:
    """START is 10:00 on the wall in Amsterdam."""
    night = {"start_time": time(22), "end_time": time(6)}
    tariff = a_tariff(
        energy_at("0.20", **night),
        energy_at("0.60", min_kwh=Kwh.of(50)),
        energy_at("0.40"),
    )
    by_day = describe(tariff, zone=ZONE, at=START)
    by_night = describe(tariff, zone=ZONE, at=START + timedelta(hours=12, minutes=30))
    assert [line.now for line in by_day] == [False, False, True]
    assert [line.now for line in by_night] == [True, False, False]
    assert [line.now for line in describe(tariff)] == [None] * 3
