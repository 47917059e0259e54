"""The driver's session: every edge of `docs/charging.md`, and every pair is defined."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest

from app.domain.charging import (
    ENDED,
    NOT_STARTED,
    PREPARING,
    RUNNING,
    Charging,
    ChargingState,
    Reason,
)
from app.domain.charging_moves import TABLE, advance
from app.domain.charging_steps import Step, Verdict
from app.domain.charging_triggers import (
    RULES,
    Accepted,
    ActionRequired,
    Adopted,
    Billed,
    CancelAsked,
    Capture,
    CaptureDone,
    CaptureFailed,
    CommandAccepted,
    CommandNoAnswer,
    CommandRejected,
    ContactBack,
    ContactLost,
    EnergyEnded,
    LimitReached,
    LimitsSet,
    NoticeKind,
    Observed,
    Owed,
    PaymentDeclined,
    PaymentExpired,
    PaymentHeld,
    Plugged,
    Released,
    ReleaseHold,
    RequestHold,
    RequestStart,
    RequestStop,
    SessionClosed,
    SessionMoved,
    SessionStarted,
    StartSent,
    StopAsked,
    StopRefused,
    TimeUp,
    Trigger,
    UnlockAsked,
    UnlockTried,
)
from app.domain.money import Money
from app.domain.stations import Activity
from app.domain.units import Kwh
from tests.support.chargings import a_charging, doings, notices
from tests.support.clock import NOON

S, A, K = ChargingState, Activity, NoticeKind
TRIGGERS: tuple[type[Any], ...] = get_args(Trigger)
LATER = NOON + timedelta(seconds=10)
COST = Money(Decimal("9.38"), "EUR")
FREE = Money.zero("EUR")

SAMPLES: dict[type[Any], Any] = {
    CommandAccepted: CommandAccepted(cable_in=True),
    CommandRejected: CommandRejected(Reason.OCCUPIED),
    SessionStarted: SessionStarted("s-1", A.CHARGING),
    Adopted: Adopted("s-1", A.CHARGING),
    SessionMoved: SessionMoved(A.CHARGING, drawn=True),
    ContactBack: ContactBack(A.CHARGING),
    LimitsSet: LimitsSet(Kwh.of("10"), None, None, None),
    Observed: Observed(((K.SOC80, "soc80"),), LATER, parked=False),
    UnlockAsked: UnlockAsked("u-1"),
    UnlockTried: UnlockTried(worked=False),
    Billed: Billed(COST),
}


def sample(trigger: type[Any]) -> Any:
    """One trigger of each kind."""
    return SAMPLES[trigger] if trigger in SAMPLES else trigger()


def step(state: ChargingState, trigger: Any, **changes: Any) -> Step:
    """A step from a state that was entered at noon, ten seconds later."""
    return advance(a_charging(state=state, **changes), trigger, LATER)


def test_every_pair_is_defined_and_stays_consistent() -> None:
    assert set(TABLE) == {(state, trigger) for state in S for trigger in TRIGGERS}
    for state in S:
        for trigger in TRIGGERS:
            before = a_charging(state=state, deadline=NOON, session_id=None)
            result = advance(before, sample(trigger), LATER)
            after = result.charging
            unseen = replace(after, deadline=before.deadline, look_at=None, noted=frozenset())
            moved = unseen != before
            assert after.seq == before.seq + (1 if moved else 0), (state, trigger)
            if after.state is not state:
                assert (after.completed_at is not None) == after.ended
            if result.verdict is not Verdict.DONE:
                assert after == before
                assert not result.effects


Edge = tuple[S, Any, S, list[Any], list[K]]
"""State, trigger (or how long it was waited), next state, what is done, what is told."""

EDGES: list[Edge] = [
    (S.QUOTED, Accepted(), S.PAYMENT_PENDING, [RequestHold()], []),
    (S.QUOTED, CancelAsked(), S.CANCELLED, [], []),
    (S.PAYMENT_PENDING, PaymentHeld(), S.AUTHORIZED, [RequestStart()], []),
    (S.PAYMENT_PENDING, ActionRequired(), S.PAYMENT_PENDING, [], [K.ACTION_REQUIRED]),
    (S.PAYMENT_PENDING, PaymentDeclined(), S.PAYMENT_DECLINED, [], [K.PAYMENT_FAILED]),
    (S.PAYMENT_PENDING, PaymentExpired(), S.PAYMENT_DECLINED, [ReleaseHold()], []),
    (S.PAYMENT_PENDING, CancelAsked(), S.CANCELLED, [ReleaseHold()], []),
    (S.PAYMENT_DECLINED, PaymentHeld(), S.PAYMENT_DECLINED, [ReleaseHold()], []),
    (S.PAYMENT_DECLINED, Released(), S.PAYMENT_DECLINED, [], [K.HOLD_RELEASED]),
    (S.AUTHORIZED, StartSent(), S.START_REQUESTED, [], []),
    (S.AUTHORIZED, CancelAsked(), S.CANCELLED, [ReleaseHold()], []),
    (
        S.AUTHORIZED,
        CommandRejected(Reason.CHARGER_OFFLINE),
        S.START_REJECTED,
        [ReleaseHold()],
        [K.START_FAILED],
    ),
    (S.START_REQUESTED, CommandAccepted(cable_in=True), S.STARTING, [], []),
    (S.START_REQUESTED, CommandAccepted(cable_in=False), S.AWAITING_PLUG, [], []),
    (
        S.START_REQUESTED,
        CommandRejected(Reason.OCCUPIED),
        S.START_REJECTED,
        [ReleaseHold()],
        [K.START_FAILED],
    ),
    (S.START_REQUESTED, CommandNoAnswer(), S.START_UNCONFIRMED, [], []),
    (S.START_UNCONFIRMED, CommandAccepted(cable_in=True), S.STARTING, [], []),
    (
        S.START_UNCONFIRMED,
        CommandRejected(Reason.FAULTED),
        S.START_REJECTED,
        [ReleaseHold()],
        [K.START_FAILED],
    ),
    (S.AWAITING_PLUG, Plugged(), S.STARTING, [], []),
    *[
        (state, SessionStarted("s-1", A.CHARGING), S.CHARGING, [], [K.STARTED])
        for state in (*sorted(PREPARING), S.AUTHORIZED)
    ],
    (S.STARTING, SessionStarted("s-1", A.SUSPENDED_EV), S.PAUSED_EV, [], [K.STARTED]),
    (S.STARTING, SessionStarted("s-1", A.SUSPENDED_EVSE), S.PAUSED_EVSE, [], [K.STARTED]),
    (S.STARTING, SessionStarted("s-1", A.CONNECTED), S.CHARGING, [], [K.STARTED]),
    (S.STARTING, SessionStarted("s-1", A.IDLE), S.AWAITING_PLUG, [], []),
    (S.AWAITING_PLUG, SessionStarted("s-1", A.IDLE), S.AWAITING_PLUG, [], []),
    *[(state, CancelAsked(), S.CANCELLED, [ReleaseHold()], []) for state in PREPARING],
    (S.CHARGING, SessionMoved(A.SUSPENDED_EV, drawn=True), S.PAUSED_EV, [], []),
    (S.CHARGING, SessionMoved(A.SUSPENDED_EVSE, drawn=True), S.PAUSED_EVSE, [], []),
    (S.PAUSED_EV, SessionMoved(A.CHARGING, drawn=True), S.CHARGING, [], []),
    (S.PAUSED_EVSE, SessionMoved(A.CHARGING, drawn=True), S.CHARGING, [], []),
    (S.PAUSED_EV, SessionMoved(A.SUSPENDED_EVSE, drawn=True), S.PAUSED_EVSE, [], []),
    *[(s, ContactLost(), S.INTERRUPTED, [], []) for s in sorted(RUNNING - {S.INTERRUPTED})],
    *[(s, StopAsked(), S.STOPPING, [RequestStop()], []) for s in sorted(RUNNING)],
    *[
        (s, LimitReached(), S.STOPPING, [RequestStop()], [K.LIMIT_REACHED])
        for s in sorted(RUNNING - {S.INTERRUPTED})
    ],
    *[
        (s, PaymentDeclined(), S.STOPPING, [ReleaseHold(), RequestStop()], [K.PAYMENT_FAILED])
        for s in sorted(RUNNING)
    ],
    *[
        (s, ActionRequired(), S.STOPPING, [ReleaseHold(), RequestStop()], [K.PAYMENT_FAILED])
        for s in sorted(RUNNING)
    ],
    *[
        (s, PaymentDeclined(), S.PAYMENT_DECLINED, [ReleaseHold()], [K.PAYMENT_FAILED])
        for s in sorted(PREPARING)
    ],
    *[
        (s, EnergyEnded(), S.AWAITING_UNPLUG, [], [K.COMPLETE])
        for s in (*sorted(RUNNING), S.STOPPING)
    ],
    (S.STOPPING, StopRefused(), S.CHARGING, [], [K.STOP_FAILED]),
    (S.STOPPING, SessionMoved(A.CONNECTED, drawn=True), S.AWAITING_UNPLUG, [], [K.COMPLETE]),
    (S.STOPPING, SessionMoved(A.CHARGING, drawn=True), S.STOPPING, [], []),
    (S.SETTLING, Billed(COST), S.SETTLING, [Capture(COST)], []),
    (S.SETTLING, Billed(FREE), S.SETTLING, [ReleaseHold()], []),
    *[
        (s, Billed(COST), S.SETTLING, [Capture(COST)], [])
        for s in (*sorted(RUNNING), *sorted(PREPARING), S.STOPPING, S.AWAITING_UNPLUG)
    ],
    (S.START_TIMEOUT, Billed(COST), S.SETTLING, [Capture(COST)], []),
    (S.START_REJECTED, Billed(COST), S.SETTLING, [Capture(COST)], []),
    (S.SETTLING, CaptureDone(), S.COMPLETED, [], [K.RECEIPT_READY]),
    (S.SETTLING, CaptureFailed(), S.SETTLEMENT_FAILED, [], [K.PAYMENT_FAILED]),
    (S.SETTLING, Owed(), S.SETTLEMENT_FAILED, [], [K.PAYMENT_FAILED]),
    (S.SETTLEMENT_FAILED, Owed(), S.SETTLEMENT_FAILED, [], [K.PAYMENT_FAILED]),
    (S.SETTLEMENT_FAILED, CaptureDone(), S.COMPLETED, [], [K.RECEIPT_READY]),
    *[(s, Released(), s, [], [K.HOLD_RELEASED]) for s in sorted(NOT_STARTED)],
    *[(s, PaymentHeld(), s, [ReleaseHold()], []) for s in sorted(NOT_STARTED)],
]


@pytest.mark.parametrize("edge", EDGES)
def test_edge(edge: Edge) -> None:
    state, trigger, target, done, told = edge
    result = step(state, trigger)
    assert result.verdict is Verdict.DONE
    assert (result.charging.state, doings(result), notices(result)) == (target, done, told)


@pytest.mark.parametrize(
    "state", [*sorted(RUNNING), S.STOPPING, S.AWAITING_UNPLUG, *sorted(PREPARING)]
)
def test_a_closed_transaction_is_settled(state: S) -> None:
    assert step(state, SessionClosed(), session_id="s-1").charging.state is S.SETTLING
    broken = step(state, SessionClosed(fault=True), session_id="s-1")
    assert broken.charging.reason == Reason.STOPPED_BY_FAULT
    assert notices(broken) == [K.FAULT]


@pytest.mark.parametrize(
    ("state", "trigger"),
    [
        *[(s, Accepted()) for s in S if s not in {S.QUOTED, S.PAYMENT_PENDING}],
        *[(s, CancelAsked()) for s in (*sorted(RUNNING), S.STOPPING, S.SETTLING, S.COMPLETED)],
        *[
            (s, StopAsked())
            for s in (*sorted(PREPARING), S.QUOTED, S.AUTHORIZED, *sorted(NOT_STARTED))
        ],
    ],
)
def test_what_a_person_asks_in_vain_is_refused(state: S, trigger: Any) -> None:
    assert step(state, trigger).verdict is Verdict.REFUSED


# --- waiting ---

WAITS: list[Edge] = [
    (S.QUOTED, RULES.quote_valid, S.EXPIRED, [], []),
    (S.PAYMENT_PENDING, timedelta(minutes=3), S.PAYMENT_DECLINED, [ReleaseHold()], []),
    (S.AUTHORIZED, RULES.start_answer, S.START_REJECTED, [ReleaseHold()], [K.START_FAILED]),
    (S.START_REQUESTED, timedelta(seconds=30), S.START_UNCONFIRMED, [], []),
    (
        S.START_UNCONFIRMED,
        timedelta(minutes=2),
        S.START_TIMEOUT,
        [ReleaseHold()],
        [K.START_FAILED],
    ),
    (S.STARTING, timedelta(minutes=2), S.START_TIMEOUT, [ReleaseHold()], [K.START_FAILED]),
    (S.AWAITING_PLUG, timedelta(minutes=4), S.AWAITING_PLUG, [], [K.PLUG_REMINDER]),
    (S.AWAITING_PLUG, timedelta(minutes=5), S.ABANDONED, [ReleaseHold()], []),
    (S.INTERRUPTED, timedelta(minutes=2), S.INTERRUPTED, [], [K.INTERRUPTED]),
    (S.STOPPING, timedelta(seconds=60), S.STOPPING, [], [K.STOP_FAILED]),
    (S.CHARGING, RULES.draw_patience, S.CHARGING, [], [K.NOT_DRAWING]),
    (S.START_TIMEOUT, timedelta(minutes=60), S.START_TIMEOUT, [], []),
]


@pytest.mark.parametrize("edge", WAITS)
def test_time_is_up(edge: Edge) -> None:
    state, wait, target, done, told = edge
    due = NOON + wait
    waiting = a_charging(state=state, deadline=due)
    early = advance(waiting, TimeUp(), due - timedelta(microseconds=1))
    assert (early.verdict, early.charging) == (Verdict.IGNORED, waiting)
    result = advance(waiting, TimeUp(), due)
    assert (result.charging.state, doings(result), notices(result)) == (target, done, told)
    assert result.charging.deadline != due


def test_the_start_is_waited_for_two_minutes_in_all() -> None:
    sent = step(S.AUTHORIZED, StartSent()).charging
    assert sent.deadline == LATER + timedelta(seconds=30)
    unsure = advance(sent, TimeUp(), sent.deadline or NOON).charging
    assert unsure.deadline == LATER + timedelta(minutes=2)
    assert unsure.reason == Reason.NO_ANSWER


def test_a_driver_is_reminded_before_the_plug_window_ends() -> None:
    waiting = step(S.START_REQUESTED, CommandAccepted(cable_in=False)).charging
    assert waiting.deadline == LATER + timedelta(minutes=4)
    reminded = advance(waiting, TimeUp(), waiting.deadline or NOON).charging
    assert reminded.deadline == LATER + timedelta(minutes=5)


def test_a_quote_too_old_cannot_be_taken() -> None:
    quoted = a_charging(state=S.QUOTED, valid_until=LATER)
    result = advance(quoted, Accepted(), LATER)
    assert result.charging.state is S.EXPIRED
    assert not result.effects


def test_what_is_over_is_over() -> None:
    assert {s for s in S if a_charging(state=s).ended} == ENDED
    assert isinstance(a_charging(), Charging)
