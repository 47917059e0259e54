"""step_size beside the corpus: exact multiples, steps of nothing, energy given back."""

from decimal import Decimal

import pytest

from app.domain.bills import SliceKind
from app.domain.steps import Tally, round_up, surplus
from app.domain.tariffs import Dimension
from tests.support.priced import a_component


@pytest.mark.parametrize(
    ("quantity", "step_size", "expected"),
    [
        ("115.2", 1, "0.8"),
        ("500", 500, "0"),
        ("501", 500, "499"),
        ("15000.000001", 1000, "0"),
        ("14999.999999", 1000, "0.000001"),
        ("7.5", 0, "0"),
        ("0", 900, "0"),
        ("-3", 900, "0"),
    ],
)
def test_what_is_missing_to_the_next_step(quantity: str, step_size: int, expected: str) -> None:
    assert surplus(Decimal(quantity), step_size) == Decimal(expected)


def test_a_component_that_was_active_first_and_last_bears_the_surplus() -> None:
    """TIME switches to another component and back: the first tally was the last one active."""
    component = a_component(Dimension.TIME, "1", step_size=600)
    tallies = [
        Tally(0, component, SliceKind.CHARGING, Decimal(500), last_piece=3),
        Tally(1, component, SliceKind.CHARGING, Decimal(400), last_piece=2),
    ]
    round_up(tallies)
    assert [each.surplus for each in tallies] == [300, 0]
    assert tallies[0].billed == Decimal(800) / 3600


def test_a_reservation_is_rounded_by_itself() -> None:
    component = a_component(Dimension.TIME, "1", step_size=600)
    tallies = [
        Tally(0, component, SliceKind.RESERVATION, Decimal(100), last_piece=1),
        Tally(1, component, SliceKind.CHARGING, Decimal(100), last_piece=2),
    ]
    round_up(tallies)
    assert [each.surplus for each in tallies] == [500, 500]
