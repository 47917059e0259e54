"""The driver's session as a total function: a state and what happened give the next state.

`TABLE` has an entry for every pair of state and trigger. Most pairs do nothing, since news comes
twice, late and in any order; what only a person asks and cannot have now is refused. The effects
of a step are done in the transaction that stores it. `docs/charging.md` has the drawing.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args

from app.domain import charging_observing as observing
from app.domain import charging_running as running
from app.domain import charging_settling as settling
from app.domain import charging_starting as starting
from app.domain.charging import NOT_STARTED, PREPARING, RUNNING, Charging, ChargingState
from app.domain.charging_steps import Here, Move, Step, Verdict, forget_deadline, ignore, refuse
from app.domain.charging_triggers import (
    RULES,
    Accepted,
    ActionRequired,
    Adopted,
    Billed,
    CancelAsked,
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
    Observed,
    Owed,
    PaymentDeclined,
    PaymentExpired,
    PaymentHeld,
    Plugged,
    Released,
    Rules,
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

S = ChargingState

_OPEN = RUNNING | {S.STOPPING, S.AWAITING_UNPLUG}
_CHARGED = frozenset({S.SETTLING, S.SETTLEMENT_FAILED})
_DRAWING = RUNNING - {S.INTERRUPTED}
_UNPAID = frozenset({S.EXPIRED, S.PAYMENT_DECLINED})
_UNANSWERED = frozenset({S.START_REJECTED, S.START_TIMEOUT})
_UNWANTED = frozenset({S.CANCELLED, S.ABANDONED})
_WAITS_FOR_ENERGY = frozenset({S.STARTING, S.AWAITING_PLUG})
_AFTER_STOP = frozenset({S.STOPPING, S.AWAITING_UNPLUG, S.COMPLETED}) | _CHARGED

Row = tuple[Move, dict[ChargingState, Move]]


def row(otherwise: Move, *moves: tuple[Iterable[ChargingState] | ChargingState, Move]) -> Row:
    """What a trigger does in the named states, and in all others."""
    named = {}
    for states, move in moves:
        for state in (states,) if isinstance(states, ChargingState) else states:
            named[state] = move
    return otherwise, named


_ROWS: dict[type[Any], Row] = {
    Accepted: row(refuse, (S.QUOTED, starting.accept), (S.PAYMENT_PENDING, ignore)),
    PaymentHeld: row(
        ignore,
        (S.PAYMENT_PENDING, starting.authorize),
        (NOT_STARTED | {S.PAYMENT_DECLINED}, starting.release_late_hold),
    ),
    ActionRequired: row(
        ignore,
        (S.PAYMENT_PENDING, starting.ask_holder),
        (RUNNING, starting.stop_unpaid),
        (PREPARING, starting.drop_unpaid),
    ),
    PaymentDeclined: row(
        ignore,
        (S.PAYMENT_PENDING, starting.decline),
        (S.SETTLING, settling.complete_free),
        (RUNNING, starting.stop_unpaid),
        (PREPARING, starting.drop_unpaid),
    ),
    PaymentExpired: row(ignore, (S.PAYMENT_PENDING, starting.payment_too_late)),
    CancelAsked: row(
        refuse,
        (S.QUOTED, starting.cancel_unpaid),
        (PREPARING | {S.PAYMENT_PENDING, S.AUTHORIZED}, starting.cancel),
        (_UNPAID | NOT_STARTED, ignore),
    ),
    StartSent: row(ignore, (S.AUTHORIZED, starting.sent)),
    CommandAccepted: row(ignore, ({S.START_REQUESTED, S.START_UNCONFIRMED}, starting.accepted)),
    CommandRejected: row(ignore, (PREPARING | {S.AUTHORIZED}, starting.rejected)),
    CommandNoAnswer: row(ignore, (S.START_REQUESTED, starting.unconfirmed)),
    Plugged: row(ignore, (S.AWAITING_PLUG, starting.plugged_unless_opened)),
    SessionStarted: row(
        ignore,
        (PREPARING | {S.AUTHORIZED}, running.opened),
        (_UNANSWERED, running.opened_late),
        (_UNWANTED | _UNPAID | {S.QUOTED, S.PAYMENT_PENDING}, running.opened_unwanted),
    ),
    Adopted: row(ignore, (S.QUOTED, running.adopted)),
    SessionMoved: row(
        ignore,
        (_DRAWING, running.moved),
        (S.INTERRUPTED, running.back),
        (_WAITS_FOR_ENERGY, running.moved_before_energy),
        (S.STOPPING, running.moved_while_stopping),
    ),
    ContactLost: row(ignore, (_DRAWING, running.lost)),
    ContactBack: row(ignore, (S.INTERRUPTED, running.back)),
    StopAsked: row(refuse, (RUNNING, running.stop), (_AFTER_STOP, ignore)),
    LimitReached: row(ignore, (_DRAWING, running.limit)),
    LimitsSet: row(
        refuse,
        (PREPARING | RUNNING | {S.QUOTED, S.PAYMENT_PENDING, S.AUTHORIZED}, observing.set_limits),
    ),
    Observed: row(ignore, (_OPEN, observing.observe)),
    UnlockAsked: row(observing.unlock_asked),
    UnlockTried: row(observing.unlock_tried),
    StopRefused: row(ignore, (S.STOPPING, running.stop_refused)),
    EnergyEnded: row(ignore, (RUNNING | {S.STOPPING}, running.energy_ended)),
    SessionClosed: row(
        ignore, (_OPEN | PREPARING, running.closed), (NOT_STARTED | _UNPAID, forget_deadline)
    ),
    Billed: row(
        ignore,
        (_OPEN | PREPARING | {S.SETTLING}, settling.billed),
        (_UNANSWERED, settling.billed_late),
    ),
    CaptureDone: row(ignore, (_CHARGED, settling.complete)),
    CaptureFailed: row(ignore, (S.SETTLING, settling.settlement_failed)),
    Released: row(
        ignore,
        (S.SETTLING, settling.complete_free),
        (NOT_STARTED | {S.PAYMENT_DECLINED}, settling.tell_released),
    ),
    Owed: row(ignore, (_CHARGED, settling.owed)),
    TimeUp: row(
        forget_deadline,
        (S.QUOTED, starting.expire),
        (S.PAYMENT_PENDING, starting.payment_too_late),
        (S.AUTHORIZED, starting.offline_before_start),
        (S.START_REQUESTED, starting.unconfirmed),
        ({S.START_UNCONFIRMED, S.STARTING}, starting.start_timeout),
        (S.AWAITING_PLUG, starting.plug_missing),
        (NOT_STARTED | {S.PAYMENT_DECLINED}, running.watch),
        ({S.CHARGING, S.PAUSED_EV}, running.not_drawing),
        (S.INTERRUPTED, running.tell_lost),
        (S.STOPPING, running.stop_slow),
    ),
}

TABLE: dict[tuple[ChargingState, type[Any]], Move] = {
    (state, trigger): _ROWS[trigger][1].get(state, _ROWS[trigger][0])
    for state in ChargingState
    for trigger in get_args(Trigger)
}


_UNSEEN = ("deadline", "look_at", "noted", "soc_first", "soc_energy")
"""What nobody sees of a session; it changes without a new `seq`."""


def advance(charging: Charging, trigger: Trigger, now: datetime, rules: Rules = RULES) -> Step:
    """What a trigger makes of a session; `seq` rises when something visible changed."""
    if isinstance(trigger, TimeUp) and (charging.deadline is None or now < charging.deadline):
        return Step(charging, verdict=Verdict.IGNORED)
    step = TABLE[charging.state, type(trigger)](Here(charging, now, rules), trigger)
    quiet = {name: getattr(charging, name) for name in _UNSEEN}
    if replace(step.charging, **quiet) == charging:
        return step
    return replace(step, charging=replace(step.charging, seq=charging.seq + 1))
