"""What becomes of what chargers show (`domain.displays`)."""

from dataclasses import replace
from datetime import datetime

from app.domain.displays import (
    DisplayMessage,
    MessageCleared,
    MessagesAsked,
    MessageShown,
    MessagesPart,
    MessagesReport,
    with_part,
)
from app.store.transaction import Transaction

MESSAGES, REPORT = "display_message", "display_report"
"""Topics; of reports only the last is kept."""


async def message_shown(
    tx: Transaction, station_id: str, news: MessageShown, *, now: datetime
) -> None:
    """It is on the display, when its time and state are."""
    name = str(news.message.number)
    await tx.station_facts.put(station_id, MESSAGES, news.message, name=name, now=now)


async def message_cleared(
    tx: Transaction, station_id: str, news: MessageCleared, *, now: datetime
) -> None:
    """It is gone."""
    del now
    await tx.station_facts.forget(station_id, MESSAGES, [str(news.number)])


async def messages_asked(
    tx: Transaction, station_id: str, news: MessagesAsked, *, now: datetime
) -> None:
    """The parts come by themselves, some before this."""
    report = replace(await _report(tx, station_id, news.request_id), whole=news.whole)
    if news.none:
        report = replace(report, complete=True)
    await _keep(tx, station_id, report, now)


async def messages_part(
    tx: Transaction, station_id: str, news: MessagesPart, *, now: datetime
) -> None:
    """A part; with the last one it is known what is shown."""
    report = with_part(await _report(tx, station_id, news.request_id), news)
    await _keep(tx, station_id, report, now)


async def _report(tx: Transaction, station_id: str, request_id: int) -> MessagesReport:
    await tx.stations.get(station_id, lock=True)
    known = await tx.station_facts.get(station_id, REPORT, MessagesReport)
    if known is None or known.value.request_id != request_id:
        return MessagesReport(request_id)
    return known.value


async def _keep(tx: Transaction, station_id: str, report: MessagesReport, now: datetime) -> None:
    await tx.station_facts.put(station_id, REPORT, report, now=now)
    if not report.complete:
        return
    if report.whole:
        await tx.station_facts.forget(station_id, MESSAGES)
    shown: dict[int, DisplayMessage] = dict(report.messages or {})
    for number, message in shown.items():
        await tx.station_facts.put(station_id, MESSAGES, message, name=str(number), now=now)
