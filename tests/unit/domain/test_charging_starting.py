"""Starts that come late, unwanted, or before their cable."""

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
    RULES,
    Billed,
    CancelAsked,
    CommandRejected,
    NoticeKind,
    PaymentDeclined,
    Plugged,
    ReleaseHold,
    RequestHold,
    RequestStop,
    SessionClosed,
    SessionMoved,
    SessionStarted,
    TimeUp,
)
from app.domain.money import Money
from app.domain.stations import Activity
from tests.support.chargings import a_charging, doings, notices
from tests.support.clock import NOON

S, A, K = ChargingState, Activity, NoticeKind
LATER = NOON + timedelta(seconds=10)
COST = Money(Decimal("9.38"), "EUR")


def step(state: ChargingState, trigger: Any, **changes: Any) -> Step:
    """A step from a state that was entered at noon, ten seconds later."""
    return advance(a_charging(state=state, **changes), trigger, LATER)


@pytest.mark.parametrize("state", [S.START_TIMEOUT, S.START_REJECTED])
@pytest.mark.parametrize("minutes", [1, 60])
def test_a_late_start_is_adopted_with_a_new_hold(state: S, minutes: int) -> None:
    """Product §3 case 5: no answer, or a refusal, and then the session starts all the same."""
    gone = a_charging(state=state)
    result = advance(gone, SessionStarted("s-1", A.CHARGING), NOON + timedelta(minutes=minutes))
    assert result.charging.state is S.CHARGING
    assert result.charging.session_id == "s-1"
    assert result.charging.completed_at is None
    assert doings(result) == [RequestHold(again=True)]


@pytest.mark.parametrize("state", [S.START_TIMEOUT, S.START_REJECTED])
def test_a_start_later_than_an_hour_is_stopped(state: S) -> None:
    gone = a_charging(state=state)
    late = NOON + timedelta(minutes=61)
    result = advance(gone, SessionStarted("s-1", A.CHARGING), late)
    assert (result.charging.state, doings(result)) == (state, [RequestStop()])


@pytest.mark.parametrize("state", [S.CANCELLED, S.ABANDONED, S.PAYMENT_DECLINED, S.EXPIRED])
def test_a_start_nobody_wants_is_stopped_until_it_ends(state: S) -> None:
    stray = step(state, SessionStarted("s-1", A.CHARGING))
    assert doings(stray) == [RequestStop()]
    assert stray.charging.deadline == LATER + RULES.stray_retry
    repeated = advance(stray.charging, SessionStarted("s-1", A.CHARGING), LATER)
    assert repeated.verdict is Verdict.IGNORED
    ended = advance(stray.charging, SessionClosed(), LATER).charging
    assert ended.deadline is None
    assert advance(ended, Billed(COST), LATER).verdict is Verdict.IGNORED


def test_a_stray_start_is_told_to_stop_again() -> None:
    stray = step(S.CANCELLED, SessionStarted("s-1", A.CHARGING)).charging
    again = advance(stray, TimeUp(), stray.deadline or NOON)
    assert doings(again) == [RequestStop()]
    assert again.charging.deadline == (stray.deadline or NOON) + RULES.stray_retry


def test_the_bill_of_a_stray_start_is_not_charged() -> None:
    """The driver was told that nothing is charged."""
    stray = a_charging(state=S.START_TIMEOUT, session_id="s-1")
    assert advance(stray, Billed(COST), LATER).verdict is Verdict.IGNORED
    old = advance(a_charging(state=S.START_TIMEOUT), Billed(COST), NOON + timedelta(hours=2))
    assert old.verdict is Verdict.IGNORED


def test_a_refusal_after_the_transaction_opened_is_wrong() -> None:
    """Product §3 case 6: the session comes before the command's result."""
    waiting = a_charging(state=S.AWAITING_PLUG, session_id="s-1")
    assert advance(waiting, CommandRejected(Reason.OCCUPIED), LATER).verdict is Verdict.IGNORED
    assert advance(waiting, Plugged(), LATER).verdict is Verdict.IGNORED


def test_a_transaction_before_the_cable_waits_for_it() -> None:
    waiting = step(S.START_REQUESTED, SessionStarted("s-1", A.IDLE)).charging
    assert (waiting.state, waiting.session_id) == (S.AWAITING_PLUG, "s-1")
    still = advance(waiting, SessionMoved(A.IDLE, drawn=False), LATER)
    assert still.verdict is Verdict.IGNORED
    plugged = advance(waiting, SessionMoved(A.CONNECTED, drawn=False), LATER)
    assert plugged.charging.state is S.CHARGING
    assert notices(plugged) == [K.STARTED]


@pytest.mark.parametrize("how", ["window", "cancel", "payment"])
def test_a_transaction_whose_cable_never_comes_is_stopped(how: str) -> None:
    waiting = a_charging(state=S.AWAITING_PLUG, session_id="s-1", deadline=NOON)
    trigger = {"window": TimeUp(), "cancel": CancelAsked(), "payment": PaymentDeclined()}[how]
    result = advance(waiting, trigger, NOON + timedelta(minutes=5))
    assert doings(result) == [ReleaseHold(), RequestStop()]
    assert result.charging.ended
