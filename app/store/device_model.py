"""Chargers' variables, their reports, what they are wanted to be set to, and how far that is."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, func, select
from sqlmodel import Field

from app.domain.configuration import Configuration, Wish
from app.domain.device_model import Report, ReportState, Variable, VariableName
from app.domain.identifiers import PartyId
from app.store.columns import Document, Utc
from app.store.documents import pack, unpack
from app.store.repository import Repository, VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of, upsert
from app.store.stations import STATIONS

LONGEST_KEY = 300
_CHUNK = 200


class VariableRow(Row, table=True):
    """A variable of a charger, as it last told of it."""

    __tablename__ = "device_variables"

    station: str = Field(primary_key=True, max_length=255)
    key: str = Field(primary_key=True, max_length=LONGEST_KEY)
    at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


class ReportRow(Row, table=True):
    """A report that a charger makes of itself; `begun_at` is when it was asked for."""

    __tablename__ = "device_reports"

    station: str = Field(primary_key=True, max_length=255)
    number: int = Field(primary_key=True)
    state: str = Field(max_length=10)
    begun_at: datetime = Field(sa_type=Utc)
    heard_at: datetime = Field(sa_type=Utc, index=True)
    document: str = Field(sa_type=Document)


class WishRow(Row, table=True):
    """A value that is wanted; `owner` is `station:…` or, for all chargers of one, `party:…`."""

    __tablename__ = "wanted_settings"

    owner: str = Field(primary_key=True, max_length=270)
    key: str = Field(primary_key=True, max_length=LONGEST_KEY)
    document: str = Field(sa_type=Document)


class ConfigurationRow(Row, table=True):
    """How far a charger is from what is wanted."""

    __tablename__ = "station_configurations"

    station: str = Field(primary_key=True, max_length=255)
    due_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    version: int = 0
    document: str = Field(sa_type=Document)


class StoredVariable(NamedTuple):
    """A variable and when the charger told of it."""

    at: datetime
    variable: Variable


class StoredReport(NamedTuple):
    """A report, when it was asked for, and when a part of it last came."""

    begun_at: datetime
    heard_at: datetime
    report: Report


VARIABLES, REPORTS = table_of(VariableRow), table_of(ReportRow)
WISHES, CONFIGURATIONS = table_of(WishRow), table_of(ConfigurationRow)

_ANY_WISH = select(exists().where(WISHES.c.owner.in_([bindparam("mine"), bindparam("all")])))
_REPORT = select(REPORTS).where(
    REPORTS.c.station == bindparam("of_station"), REPORTS.c.number == bindparam("of_number")
)


def owner_station(station_id: str) -> str:
    """Whose wishes are one charger's own."""
    return f"station:{station_id.casefold()}"


def owner_party(party: PartyId) -> str:
    """Whose wishes are for all chargers of an operator."""
    return f"party:{party}"


class DeviceModels(Repository):
    """Variables, reports and wishes by charger."""

    async def variables(
        self, station_id: str, *, keys: Collection[str] | None = None
    ) -> dict[str, StoredVariable]:
        """What a charger told (of these) by key, in the order of names."""
        mine = [VARIABLES.c.station == station_id.casefold()]
        if keys is not None:
            mine.append(VARIABLES.c.key.in_([key[:LONGEST_KEY] for key in keys]))
        statement = select(VARIABLES).where(*mine).order_by(VARIABLES.c.key)
        rows = await self._connection.execute(statement)
        return {r.key: StoredVariable(r.at, unpack(Variable, r.document)) for r in rows}

    async def page(
        self, station_id: str, search: str, after: str | None, limit: int
    ) -> list[tuple[str, StoredVariable]]:
        """Variables with this text in their name, after this key."""
        mine = [VARIABLES.c.station == station_id.casefold()]
        if search:
            mine.append(VARIABLES.c.key.contains(search.casefold(), autoescape=True))
        if after is not None:
            mine.append(VARIABLES.c.key > after)
        statement = select(VARIABLES).where(*mine).order_by(VARIABLES.c.key).limit(limit)
        rows = await self._connection.execute(statement)
        return [(r.key, StoredVariable(r.at, unpack(Variable, r.document))) for r in rows]

    async def keep(
        self, station_id: str, told: Iterable[Variable], *, now: datetime, most: int
    ) -> int:
        """Write what a charger told over what was known of it; gives how many were new.

        Beyond so many variables in all, new ones are passed over.
        """
        news: dict[str, Variable] = {}
        for each in told:
            key = each.name.key[:LONGEST_KEY]
            news[key] = news[key].merged(each) if key in news else each
        added = 0
        for chunk in _chunks(list(news)):
            known = await self.variables(station_id, keys=chunk)
            new = [key for key in chunk if key not in known]
            room = most - await self.count(station_id) if new else 0
            rows = []
            for key in chunk:
                if key not in known and (room := room - 1) < 0:
                    continue
                before = known.get(key)
                whole = news[key] if before is None else before.variable.merged(news[key])
                rows.append(_row(station_id, key, whole, now))
                added += before is None
            if rows:
                statement = upsert(self._connection, VARIABLES, "station", "key")
                await self._connection.execute(statement, rows)
        return added

    async def count(self, station_id: str) -> int:
        """How many variables of a charger are known."""
        mine = VARIABLES.c.station == station_id.casefold()
        statement = select(func.count()).select_from(VARIABLES).where(mine)
        return int((await self._connection.execute(statement)).scalar_one())

    async def forget_before(self, station_id: str, moment: datetime) -> None:
        """Drop the variables that were last told of before this."""
        mine = VARIABLES.c.station == station_id.casefold()
        await self._connection.execute(delete(VARIABLES).where(mine, VARIABLES.c.at < moment))

    async def report(self, station_id: str, number: int, *, lock: bool) -> StoredReport | None:
        """A report by its number."""
        statement = _REPORT.with_for_update() if lock else _REPORT
        of = {"of_station": station_id.casefold(), "of_number": number}
        row = (await self._connection.execute(statement, of)).one_or_none()
        return None if row is None else _report(row)

    async def put_report(self, stored: StoredReport) -> None:
        """Write how far a report is."""
        statement = upsert(self._connection, REPORTS, "station", "number")
        report = stored.report
        row = {
            "station": report.station_id.casefold(),
            "number": report.number,
            "state": report.state.value,
            "begun_at": stored.begun_at,
            "heard_at": stored.heard_at,
            "document": pack(report),
        }
        await self._connection.execute(statement, row)

    async def reports(self, station_id: str, limit: int) -> list[StoredReport]:
        """The last reports of a charger, the newest first."""
        mine = select(REPORTS).where(REPORTS.c.station == station_id.casefold())
        newest = mine.order_by(REPORTS.c.begun_at.desc()).limit(limit)
        return [_report(row) for row in await self._connection.execute(newest)]

    async def stuck_reports(self, heard_before: datetime, limit: int) -> list[StoredReport]:
        """Running reports of which nothing has come since."""
        running = REPORTS.c.state == ReportState.RUNNING.value
        statement = select(REPORTS).where(running, REPORTS.c.heard_at < heard_before)
        rows = await self._connection.execute(statement.order_by(REPORTS.c.heard_at).limit(limit))
        return [_report(row) for row in rows]

    async def forget_reports_before(self, moment: datetime) -> None:
        """Drop old reports; what they told stays."""
        await self._connection.execute(delete(REPORTS).where(REPORTS.c.heard_at < moment))

    async def is_anything_wanted(self, station_id: str, party: PartyId) -> bool:
        """Whether this charger is to be set to anything."""
        of = {"mine": owner_station(station_id), "all": owner_party(party)}
        return bool((await self._connection.execute(_ANY_WISH, of)).scalar_one())

    async def wishes(self, owner: str) -> list[Wish]:
        """What is wanted, by name."""
        statement = select(WISHES.c.document).where(WISHES.c.owner == owner).order_by(WISHES.c.key)
        found = await self._connection.execute(statement)
        return [unpack(Wish, document) for document in found.scalars()]

    async def wish(self, owner: str, wishes: Iterable[Wish]) -> None:
        """Want these, over what was wanted of the same variables."""
        statement = upsert(self._connection, WISHES, "owner", "key")
        for wish in wishes:
            row = {"owner": owner, "key": wish.name.key[:LONGEST_KEY], "document": pack(wish)}
            await self._connection.execute(statement, row)

    async def unwish(self, owner: str, name: VariableName) -> bool:
        """Want it no more; False when it was not wanted."""
        mine = (WISHES.c.owner == owner, WISHES.c.key == name.key[:LONGEST_KEY])
        return (await self._connection.execute(delete(WISHES).where(*mine))).rowcount == 1


class Configurations(VersionedRepository[Configuration]):
    """How far chargers are from what is wanted, by charger."""

    row = ConfigurationRow
    shape = Configuration
    noun = "configuration"
    key = "station"

    def columns(self, value: Configuration) -> dict[str, Any]:
        """When to go on."""
        return {
            "station": value.station_id.casefold(),
            "due_at": value.due_at,
            "version": value.version,
        }

    async def of(self, station_id: str, *, lock: bool = False) -> Configuration | None:
        """How far a charger is, None when nothing was ever wanted."""
        return await self.get(station_id.casefold(), lock=lock)

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        """Connected chargers with which to go on, the longest waiting first."""
        table = CONFIGURATIONS
        here = select(STATIONS.c.key).where(STATIONS.c.node.is_not(None))
        statement = select(table.c.station).where(table.c.due_at <= now, table.c.station.in_(here))
        found = await self._connection.execute(statement.order_by(table.c.due_at).limit(limit))
        return found.scalars().all()


def _row(station_id: str, key: str, variable: Variable, now: datetime) -> dict[str, Any]:
    return {
        "station": station_id.casefold(),
        "key": key,
        "at": now,
        "document": pack(variable),
    }


def _report(row: Any) -> StoredReport:
    return StoredReport(row.begun_at, row.heard_at, unpack(Report, row.document))


def _chunks(keys: list[str]) -> Iterable[list[str]]:
    return (keys[i : i + _CHUNK] for i in range(0, len(keys), _CHUNK))
