"""What a charger that came back is asked when it does not say it by itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.domain.stations import StationState
from app.store.transaction import Store, Transaction
from app.use_cases.admission import BOOT, STATUS, trigger
from app.use_cases.live_stations import LiveStation

SPEAKS_WITHIN = timedelta(seconds=10)
"""How long a charger has after it connected to say what its connectors show."""

MOST_TRIGGERS = 32
"""EVSEs of one charger that are asked about one by one; beyond, all are asked about at once."""


def silent(chargers: Iterable[LiveStation], now: datetime) -> list[LiveStation]:
    """Those that had their time, and were not asked yet."""
    found = []
    for live in chargers:
        if not live.greeted and now - live.connected_at >= SPEAKS_WITHIN:
            live.greeted = True
            if live.station.state is not StationState.RETIRED and not _has_spoken(live):
                found.append(live)
    return found


def _has_spoken(live: LiveStation) -> bool:
    return live.station.facts is not None and live.shown


async def greet(store: Store, live: LiveStation, now: datetime) -> None:
    """Ask a charger that we know nothing of to boot, and for what its connectors show (P-084).

    Some report only connector 0 when no connector is named, so each is.
    """
    async with store.transaction() as tx:
        if live.station.facts is None:
            await trigger(tx, live.station, BOOT, now=now)
        if not live.shown:
            await _ask_statuses(tx, live, now)


async def _ask_statuses(tx: Transaction, live: LiveStation, now: datetime) -> None:
    places = sorted({(place.location.id, place.evse.uid) for place in live.layout.places})
    if not 0 < len(places) <= MOST_TRIGGERS:
        await trigger(tx, live.station, STATUS, now=now)
        return
    for place in places:
        await trigger(tx, live.station, STATUS, now=now, place=place)
