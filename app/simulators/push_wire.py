"""What FCM and Apple take, checked as strictly as they do, and what their budgets allow.

Source: Firebase, REST reference of `projects.messages`; Apple, "Sending notification requests to
APNs", "Generating a remote notification" and "ActivityKit push notifications".
"""

import json
import re
from collections.abc import Iterator
from typing import Any

LONGEST = 4096
TARGETS = ("token", "fid", "topic", "condition")
TICK_S = 60
"""Between two updates of numbers of a live activity; what comes faster iOS throttles."""

_MESSAGE = {"name", "data", "notification", "android", "webpush", "apns", "fcm_options", *TARGETS}
_ANDROID = {
    "collapse_key", "priority", "ttl", "restricted_package_name", "data", "notification",
    "fcm_options", "direct_boot_ok", "bandwidth_constrained_ok", "restricted_satellite_ok",
}  # fmt: skip
_APNS = {"headers", "payload", "fcm_options", "live_activity_token"}
_LEVELS = {"passive", "active", "time-sensitive", "critical"}
_PUSH_TYPES = {"alert", "background", "liveactivity"}
_TTL = re.compile(r"\d+(\.\d{1,9})?s")
_MOST_TTL_S = 28 * 86_400


def message_faults(body: dict[str, Any], size: int) -> Iterator[str]:
    """What is wrong with a message, nothing when it is well made."""
    message = body.get("message")
    if not isinstance(message, dict) or body.keys() - {"message", "validate_only"}:
        yield "not a message"
        return
    yield from (f"unknown field {name}" for name in sorted(message.keys() - _MESSAGE))
    if sum(name in message for name in TARGETS) != 1:
        yield "not exactly one target"
    for part in ("data", "notification"):
        for name, value in message.get(part, {}).items():
            if not isinstance(value, str):
                yield f"{part}/{name} is no text"
    if size > LONGEST:
        yield f"{size} bytes"
    yield from _android_faults(message.get("android", {}))
    yield from _apns_faults(message)


def _android_faults(android: dict[str, Any]) -> Iterator[str]:
    yield from (f"unknown field android/{name}" for name in sorted(android.keys() - _ANDROID))
    if android.get("priority", "normal").lower() not in {"normal", "high"}:
        yield "android/priority"
    ttl = android.get("ttl", "0s")
    if not _TTL.fullmatch(ttl) or float(ttl[:-1]) > _MOST_TTL_S:
        yield f"android/ttl {ttl}"


def _apns_faults(message: dict[str, Any]) -> Iterator[str]:
    apns = message.get("apns", {})
    yield from (f"unknown field apns/{name}" for name in sorted(apns.keys() - _APNS))
    headers, payload = apns.get("headers", {}), apns.get("payload", {})
    yield from _header_faults(headers)
    if not isinstance(payload.get("aps", {}), dict):
        yield "apns/payload/aps"
        return
    aps = payload.get("aps", {})
    if len(json.dumps(payload, ensure_ascii=False).encode()) > LONGEST:
        yield "apns/payload is too long"
    if aps.get("interruption-level", "active") not in _LEVELS:
        yield "interruption-level"
    if "live_activity_token" in apns:
        yield from _activity_faults(message, headers, aps)
        return
    if headers.get("apns-push-type") == "liveactivity" or "content-state" in aps:
        yield "a live activity without its token"
    shows = "notification" in message or "alert" in aps
    if not shows and headers.get("apns-priority") == "10":
        yield "priority 10 for what shows nothing"


def _header_faults(headers: dict[str, Any]) -> Iterator[str]:
    if any(not isinstance(value, str) for value in headers.values()):
        yield "an apns header is no text"
        return
    if headers.get("apns-priority", "10") not in {"1", "5", "10"}:
        yield "apns-priority"
    if headers.get("apns-push-type", "alert") not in _PUSH_TYPES:
        yield "apns-push-type"
    if len(headers.get("apns-collapse-id", "").encode()) > 64:  # noqa: PLR2004 - Apple's limit
        yield "apns-collapse-id is too long"
    if not headers.get("apns-expiration", "0").isdigit():
        yield "apns-expiration"


def _activity_faults(
    message: dict[str, Any], headers: dict[str, Any], aps: dict[str, Any]
) -> Iterator[str]:
    event, at = aps.get("event"), aps.get("timestamp")
    if "token" not in message and "fid" not in message:
        yield "a live activity is sent to one app"
    if headers.get("apns-push-type") != "liveactivity" or "apns-priority" not in headers:
        yield "a live activity without its headers"
    if event not in {"start", "update", "end"}:
        yield f"event {event}"
    if type(at) is not int or not isinstance(aps.get("content-state"), dict):
        yield "a live activity without timestamp or content-state"
        return
    stale, dismissed = aps.get("stale-date"), aps.get("dismissal-date")
    if stale is not None and (type(stale) is not int or stale <= at):
        yield "stale-date"
    if dismissed is not None and (type(dismissed) is not int or event != "end"):
        yield "dismissal-date"
    if event == "start":
        yield from _start_faults(aps)
    elif aps.keys() & {"attributes", "attributes-type"}:
        yield "attributes belong to a start"


def _start_faults(aps: dict[str, Any]) -> Iterator[str]:
    alert = aps.get("alert")
    named = isinstance(aps.get("attributes-type"), str) and isinstance(aps.get("attributes"), dict)
    if not named:
        yield "a start without attributes"
    if not isinstance(alert, dict) or not alert.get("title") or not alert.get("body"):
        yield "a start without an alert"


def budget_faults(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What iOS would throttle: two messages to one live activity, the earlier first."""
    old, new = before["apns"]["payload"]["aps"], after["apns"]["payload"]["aps"]
    changed = old["content-state"].get("state") != new["content-state"].get("state")
    urgent = after["apns"]["headers"]["apns-priority"] == "10"
    passed = new["timestamp"] - old["timestamp"]
    if passed < 0:
        yield "a live activity goes back in time"
    if urgent and not changed and new["event"] == "update":
        yield "priority 10 though nothing changed"
    if not urgent and passed < TICK_S:
        yield f"ticks {passed} s apart"
