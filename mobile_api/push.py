"""Notifications: who is to be told something, and the telling, once per kind.

The ledgers say what is still to be told; a delivery only says that there is something. What was
told is written down after a device has taken it: a crash in between shows the same notification
again in the place of the first, as both have the same collapse key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger

from app.domain.drivers import Device
from app.domain.events import ChargingChanged, DomainEvent, DriverNoticed
from app.domain.push_targets import WebSubscription
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Mode, Outcome, Retry
from app.ports.push import BrowserSender, Notification, PushResult, PushSender
from app.use_cases.drivers import Drivers
from app.use_cases.notice_parts import Leg, PersonNews, Reach, SessionNews
from app.use_cases.notices import Notices
from app.use_cases.push_targets import PushTargets
from mobile_api.tellings import Telling, tellings_of

log = getLogger(__name__)

SESSION, PERSON = "session", "person"

Target = Device | WebSubscription


def kind_of(leg: Leg, what: str) -> str:
    """The kind of a delivery: which way, and of a session or of a person."""
    return f"{leg}.{what}"


@dataclass(frozen=True, slots=True)
class Ways:
    """What notifications leave by."""

    apps: PushSender
    browsers: BrowserSender


class Phones:
    """Audience for phones and mails, and sender for the apps and browsers of drivers and guests.

    `late` counts what was told later than the catalogue allows.
    """

    def __init__(
        self, notices: Notices, drivers: Drivers, targets: PushTargets, ways: Ways, *, clock: Clock
    ) -> None:
        self._notices = notices
        self._drivers = drivers
        self._targets = targets
        self._ways = ways
        self._clock = clock
        self.late = 0

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """Deliveries to whom the event concerns, if a ledger has something new for them."""
        if isinstance(event, ChargingChanged):
            return await self._of_session(event.charging_id)
        if not isinstance(event, DriverNoticed):
            return []
        if event.charging_id:
            return await self._of_session(event.charging_id)
        legs = await self._notices.person_waits(event.driver_id)
        return [_delivery(leg, PERSON, event.driver_id, event.driver_id) for leg in sorted(legs)]

    async def _of_session(self, charging_id: str) -> Sequence[Delivery]:
        waiting = await self._notices.waiting(charging_id)
        if waiting is None:
            return []
        return [
            _delivery(leg, SESSION, waiting.owner, charging_id) for leg in sorted(waiting.legs)
        ]

    async def send(self, delivery: Delivery) -> Outcome:
        """Tell what is untold to every device that wants notifications."""
        news = await news_for(self._notices, delivery, Leg.PHONES)
        if news is None:
            return Done()
        targets: list[Target] = [d for d in news.reach.devices if d.push_target is not None]
        targets += news.reach.browsers
        for telling in tellings_of(news):
            trouble = await self._deal_with(telling, news.reach, targets)
            if trouble is not None:
                return trouble
        return Done()

    async def _deal_with(
        self, telling: Telling, reach: Reach, targets: list[Target]
    ) -> Retry | None:
        """Tell it now, later or never."""
        now = self._clock.now()
        moot = telling.is_moot(reach, now)
        until = None if moot else telling.silent_until(reach, now)
        if until is not None:
            moot = telling.is_moot(reach, until)
            if not moot:
                await self._notices.keep_back(telling.notice, until)
                return None
        if targets and not moot:
            trouble = await self._tell(telling, reach, targets)
            if trouble is not None:
                return trouble
            self.late += telling.is_late(now)
        await self._notices.told(telling.notice, Leg.PHONES)
        return None

    async def _tell(self, telling: Telling, reach: Reach, targets: list[Target]) -> Retry | None:
        """Send to all devices; a Retry when none took it and one may later. Drops dead targets."""
        now = self._clock.now()
        results = [(t, await self._send(telling, reach, t, now=now)) for t in tuple(targets)]
        for target, result in results:
            if result.gone:
                targets.remove(target)
                await self._forget(target)
        waits = [r for _, r in results if r.retry_after_s is not None]
        if not waits or any(result.delivered for _, result in results):
            return None
        soonest = min(result.retry_after_s or 0 for result in waits)
        why = waits[0].reason or "the push service asks to come back"
        return Retry(why, timedelta(seconds=soonest) if soonest else None)

    async def _send(
        self, telling: Telling, reach: Reach, target: Target, *, now: datetime
    ) -> PushResult:
        told = notification(telling, target.language or reach.language, now)
        if isinstance(target, WebSubscription):
            result = await self._ways.browsers.send(target, told)
        else:
            result = await self._ways.apps.send(target.push_address or "", told)
        if not (result.delivered or result.gone):
            why = {"kind": telling.notice.kind, "why": result.reason}
            log.warning("push.failed", extra=why)
        return result

    async def _forget(self, target: Target) -> None:
        if isinstance(target, WebSubscription):
            await self._targets.forget_browser(target.id)
        elif target.push_target is not None:
            await self._drivers.forget_target(target.push_target)


async def news_for(
    notices: Notices, delivery: Delivery, leg: Leg
) -> SessionNews | PersonNews | None:
    """What a delivery is about."""
    if delivery.kind.endswith(f".{PERSON}"):
        return await notices.of_person(delivery.subject, leg)
    return await notices.of_session(delivery.subject, leg)


def _delivery(leg: Leg, what: str, owner: str, subject: str) -> Delivery:
    return Delivery(f"{leg}:{owner}", subject, Mode.LATEST, kind_of(leg, what))


def notification(telling: Telling, language: str, now: datetime) -> Notification:
    """What a device shows; nothing in it opens anything without being signed in."""
    text = telling.text(language)
    return Notification(
        title=text.title,
        body=text.body,
        collapse=telling.collapse,
        urgency=telling.rule.urgency,
        data=dict(telling.data),
        lasts=telling.lasts(now),
    )
