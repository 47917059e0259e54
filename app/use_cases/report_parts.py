"""Reports that chargers send in several messages: one list out of all the parts of a request.

The first part of a report replaces the list that was known; a report that is not complete says so
in a fact of its own (`{topic}.report`), for its missing parts to be asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class ReportState:
    """How far the newest report of a topic is; `request` is the number that it answers."""

    request: int
    parts: int
    complete: bool


async def keep_part(
    tx: Transaction,
    station_id: str,
    topic: str,
    values: Mapping[str, object],
    *,
    request: int,
    last: bool,
    now: datetime,
) -> None:
    """Keep a part of a report as facts of the topic, by their names."""
    about = f"{topic}.report"
    known = await tx.station_facts.get(station_id, about, ReportState)
    goes_on = known is not None and known.value.request == request and not known.value.complete
    if not goes_on:
        await tx.station_facts.forget(station_id, topic)
    for name, value in values.items():
        await tx.station_facts.put(station_id, topic, value, name=name, now=now)
    parts = known.value.parts + 1 if known is not None and goes_on else 1
    await tx.station_facts.put(station_id, about, ReportState(request, parts, last), now=now)
