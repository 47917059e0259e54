"""What the map shows of a charger's EVSEs: read off connectors and sessions, told if new."""

from datetime import datetime

from app.domain.availability import SESSION_BEATS_AVAILABLE, evse_status
from app.domain.events import EvseStatusChanged
from app.domain.locations import EvsePlace, EvseStatus
from app.domain.stations import Address, ConnectorState
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.batch import Batch, Change
from app.store.locations import status_changes
from app.use_cases.closings import facts
from app.use_cases.live_stations import ConnectorStatus, LiveStation

STATION = Address(0, 0)


class Board:
    """Keeps the published EVSE statuses true; the caller holds the charger's lock."""

    def __init__(self, batch: Batch, bus: Bus, clock: Clock) -> None:
        self._batch = batch
        self._bus = bus
        self._clock = clock

    async def refresh(self, live: LiveStation) -> None:
        """Write and announce every status that is another one than was shown."""
        if not live.layout.places:
            return
        now = self._clock.now()
        changes: list[Change] = []
        news: dict[str, tuple[EvsePlace, EvseStatus]] = {}
        for place in live.layout.places:
            uid = place.evse.uid
            status = _shown(live, place, now)
            before = live.published.get(uid, place.evse.status)
            removed = EvseStatus.REMOVED in (before, place.evse.status)
            if uid in news or status is before or removed:
                continue
            news[uid] = (place, status)
            changes += status_changes(place, status, now)
            event = EvseStatusChanged(place.location.party, place.location.id, uid)
            changes += facts([event], now)
        if not changes:
            return
        await self._batch.write(changes)
        live.published.update({uid: status for uid, (_, status) in news.items()})
        for subject in {place_subject(place) for place, _ in news.values()}:
            await self._bus.publish(subject)


def place_subject(place: EvsePlace) -> str:
    """The bus subject on which changes at a location are hinted."""
    return f"evse.{place.location.party}.{place.location.id}"


def _shown(live: LiveStation, place: EvsePlace, now: datetime) -> EvseStatus:
    mine = {a: c for a, c in live.connectors.items() if a.evse == place.evse.number}
    station = live.connectors.get(STATION)
    if not mine and station is None:
        return live.published.get(place.evse.uid, place.evse.status)
    return evse_status(
        [connector.state for connector in mine.values()],
        station=None if station is None else station.state,
        in_session=_in_session(live, place.evse.number, mine, now),
    )


def _in_session(
    live: LiveStation, evse: int, connectors: dict[Address, ConnectorStatus], now: datetime
) -> bool:
    """Whether a session runs there that the connectors do not gainsay for long."""
    running = live.at(Address(evse))
    if running is None or running.replayed:
        return False
    shown = connectors.get(running.address) if running.address is not None else None
    if shown is None or shown.state is not ConnectorState.AVAILABLE:
        return True
    return now - shown.at <= SESSION_BEATS_AVAILABLE
