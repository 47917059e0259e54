"""How a driver's session begins: paying, asking the charger, waiting for the cable."""

from datetime import timedelta

from app.domain.charging import ChargingState, Reason
from app.domain.charging_steps import Here, Step
from app.domain.charging_triggers import (
    CommandAccepted,
    CommandRejected,
    NoticeKind,
    Notify,
    ReleaseHold,
    RequestHold,
    RequestStart,
    RequestStop,
    Trigger,
)

S = ChargingState


def accept(here: Here, _: Trigger) -> Step:
    if here.now >= here.charging.valid_until:
        return expire(here, _)
    return here.to(S.PAYMENT_PENDING, RequestHold(), wait=here.rules.payment_window)


def expire(here: Here, _: Trigger) -> Step:
    return here.to(S.EXPIRED, reason=Reason.QUOTE_EXPIRED)


def authorize(here: Here, _: Trigger) -> Step:
    return here.to(S.AUTHORIZED, RequestStart(), wait=here.rules.start_answer)


def decline(here: Here, _: Trigger) -> Step:
    told = Notify(NoticeKind.PAYMENT_FAILED)
    return here.to(S.PAYMENT_DECLINED, told, reason=Reason.PAYMENT_DECLINED)


def payment_too_late(here: Here, _: Trigger) -> Step:
    return here.to(S.PAYMENT_DECLINED, ReleaseHold(), reason=Reason.PAYMENT_TIMEOUT)


def ask_holder(here: Here, _: Trigger) -> Step:
    return here.stay(Notify(NoticeKind.ACTION_REQUIRED))


def release_late_hold(here: Here, _: Trigger) -> Step:
    return here.stay(ReleaseHold())


def stop_unpaid(here: Here, _: Trigger) -> Step:
    """The second hold, after a late start, failed: stop, and charge what has flowed."""
    effects = (ReleaseHold(), RequestStop(), Notify(NoticeKind.PAYMENT_FAILED))
    patience = here.rules.stop_patience
    return here.to(S.STOPPING, *effects, wait=patience, reason=Reason.PAYMENT_DECLINED)


def drop_unpaid(here: Here, _: Trigger) -> Step:
    """The second hold failed before energy flowed."""
    stop = () if here.charging.session_id is None else (RequestStop(),)
    effects = (ReleaseHold(), *stop, Notify(NoticeKind.PAYMENT_FAILED))
    retry = here.rules.stray_retry
    return here.to(S.PAYMENT_DECLINED, *effects, wait=retry, reason=Reason.PAYMENT_DECLINED)


def cancel_unpaid(here: Here, _: Trigger) -> Step:
    return here.to(S.CANCELLED, reason=Reason.CANCELLED)


def cancel(here: Here, _: Trigger) -> Step:
    """Let the money go; a transaction that comes all the same will be stopped."""
    stop = () if here.charging.session_id is None else (RequestStop(),)
    watch = here.rules.stray_retry if stop else here.rules.watch
    return here.to(S.CANCELLED, ReleaseHold(), *stop, wait=watch, reason=Reason.CANCELLED)


def sent(here: Here, _: Trigger) -> Step:
    return here.to(S.START_REQUESTED, wait=here.rules.start_answer)


def accepted(here: Here, trigger: CommandAccepted) -> Step:
    if trigger.cable_in:
        return plugged(here, trigger)
    return here.to(S.AWAITING_PLUG, wait=here.rules.plug_reminder)


def plugged(here: Here, _: Trigger) -> Step:
    return here.to(S.STARTING, wait=here.rules.start_confirm)


def plugged_unless_opened(here: Here, _: Trigger) -> Step:
    """A transaction that is open already tells by itself when energy may flow."""
    return here.ignore() if here.charging.session_id else plugged(here, _)


def rejected(here: Here, trigger: CommandRejected) -> Step:
    """A transaction that is open already proves a refusal wrong."""
    if here.charging.session_id is not None:
        return here.ignore()
    effects = (ReleaseHold(), Notify(NoticeKind.START_FAILED))
    return here.to(S.START_REJECTED, *effects, wait=here.rules.watch, reason=trigger.reason)


def offline_before_start(here: Here, _: Trigger) -> Step:
    return rejected(here, CommandRejected(Reason.CHARGER_OFFLINE))


def unconfirmed(here: Here, _: Trigger) -> Step:
    left = max(here.rules.start_confirm - here.age, timedelta(0))
    return here.to(S.START_UNCONFIRMED, wait=left, reason=Reason.NO_ANSWER)


def start_timeout(here: Here, _: Trigger) -> Step:
    effects = (ReleaseHold(), Notify(NoticeKind.START_FAILED))
    return here.to(S.START_TIMEOUT, *effects, wait=here.rules.watch, reason=Reason.NO_ANSWER)


def plug_missing(here: Here, _: Trigger) -> Step:
    window_ends = here.charging.state_since + here.rules.plug_window
    if here.now < window_ends:
        return here.stay(Notify(NoticeKind.PLUG_REMINDER), deadline=window_ends)
    stop = () if here.charging.session_id is None else (RequestStop(),)
    watch = here.rules.stray_retry if stop else here.rules.watch
    return here.to(S.ABANDONED, ReleaseHold(), *stop, wait=watch, reason=Reason.CABLE_NOT_IN)
