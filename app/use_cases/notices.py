"""What drivers are to be told, each thing once: the ledgers of their phones and mails."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.driver_notices import DriverNotice
from app.domain.drivers import Notice
from app.domain.events import DriverNoticed
from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.notice_parts import (
    Leg,
    PersonNews,
    Reach,
    SessionNews,
    Waiting,
    is_open,
    of_leg,
    signed_in,
)
from app.use_cases.session_news import read_news
from app.use_cases.together import Together

AT_ONCE = 200

Mark = tuple[Notice | DriverNotice, Leg]


class Notices:
    """Reads the ledgers and writes down what has left, of many sessions at a time."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._news = Together(self._read_all)
        self._marks = Together(self._mark_all)

    async def waiting(self, charging_id: str) -> Waiting | None:
        """Whether anything is still to be told of this session, to its driver or guest."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            notices = await tx.drivers.notices.of_charging(charging_id)
            if not any(is_open(n, leg, now) for n in notices for leg in Leg):
                return None
            charging = await tx.charging.get(charging_id)
            if charging is None:
                return None
            guest = charging.driver_id is None
            legs = {leg for leg in Leg if of_leg(notices, leg, now, guest=guest)}
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
        return frozenset(leg for leg in Leg if any(is_open(n, leg, now) for n in notices))

    async def of_session(self, charging_id: str, leg: Leg) -> SessionNews | None:
        """What is to leave by one way; None when there is nothing, or nobody, to tell."""
        return await self._news((charging_id, leg))

    async def of_person(self, driver_id: str, leg: Leg) -> PersonNews | None:
        """The same beyond their sessions."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            untold = await tx.drivers.driver_notices.untold(driver_id)
            notices = tuple(n for n in untold if is_open(n, leg, now))
            driver = await tx.drivers.get(driver_id) if notices else None
            if driver is None:
                return None
            browsers = await tx.drivers.web_subscriptions.of_driver(driver_id)
            reach = Reach(
                driver=driver,
                language=driver.language,
                email=driver.email,
                preferences=await tx.drivers.notification_preferences.of(driver_id),
                devices=tuple(await tx.drivers.devices.of_driver(driver_id)),
                browsers=await signed_in(tx, browsers),
            )
        return PersonNews(reach, notices)

    async def told(self, notice: Notice | DriverNotice, leg: Leg) -> None:
        """It has left, or came too late to matter."""
        await self._marks((notice, leg))

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

    async def _read_all(self, asked: Sequence[tuple[str, Leg]]) -> Sequence[SessionNews | None]:
        async with self._store.reading() as tx:
            return await read_news(tx, asked, self._clock.now())

    async def _mark_all(self, marks: Sequence[Mark]) -> Sequence[None]:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            ledger, persons = tx.drivers.notices, tx.drivers.driver_notices
            for notice, leg in marks:
                if isinstance(notice, DriverNotice):
                    phones = leg is Leg.PHONES
                    await (persons.mark_sent if phones else persons.mark_mailed)(notice, now)
            for leg, write in (
                (Leg.PHONES, ledger.mark_all_sent),
                (Leg.MAIL, ledger.mark_all_mailed),
            ):
                of_sessions = [n for n, by in marks if by is leg and isinstance(n, Notice)]
                if of_sessions:
                    await write(of_sessions, now)
        return [None] * len(marks)
