"""What a person is told that belongs to no session of theirs, once per kind and subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DriverNoticeKind(StrEnum):
    """What a driver is told about. Source: product, push catalogue (§1.6)."""

    RESERVATION_SOON = "reservation.soon"
    RESERVATION_EXPIRED = "reservation.expired"
    WAITLIST_TURN = "waitlist.turn"
    ISSUE_UPDATE = "issue.update"
    ACCOUNT_SECURITY = "account.security"
    CDR_FINAL_DIFFERS = "roaming.cdr_final_differs"
    WALLET_LOW = "wallet.low"
    AUTO_TOPUP_FAILED = "wallet.auto_topup_failed"
    METHOD_EXPIRES = "payment.method_expires"
    GROUP_LIMIT = "group.limit"


@dataclass(frozen=True, slots=True)
class DriverNotice:
    """That a driver is to be told something of `subject`, an id within its kind.

    `fields` are the plain texts its wording is filled with. Until `due_at` it is kept back.
    """

    driver_id: str
    kind: DriverNoticeKind
    subject: str
    created_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None
    sent_at: datetime | None = None
