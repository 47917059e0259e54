"""The catalogue of what drivers are told is product §1.6, row by row."""

from datetime import UTC, datetime, time, timedelta

import pytest

from app.domain.charging_triggers import NoticeKind as K
from app.domain.driver_notices import FIELDS
from app.domain.driver_notices import DriverNoticeKind as D
from app.domain.notice_rules import OF_RECEIPTS, RULES, Kind, Urgency, quiet_until
from app.domain.notification_preferences import Category, QuietHours

ROWS: list[tuple[tuple[Kind, ...], int, str, str | None, str]] = [
    ((K.STARTED,), 5, "high", "session", "push"),
    ((K.START_FAILED,), 2, "high", "session", "push stream"),
    ((K.PLUG_REMINDER,), 5, "high", "session", "push"),
    ((K.NOT_DRAWING,), 10, "normal", "session", "push"),
    ((K.LIMIT_NEAR, K.SOC80), 30, "normal", "session", "push"),
    ((K.ALMOST_DONE,), 60, "normal", "session", "push"),
    ((K.COMPLETE,), 10, "high", "session", "guest_mail push"),
    ((K.IDLE_WARNING,), 30, "time_sensitive", "idle", "guest_mail push"),
    ((K.IDLE_STARTED, K.IDLE_CAP), 30, "time_sensitive", "idle", "push"),
    ((K.INTERRUPTED, K.RESUMED), 10, "high", "session", "push"),
    ((K.FAULT,), 5, "high", "session", "push"),
    ((K.RECEIPT_READY,), 60, "normal", "receipt", "mail push"),
    ((K.PAYMENT_FAILED, K.ACTION_REQUIRED), 10, "high", "pay", "mail push"),
    ((K.HOLD_RELEASED,), 60, "low", "pay", "app guest_mail"),
    ((D.RESERVATION_SOON, D.RESERVATION_EXPIRED), 30, "high", "res", "push"),
    ((D.WAITLIST_TURN,), 5, "time_sensitive", "wait", "push"),
    ((D.ISSUE_UPDATE,), 60, "normal", "issue", "push"),
    ((D.ACCOUNT_SECURITY,), 10, "high", None, "mail push"),
    ((D.CDR_FINAL_DIFFERS,), 60, "normal", "receipt", "mail"),
]
"""Events, most delay in seconds, priority, collapse key, channels, as the product names them."""

BEYOND: set[Kind] = {
    K.LIMIT_REACHED, K.IDLE_RUNNING, K.CABLE_STUCK, K.STOP_FAILED,
    D.METHOD_EXPIRES, D.GROUP_LIMIT, D.GROUP_PAYMENT_FAILED, D.AUTOCHARGE_REFUSED,
}  # fmt: skip
"""Told by other parts of the product: journeys A13, §1.5, cards and groups.

Of §1.6 `wallet.low` and `auto_topup_failed` are left out: nobody has a balance here, only cards.
"""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][0])
def test_product_1_6_row_by_row(
    row: tuple[tuple[Kind, ...], int, str, str | None, str],
) -> None:
    kinds, seconds, priority, collapse, channels = row
    for kind in kinds:
        rule = RULES[kind]
        assert rule.within <= timedelta(seconds=seconds)
        assert (rule.urgency, rule.topic) == (priority, collapse)
        assert " ".join(sorted(rule.channels)) == channels
        assert rule.collapse("c-1") == (collapse and f"{collapse}:c-1")


def test_product_1_6_is_complete() -> None:
    listed = {kind for kinds, *_ in ROWS for kind in kinds}
    assert listed | BEYOND == set(RULES)
    assert set(RULES) == (set(K) - {K.RECEIPT_MAILED}) | set(D)
    assert set(FIELDS) == set(D)
    assert set(RULES) >= OF_RECEIPTS


def test_money_and_safety_cannot_be_switched_off() -> None:
    """Product §1.6: opt-out per category, money and safety events not."""
    always = {kind for kind, rule in RULES.items() if rule.category is None}
    assert always >= {
        K.PAYMENT_FAILED, K.ACTION_REQUIRED, K.HOLD_RELEASED, K.IDLE_WARNING, K.IDLE_STARTED,
        K.FAULT, K.STOP_FAILED, K.CABLE_STUCK, K.START_FAILED, D.ACCOUNT_SECURITY,
        D.CDR_FINAL_DIFFERS, D.GROUP_PAYMENT_FAILED,
    }  # fmt: skip


def test_every_category_switches_something_off() -> None:
    assert {rule.category for rule in RULES.values()} - {None} == set(Category)


def test_only_low_and_normal_wait_for_the_morning() -> None:
    """Product §1.6: quiet hours only for low/normal."""
    waiting = {rule.urgency for rule in RULES.values() if rule.can_wait}
    assert waiting == {Urgency.LOW, Urgency.NORMAL}


BERLIN = QuietHours(time(22), time(7), "Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (datetime(2026, 6, 1, 21, 0, tzinfo=UTC), datetime(2026, 6, 2, 5, 0, tzinfo=UTC)),
        (datetime(2026, 6, 2, 4, 59, tzinfo=UTC), datetime(2026, 6, 2, 5, 0, tzinfo=UTC)),
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 21, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
    ],
)
def test_when_the_quiet_hours_end(moment: datetime, ends: datetime) -> None:
    """Product §3 case 24: over midnight, and over both changes of the clocks."""
    assert BERLIN.covers(moment)
    assert quiet_until(BERLIN, moment) == ends
    assert not BERLIN.covers(ends)
