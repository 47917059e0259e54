"""What a person is to be told beyond their sessions: noted once, told by phone or mail."""

from collections.abc import Mapping
from datetime import datetime

from app.domain.driver_notices import DriverNotice, DriverNoticeKind
from app.domain.events import DriverNoticed
from app.domain.notice_rules import RULES, Channel
from app.store.transaction import Transaction


async def tell_driver(
    tx: Transaction,
    driver_id: str,
    kind: DriverNoticeKind,
    *,
    subject: str,
    fields: Mapping[str, str],
    now: datetime,
) -> bool:
    """Let a driver be told this of a subject; False when it was noted before.

    `fields` are plain texts: names, times in the place's own zone, amounts with their currency.
    On a channel that its kind has no use for, it counts as told from the beginning.
    """
    channels = RULES[kind].channels
    notice = DriverNotice(
        driver_id,
        kind,
        subject,
        created_at=now,
        fields=dict(fields),
        sent_at=None if Channel.PUSH in channels else now,
        mailed_at=None if Channel.MAIL in channels else now,
    )
    if not await tx.drivers.driver_notices.add(notice):
        return False
    tx.emit(DriverNoticed(driver_id))
    return True
