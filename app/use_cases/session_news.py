"""News of many sessions read in one go: a dozen statements, however many sessions they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.charging import Charging
from app.domain.drivers import Device, Driver, Notice
from app.domain.identifiers import PartyId
from app.domain.idle import idle_clock
from app.domain.notification_preferences import NotificationPreferences
from app.domain.push_targets import WebSubscription
from app.domain.sessions import Session
from app.store.transaction import Transaction
from app.use_cases.notice_parts import (
    EVERYTHING,
    IDLING,
    Leg,
    Reach,
    SessionFacts,
    SessionNews,
    of_leg,
    place_of,
    signed_in,
)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found, by its key."""

    chargings: Mapping[str, Charging]
    drivers: Mapping[str, Driver]
    devices: Mapping[str, list[Device]]
    browsers: Sequence[WebSubscription]
    preferences: Mapping[str, NotificationPreferences]
    sessions: Mapping[str, Session]
    places: Mapping[tuple[PartyId, str], str]


async def read_news(
    tx: Transaction, asked: Sequence[tuple[str, Leg]], now: datetime
) -> list[SessionNews | None]:
    """What is to leave of each of these sessions by this way, as `Notices.of_session` tells."""
    ledger: dict[str, list[Notice]] = defaultdict(list)
    for notice in await tx.drivers.notices.of_chargings({charging_id for charging_id, _ in asked}):
        ledger[notice.charging_id].append(notice)
    read = await _read(tx, list(ledger))
    return [_news(read, ledger[each[0]], each, now) for each in asked]


async def _read(tx: Transaction, charging_ids: Sequence[str]) -> _Read:
    chargings = {c.id: c for c in await tx.charging.by_keys(charging_ids)}
    persons = sorted({c.driver_id for c in chargings.values() if c.driver_id is not None})
    devices: dict[str, list[Device]] = defaultdict(list)
    for device in await tx.drivers.devices.of_drivers(persons):
        devices[device.driver_id].append(device)
    own = sorted({c.session_id for c in chargings.values() if c.session_id is not None})
    browsers = await tx.drivers.web_subscriptions.for_sessions(persons, list(chargings))
    return _Read(
        chargings=chargings,
        drivers={d.id: d for d in await tx.drivers.by_keys(persons)},
        devices=devices,
        browsers=await signed_in(tx, browsers),
        preferences=await tx.drivers.notification_preferences.of_many(persons),
        sessions=await tx.sessions.many(own) if own else {},
        places=await _places(tx, chargings.values()),
    )


async def _places(
    tx: Transaction, chargings: Iterable[Charging]
) -> dict[tuple[PartyId, str], str]:
    """Names of the places, each read once."""
    names: dict[tuple[PartyId, str], str] = {}
    for charging in chargings:
        where = (charging.cpo, charging.location_id)
        if where not in names:
            names[where] = await place_of(tx, charging)
    return names


def _news(
    read: _Read, ledger: Sequence[Notice], asked: tuple[str, Leg], now: datetime
) -> SessionNews | None:
    charging_id, leg = asked
    charging = read.chargings.get(charging_id)
    if charging is None:
        return None
    notices = of_leg(ledger, leg, now, guest=charging.driver_id is None)
    reach = _reach(read, charging)
    if not notices or reach is None:
        return None
    session = read.sessions.get(charging.session_id or "")
    idles = session is not None and any(n.kind in IDLING for n in notices)
    idle = idle_clock(session, charging.tariff, now=now) if session and idles else None
    place = read.places[(charging.cpo, charging.location_id)]
    return SessionNews(reach, SessionFacts(charging, session, place, idle), notices)


def _reach(read: _Read, charging: Charging) -> Reach | None:
    """The driver of a session, or its guest; None when the account is gone."""
    here = [b for b in read.browsers if b.charging_id == charging.id]
    if charging.driver_id is None:
        return Reach(
            driver=None, language=charging.language, email=charging.email, browsers=tuple(here)
        )
    driver = read.drivers.get(charging.driver_id)
    if driver is None:
        return None
    theirs = [b for b in read.browsers if b.driver_id == driver.id]
    return Reach(
        driver=driver,
        language=driver.language,
        email=driver.email,
        preferences=read.preferences.get(driver.id, EVERYTHING),
        devices=tuple(read.devices.get(driver.id, ())),
        browsers=(*theirs, *here),
    )
