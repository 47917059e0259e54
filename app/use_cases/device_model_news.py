"""What becomes of what a charger tells of its variables: kept, and held against what is wanted."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from app.domain.commands import Command, CommandChannel, CommandOutcome, CommandResult
from app.domain.configuration import Configuration, Look, Push, after_read, after_write, unanswered
from app.domain.device_model import (
    ACCEPTED,
    MOST_PARTS,
    MOST_VARIABLES,
    REBOOT_REQUIRED,
    InventoryBegun,
    InventoryPart,
    NetworkProfileSet,
    ReadVariables,
    RebootRequired,
    Report,
    ReportKind,
    ReportState,
    VariablesRead,
    VariablesWritten,
    WriteVariables,
)
from app.domain.events import ConfigurationDue
from app.store.device_model import StoredReport
from app.store.documents import unpack_one
from app.store.transaction import Transaction
from app.use_cases.configured_keys import keep_meter_keys
from app.use_cases.news_handlers import Handlers

_SHAPES: dict[str, type] = {
    ReadVariables.__name__: ReadVariables,
    WriteVariables.__name__: WriteVariables,
}


async def variables_read(
    tx: Transaction, station_id: str, news: VariablesRead, *, now: datetime
) -> None:
    """Keep the values."""
    await tx.device_models.keep(station_id, news.variables, now=now, most=MOST_VARIABLES)
    await keep_meter_keys(tx, station_id, news.variables, now=now)
    before = await tx.configurations.of(station_id, lock=True)
    if before is not None:
        await _save(tx, before, after_read(before, news, now))


async def variables_written(
    tx: Transaction, station_id: str, news: VariablesWritten, *, now: datetime
) -> None:
    """Note what was refused and what waits for a boot; what was taken is believed when read."""
    before = await tx.configurations.of(station_id, lock=True)
    if before is not None:
        await _save(tx, before, after_write(before, news, now))
    waits = tuple(str(each.name) for each in news.results if each.status == REBOOT_REQUIRED)
    if waits:
        await tx.station_facts.put(station_id, "reboot_required", RebootRequired(waits), now=now)


async def report_begun(
    tx: Transaction, station_id: str, news: InventoryBegun, *, now: datetime
) -> None:
    """A report will come, or not; its first parts may have been faster than this."""
    stored = await tx.device_models.report(station_id, news.number, lock=True)
    known = stored.report if stored else Report(station_id, news.number)
    state = known.state
    if news.status != ACCEPTED and not known.parts:
        state = ReportState.REFUSED
    report = replace(known, kind=news.kind, status=news.status, state=state)
    begun_at = stored.begun_at if stored else now
    await tx.device_models.put_report(StoredReport(begun_at, now, report))


async def report_part(
    tx: Transaction, station_id: str, news: InventoryPart, *, now: datetime
) -> None:
    """Keep what a part tells; parts may come twice, in any order, or never (P-165).

    A full report that is whole says also what the charger has no more.
    """
    stored = await tx.device_models.report(station_id, news.number, lock=True)
    known = stored.report if stored else Report(station_id, news.number)
    if news.sequence in known.parts or len(known.parts) >= MOST_PARTS:
        return
    begun_at = stored.begun_at if stored else now
    await tx.device_models.keep(station_id, news.variables, now=now, most=MOST_VARIABLES)
    await keep_meter_keys(tx, station_id, news.variables, now=now)
    report = replace(
        known,
        parts=tuple(sorted({*known.parts, news.sequence})),
        end=news.sequence if news.last else known.end,
        variables=known.variables + len(news.variables),
    )
    if report.is_whole:
        report = replace(report, state=ReportState.COMPLETE)
        if report.kind is ReportKind.FULL:
            await tx.device_models.forget_before(station_id, begun_at)
    await tx.device_models.put_report(StoredReport(begun_at, now, report))


async def network_profile_set(
    tx: Transaction, station_id: str, news: NetworkProfileSet, *, now: datetime
) -> None:
    """Remember which slot leads where."""
    await tx.station_facts.put(
        station_id, "network_profile", news.profile, name=str(news.slot), now=now
    )


async def configuration_asked(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> None:
    """A question of ours about variables has ended: the charger's configuration goes on."""
    packed = command.ask
    if command.channel is not CommandChannel.SYSTEM or packed is None:
        return
    if packed.shape not in _SHAPES or command.station_id is None:
        return
    before = await tx.configurations.of(command.station_id, lock=True)
    if before is None or before.asked != command.id:
        return
    ask = unpack_one(_SHAPES, packed)
    step = Look(ask.names) if isinstance(ask, ReadVariables) else Push(ask.settings)
    after = replace(before, asked=None, due_at=now)
    if outcome.result is CommandResult.EVSE_INOPERATIVE:
        # The charger has gone; it is due and will be found when it is back.
        await tx.configurations.save(after)
        return
    why = outcome.message or outcome.result.value
    await tx.configurations.save(unanswered(after, step, why, now))
    tx.emit(ConfigurationDue(command.station_id))


async def _save(tx: Transaction, before: Configuration, after: Configuration) -> None:
    if after != before:
        await tx.configurations.save(after)


HANDLERS: Handlers = MappingProxyType({
    VariablesRead: variables_read,
    VariablesWritten: variables_written,
    InventoryBegun: report_begun,
    InventoryPart: report_part,
    NetworkProfileSet: network_profile_set,
})  # fmt: skip
