"""What can happen to a driver's session, and what must be done about it, as values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.money import Money
from app.domain.stations import Activity
from app.domain.units import Kwh


class NoticeKind(StrEnum):
    """What a driver is told about, once per session and kind. Source: product, push catalogue.

    What is told of idle time may be told again: see `Notify.again`.
    """

    STARTED = "session.started"
    START_FAILED = "session.start_failed"
    PLUG_REMINDER = "session.plug_reminder"
    NOT_DRAWING = "session.not_drawing"
    SOC80 = "session.soc80"
    LIMIT_NEAR = "session.limit_near"
    ALMOST_DONE = "session.almost_done"
    LIMIT_REACHED = "session.limit_reached"
    COMPLETE = "session.complete"
    IDLE_WARNING = "idle.warning"
    IDLE_STARTED = "idle.started"
    IDLE_RUNNING = "idle.running"
    IDLE_CAP = "idle.cap"
    CABLE_STUCK = "session.cable_stuck"
    INTERRUPTED = "session.interrupted"
    RESUMED = "session.resumed"
    STOP_FAILED = "session.stop_failed"
    FAULT = "session.fault"
    RECEIPT_READY = "receipt.ready"
    RECEIPT_MAILED = "receipt.mailed"
    PAYMENT_FAILED = "payment.failed"
    ACTION_REQUIRED = "payment.action_required"
    HOLD_RELEASED = "hold.released"


@dataclass(frozen=True, slots=True)
class Rules:
    """How long each state is waited in before it is looked at again."""

    quote_valid: timedelta = timedelta(minutes=15)
    payment_window: timedelta = timedelta(minutes=3)
    start_answer: timedelta = timedelta(seconds=30)
    start_confirm: timedelta = timedelta(minutes=2)
    plug_reminder: timedelta = timedelta(minutes=4)
    plug_window: timedelta = timedelta(minutes=5)
    watch: timedelta = timedelta(minutes=60)
    contact_grace: timedelta = timedelta(minutes=2)
    draw_patience: timedelta = timedelta(minutes=5)
    full_after: timedelta = timedelta(minutes=3)
    stop_patience: timedelta = timedelta(seconds=60)
    stray_retry: timedelta = timedelta(minutes=5)


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The driver takes the quote and pays."""


@dataclass(frozen=True, slots=True)
class PaymentHeld:
    """The money is blocked on the card."""


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The card's holder must confirm the payment."""


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """The card was declined."""


@dataclass(frozen=True, slots=True)
class PaymentExpired:
    """The payment was not confirmed in time."""


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """The driver does not want to charge any more; nothing has flowed."""


@dataclass(frozen=True, slots=True)
class StartSent:
    """The wish to start is on its way to the charger."""


@dataclass(frozen=True, slots=True)
class CommandAccepted:
    """The charger will start; `cable_in` as far as the EVSE's status tells."""

    cable_in: bool


@dataclass(frozen=True, slots=True)
class CommandRejected:
    """The charger will not start; `reason` is a `charging.Reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class CommandNoAnswer:
    """Nobody knows whether the charger will start."""


@dataclass(frozen=True, slots=True)
class Plugged:
    """A cable is in."""


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The charger opened a transaction; IDLE means that it waits for the cable itself."""

    session_id: str
    activity: Activity


@dataclass(frozen=True, slots=True)
class Adopted(SessionStarted):
    """A card or a vehicle began the transaction, which nobody had asked for in the app."""


@dataclass(frozen=True, slots=True)
class SessionMoved:
    """The transaction goes on; `drawn` tells whether any energy has flowed by now."""

    activity: Activity
    drawn: bool


@dataclass(frozen=True, slots=True)
class ContactLost:
    """The charger's connection is gone while its transaction runs."""


@dataclass(frozen=True, slots=True)
class ContactBack:
    """The charger is connected again; `activity` is the transaction's last known one."""

    activity: Activity


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The driver wants to stop."""


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The hold, or the driver's own limit, is used up."""


@dataclass(frozen=True, slots=True)
class LimitsSet:
    """The driver wants these limits from now on; None means none."""

    energy: Kwh | None
    time: timedelta | None
    cost: Money | None
    soc: Decimal | None


@dataclass(frozen=True, slots=True)
class Observed:
    """What is worth telling by now, by its mark; `look_at` is when time alone brings more.

    `soc` is the state of charge and `energy` what was charged when it was read; `parked` tells
    whether idle time may have begun.
    """

    told: tuple[tuple[NoticeKind, str], ...]
    look_at: datetime | None
    parked: bool
    soc: Decimal | None = None
    energy: Kwh | None = None


@dataclass(frozen=True, slots=True)
class UnlockAsked:
    """The driver wants the cable back, by this command."""

    command_id: str


@dataclass(frozen=True, slots=True)
class UnlockTried:
    """The driver asked for the cable, and the charger let go of it or could not."""

    worked: bool


@dataclass(frozen=True, slots=True)
class StopRefused:
    """The charger will not stop, or did not answer."""


@dataclass(frozen=True, slots=True)
class EnergyEnded:
    """No more energy will flow; the cable is still in."""


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The transaction is over; `fault` when something broke it off."""

    fault: bool = False


@dataclass(frozen=True, slots=True)
class Billed:
    """What the session costs is final, by this CDR if there is one."""

    total: Money
    cdr_id: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureDone:
    """The whole amount was taken."""


@dataclass(frozen=True, slots=True)
class CaptureFailed:
    """The amount, or a part, could not be taken; it will be tried again."""


@dataclass(frozen=True, slots=True)
class Released:
    """The hold was let go and nothing taken."""


@dataclass(frozen=True, slots=True)
class Owed:
    """The amount, or a part, is a debt now."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The state's deadline may have passed."""


Trigger = (
    Accepted | PaymentHeld | ActionRequired | PaymentDeclined | PaymentExpired | CancelAsked
    | StartSent | CommandAccepted | CommandRejected | CommandNoAnswer | Plugged
    | SessionStarted | Adopted | SessionMoved | ContactLost | ContactBack | StopAsked
    | LimitReached | LimitsSet | Observed | UnlockAsked | UnlockTried | StopRefused
    | EnergyEnded | SessionClosed | Billed | CaptureDone | CaptureFailed | Released | Owed | TimeUp
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestHold:
    """Block `charging.hold` on the driver's card, as a new payment; `again` after a late start."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Let the payment go, whatever it is in the middle of."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Take this amount; the rest of the hold returns to the driver."""

    amount: Money


@dataclass(frozen=True, slots=True)
class RequestStart:
    """Ask the charger to start."""


@dataclass(frozen=True, slots=True)
class RequestStop:
    """Ask the charger to stop the transaction of `charging.session_id`."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the driver, once; `again` tells anew what was told before."""

    kind: NoticeKind
    again: bool = False


Effect = RequestHold | ReleaseHold | Capture | RequestStart | RequestStop | Notify
