"""What becomes of what chargers watch, see, and know of people (`domain.monitoring`)."""

from dataclasses import replace
from datetime import datetime

from app.domain.diagnostics import CRITICAL, WARNING
from app.domain.monitoring import (
    CustomerInformationAsked,
    CustomerInformationPart,
    EventsSeen,
    KnownOfCustomer,
    Monitor,
    MonitoringReport,
    MonitoringSetting,
    MonitorsCleared,
    MonitorsSet,
    ReportAsked,
    ReportPart,
    WatchedEvent,
    by_number,
    with_part,
)
from app.store.station_facts import CUSTOMERS
from app.store.station_log import Entry
from app.store.transaction import Transaction
from app.use_cases.station_logs import EVENTS, alarm

MONITORS, SETTINGS, REPORTS = "monitor", "monitoring", "monitoring_report"
MOST_REPORTS = 5
"""Reports that are kept of a charger."""
EMPTY = "EmptyResultSet"


async def monitors_set(
    tx: Transaction, station_id: str, news: MonitorsSet, *, now: datetime
) -> None:
    """What was taken is watched from now on."""
    taken = [each.monitor for each in news.results if each.status == "Accepted"]
    for number, monitor in by_number(taken).items():
        await tx.station_facts.put(station_id, MONITORS, monitor, name=str(number), now=now)


async def monitors_cleared(
    tx: Transaction, station_id: str, news: MonitorsCleared, *, now: datetime
) -> None:
    """They are gone."""
    del now
    if news.ids:
        await tx.station_facts.forget(station_id, MONITORS, [str(each) for each in news.ids])


async def monitoring_set(
    tx: Transaction, station_id: str, news: MonitoringSetting, *, now: datetime
) -> None:
    """Base and level are told one at a time; a new base drops the monitors that we set."""
    known = await tx.station_facts.get(station_id, SETTINGS, MonitoringSetting)
    before = MonitoringSetting() if known is None else known.value
    after = MonitoringSetting(news.base or before.base, before.level)
    if news.level is not None:
        after = replace(after, level=news.level)
    await tx.station_facts.put(station_id, SETTINGS, after, now=now)
    if news.base not in {None, "All"}:
        await tx.station_facts.forget(station_id, MONITORS)


async def report_asked(
    tx: Transaction, station_id: str, news: ReportAsked, *, now: datetime
) -> None:
    """The parts come by themselves, some before this; nothing to tell is a report too."""
    if news.status not in {"Accepted", EMPTY}:
        return
    report = replace(await _report(tx, station_id, news.request_id, now), whole=news.whole)
    if news.status == EMPTY:
        report = replace(report, complete=True)
    await _keep_report(tx, station_id, report, now)


async def report_part(
    tx: Transaction, station_id: str, news: ReportPart, *, now: datetime
) -> None:
    """A part; with the last one the charger's monitors are known."""
    report = with_part(await _report(tx, station_id, news.request_id, now), news)
    await _keep_report(tx, station_id, report, now)


async def events_seen(
    tx: Transaction, station_id: str, news: EventsSeen, *, now: datetime
) -> None:
    """Keep them with the severity of what watched; grave ones that go on are alarms."""
    known = await tx.station_facts.all(station_id, MONITORS, Monitor)
    severities = {fact.name: fact.value.severity for fact in known}
    events = [
        replace(each, severity=severities.get(str(each.monitor)))
        if each.severity is None
        else each
        for each in news.events
    ]
    await tx.station_log.add(station_id, EVENTS, [_entry(each) for each in events], now=now)
    for event in events:
        if not event.cleared and event.severity is not None and event.severity <= CRITICAL:
            await alarm(tx, station_id, f"event.{event.watched.name}", event, now=now)


async def customer_asked(
    tx: Transaction, station_id: str, news: CustomerInformationAsked, *, now: datetime
) -> None:
    """The charger tells it by parts, some before this."""
    known = await _customer(tx, station_id, news.request_id)
    after = replace(known, status=news.status, report=news.report, clear=news.clear)
    await _keep_customer(tx, station_id, after, now)


async def customer_part(
    tx: Transaction, station_id: str, news: CustomerInformationPart, *, now: datetime
) -> None:
    """A part, which may come twice."""
    known = await _customer(tx, station_id, news.request_id)
    after = replace(known, parts={**(known.parts or {}), news.number: news.text})
    if news.last:
        after = replace(after, last=news.number)
    await _keep_customer(tx, station_id, after, now)


def _entry(event: WatchedEvent) -> Entry:
    severity = event.severity
    if severity is None and event.trigger == "Alerting":
        severity = WARNING
    return Entry(event.watched.name, event.at, event, severity)


async def _report(
    tx: Transaction, station_id: str, request_id: int, now: datetime
) -> MonitoringReport:
    await tx.stations.get(station_id, lock=True)
    name = str(request_id)
    known = await tx.station_facts.get(station_id, REPORTS, MonitoringReport, name=name)
    return MonitoringReport(request_id, now) if known is None else known.value


async def _keep_report(
    tx: Transaction, station_id: str, report: MonitoringReport, now: datetime
) -> None:
    if report.complete:
        found = by_number(report.monitors)
        if report.whole:
            await tx.station_facts.forget(station_id, MONITORS)
        for number, monitor in found.items():
            await tx.station_facts.put(station_id, MONITORS, monitor, name=str(number), now=now)
    name = str(report.request_id)
    await tx.station_facts.put(station_id, REPORTS, report, name=name, now=now)
    kept = await tx.station_facts.all(station_id, REPORTS, MonitoringReport)
    kept.sort(key=lambda fact: fact.value.asked_at, reverse=True)
    if len(kept) > MOST_REPORTS:
        old = [fact.name for fact in kept[MOST_REPORTS:]]
        await tx.station_facts.forget(station_id, REPORTS, old)


async def _customer(tx: Transaction, station_id: str, request_id: int) -> KnownOfCustomer:
    await tx.stations.get(station_id, lock=True)
    name = str(request_id)
    known = await tx.station_facts.get(station_id, CUSTOMERS, KnownOfCustomer, name=name)
    if known is None:
        return KnownOfCustomer(request_id, "", report=True, clear=False)
    return known.value


async def _keep_customer(
    tx: Transaction, station_id: str, known: KnownOfCustomer, now: datetime
) -> None:
    name = str(known.request_id)
    await tx.station_facts.put(station_id, CUSTOMERS, known, name=name, now=now)
