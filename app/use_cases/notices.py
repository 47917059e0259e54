"""What drivers are to be told, each thing once: the ledgers of their phones and mails."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import DriverNotice
from app.domain.drivers import Device, Driver, Notice
from app.domain.events import DriverNoticed
from app.domain.idle import IdleClock, idle_clock
from app.domain.notice_rules import OF_RECEIPTS, RULES, Channel
from app.domain.notification_preferences import NotificationPreferences
from app.domain.push_targets import WebSubscription
from app.domain.sessions import Session
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction

CATALOGUE = tuple(NoticeKind)
BY_MAIL = frozenset({NoticeKind.RECEIPT_MAILED})
IDLING = frozenset({NoticeKind.COMPLETE, NoticeKind.IDLE_WARNING})
"""What is told with the time from which idling costs."""

AT_ONCE = 200
EVERYTHING = NotificationPreferences()


class Leg(StrEnum):
    """One of the two ways that leave by themselves: each is marked by its own time."""

    PHONES = "phone"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A person and how they are reached; a guest has no `driver`."""

    driver: Driver | None
    language: str
    email: str | None
    preferences: NotificationPreferences = EVERYTHING
    devices: tuple[Device, ...] = ()
    browsers: tuple[WebSubscription, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is told of a session is worded with this."""

    charging: Charging
    session: Session | None
    place: str
    idle: IdleClock | None = None

    @classmethod
    async def read(cls, tx: Transaction, charging: Charging) -> "SessionFacts":
        """All but the idle clock."""
        session = await tx.sessions.get(charging.session_id) if charging.session_id else None
        location = await tx.locations.get(charging.cpo, charging.location_id)
        place = charging.location_id
        if location is not None:
            place = location.name or location.address
        return cls(charging, session, place)


@dataclass(frozen=True, slots=True)
class SessionNews:
    """What is still to be told of one session, the oldest first."""

    reach: Reach
    facts: SessionFacts
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class PersonNews:
    """What one person is still to be told beyond their sessions, the oldest first."""

    reach: Reach
    notices: tuple[DriverNotice, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whose queue news of a session stands in, and by which ways it is to leave."""

    owner: str
    legs: frozenset[Leg]


class Notices:
    """Reads the ledgers and writes down what has left."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def waiting(self, charging_id: str) -> Waiting | None:
        """Whether anything is still to be told of this session, to its driver or guest."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            notices = await tx.drivers.notices.of_charging(charging_id)
            if all(not _open(n, leg, now) for n in notices for leg in Leg):
                return None
            charging = await tx.charging.get(charging_id)
            if charging is None:
                return None
            guest = charging.driver_id is None
            legs = {leg for leg in Leg if _of_leg(notices, leg, now, guest=guest)}
            if guest and Leg.PHONES in legs:
                browsers = await tx.drivers.web_subscriptions.of_charging(charging_id)
                legs -= set() if browsers else {Leg.PHONES}
        if not legs:
            return None
        return Waiting(charging.driver_id or charging_id, frozenset(legs))

    async def person_waits(self, driver_id: str) -> frozenset[Leg]:
        """By which ways something is to leave for this person."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            notices = await tx.drivers.driver_notices.untold(driver_id)
        return frozenset(leg for leg in Leg if any(_open(n, leg, now) for n in notices))

    async def of_session(self, charging_id: str, leg: Leg) -> SessionNews | None:
        """What is to leave by one way; None when there is nothing, or nobody, to tell."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            charging = await tx.charging.get(charging_id)
            if charging is None:
                return None
            ledger = await tx.drivers.notices.of_charging(charging_id)
            notices = _of_leg(ledger, leg, now, guest=charging.driver_id is None)
            if not notices:
                return None
            reach = await _reach_of(tx, charging, leg)
            if reach is None:
                return None
            facts = await SessionFacts.read(tx, charging)
        if any(n.kind in IDLING for n in notices) and facts.session is not None:
            idle = idle_clock(facts.session, charging.tariff, now=now)
            facts = replace(facts, idle=idle)
        return SessionNews(reach, facts, notices)

    async def of_person(self, driver_id: str, leg: Leg) -> PersonNews | None:
        """The same beyond their sessions."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            untold = await tx.drivers.driver_notices.untold(driver_id)
            notices = tuple(n for n in untold if _open(n, leg, now))
            driver = await tx.drivers.get(driver_id) if notices else None
            if driver is None:
                return None
            browsers = await tx.drivers.web_subscriptions.of_driver(driver_id)
            reach = await _reach(tx, driver, leg, browsers)
        return PersonNews(reach, notices)

    async def told(self, notice: Notice | DriverNotice, leg: Leg) -> None:
        """It has left, or came too late to matter."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await _mark(tx, notice, leg, now)

    async def keep_back(self, notice: Notice | DriverNotice, until: datetime) -> None:
        """Phones are told then."""
        async with self._store.transaction() as tx:
            if isinstance(notice, Notice):
                await tx.drivers.notices.keep_back(notice, until)
            else:
                await tx.drivers.driver_notices.keep_back(notice, until)

    async def tick(self) -> int:
        """Let out what was kept back until now; tells of how many sessions and persons."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            sessions = await tx.drivers.notices.due(now, AT_ONCE)
            persons = await tx.drivers.driver_notices.due(now, AT_ONCE)
        if not sessions and not persons:
            return 0
        async with self._store.transaction() as tx:
            for charging_id in sessions:
                charging = await tx.charging.get(charging_id)
                owner = charging_id if charging is None else charging.driver_id or charging_id
                tx.emit(DriverNoticed(owner, charging_id))
            for driver_id in persons:
                tx.emit(DriverNoticed(driver_id))
        return len(sessions) + len(persons)


async def _mark(tx: Transaction, notice: Notice | DriverNotice, leg: Leg, now: datetime) -> None:
    if isinstance(notice, Notice):
        ledger = tx.drivers.notices
        if leg is Leg.PHONES:
            await ledger.mark_sent(notice.charging_id, notice.kind, now)
        else:
            await ledger.mark_mailed(notice.charging_id, notice.kind, now)
    elif leg is Leg.PHONES:
        await tx.drivers.driver_notices.mark_sent(notice, now)
    else:
        await tx.drivers.driver_notices.mark_mailed(notice, now)


def _of_leg(ledger: list[Notice], leg: Leg, now: datetime, *, guest: bool) -> tuple[Notice, ...]:
    """The oldest first, those of one moment in the order of the catalogue."""
    found = [n for n in ledger if _open(n, leg, now) and _leaves_by(n.kind, leg, guest=guest)]
    return tuple(sorted(found, key=lambda n: (n.created_at, CATALOGUE.index(n.kind))))


def _open(notice: Notice | DriverNotice, leg: Leg, now: datetime) -> bool:
    if leg is Leg.MAIL:
        return notice.mailed_at is None
    return notice.sent_at is None and (notice.due_at is None or notice.due_at <= now)


def _leaves_by(kind: NoticeKind, leg: Leg, *, guest: bool) -> bool:
    if kind in BY_MAIL:
        return False
    channels = RULES[kind].channels
    if leg is Leg.PHONES:
        return Channel.PUSH in channels
    if kind in OF_RECEIPTS:
        return False
    return Channel.MAIL in channels or (guest and Channel.GUEST_MAIL in channels)


async def _reach_of(tx: Transaction, charging: Charging, leg: Leg) -> Reach | None:
    """The driver of a session, or its guest."""
    browsers = await tx.drivers.web_subscriptions.for_session(charging.driver_id, charging.id)
    if charging.driver_id is None:
        return Reach(
            driver=None,
            language=charging.language,
            email=charging.email,
            browsers=tuple(browsers),
        )
    driver = await tx.drivers.get(charging.driver_id)
    return None if driver is None else await _reach(tx, driver, leg, browsers)


async def _reach(
    tx: Transaction, driver: Driver, leg: Leg, browsers: list[WebSubscription]
) -> Reach:
    devices = await tx.drivers.devices.of_driver(driver.id) if leg is Leg.PHONES else []
    return Reach(
        driver=driver,
        language=driver.language,
        email=driver.email,
        preferences=await tx.drivers.notification_preferences.of(driver.id),
        devices=tuple(devices),
        browsers=tuple(browsers),
    )
