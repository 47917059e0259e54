"""Chargers' clocks, as the times in what they say show them: kept, and warned of when off."""

from datetime import datetime
from logging import getLogger

from app.store.batch import Batch
from app.store.station_tellings import telling
from app.use_cases.live_stations import LiveStation

log = getLogger(__name__)

CLOCK = "clock"
"""The topic of where a charger's clock is."""


async def hear_clock(
    batch: Batch, live: LiveStation, at: datetime | None, *, now: datetime
) -> None:
    """A charger said something as it happened, at this time by its own clock."""
    told = live.clock.hear(at, now) if at is not None else None
    if told is None:
        return
    await batch.write([telling(live.id, CLOCK, told, now)])
    if told.off:
        log.warning("station.clock_off", extra={"station": live.id, "ahead_s": told.ahead_s})
