"""What a person is told that belongs to no session of theirs, once per kind and subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DriverNoticeKind(StrEnum):
    """What a driver is told about. Source: product, push catalogue (§1.6).

    Its `wallet.low` and `auto_topup_failed` are left out: there are no balances here, only cards.
    """

    RESERVATION_SOON = "reservation.soon"
    RESERVATION_EXPIRED = "reservation.expired"
    WAITLIST_TURN = "waitlist.turn"
    ISSUE_UPDATE = "issue.update"
    ACCOUNT_SECURITY = "account.security"
    CDR_FINAL_DIFFERS = "roaming.cdr_final_differs"
    METHOD_EXPIRES = "payment.method_expires"
    GROUP_LIMIT = "group.limit"
    GROUP_PAYMENT_FAILED = "group.payment_failed"
    AUTOCHARGE_REFUSED = "autocharge.refused"


K = DriverNoticeKind

FIELDS: dict[DriverNoticeKind, frozenset[str]] = {
    K.RESERVATION_SOON: frozenset({"place", "time"}),
    K.RESERVATION_EXPIRED: frozenset({"place"}),
    K.WAITLIST_TURN: frozenset({"place", "until"}),
    K.ISSUE_UPDATE: frozenset({"place", "answer"}),
    K.ACCOUNT_SECURITY: frozenset({"what", "device"}),
    K.CDR_FINAL_DIFFERS: frozenset({"place", "before", "after"}),
    K.METHOD_EXPIRES: frozenset({"card", "month"}),
    K.GROUP_LIMIT: frozenset({"group", "spent", "limit"}),
    K.GROUP_PAYMENT_FAILED: frozenset({"group", "member", "amount"}),
    K.AUTOCHARGE_REFUSED: frozenset({"vehicle", "place", "limit"}),
}
"""What each kind is worded with; without a field it is told in more general words.

`time` and `until` are ISO 8601 in the place's own zone, amounts like `9.38 EUR`, `month` like
`2027-03`. `what` is a `Security`, or a word of the caller's that is not shown.
"""


class Security(StrEnum):
    """What can happen to an account: the `what` of `account.security`."""

    NEW_DEVICE = "new_device"
    SIGN_IN_COPIED = "sign_in_copied"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class DriverNotice:
    """That a driver is to be told something of `subject`, an id within its kind.

    What comes after a colon in the subject tells one occasion from the next of the same thing.

    `fields` are the plain texts its wording is filled with. Phones are told at `sent_at`, not
    before `due_at` if it is kept back; mail at `mailed_at`.
    """

    driver_id: str
    kind: DriverNoticeKind
    subject: str
    created_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    sent_at: datetime | None = None
    mailed_at: datetime | None = None
