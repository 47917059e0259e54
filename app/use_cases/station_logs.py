"""What is written down of a charger one thing after the other, and what operators must look at."""

import logging
from datetime import datetime

from app.domain.diagnostics import CRITICAL, ERROR, SecurityEvent, severity_of
from app.domain.messages import DataTransferred
from app.store.station_log import Entry
from app.store.transaction import Transaction
from app.use_cases.vehicle_reports import vehicle_reported

log = logging.getLogger(__name__)

SECURITY, EVENTS, TRANSFERS, ALARMS = "security", "event", "transfer", "alarm"
"""The topics of the log."""


async def alarm(
    tx: Transaction, station_id: str, kind: str, value: object, *, now: datetime
) -> None:
    """Something went wrong at a charger that a person should look at."""
    log.warning("station.alarm", extra={"station": station_id, "what": kind})
    await tx.station_log.add(station_id, ALARMS, [Entry(kind, now, value, ERROR)], now=now)


async def security_event(
    tx: Transaction, station_id: str, news: SecurityEvent, *, now: datetime
) -> None:
    """Keep it with its severity; the grave ones are alarms, too."""
    severity = severity_of(news.type)
    entry = Entry(news.type, news.at, news, severity)
    await tx.station_log.add(station_id, SECURITY, [entry], now=now)
    if severity <= CRITICAL:
        await alarm(tx, station_id, f"security.{news.type}", news, now=now)


async def data_transferred(
    tx: Transaction, station_id: str, news: DataTransferred, *, now: datetime
) -> None:
    """Keep a maker's message, and note the vehicle that it tells of."""
    await vehicle_reported(tx, station_id, news, now=now)
    kind = f"{news.vendor}/{news.message}" if news.message else news.vendor
    await tx.station_log.add(station_id, TRANSFERS, [Entry(kind, now, news)], now=now)
