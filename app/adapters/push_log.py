"""Notifications that are written to the log: the default where no push service is set up."""

from collections import deque
from logging import getLogger

from app.domain.push_targets import WebSubscription
from app.ports.push import ActivityUpdate, Notification, PushResult

log = getLogger(__name__)

KEPT = 100


class LogPush:
    """Logs each notification, without the device's token; keeps the newest."""

    def __init__(self) -> None:
        self.sent: deque[tuple[str, Notification]] = deque(maxlen=KEPT)
        self.shown: deque[ActivityUpdate] = deque(maxlen=KEPT)

    async def send(self, token: str, notification: Notification) -> PushResult:
        """Note the notification."""
        self.sent.append((token, notification))
        log.info(
            "push.sent",
            extra={"title": notification.title, "collapse": notification.collapse},
        )
        return PushResult(delivered=True)

    async def show(self, _token: str, update: ActivityUpdate) -> PushResult:
        """Note what a live activity shows."""
        self.shown.append(update)
        log.info("push.shown", extra={"event": update.event, "state": dict(update.state)})
        return PushResult(delivered=True)

    async def close(self) -> None:
        """Nothing to close."""


class LogBrowserPush:
    """The same for browsers."""

    def __init__(self) -> None:
        self.sent: deque[tuple[str, Notification]] = deque(maxlen=KEPT)

    async def send(self, browser: WebSubscription, notification: Notification) -> PushResult:
        """Note the notification."""
        self.sent.append((browser.id, notification))
        log.info("push.sent_to_browser", extra={"title": notification.title})
        return PushResult(delivered=True)
