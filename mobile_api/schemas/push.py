"""Browsers and live activities that want to be told, and what was told."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.drivers import PushKind
from app.domain.push_targets import LiveActivity, WebSubscription
from app.use_cases.push_targets import AppTarget, Browser
from mobile_api.schemas.values import Language, Shape

PublicKey = Annotated[str, Field(pattern=r"^B[A-Za-z0-9_-]{86}=?$")]
"""An uncompressed point of P-256 in base64url."""

Secret = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}(==)?$")]


class PushKeyOut(Shape):
    """What a page subscribes with, as `applicationServerKey` (RFC 8292, P-256 in base64url)."""

    key: str


class BrowserKeysIn(Shape):
    """`PushSubscription.toJSON().keys`."""

    p256dh: PublicKey
    auth: Secret


class BrowserIn(Shape):
    """`PushSubscription.toJSON()`, and the language its user reads."""

    endpoint: str = Field(min_length=10, max_length=2048, pattern="^https?://")
    keys: BrowserKeysIn
    expirationTime: int | None = None  # noqa: N815 - the browser's word
    language: Language | None = None

    @property
    def browser(self) -> Browser:
        """Without what we have no use for."""
        return Browser(self.endpoint, self.keys.p256dh, self.keys.auth, self.language)


class BrowserOut(Shape):
    """A browser that is told; its keys are told to nobody."""

    id: str
    session_id: str | None
    language: str | None
    created_at: datetime

    @classmethod
    def of(cls, found: WebSubscription) -> "BrowserOut":
        """What its owner may know of it."""
        return cls(
            id=found.id,
            session_id=found.charging_id,
            language=found.language,
            created_at=found.created_at,
        )


class BrowsersOut(Shape):
    """All of them."""

    subscriptions: list[BrowserOut]


class LiveActivityIn(Shape):
    """The token that ActivityKit gave for the activity, and the app's own push target."""

    token: str = Field(min_length=1, max_length=1024)
    push_token: str = Field(min_length=1, max_length=4096)
    push_kind: PushKind = PushKind.FCM_TOKEN

    @property
    def app(self) -> AppTarget:
        """As the use-case takes it."""
        return AppTarget(self.token, self.push_token, self.push_kind)


class LiveActivityOut(Shape):
    """A live activity that follows a session, and what it was told last."""

    device_id: str
    begun: bool
    told_state: str | None
    told_at: datetime | None

    @classmethod
    def of(cls, found: LiveActivity) -> "LiveActivityOut":
        """Without its tokens."""
        return cls(
            device_id=found.device_id,
            begun=found.token is not None,
            told_state=found.told_state,
            told_at=found.told_at,
        )


class LiveActivitiesOut(Shape):
    """All of a session."""

    live_activities: list[LiveActivityOut]


class ActivityStartIn(Shape):
    """What live activities are begun with on this device (iOS 17.2), or nothing any more."""

    token: str | None = Field(min_length=1, max_length=1024)


class NoticeOut(Shape):
    """One thing that a driver was told, or could read here first."""

    kind: str
    title: str
    body: str
    session_id: str | None
    subject: str | None
    at: datetime


class NoticesOut(Shape):
    """The newest first; ask for more with `before` = `next`."""

    notices: list[NoticeOut]
    next: str | None
