"""Which component is active: first in the list, each dimension by itself, by phase."""

from datetime import timedelta

from app.domain.bills import SliceKind
from app.domain.cuts import Bounds, Piece
from app.domain.plans import Plan, bounds_of
from app.domain.restrictions import Moment
from app.domain.tariffs import Dimension, ReservationPhase, Restrictions, TariffElement
from app.domain.units import NO_ENERGY, Kwh
from tests.support.priced import MINUTE, START, a_component, a_tariff, energy_at


def piece(kind: SliceKind, kwh: str = "0") -> Piece:
    moment = Moment(None, Kwh.of(kwh), timedelta(), None, None)
    return Piece(START, START + MINUTE, kind, NO_ENERGY, None, moment)


def elements_of(plan: Plan, at: Piece) -> list[int | None]:
    return [rate.element if rate else None for rate in plan.active(at)]


def test_dimensions_come_from_different_elements() -> None:
    """An earlier element that lacks a dimension does not block a later one."""
    tariff = a_tariff(
        energy_at("0.20", max_kwh=Kwh.of(5)),
        TariffElement((a_component(Dimension.TIME, "1"),)),
        energy_at("0.40"),
        energy_at("0.60"),
    )
    plan = Plan.of(tariff)
    assert elements_of(plan, piece(SliceKind.CHARGING)) == [None, 0, 1]
    assert elements_of(plan, piece(SliceKind.CHARGING, "5")) == [None, 2, 1]
    assert elements_of(plan, piece(SliceKind.PARKING)) == [None, 0, None]
    assert elements_of(plan, piece(SliceKind.RESERVATION)) == [None, None]


def test_an_expired_reservation_takes_its_own_elements_first() -> None:
    fee, time = a_component(Dimension.FLAT, "4"), a_component(Dimension.TIME, "2")
    expires = Restrictions(reservation=ReservationPhase.RESERVATION_EXPIRES)
    reserved = Restrictions(reservation=ReservationPhase.RESERVATION)
    tariff = a_tariff(TariffElement((fee, time), reserved), TariffElement((fee,), expires))
    at = piece(SliceKind.RESERVATION)
    assert elements_of(Plan.of(tariff), at) == [0, 0]
    assert elements_of(Plan.of(tariff, expired=True), at) == [1, 0]


def test_restrictions_beside_the_phase_are_kept() -> None:
    reserved = Restrictions(reservation=ReservationPhase.RESERVATION, min_duration=MINUTE)
    plan = Plan.of(a_tariff(TariffElement((a_component(Dimension.TIME, "2"),), reserved)))
    assert plan.bounds == Bounds(durations=(MINUTE,))
    assert elements_of(plan, piece(SliceKind.RESERVATION)) == [None, None]


def test_bounds_of_a_tariff() -> None:
    assert bounds_of(None) == bounds_of(a_tariff()) == Bounds()
    assert bounds_of(a_tariff(energy_at("1", min_duration=MINUTE))).durations == (MINUTE,)
