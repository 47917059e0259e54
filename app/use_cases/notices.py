"""What drivers are to be told of their sessions, each thing once: the ledger of their phones."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.drivers import Device, Driver, Notice
from app.domain.sessions import Session
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction

CATALOGUE = tuple(NoticeKind)
BY_MAIL = frozenset({NoticeKind.RECEIPT_MAILED})


@dataclass(frozen=True, slots=True)
class News:
    """What one driver is still to be told of one session, and what the wording needs."""

    charging: Charging
    driver: Driver
    devices: tuple[Device, ...]
    notices: tuple[Notice, ...]
    session: Session | None
    place: str


class Notices:
    """Reads the ledger and writes down what has left."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def waiting(self, charging_id: str) -> str | None:
        """The driver whom something is still to be told of this session; None for guests."""
        async with self._store.reading() as tx:
            charging = await tx.charging.get(charging_id)
            if charging is None or charging.driver_id is None:
                return None
            return charging.driver_id if await _unsent(tx, charging_id) else None

    async def news(self, charging_id: str) -> News | None:
        """All of it, the oldest first; None when there is nothing, or nobody, to tell."""
        async with self._store.reading() as tx:
            charging = await tx.charging.get(charging_id)
            if charging is None or charging.driver_id is None:
                return None
            notices = await _unsent(tx, charging_id)
            driver = await tx.drivers.get(charging.driver_id)
            if not notices or driver is None:
                return None
            devices = await tx.drivers.devices.of_driver(driver.id)
            session = await tx.sessions.get(charging.session_id) if charging.session_id else None
            place = await _place(tx, charging)
        return News(charging, driver, tuple(devices), notices, session, place)

    async def told(self, charging_id: str, kinds: Iterable[NoticeKind]) -> None:
        """These have left, or came too late to matter."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            for kind in kinds:
                await tx.drivers.notices.mark_sent(charging_id, kind, now)


async def _unsent(tx: Transaction, charging_id: str) -> tuple[Notice, ...]:
    """The oldest first, those of one moment in the order of the catalogue."""
    unsent = [n for n in await tx.drivers.notices.unsent(charging_id) if n.kind not in BY_MAIL]
    return tuple(sorted(unsent, key=lambda n: (n.created_at, CATALOGUE.index(n.kind))))


async def _place(tx: Transaction, charging: Charging) -> str:
    location = await tx.locations.get(charging.cpo, charging.location_id)
    return charging.location_id if location is None else location.name or location.address
