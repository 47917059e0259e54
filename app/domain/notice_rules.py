"""How drivers are told what: the push catalogue as one table, and what follows from it.

Source: product, push catalogue (§1.6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import DriverNoticeKind
from app.domain.notification_preferences import Category, QuietHours, zone_of

Kind = NoticeKind | DriverNoticeKind


class Urgency(StrEnum):
    """How much of the phone's attention it is worth; the last two are told at night too."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    TIME_SENSITIVE = "time_sensitive"


class Channel(StrEnum):
    """Where it is told. `APP` is what the app shows when it is opened, `STREAM` the live one."""

    PUSH = "push"
    MAIL = "mail"
    GUEST_MAIL = "guest_mail"
    APP = "app"
    STREAM = "stream"


MOMENT = timedelta(minutes=10)
"""What is about this moment is not told later than this."""

GAP = timedelta(seconds=60)
"""Between two tellings of one kind, or two ticks of a live activity, of one session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one kind is told.

    `within` is how soon, `topic` names what replaces what on a phone, None for nothing. Without
    `category` nobody can switch it off: that is for money and safety. `matters_for` is how long
    it is worth telling, None for ever; only what is `lasting` is told when a session has ended.
    """

    within: timedelta
    urgency: Urgency
    topic: str | None
    channels: frozenset[Channel]
    category: Category | None = None
    matters_for: timedelta | None = MOMENT
    lasting: bool = False

    @property
    def can_wait(self) -> bool:
        """Whether it keeps silent in quiet hours."""
        return self.urgency in (Urgency.LOW, Urgency.NORMAL)

    def collapse(self, subject: str) -> str | None:
        """The key of what this replaces on a phone."""
        return None if self.topic is None else f"{self.topic}:{subject}"


K, D, U = NoticeKind, DriverNoticeKind, Urgency
_PUSH, _BOTH = frozenset({Channel.PUSH}), frozenset({Channel.PUSH, Channel.MAIL})
_OR_GUEST = frozenset({Channel.PUSH, Channel.GUEST_MAIL})
_STREAMED = frozenset({Channel.PUSH, Channel.STREAM})
_QUIETLY = frozenset({Channel.APP, Channel.GUEST_MAIL})


def _rule(
    within_s: int,
    urgency: Urgency,
    topic: str | None,
    channels: frozenset[Channel] = _PUSH,
    *,
    category: Category | None = None,
) -> Rule:
    """What belongs to the session's present."""
    return Rule(
        within=timedelta(seconds=within_s),
        urgency=urgency,
        topic=topic,
        channels=channels,
        category=category,
    )


def _lasting(
    within_s: int,
    urgency: Urgency,
    topic: str | None,
    channels: frozenset[Channel] = _PUSH,
    *,
    category: Category | None = None,
    hours: int | None = None,
) -> Rule:
    """What is told after the session too, and however late, or within so many hours."""
    matters_for = None if hours is None else timedelta(hours=hours)
    present = _rule(within_s, urgency, topic, channels, category=category)
    return replace(present, matters_for=matters_for, lasting=True)


C = Category

RULES: Mapping[Kind, Rule] = {
    K.STARTED: _rule(5, U.HIGH, "session", category=C.CHARGING),
    K.START_FAILED: _lasting(2, U.HIGH, "session", _STREAMED),
    K.PLUG_REMINDER: _rule(5, U.HIGH, "session", category=C.CHARGING),
    K.NOT_DRAWING: _rule(10, U.NORMAL, "session", category=C.CHARGING),
    K.LIMIT_NEAR: _rule(30, U.NORMAL, "session", category=C.TIPS),
    K.SOC80: _rule(30, U.NORMAL, "session", category=C.TIPS),
    K.ALMOST_DONE: _rule(60, U.NORMAL, "session", category=C.TIPS),
    K.LIMIT_REACHED: _rule(10, U.HIGH, "session", category=C.CHARGING),
    K.COMPLETE: _lasting(10, U.HIGH, "session", _OR_GUEST, category=C.CHARGING, hours=1),
    K.IDLE_WARNING: _rule(30, U.TIME_SENSITIVE, "idle", _OR_GUEST),
    K.IDLE_STARTED: _rule(30, U.TIME_SENSITIVE, "idle"),
    K.IDLE_RUNNING: _rule(30, U.TIME_SENSITIVE, "idle", category=C.IDLE),
    K.IDLE_CAP: _rule(30, U.TIME_SENSITIVE, "idle", category=C.IDLE),
    K.CABLE_STUCK: _rule(10, U.HIGH, "session"),
    K.INTERRUPTED: _rule(10, U.HIGH, "session", category=C.CHARGING),
    K.RESUMED: _rule(10, U.HIGH, "session", category=C.CHARGING),
    K.STOP_FAILED: _rule(10, U.HIGH, "session"),
    K.FAULT: _lasting(5, U.HIGH, "session"),
    K.RECEIPT_READY: _lasting(60, U.NORMAL, "receipt", _BOTH, category=C.RECEIPTS),
    K.PAYMENT_FAILED: _lasting(10, U.HIGH, "pay", _BOTH),
    K.ACTION_REQUIRED: _rule(10, U.HIGH, "pay", _BOTH),
    K.HOLD_RELEASED: _lasting(60, U.LOW, "pay", _QUIETLY),
    D.METHOD_EXPIRES: _lasting(60, U.NORMAL, "wallet", _BOTH),
    D.GROUP_LIMIT: _lasting(60, U.NORMAL, "group", hours=24),
    D.GROUP_PAYMENT_FAILED: _lasting(10, U.HIGH, "pay", _BOTH),
    D.AUTOCHARGE_REFUSED: _lasting(5, U.HIGH, "autocharge", hours=1),
    D.RESERVATION_SOON: _rule(30, U.HIGH, "res", category=C.RESERVATIONS),
    D.RESERVATION_EXPIRED: _lasting(30, U.HIGH, "res", category=C.RESERVATIONS, hours=1),
    D.WAITLIST_TURN: _rule(5, U.TIME_SENSITIVE, "wait", category=C.WAITING_LIST),
    D.ISSUE_UPDATE: _lasting(60, U.NORMAL, "issue", category=C.ISSUES),
    D.ACCOUNT_SECURITY: _lasting(10, U.HIGH, None, _BOTH),
    D.CDR_FINAL_DIFFERS: _lasting(60, U.NORMAL, "receipt", frozenset({Channel.MAIL})),
}
"""Every kind but `receipt.mailed`, which only notes that the receipt's own mail has left."""

OF_RECEIPTS = frozenset({K.RECEIPT_READY})
"""Whose mail is the receipt itself, which has a way of its own."""


def quiet_until(quiet: QuietHours, moment: datetime) -> datetime:
    """When the quiet hours end that cover this moment."""
    local = moment.astimezone(zone_of(quiet.zone))
    ends = _at(local, quiet.ends)
    if ends <= local:
        ends = _at(local + timedelta(days=1), quiet.ends)
    return ends.astimezone(moment.tzinfo)


def _at(day: datetime, clock: time) -> datetime:
    return day.replace(
        hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0, fold=0
    )
