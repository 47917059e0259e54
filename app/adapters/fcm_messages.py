"""Notifications and live activities as FCM's HTTP v1 API takes them, as plain values.

Source: Firebase, `projects.messages`; Apple, "Sending notification requests to APNs" and "Starting
and updating Live Activities with ActivityKit push notifications".
"""

from datetime import datetime
from typing import Any

from app.domain.notice_rules import Urgency
from app.ports.push import ActivityEvent, ActivityUpdate, Notification

LONGEST_COLLAPSE = 64
"""Bytes of `apns-collapse-id`."""

ATTRIBUTES_TYPE = "ChargingAttributes"
"""The app's name for what its live activities are of."""

_LOUD = (Urgency.HIGH, Urgency.TIME_SENSITIVE)
_LEVEL = {
    Urgency.LOW: "passive",
    Urgency.NORMAL: "active",
    Urgency.HIGH: "active",
    Urgency.TIME_SENSITIVE: "time-sensitive",
}


def collapse_of(notification: Notification) -> str | None:
    """The collapse key, as long as Apple allows."""
    return notification.collapse and notification.collapse[:LONGEST_COLLAPSE]


def android_priority(notification: Notification) -> str:
    """`high` wakes a sleeping phone."""
    return "high" if notification.urgency in _LOUD else "normal"


def apns_headers(notification: Notification, now: datetime) -> dict[str, str]:
    """What Apple is told beside the payload."""
    headers = {
        "apns-push-type": "alert",
        "apns-priority": "10" if notification.urgency in _LOUD else "5",
    }
    collapse = collapse_of(notification)
    if collapse is not None:
        headers["apns-collapse-id"] = collapse
    if notification.lasts is not None:
        headers["apns-expiration"] = str(_seconds(now + notification.lasts))
    return headers


def interruption(notification: Notification) -> dict[str, Any]:
    """How much of the phone's attention is asked for."""
    return {"interruption-level": _LEVEL[notification.urgency]}


def activity_headers(update: ActivityUpdate) -> dict[str, str]:
    """Priority 10 is for changes; numbers that move may wait."""
    return {
        "apns-push-type": "liveactivity",
        "apns-priority": "10" if update.changed else "5",
    }


def activity_aps(update: ActivityUpdate) -> dict[str, Any]:
    """The `aps` of a live activity, but for its alert."""
    aps: dict[str, Any] = {
        "timestamp": _seconds(update.at),
        "event": update.event.value,
        "content-state": dict(update.state),
    }
    if update.event is ActivityEvent.END:
        aps["dismissal-date"] = _seconds(update.dismiss_at or update.at)
    else:
        aps["stale-date"] = _seconds(update.stale_at)
    if update.event is ActivityEvent.START:
        aps["attributes-type"] = ATTRIBUTES_TYPE
        aps["attributes"] = dict(update.attributes)
    return aps


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
