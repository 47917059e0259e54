"""Where notifications go besides an app's own target: browsers, and live activities of iOS."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.charging import ChargingState
from app.domain.drivers import PushKind


@dataclass(frozen=True, slots=True)
class WebSubscription:
    """A browser that wants notifications: of a driver, or of one session only.

    `endpoint` is the browser's push service; `p256dh` and `auth` are the browser's public key
    and secret (base64url). Source: W3C Push API, PushSubscription; RFC 8291. A driver's is told
    while the sign-in `family` counts that it was subscribed by.
    """

    id: str
    endpoint: str
    p256dh: str
    auth: str
    created_at: datetime
    driver_id: str | None = None
    charging_id: str | None = None
    language: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class LiveActivity:
    """What one iPhone shows of one session on its lock screen.

    `token` is what ActivityKit gave for it; without one it was asked to begin and has not
    answered. Messages for it travel by the app's own target. `told_state` and `told_at` are what
    was last told.
    """

    charging_id: str
    device_id: str
    target: str
    kind: PushKind
    created_at: datetime
    token: str | None = None
    told_state: ChargingState | None = None
    told_at: datetime | None = None

    @property
    def address(self) -> str:
        """The app's own target as `ports.push` takes it."""
        return self.target if self.kind is PushKind.FCM_TOKEN else f"fid:{self.target}"
