"""What drivers are to be told, and how they are reached: what ledgers are read into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.driver_notices import DriverNotice
from app.domain.drivers import Device, Driver, Notice
from app.domain.idle import IdleClock
from app.domain.notice_rules import OF_RECEIPTS, RULES, Channel
from app.domain.notification_preferences import NotificationPreferences
from app.domain.push_targets import WebSubscription
from app.domain.sessions import Session
from app.store.transaction import Transaction

CATALOGUE = tuple(NoticeKind)
BY_MAIL = frozenset({NoticeKind.RECEIPT_MAILED})
IDLING = frozenset({NoticeKind.COMPLETE, NoticeKind.IDLE_WARNING})
"""What is told with the time from which idling costs."""

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
        return cls(charging, session, await place_of(tx, charging))


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


def of_leg(
    ledger: Sequence[Notice], leg: Leg, now: datetime, *, guest: bool
) -> tuple[Notice, ...]:
    """The oldest first, those of one moment in the order of the catalogue."""
    found = [n for n in ledger if is_open(n, leg, now) and _leaves_by(n.kind, leg, guest=guest)]
    return tuple(sorted(found, key=lambda n: (n.created_at, CATALOGUE.index(n.kind))))


def is_open(notice: Notice | DriverNotice, leg: Leg, now: datetime) -> bool:
    """Whether it is to leave by this way now."""
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


async def signed_in(
    tx: Transaction, browsers: Sequence[WebSubscription]
) -> tuple[WebSubscription, ...]:
    """Those that are not a driver's who has signed out there."""
    families = {each.family for each in browsers if each.family is not None}
    found = [await tx.drivers.sign_ins.get(family) for family in sorted(families)]
    over = families - {f.id for f in found if f is not None and f.revoked_at is None}
    return tuple(each for each in browsers if each.family not in over)


async def place_of(tx: Transaction, charging: Charging) -> str:
    """Where a session is, in words."""
    location = await tx.locations.get(charging.cpo, charging.location_id)
    return charging.location_id if location is None else location.name or location.address
