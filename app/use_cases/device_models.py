"""What operators ask of chargers' variables: read, write, report, and ways to connect."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from logging import getLogger
from random import Random
from typing import TypeVar

from app.domain.asks import StationAsk
from app.domain.commands import Command
from app.domain.device_model import (
    MOST_PARTS,
    AskBaseReport,
    AskReport,
    Part,
    ReadVariables,
    Report,
    ReportKind,
    ReportState,
    SetNetworkProfile,
    Setting,
    VariableName,
    WriteVariables,
)
from app.domain.errors import ChargerRefused, InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.stations import Station
from app.ports.clock import Clock
from app.store.device_model import StoredReport, StoredVariable
from app.store.documents import unpack_one
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_plans import online
from app.use_cases.command_requests import BY_US, Asker, AskRequest
from app.use_cases.live_stations import FLAT_PROTOCOL

log = getLogger(__name__)

T = TypeVar("T")

REPORT_PATIENCE = timedelta(seconds=120)
"""How long a report may pause before it is taken for broken."""
_ATTEMPTS: dict[ReportKind | None, int] = {
    **dict.fromkeys(ReportKind, 3),
    ReportKind.CUSTOM: 2,
}
"""How often a report is asked for that breaks off; one that nobody asked for is not."""
_REPORTS: dict[str, type] = {shape.__name__: shape for shape in (AskBaseReport, AskReport)}
REPORTS_SHOWN = 50
REPORTS_KEPT = timedelta(days=30)
AT_ONCE = 50

UNTOLD = 20
"""How many variables go into a message to a charger that does not say how many it takes."""
BYTES_EACH = 250
"""About the size of one in a message."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many variables one message may read or write."""

    reads: int
    writes: int


def is_flat(station: Station) -> bool:
    """Whether a charger has configuration keys instead of components with variables."""
    return station.protocol == FLAT_PROTOCOL


async def limits_of(tx: Transaction, station: Station) -> Limits:
    """What a charger says that it takes. Source: OCPP 1.6, 9.1.10; OCPP 2.0.1, DeviceDataCtrlr."""
    if is_flat(station):
        return Limits(await _number(tx, station, VariableName("GetConfigurationMaxKeys")), 1)
    reads = await _of_controller(tx, station, "GetVariables")
    return Limits(reads, await _of_controller(tx, station, "SetVariables"))


async def _of_controller(tx: Transaction, station: Station, message: str) -> int:
    each = VariableName("ItemsPerMessage", "DeviceDataCtrlr", message)
    items = await _number(tx, station, each, replace(each, instance=""))
    size = replace(each, variable="BytesPerMessage")
    bytes_ = await _number(tx, station, size, replace(size, instance=""), untold=0)
    return min(items, max(1, bytes_ // BYTES_EACH)) if bytes_ else items


async def _number(
    tx: Transaction, station: Station, *names: VariableName, untold: int = UNTOLD
) -> int:
    told = await tx.device_models.variables(station.id, keys=[name.key for name in names])
    for name in names:
        value = told[name.key].variable.value if name.key in told else None
        if value is not None and value.strip().isdecimal() and int(value) > 0:
            return int(value)
    return untold


class DeviceModels:
    """Reads, writes and reports, as many commands as a charger's limits make of them."""

    def __init__(self, store: Store, clock: Clock, *, random: Random) -> None:
        self._store = store
        self._clock = clock
        self._random = random

    async def read(self, asker: Asker, station_id: str, ask: ReadVariables) -> list[Command]:
        """Read these, or (OCPP 1.6) everything; raises NotFound, ChargerRefused, InvalidInput."""
        async with self._store.transaction() as tx:
            station = await online(tx, station_id, asker)
            if not ask.names:
                if not is_flat(station):
                    raise InvalidInput("names", "name the variables, or ask for a report")
                return [await self._ask(tx, asker, station, ask)]
            most = (await limits_of(tx, station)).reads
            return [
                await self._ask(tx, asker, station, replace(ask, names=tuple(names)))
                for names in _parts(ask.names, most)
            ]

    async def write(
        self, asker: Asker, station_id: str, settings: Sequence[Setting]
    ) -> list[Command]:
        """Set these; raises NotFound, ChargerRefused, InvalidInput."""
        for setting in settings:
            if setting.name.is_secret:
                raise InvalidInput(str(setting.name), "is a secret: have it rotated instead")
        async with self._store.transaction() as tx:
            station = await online(tx, station_id, asker)
            most = (await limits_of(tx, station)).writes
            return [
                await self._ask(tx, asker, station, WriteVariables(tuple(some)))
                for some in _parts(settings, most)
            ]

    async def report(
        self,
        asker: Asker,
        station_id: str,
        kind: ReportKind,
        *,
        criteria: Sequence[str] = (),
        parts: Sequence[Part] = (),
    ) -> Command:
        """Ask for a report; raises NotFound, ChargerRefused."""
        number = self._random.randrange(1, 2**31)
        ask: StationAsk
        if kind is ReportKind.CUSTOM:
            ask = AskReport(number, tuple(criteria), tuple(parts))
        else:
            ask = AskBaseReport(number, kind)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            station = await online(tx, station_id, asker)
            command = await self._ask(tx, asker, station, ask)
            report = Report(station.id, number, kind, ask=command.id)
            await tx.device_models.put_report(StoredReport(now, now, report))
            return command

    async def set_profile(self, asker: Asker, station_id: str, ask: SetNetworkProfile) -> Command:
        """Teach a way to connect; raises NotFound, ChargerRefused."""
        async with self._store.transaction() as tx:
            station = await online(tx, station_id, asker)
            return await self._ask(tx, asker, station, ask)

    async def page(
        self, party: PartyId, station_id: str, search: str, *, after: str | None, limit: int
    ) -> list[tuple[str, StoredVariable]]:
        """An own charger's variables with this in their name, after this key; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            return await tx.device_models.page(station.id, search, after, limit)

    async def reports(self, party: PartyId, station_id: str) -> list[StoredReport]:
        """An own charger's last reports, the newest first; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            return await tx.device_models.reports(station.id, REPORTS_SHOWN)

    async def tick(self) -> None:
        """Periodic: reports of which parts never came are asked for again, a few times (P-166)."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            stuck = await tx.device_models.stuck_reports(now - REPORT_PATIENCE, AT_ONCE)
            for stored in stuck:
                report = replace(stored.report, state=ReportState.BROKEN)
                await tx.device_models.put_report(stored._replace(report=report))
                log.warning(
                    "report.broken",
                    extra={"station": report.station_id, "lacks": list(report.lacks[:20])},
                )
                await self._ask_again(tx, report)
            await tx.device_models.forget_reports_before(now - REPORTS_KEPT)

    async def _ask_again(self, tx: Transaction, broken: Report) -> None:
        if len(broken.parts) >= MOST_PARTS or broken.attempt >= _ATTEMPTS.get(broken.kind, 0):
            return
        number, now = self._random.randrange(1, 2**31), self._clock.now()
        ask = await _same_again(tx, broken, number)
        try:
            station = await online(tx, broken.station_id, BY_US)
        except (ChargerRefused, NotFound):
            return
        command = await self._ask(tx, BY_US, station, ask)
        again = Report(station.id, number, broken.kind, attempt=broken.attempt + 1, ask=command.id)
        await tx.device_models.put_report(StoredReport(now, now, again))

    async def _ask(
        self, tx: Transaction, asker: Asker, station: Station, ask: StationAsk
    ) -> Command:
        request = AskRequest(asker=asker, station_id=station.id, ask=ask)
        return await ask_in(tx, request, now=self._clock.now())


async def _same_again(tx: Transaction, broken: Report, number: int) -> StationAsk:
    """What was asked, under another number; a custom report is of the same parts."""
    asked = await tx.commands.get(broken.ask) if broken.ask is not None else None
    if asked is not None and asked.ask is not None:
        ask: AskBaseReport | AskReport = unpack_one(_REPORTS, asked.ask)
        return replace(ask, number=number)
    return AskBaseReport(number, broken.kind or ReportKind.FULL)


def _parts(whole: Sequence[T], most: int) -> list[Sequence[T]]:
    return [whole[i : i + most] for i in range(0, len(whole), most)]
