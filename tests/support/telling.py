"""Drivers to be told something, and the services that tell them, for tests."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.adapters.mail_log import LogMailer
from app.adapters.sealing_fernet import FernetSealer
from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import DriverNoticeKind
from app.domain.drivers import Device, Driver, Notice
from app.domain.events import ChargingChanged, DomainEvent
from app.domain.notification_preferences import Category, NotificationPreferences, QuietHours
from app.domain.push_targets import WebSubscription
from app.ports.delivery import Delivery, Mode, Outcome
from app.ports.push import ActivityUpdate, Notification, PushResult
from app.queries.history import History
from app.store.transaction import Store
from app.use_cases.activities import ActivityBook
from app.use_cases.driver_notices import tell_driver
from app.use_cases.drivers import Drivers
from app.use_cases.notice_parts import Leg
from app.use_cases.notices import Notices
from app.use_cases.push_targets import Browser, PushTargets
from mobile_api.activities import Activities
from mobile_api.notice_mails import NoticeMails
from mobile_api.push import SESSION, Phones, Ways, kind_of
from tests.support.chargings import a_charging
from tests.support.clock import NOON, FakeClock

OK = PushResult(delivered=True)


class PushServices:
    """Push services for apps and browsers, with an answer per target."""

    def __init__(self) -> None:
        self.answers: dict[str, PushResult] = {}
        self.sent: list[tuple[str, Notification]] = []
        self.shown: list[tuple[str, ActivityUpdate]] = []

    async def send(self, target: str | WebSubscription, notification: Notification) -> PushResult:
        """Take a notification."""
        token = target.endpoint if isinstance(target, WebSubscription) else target
        self.sent.append((token, notification))
        return self.answers.get(token, OK)

    async def show(self, token: str, update: ActivityUpdate) -> PushResult:
        """Take what a live activity shows."""
        self.shown.append((token, update))
        return self.answers.get(update.token, OK)

    @property
    def kinds(self) -> list[str]:
        """What was told, in order."""
        return [notification.data["kind"] for _, notification in self.sent]


def a_device(name: str, **changes: object) -> Device:
    """A device of d-1."""
    device = Device(name, "d-1", "android", NOON, language="en", push_target=f"target-{name}")
    return replace(device, **changes)  # type: ignore[arg-type]


@dataclass
class Telling:
    """One driver, d-1, with a phone, and a session c-1 that is only in the database."""

    store: Store
    clock: FakeClock
    push: PushServices = field(default_factory=PushServices)
    mailer: LogMailer = field(default_factory=LogMailer)

    def __post_init__(self) -> None:
        store, clock = self.store, self.clock
        self.notices = Notices(store, clock)
        self.targets = PushTargets(store, clock, accepts=bool)
        drivers = Drivers(store, clock, FernetSealer(["a secret of thirty-two characters"]))
        ways = Ways(self.push, self.push)
        self.phones = Phones(self.notices, drivers, self.targets, ways, clock=clock)
        self.mails = NoticeMails(self.notices, self.mailer, clock=clock, platform="Roamwatt")
        history, book = History(store), ActivityBook(store)
        self.activities = Activities(book, history, self.push, clock=clock)

    async def furnish(self, *devices: Device, **charging: Any) -> Charging:
        """The driver, the devices (one by default), and the session."""
        made = a_charging(**charging)
        async with self.store.transaction() as tx:
            await tx.drivers.add(Driver("d-1", NOON, email="driver@example.com", language="de"))
            for device in devices or (a_device("one"),):
                await tx.drivers.devices.put(device)
            await tx.charging.add(made)
        return made

    async def browser(self, charging: Charging, endpoint: str = "https://push.example/1") -> None:
        """A browser that wants to hear of one session."""
        await self.targets.subscribe_session(charging, Browser(endpoint, "key", "secret"))

    async def note(self, *kinds: NoticeKind, again: bool = False) -> None:
        """The session's driver is to be told this."""
        async with self.store.transaction() as tx:
            for kind in kinds:
                await tx.drivers.notices.add("c-1", kind, self.clock.now(), again=again)

    async def note_person(self, kind: DriverNoticeKind, subject: str, **fields: str) -> None:
        """The driver is to be told this."""
        async with self.store.transaction() as tx:
            now = self.clock.now()
            await tell_driver(tx, "d-1", kind, subject=subject, fields=fields, now=now)

    async def prefer(self, *off: Category, quiet: QuietHours | None = None) -> None:
        """The driver's choice."""
        async with self.store.transaction() as tx:
            book = tx.drivers.notification_preferences
            before = await book.of("d-1")
            await book.save(
                "d-1", NotificationPreferences(frozenset(off), quiet, before.version + 1)
            )

    async def carry(self, event: DomainEvent | None = None) -> list[Outcome]:
        """Plan what an event wants (by default that the session changed), and send it."""
        planned = await self.phones.plan(event or ChargingChanged("c-1", "charging"))
        senders = {Leg.PHONES: self.phones, Leg.MAIL: self.mails}
        return [await senders[Leg(d.kind.partition(".")[0])].send(d) for d in planned]

    async def ledger(self) -> dict[NoticeKind, Notice]:
        """What the session's ledger holds."""
        async with self.store.reading() as tx:
            return {n.kind: n for n in await tx.drivers.notices.of_charging("c-1")}

    async def emitted(self) -> list[DomainEvent]:
        """Events that nobody was asked about yet."""
        async with self.store.reading() as tx:
            return [recorded.event for recorded in await tx.events.unplanned(1_000)]


def of_session(owner: str = "d-1", leg: Leg = Leg.PHONES) -> Delivery:
    """The delivery of c-1's news."""
    return Delivery(f"{leg}:{owner}", "c-1", Mode.LATEST, kind_of(leg, SESSION))


def at(hour: int, minute: int = 0) -> datetime:
    """A time on the day of tests."""
    return NOON.replace(hour=hour, minute=minute)
