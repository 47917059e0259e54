"""Notifications: who is to be told of a session's new state, and the telling, once per kind.

The ledger says what is still to be told; a delivery only says that there is something. What was
told is written down after a device has taken it: a crash in between shows the same notification
again in the place of the first, as both have the same collapse key.
"""

from collections.abc import Sequence
from datetime import timedelta
from logging import getLogger

from app.domain.charging_triggers import NoticeKind
from app.domain.drivers import Device, Notice, PushKind
from app.domain.events import ChargingChanged, DomainEvent
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Mode, Outcome, Retry
from app.ports.push import Notification, PushResult, PushSender
from app.use_cases.drivers import Drivers
from app.use_cases.notices import News, Notices
from mobile_api.wording import text_of

log = getLogger(__name__)
K = NoticeKind

KIND = "phone.notify"
MATTERS_FOR = timedelta(minutes=10)
"""What is about this moment is not told later than this."""

LASTING = frozenset(
    {
        K.START_FAILED, K.COMPLETE, K.FAULT, K.RECEIPT_READY, K.PAYMENT_FAILED, K.HOLD_RELEASED,
    }
)  # fmt: skip
"""What is told after the session too, and however late."""

CALM = frozenset({K.NOT_DRAWING, K.LIMIT_REACHED, K.RECEIPT_READY, K.HOLD_RELEASED})
PAYMENT = frozenset({K.PAYMENT_FAILED, K.ACTION_REQUIRED, K.HOLD_RELEASED})


class Phones:
    """Audience and sender for the devices of drivers."""

    def __init__(self, notices: Notices, drivers: Drivers, push: PushSender, clock: Clock) -> None:
        self._notices = notices
        self._drivers = drivers
        self._push = push
        self._clock = clock

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """A delivery to the driver whose session changed, if the ledger has something new."""
        if not isinstance(event, ChargingChanged):
            return []
        driver_id = await self._notices.waiting(event.charging_id)
        if driver_id is None:
            return []
        return [Delivery(f"phone:{driver_id}", event.charging_id, Mode.LATEST, KIND)]

    async def send(self, delivery: Delivery) -> Outcome:
        """Tell what is untold of one session to every device that wants notifications."""
        news = await self._notices.news(delivery.subject)
        if news is None:
            return Done()
        targets = {d: d.push_target for d in news.devices if d.push_target is not None}
        for notice in news.notices:
            trouble = await self._tell(news, notice, targets)
            if trouble is not None:
                return trouble
            await self._notices.told(news.charging.id, [notice.kind])
        return Done()

    async def _tell(self, news: News, notice: Notice, targets: dict[Device, str]) -> Retry | None:
        """Send to all devices; a Retry when none took it and one may later. Drops dead targets."""
        if self._is_over(news, notice):
            return None
        results = {d: await self._send(news, notice, d, at) for d, at in targets.items()}
        for device, result in results.items():
            if result.gone:
                await self._drivers.forget_target(targets.pop(device))
        waits = [r for r in results.values() if r.retry_after_s is not None]
        if not waits or any(result.delivered for result in results.values()):
            return None
        soonest = min(result.retry_after_s or 0 for result in waits)
        why = waits[0].reason or "the push service asks to come back"
        return Retry(why, timedelta(seconds=soonest) if soonest else None)

    def _is_over(self, news: News, notice: Notice) -> bool:
        if notice.kind in LASTING:
            return False
        old = self._clock.now() - notice.created_at > MATTERS_FOR
        return old or news.charging.ended

    async def _send(self, news: News, notice: Notice, device: Device, target: str) -> PushResult:
        language = device.language or news.driver.language
        address = f"fid:{target}" if device.push_kind is PushKind.FID else target
        result = await self._push.send(address, notification(news, notice.kind, language))
        if not (result.delivered or result.gone):
            log.warning("push.failed", extra={"kind": notice.kind, "why": result.reason})
        return result


def notification(news: News, kind: NoticeKind, language: str) -> Notification:
    """What a device shows; nothing in it opens anything without being signed in."""
    text = text_of(news, kind, language)
    charging_id = news.charging.id
    return Notification(
        title=text.title,
        body=text.body,
        collapse=_collapse(kind, charging_id),
        urgent=kind not in CALM,
        data={"kind": kind.value, "session_id": charging_id},
    )


def _collapse(kind: NoticeKind, charging_id: str) -> str:
    if kind is K.RECEIPT_READY:
        return f"receipt:{charging_id}"
    return f"pay:{charging_id}" if kind in PAYMENT else f"session:{charging_id}"
