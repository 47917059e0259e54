"""How a driver's session is paid in the end: captured, released or owed, exactly one of them."""

from app.domain.charging import Charging, ChargingState, Reason
from app.domain.charging_steps import Here, Step
from app.domain.charging_triggers import (
    Billed,
    Capture,
    Effect,
    NoticeKind,
    Notify,
    ReleaseHold,
    Trigger,
)

S = ChargingState


def billed(here: Here, trigger: Billed) -> Step:
    if here.charging.total is not None:
        return here.ignore()
    total = trigger.total.payable()
    due: Effect = Capture(total) if total else ReleaseHold()
    if here.charging.state is S.SETTLING:
        return here.stay(due, total=total, cdr_id=trigger.cdr_id)
    reason = here.charging.reason
    return here.to(S.SETTLING, due, total=total, cdr_id=trigger.cdr_id, reason=reason)


def billed_late(here: Here, trigger: Billed) -> Step:
    """A partner's bill for a start nobody confirmed; what was refused or is too old stays free."""
    wanted = here.charging.session_id is None and here.age <= here.rules.watch
    return billed(here, trigger) if wanted and trigger.total else here.ignore()


def complete(here: Here, _: Trigger) -> Step:
    receipt = Notify(NoticeKind.RECEIPT_READY)
    return here.to(S.COMPLETED, receipt, reason=kept_reason(here.charging))


def complete_free(here: Here, _: Trigger) -> Step:
    """Nothing to pay, and no hold any more or never one; before the bill that means nothing."""
    total = here.charging.total
    return here.ignore() if total is None or total else complete(here, _)


def kept_reason(charging: Charging) -> str | None:
    return None if charging.reason == Reason.OWED else charging.reason


def tell_released(here: Here, _: Trigger) -> Step:
    return here.stay(Notify(NoticeKind.HOLD_RELEASED))


def settlement_failed(here: Here, _: Trigger) -> Step:
    told = Notify(NoticeKind.PAYMENT_FAILED)
    return here.to(S.SETTLEMENT_FAILED, told, reason=Reason.PAYMENT_DECLINED)


def owed(here: Here, _: Trigger) -> Step:
    told = Notify(NoticeKind.PAYMENT_FAILED)
    return here.to(S.SETTLEMENT_FAILED, told, reason=Reason.OWED)
