"""Sessions while charging: contact lost and found, full cars."""

from datetime import timedelta
from typing import Any

from app.domain.charging import (
    ChargingState,
)
from app.domain.charging_moves import advance
from app.domain.charging_steps import Step
from app.domain.charging_triggers import (
    RULES,
    Adopted,
    ContactBack,
    ContactLost,
    NoticeKind,
    RequestHold,
    SessionMoved,
    SessionStarted,
    TimeUp,
)
from app.domain.stations import Activity
from tests.support.chargings import a_charging, notices
from tests.support.clock import NOON

S, A, K = ChargingState, Activity, NoticeKind
LATER = NOON + timedelta(seconds=10)


def step(state: ChargingState, trigger: Any, **changes: Any) -> Step:
    """A step from a state that was entered at noon, ten seconds later."""
    return advance(a_charging(state=state, **changes), trigger, LATER)


def test_what_a_card_began_is_held_and_followed() -> None:
    """Nobody asked for it in the app: the money is held when the transaction is heard of."""
    begun = step(S.QUOTED, Adopted("s-1", A.CHARGING))
    assert (begun.charging.state, begun.charging.session_id) == (S.CHARGING, "s-1")
    assert begun.effects[0] == RequestHold()
    assert notices(begun) == [K.STARTED]
    assert step(S.CHARGING, Adopted("s-1", A.CHARGING)).effects == ()


def test_contact_back_takes_up_where_it_was() -> None:
    lost = step(S.CHARGING, ContactLost(), drawn=True).charging
    soon = advance(lost, ContactBack(A.SUSPENDED_EV), LATER)
    assert (soon.charging.state, notices(soon)) == (S.PAUSED_EV, [])
    told = advance(lost, TimeUp(), LATER + timedelta(minutes=2)).charging
    back = advance(told, SessionMoved(A.CHARGING, drawn=True), LATER + timedelta(minutes=3))
    assert (back.charging.state, notices(back)) == (S.CHARGING, [K.RESUMED])


def test_a_full_car_is_told_once_it_took_nothing_for_a_while() -> None:
    paused = step(S.CHARGING, SessionMoved(A.SUSPENDED_EV, drawn=True)).charging
    assert paused.deadline == LATER + RULES.full_after
    told = advance(paused, TimeUp(), paused.deadline or NOON)
    assert notices(told) == [K.COMPLETE]


def test_energy_ends_the_wait_for_energy() -> None:
    begun = step(S.STARTING, SessionStarted("s-1", A.CHARGING)).charging
    assert begun.deadline == LATER + RULES.draw_patience
    drawing = advance(begun, SessionMoved(A.CHARGING, drawn=True), LATER).charging
    assert drawing.drawn
    assert drawing.deadline is None
    assert drawing.seq == begun.seq + 1
