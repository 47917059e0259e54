"""Browsers and live activities that want to be told: registered, listed and forgotten."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from app.domain.charging import Charging
from app.domain.drivers import Device, PushKind
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.push_targets import LiveActivity, WebSubscription
from app.ports.clock import Clock
from app.store.transaction import Store

LASTS = timedelta(days=2)
"""Longer than any session lasts."""

TARGET_LASTS = timedelta(days=270)
"""How long FCM keeps the token of an app that is not opened. Source: Firebase, manage tokens."""

AT_ONCE = 500
MOST_BROWSERS = 10
MOST_ACTIVITIES = 10


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser says of itself: W3C Push API, PushSubscription."""

    endpoint: str
    p256dh: str
    auth: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AppTarget:
    """The app that a live activity is of, and what ActivityKit gave for the activity."""

    token: str
    target: str
    kind: PushKind


class PushTargets:
    """What wants to be told, by whom it belongs to."""

    def __init__(self, store: Store, clock: Clock, *, accepts: Callable[[str], bool]) -> None:
        """`accepts` knows whether an endpoint is a browser's push service, and not our network."""
        self._store = store
        self._clock = clock
        self._accepts = accepts

    async def subscribe_driver(
        self, driver_id: str, browser: Browser, *, family: str | None = None
    ) -> WebSubscription:
        """Tell a driver's browser everything until it is signed out; raises Conflict for too many.

        A browser belongs to one driver: whoever had it before is not told there any more.
        """
        made = replace(self._made(browser, driver_id=driver_id), family=family)
        async with self._store.transaction() as tx:
            book = tx.drivers.web_subscriptions
            known = {each.id for each in await book.of_driver(driver_id)}
            if made.id not in known and len(known) >= MOST_BROWSERS:
                raise Conflict("too many browsers are subscribed")
            await book.put(made)
        return made

    async def subscribe_session(self, charging: Charging, browser: Browser) -> WebSubscription:
        """Tell a browser of one session, from now on; what was before is on its page.

        Raises Conflict for a session that is over, or too many browsers.
        """
        if charging.ended:
            raise Conflict("the session is over")
        now = self._clock.now()
        made = self._made(browser, charging_id=charging.id)
        async with self._store.transaction() as tx:
            book, ledger = tx.drivers.web_subscriptions, tx.drivers.notices
            known = {each.id for each in await book.of_charging(charging.id)}
            if made.id not in known and len(known) >= MOST_BROWSERS:
                raise Conflict("too many browsers are subscribed")
            if charging.driver_id is None and not known:
                for notice in await ledger.unsent(charging.id):
                    await ledger.mark_sent(charging.id, notice.kind, now)
            await book.put(made)
        return made

    def _made(
        self, browser: Browser, *, driver_id: str | None = None, charging_id: str | None = None
    ) -> WebSubscription:
        if not self._accepts(browser.endpoint):
            raise InvalidInput("endpoint", "is not a push service that we know")
        return WebSubscription(
            id=sha256(f"{charging_id}|{browser.endpoint}".encode()).hexdigest(),
            endpoint=browser.endpoint,
            p256dh=browser.p256dh,
            auth=browser.auth,
            created_at=self._clock.now(),
            driver_id=driver_id,
            charging_id=charging_id,
            language=browser.language,
        )

    async def browsers_of_driver(self, driver_id: str) -> list[WebSubscription]:
        """A driver's browsers."""
        async with self._store.reading() as tx:
            return await tx.drivers.web_subscriptions.of_driver(driver_id)

    async def browsers_of_session(self, charging_id: str) -> list[WebSubscription]:
        """The browsers that want to hear of this session only."""
        async with self._store.reading() as tx:
            return await tx.drivers.web_subscriptions.of_charging(charging_id)

    async def unsubscribe(
        self, subscription_id: str, *, driver_id: str | None = None, charging_id: str | None = None
    ) -> None:
        """Tell this browser nothing more; raises NotFound for another's."""
        async with self._store.transaction() as tx:
            book = tx.drivers.web_subscriptions
            known = await book.get(subscription_id)
            theirs = known is None or (known.driver_id, known.charging_id) != (
                driver_id,
                charging_id,
            )
            if theirs:
                raise NotFound(book.noun, subscription_id)
            await book.delete(subscription_id)

    async def forget_browser(self, subscription_id: str) -> None:
        """Its push service says that nobody is there any more."""
        async with self._store.transaction() as tx:
            await tx.drivers.web_subscriptions.delete(subscription_id)

    async def show(self, charging: Charging, device_id: str, app: AppTarget) -> LiveActivity:
        """Let a live activity follow a session; a new token of the same device replaces the old.

        Raises Conflict for a session that is over, or too many activities.
        """
        if charging.ended:
            raise Conflict("the session is over")
        async with self._store.transaction() as tx:
            book = tx.drivers.live_activities
            known = {each.device_id: each for each in await book.of_charging(charging.id)}
            if device_id not in known and len(known) >= MOST_ACTIVITIES:
                raise Conflict("too many live activities follow the session")
            before = known.get(device_id) or LiveActivity(
                charging.id, device_id, app.target, app.kind, created_at=self._clock.now()
            )
            made = replace(before, token=app.token, target=app.target, kind=app.kind)
            await book.put(made)
        return made

    async def activities(self, charging_id: str) -> list[LiveActivity]:
        """The live activities that follow a session."""
        async with self._store.reading() as tx:
            return await tx.drivers.live_activities.of_charging(charging_id)

    async def hide(self, charging_id: str, device_id: str) -> None:
        """Let a live activity follow no more; raises NotFound."""
        async with self._store.transaction() as tx:
            if not await tx.drivers.live_activities.delete(charging_id, device_id):
                raise NotFound("live_activity", device_id)

    async def set_activity_start(
        self, driver_id: str, device_id: str, token: str | None
    ) -> Device:
        """What a device's live activities are begun with, or nothing; raises NotFound."""
        async with self._store.transaction() as tx:
            device = await tx.drivers.devices.need(device_id)
            if device.driver_id != driver_id:
                raise NotFound("device", device_id)
            told = replace(device, activity_token=token)
            await tx.drivers.devices.put(told)
        return told

    async def tidy(self) -> int:
        """Forget what was for sessions of days ago, and targets long dead; tells how many."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            silent = await tx.drivers.devices.silent_since(now - TARGET_LASTS, AT_ONCE)
            for device in silent:
                await tx.drivers.devices.put(
                    replace(device, push_target=None, activity_token=None)
                )
            browsers = await tx.drivers.web_subscriptions.forget_before(now - LASTS)
            activities = await tx.drivers.live_activities.forget_before(now - LASTS)
            return len(silent) + browsers + activities
