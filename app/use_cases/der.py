"""What chargers that feed into the grid tell of their controls, and what follows."""

from dataclasses import replace
from datetime import datetime

from app.domain.der import (
    DerAlarm,
    DerControl,
    DerControlsCleared,
    DerControlSet,
    DerControlsListed,
    DerStarted,
)
from app.store.transaction import Transaction
from app.use_cases.news_handlers import Handlers
from app.use_cases.report_parts import keep_part

CONTROLS, ALARMS, STARTS = "der_controls", "der_alarms", "der_starts"
MOST = 200
"""How many alarms and starts are kept of a charger, the newest."""


async def control_set(
    tx: Transaction, station_id: str, news: DerControlSet, *, now: datetime
) -> None:
    """A control is there, and holds instead of others."""
    facts = tx.station_facts
    control = news.control
    await facts.put(station_id, CONTROLS, control, name=control.control_id, now=now)
    for name in news.instead_of:
        known = await facts.get(station_id, CONTROLS, DerControl, name=name)
        if known is not None:
            older = replace(known.value, superseded=True)
            await facts.put(station_id, CONTROLS, older, name=name, now=now)


async def controls_cleared(
    tx: Transaction,
    station_id: str,
    news: DerControlsCleared,
    *,
    now: datetime,  # noqa: ARG001 - the handlers' shape
) -> None:
    """Controls are gone."""
    known = await tx.station_facts.all(station_id, CONTROLS, DerControl)
    gone = [fact.name for fact in known if _is_meant(fact.value, news)]
    await tx.station_facts.forget(station_id, CONTROLS, gone)


def _is_meant(control: DerControl, news: DerControlsCleared) -> bool:
    if news.control_id is not None:
        return control.control_id == news.control_id
    same_kind = news.kind in {None, control.kind}
    return same_kind and control.is_default in {None, news.is_default}


async def controls_listed(
    tx: Transaction, station_id: str, news: DerControlsListed, *, now: datetime
) -> None:
    """Put the parts of a list together (P-214)."""
    parts = {control.control_id: control for control in news.controls}
    await keep_part(tx, station_id, CONTROLS, parts, request=news.request, last=news.last, now=now)


async def alarmed(tx: Transaction, station_id: str, news: DerAlarm, *, now: datetime) -> None:
    """The grid left its limits, or came back (P-215)."""
    name = f"{news.at} {news.control_type}"
    await tx.station_facts.put(station_id, ALARMS, news, name=name, now=now)
    await tx.station_facts.trim(station_id, ALARMS, MOST)


async def started(tx: Transaction, station_id: str, news: DerStarted, *, now: datetime) -> None:
    """A control began to hold, or no longer does (P-215)."""
    name = f"{news.at} {news.control_id}"
    await tx.station_facts.put(station_id, STARTS, news, name=name, now=now)
    await tx.station_facts.trim(station_id, STARTS, MOST)


DER_HANDLERS: Handlers = {
    DerControlSet: control_set,
    DerControlsCleared: controls_cleared,
    DerControlsListed: controls_listed,
    DerAlarm: alarmed,
    DerStarted: started,
}
