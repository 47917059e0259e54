"""Notifications to a driver's devices."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Notification:
    """What one device shows; it replaces an earlier one of the same `collapse` key."""

    title: str
    body: str
    collapse: str
    urgent: bool = False
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of it: `gone` means the device token is dead and must be forgotten."""

    delivered: bool
    gone: bool = False
    retry_after_s: float | None = None
    reason: str | None = None


class PushSender(Protocol):
    """Sends to devices by their token."""

    async def send(self, token: str, notification: Notification) -> PushResult:
        """Send one notification; never raises for what the service answers."""
        ...
