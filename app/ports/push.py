"""Notifications to drivers' phones and browsers, and what iPhones show on their lock screens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.notice_rules import Urgency
from app.domain.push_targets import WebSubscription


@dataclass(frozen=True, slots=True)
class Notification:
    """What one device shows; it replaces an earlier one of the same `collapse` key.

    `lasts` is how long a device that cannot be reached may still be told; None leaves it to the
    service.
    """

    title: str
    body: str
    collapse: str | None = None
    urgency: Urgency = Urgency.NORMAL
    data: dict[str, str] = field(default_factory=dict)
    lasts: timedelta | None = None


class ActivityEvent(StrEnum):
    """What happens to a live activity. Source: Apple, ActivityKit push notifications, `event`."""

    START = "start"
    UPDATE = "update"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityUpdate:
    """What a live activity shows from `at` on; `state` is the content of the app's own making.

    `token` is the activity's, or for START the device's token to begin one. `changed` tells that
    it is worth the phone's attention and not only new numbers. A START says what it is of in
    `attributes`, and in words. An END is taken off the screen at `dismiss_at`.
    """

    token: str
    event: ActivityEvent
    at: datetime
    state: Mapping[str, str | int | None]
    changed: bool
    stale_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    body: str = ""
    dismiss_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of it: `gone` means the device token is dead and must be forgotten."""

    delivered: bool
    gone: bool = False
    retry_after_s: float | None = None
    reason: str | None = None


class PushSender(Protocol):
    """Sends to apps by their token; never raises for what the service answers."""

    async def send(self, token: str, notification: Notification) -> PushResult:
        """Send one notification."""
        ...

    async def show(self, token: str, update: ActivityUpdate) -> PushResult:
        """Let a live activity of the app with this token show this."""
        ...


class BrowserSender(Protocol):
    """Sends to browsers; never raises for what their push service answers."""

    async def send(self, browser: WebSubscription, notification: Notification) -> PushResult:
        """Send one notification."""
        ...
