"""Sessions at their end: billed, captured, released or owed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.charging import (
    ChargingState,
    Reason,
)
from app.domain.charging_moves import advance
from app.domain.charging_steps import Step, Verdict
from app.domain.charging_triggers import (
    Billed,
    CaptureDone,
    NoticeKind,
    Owed,
    Released,
)
from app.domain.money import Money
from app.domain.stations import Activity
from tests.support.chargings import a_charging
from tests.support.clock import NOON

S, A, K = ChargingState, Activity, NoticeKind
LATER = NOON + timedelta(seconds=10)
COST = Money(Decimal("9.38"), "EUR")
FREE = Money.zero("EUR")


def step(state: ChargingState, trigger: Any, **changes: Any) -> Step:
    """A step from a state that was entered at noon, ten seconds later."""
    return advance(a_charging(state=state, **changes), trigger, LATER)


def test_a_free_session_is_over_when_its_hold_is_released() -> None:
    billed = step(S.SETTLING, Billed(FREE)).charging
    assert advance(billed, Released(), LATER).charging.state is S.COMPLETED


@pytest.mark.parametrize("total", [None, COST])
def test_a_released_hold_ends_no_session_that_costs(total: Money | None) -> None:
    assert step(S.SETTLING, Released(), total=total).verdict is Verdict.IGNORED


def test_only_the_first_bill_counts() -> None:
    billed = step(S.SETTLING, Billed(COST, "cdr-1")).charging
    assert billed.cdr_id == "cdr-1"
    assert advance(billed, Billed(FREE, "cdr-2"), LATER).verdict is Verdict.IGNORED


def test_a_paid_debt_is_a_completed_session() -> None:
    owed = step(S.SETTLING, Owed(), total=COST).charging
    assert owed.reason == Reason.OWED
    paid = advance(owed, CaptureDone(), LATER).charging
    assert (paid.state, paid.reason) == (S.COMPLETED, None)
