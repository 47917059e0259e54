"""What happens to a driver's session once the charger has a transaction, until it stops."""

from dataclasses import replace

from app.domain.charging import ChargingState, Reason
from app.domain.charging_steps import Here, Step
from app.domain.charging_triggers import (
    ContactBack,
    Effect,
    NoticeKind,
    Notify,
    RequestHold,
    RequestStop,
    SessionClosed,
    SessionMoved,
    SessionStarted,
    Trigger,
)
from app.domain.stations import Activity

S = ChargingState


def opened(here: Here, trigger: SessionStarted) -> Step:
    known = replace(here.charging, session_id=trigger.session_id)
    if trigger.activity is Activity.IDLE:
        if known.state is S.AWAITING_PLUG:
            return Step(known)
        opened = replace(here, charging=known)
        return opened.to(S.AWAITING_PLUG, wait=here.rules.plug_reminder)
    started = Notify(NoticeKind.STARTED)
    return flow(replace(here, charging=known), trigger.activity, started)


def adopted(here: Here, trigger: SessionStarted) -> Step:
    """A card was shown, or the vehicle knew itself: hold the money now, and follow."""
    step = opened(here, trigger)
    return replace(step, effects=(RequestHold(), *step.effects))


def opened_late(here: Here, trigger: SessionStarted) -> Step:
    """The hold is gone: adopt the transaction and hold again, or stop it when it is too late."""
    if here.charging.session_id is not None:
        return here.ignore()
    if here.age > here.rules.watch:
        return opened_unwanted(here, trigger)
    step = opened(here, trigger)
    return replace(step, effects=(RequestHold(again=True), *step.effects))


def opened_unwanted(here: Here, trigger: SessionStarted) -> Step:
    if here.charging.session_id is not None:
        return here.ignore()
    again = here.now + here.rules.stray_retry
    return here.stay(RequestStop(), session_id=trigger.session_id, deadline=again)


def watch(here: Here, _: Trigger) -> Step:
    """End of the watch; or an unwanted transaction still runs, and is told to stop again."""
    if here.charging.session_id is None:
        return here.stay(deadline=None)
    return here.stay(RequestStop(), deadline=here.now + here.rules.stray_retry)


_STATE_OF = {
    Activity.CHARGING: S.CHARGING,
    Activity.CONNECTED: S.CHARGING,
    Activity.IDLE: S.CHARGING,
    Activity.SUSPENDED_EV: S.PAUSED_EV,
    Activity.SUSPENDED_EVSE: S.PAUSED_EVSE,
}


def flow(here: Here, activity: Activity, *effects: Effect, drawn: bool = False) -> Step:
    """Be in the state that the transaction's activity means."""
    drawn = drawn or here.charging.drawn
    state = _STATE_OF[activity]
    started_at = here.charging.started_at or here.now
    patience = here.rules.full_after if drawn else here.rules.draw_patience
    asleep = state is S.PAUSED_EV or (state is S.CHARGING and not drawn)
    wait = patience if asleep else None
    return here.to(state, *effects, wait=wait, drawn=drawn, started_at=started_at)


def moved(here: Here, trigger: SessionMoved) -> Step:
    charging = here.charging
    drawn = trigger.drawn or charging.drawn
    settled = trigger.activity in {Activity.CONNECTED, Activity.IDLE}
    if settled or _STATE_OF[trigger.activity] is charging.state:
        deadline = None if drawn and charging.state is S.CHARGING else charging.deadline
        return here.stay(drawn=drawn, deadline=deadline)
    return flow(here, trigger.activity, drawn=trigger.drawn)


def moved_before_energy(here: Here, trigger: SessionMoved) -> Step:
    """The transaction waited for its cable, and now it is in."""
    if here.charging.session_id is None or trigger.activity is Activity.IDLE:
        return here.ignore()
    started = Notify(NoticeKind.STARTED)
    return flow(here, trigger.activity, started, drawn=trigger.drawn)


def moved_while_stopping(here: Here, trigger: SessionMoved) -> Step:
    """OCPP 2.x keeps the transaction open until the cable is out."""
    if trigger.activity in {Activity.CONNECTED, Activity.IDLE}:
        return energy_ended(here, trigger)
    return here.stay(drawn=trigger.drawn or here.charging.drawn)


def not_drawing(here: Here, _: Trigger) -> Step:
    """For long no energy has flowed: the car is full, or it never began."""
    kind = NoticeKind.COMPLETE if here.charging.drawn else NoticeKind.NOT_DRAWING
    return here.stay(Notify(kind), deadline=None)


def lost(here: Here, _: Trigger) -> Step:
    return here.to(S.INTERRUPTED, wait=here.rules.contact_grace)


def tell_lost(here: Here, _: Trigger) -> Step:
    return here.stay(Notify(NoticeKind.INTERRUPTED), deadline=None)


def back(here: Here, trigger: ContactBack | SessionMoved) -> Step:
    drawn = isinstance(trigger, SessionMoved) and trigger.drawn
    was_told = here.charging.deadline is None
    effects = (Notify(NoticeKind.RESUMED),) if was_told else ()
    return flow(here, trigger.activity, *effects, drawn=drawn)


def stop(here: Here, _: Trigger) -> Step:
    return here.to(S.STOPPING, RequestStop(), wait=here.rules.stop_patience)


def limit(here: Here, _: Trigger) -> Step:
    effects = (RequestStop(), Notify(NoticeKind.LIMIT_REACHED))
    patience = here.rules.stop_patience
    return here.to(S.STOPPING, *effects, wait=patience, reason=Reason.LIMIT_REACHED)


def stop_refused(here: Here, _: Trigger) -> Step:
    return here.to(S.CHARGING, Notify(NoticeKind.STOP_FAILED), reason=Reason.STOP_REFUSED)


def stop_slow(here: Here, _: Trigger) -> Step:
    told = Notify(NoticeKind.STOP_FAILED)
    return here.stay(told, deadline=None, reason=Reason.STOP_REFUSED)


def energy_ended(here: Here, _: Trigger) -> Step:
    told = Notify(NoticeKind.COMPLETE)
    return here.to(S.AWAITING_UNPLUG, told, reason=here.charging.reason)


def closed(here: Here, trigger: SessionClosed) -> Step:
    if here.charging.session_id is None:
        return here.ignore()
    if trigger.fault:
        told = Notify(NoticeKind.FAULT)
        return here.to(S.SETTLING, told, reason=Reason.STOPPED_BY_FAULT)
    return here.to(S.SETTLING, reason=here.charging.reason)
