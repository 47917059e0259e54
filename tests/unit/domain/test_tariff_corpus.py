"""Every case of the tariff corpus: the vectors of OCPI's tariff chapter and our own."""

import pytest

from app.domain.receipts import people_lines
from app.domain.units import NO_ENERGY
from tests.support.tariff_corpus import Case, cases, differences

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_bill_is_the_expected_one(case: Case) -> None:
    """I-53, I-54, I-55.

    C-179: the price of each vector is the computed one; C-178: a step_size of 0 is fine.
    """
    assert differences(case.bill(), case.expected) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_measured_quantities_and_periods_cover_the_session(case: Case) -> None:
    """C-167: energy and time are the measured ones, never those after step_size."""
    bill, slices = case.bill(), case.session.slices
    assert bill.energy == sum((each.energy for each in slices), NO_ENERGY)
    assert sum((each.energy for each in bill.periods), NO_ENERGY) == bill.energy
    whole = bill.charging_time + bill.parking_time + bill.reservation_time
    assert whole == slices[-1].end - slices[0].start
    assert [each.end for each in bill.periods[:-1]] == [each.start for each in bill.periods[1:]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_shown_lines_add_up_to_what_is_paid(case: Case) -> None:
    """I-56."""
    bill = case.bill()
    assert sum(line.amount.minor for line in people_lines(bill)) == bill.total.due.minor


def test_all_vectors_are_there() -> None:
    numbers = {case.name.split("-")[1].rstrip("abc") for case in CASES if case.name[:2] == "tv"}
    assert numbers == {f"{n:02}" for n in range(1, 33)} - {"17", "18"}
