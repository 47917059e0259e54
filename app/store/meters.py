"""Meter samples in the database: every message about a transaction, as received and as read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, Select, bindparam, delete, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field

from app.domain.availability import CLOCK_IS_SET
from app.domain.metering import Reading
from app.domain.points import Point, is_settled
from app.domain.power_curve import CurvePoint
from app.domain.sessions import Session
from app.domain.stations import Activity
from app.domain.units import Ampere, Kw, Kwh
from app.store.batch import Change
from app.store.columns import BigId, Document, Fixed4, Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.signed_meters import KEEP, signed_rows
from app.store.statements import table_of

_NOBODYS = text("session_id IS NULL")
"""SQLite takes an index of these only if it begins with the column itself."""


class MeterRow(Row, table=True):
    """One reading, or one message without any; `raw` is on the first row of its message.

    `session_id` is empty for what could not be tied to a session. `point` tells that the row is a
    point of the session's timeline, `energy_kwh` and `activity` are that point's.
    """

    __tablename__ = "meter_samples"
    __table_args__ = (
        Index(
            "ix_meter_samples_unclaimed",
            "session_id",
            "at",
            sqlite_where=_NOBODYS,
            postgresql_where=_NOBODYS,
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    session_id: str | None = Field(default=None, max_length=36, index=True)
    station_id: str = Field(max_length=255)
    at: datetime = Field(sa_type=Utc)
    point: bool
    energy_kwh: Decimal | None = Field(default=None, sa_type=Fixed4)
    register_kwh: Decimal | None = Field(default=None, sa_type=Fixed4)
    power_kw: Decimal | None = Field(default=None, sa_type=Fixed4)
    current_a: Decimal | None = Field(default=None, sa_type=Fixed4)
    soc: Decimal | None = Field(default=None, sa_type=Fixed4)
    activity: str | None = Field(default=None, max_length=16)
    raw: str | None = Field(default=None, sa_type=Document)


METERS = table_of(MeterRow)
SAMPLE = insert(METERS)


def _sampled() -> Select[Any]:
    """The ids of sessions with samples: from one to the next in the index, passing by the rest."""

    def behind(place: Any) -> Any:
        ids = METERS.c.session_id
        between = (ids > place, ids < bindparam("before"))
        return select(func.min(ids).label("session_id")).where(*between).scalar_subquery()

    first = select(behind(bindparam("after")).label("session_id")).cte("sampled", recursive=True)
    found = first.c.session_id
    ids = first.union_all(select(behind(found)).where(found.is_not(None))).c.session_id
    return select(ids).where(ids.is_not(None)).limit(bindparam("most"))


_SAMPLED = _sampled()


def unclaimed(
    station_id: str, readings: Sequence[Reading], raw: str, at: datetime
) -> list[Change]:
    """Rows of a message that belongs to no session, or to one that has ended."""
    return sampled(station_id, None, None, readings, raw=raw, at=at)


def sampled(
    station_id: str,
    before: Session | None,
    after: Session | None,
    readings: Sequence[Reading],
    *,
    raw: str | None,
    at: datetime,
) -> list[Change]:
    """The rows of one message that turned the session `before` into `after`."""
    points = _new_points(before, after)
    settled = after is None or is_settled(after.timeline)
    changes: list[Change] = []
    for reading in readings:
        point = points.pop(reading.at, None)
        values = _blank(station_id, after, reading.at, raw)
        if reading.signed:
            rows = signed_rows(station_id, values["session_id"], reading, judged_at=at)
            changes.extend(Change(KEEP, row) for row in rows)
        values["register_kwh"] = None if reading.register is None else reading.register.value
        values["soc"] = reading.soc
        values["power_kw"] = None if reading.power is None else reading.power.value
        values["current_a"] = None if reading.current is None else reading.current.value
        changes.append(Change(SAMPLE, _with_point(values, point, after, settled=settled)))
        raw = None
    for point in points.values():
        values = _blank(station_id, after, point.at, raw)
        values["power_kw"] = None if point.power is None else point.power.value
        changes.append(Change(SAMPLE, _with_point(values, point, after, settled=settled)))
        raw = None
    if not changes and raw is not None:
        changes.append(Change(SAMPLE, _blank(station_id, after, at, raw)))
    return changes


def _new_points(before: Session | None, after: Session | None) -> dict[datetime, Point]:
    """The points that `after` has and `before` has not, by their time."""
    if after is None:
        return {}
    if before is None:
        return {p.at: p for p in after.timeline}
    old, new = before.timeline, after.timeline
    if new[-1] is old[-1] and len(new) == len(old):
        return {}
    if len(new) - len(old) in (0, 1) and (len(new) == 1 or new[-2] is old[len(new) - 2]):
        return {new[-1].at: new[-1]}
    known = {id(p) for p in old}
    return {p.at: p for p in new if id(p) not in known}


def _blank(
    station_id: str, session: Session | None, at: datetime, raw: str | None
) -> dict[str, Any]:
    return {
        "session_id": None if session is None else session.id,
        "station_id": station_id,
        "at": at,
        "point": False,
        "energy_kwh": None,
        "register_kwh": None,
        "power_kw": None,
        "current_a": None,
        "soc": None,
        "activity": None,
        "raw": raw,
    }


def _with_point(
    values: dict[str, Any], point: Point | None, session: Session | None, *, settled: bool
) -> dict[str, Any]:
    if point is not None and session is not None:
        values["point"] = settled or point is not session.timeline[-1]
        values["energy_kwh"] = point.energy.value
        values["activity"] = point.activity.value
    return values


async def timeline_of(
    connection: AsyncConnection, session_id: str, since: datetime
) -> tuple[Point, ...]:
    """A running session's timeline: the points that stay, and the last one."""
    mine = METERS.c.session_id == session_id
    with_point = METERS.c.activity.is_not(None)
    last = select(func.max(METERS.c.id)).where(mine, with_point).scalar_subquery()
    kept = or_(METERS.c.point, METERS.c.id == last)
    statement = (
        select(
            METERS.c.at,
            METERS.c.energy_kwh,
            METERS.c.activity,
            METERS.c.power_kw,
            METERS.c.current_a,
        )
        .where(mine, with_point, kept, METERS.c.at >= since)
        .order_by(METERS.c.at, METERS.c.id)
    )
    return tuple(point_of(row) for row in await connection.execute(statement))


async def timelines_of(
    connection: AsyncConnection, since: Mapping[str, datetime]
) -> dict[str, tuple[Point, ...]]:
    """The same of many running sessions at once, each from its own beginning on."""
    c = METERS.c
    mine = (c.session_id.in_(list(since)), c.activity.is_not(None))
    last = select(func.max(c.id)).where(*mine).group_by(c.session_id)
    kept = or_(c.point, c.id.in_(last))
    columns = (c.session_id, c.at, c.energy_kwh, c.activity, c.power_kw, c.current_a)
    statement = select(*columns).where(*mine, kept).order_by(c.session_id, c.at, c.id)
    found: dict[str, list[Point]] = {}
    for row in await connection.execute(statement):
        if row.at >= since[row.session_id]:
            found.setdefault(row.session_id, []).append(point_of(row))
    return {session_id: tuple(points) for session_id, points in found.items()}


def point_of(row: Any) -> Point:
    """The point that a sample is."""
    return Point(
        row.at,
        Kwh(row.energy_kwh),
        Activity(row.activity),
        None if row.power_kw is None else Kw(row.power_kw),
        None if row.current_a is None else Ampere(row.current_a),
    )


def belonging_to(session: Session, rows: Sequence[Change]) -> list[Change]:
    """Rows of a message that nobody claimed, claimed for a session."""
    return [Change(row.statement, {**row.values, "session_id": session.id}) for row in rows]


def _reading(row: Any) -> Reading:
    return Reading(
        row.at,
        Kwh(row.register_kwh),
        None if row.power_kw is None else Kw(row.power_kw),
        None if row.current_a is None else Ampere(row.current_a),
        soc=row.soc,
    )


class Meters(Repository):
    """Samples by session."""

    async def timeline(self, session: Session) -> tuple[Point, ...]:
        """The points a running session's samples make."""
        return await timeline_of(self._connection, session.id, session.started_at)

    async def readings(self, session_id: str, since: datetime | None = None) -> list[Reading]:
        """What is kept of the meter in a session, in the order of the charger's time."""
        mine = [METERS.c.session_id == session_id, METERS.c.register_kwh.is_not(None)]
        if since is not None:
            mine.append(METERS.c.at > since)
        rows = await self._connection.execute(
            select(METERS).where(*mine).order_by(METERS.c.at, METERS.c.id)
        )
        return [_reading(row) for row in rows]

    async def curve(self, session_id: str) -> list[CurvePoint]:
        """Power and state of charge over time, the oldest first."""
        c = METERS.c
        shown = select(c.at, c.energy_kwh, c.power_kw, c.soc)
        mine = shown.where(c.session_id == session_id, c.energy_kwh.is_not(None))
        rows = await self._connection.execute(mine.order_by(c.at, c.id))
        return [
            CurvePoint(
                row.at,
                None if row.power_kw is None else Kw(row.power_kw),
                Kwh(row.energy_kwh),
                row.soc,
            )
            for row in rows
        ]

    async def raw_of(self, session_id: str) -> list[str]:
        """Every message about a session as it was received, in the order it came."""
        statement = (
            select(METERS.c.raw)
            .where(METERS.c.session_id == session_id, METERS.c.raw.is_not(None))
            .order_by(METERS.c.id)
        )
        return list((await self._connection.execute(statement)).scalars())

    async def has(self, session_id: str, raw: str) -> bool:
        """Whether this message about a session is kept already."""
        same = (METERS.c.session_id == session_id, METERS.c.raw == raw)
        found = await self._connection.execute(select(METERS.c.id).where(*same).limit(1))
        return found.first() is not None

    async def count(self) -> int:
        """How many samples are kept."""
        return (
            await self._connection.execute(select(func.count()).select_from(METERS))
        ).scalar_one()

    async def sampled_sessions(self, after: str, before: str, limit: int) -> list[str]:
        """The first ids between these two of sessions that have samples, in their order."""
        bounds = {"after": after, "before": before, "most": limit}
        return list((await self._connection.execute(_SAMPLED, bounds)).scalars())

    async def forget_of(self, session_ids: Sequence[str], limit: int) -> int:
        """Delete samples of these sessions, at most `limit` at once; gives how many that were."""
        theirs = select(METERS.c.id).where(METERS.c.session_id.in_(session_ids))
        return await self._forget(theirs.order_by(METERS.c.session_id).limit(limit))

    async def forget_unclaimed(self, moment: datetime, limit: int) -> int:
        """Delete samples of no session that are older than this, at most `limit` at once.

        Of a charger whose clock was never set nobody knows how old they are: those stay.
        """
        c = METERS.c
        old = (c.session_id.is_(None), c.at >= CLOCK_IS_SET, c.at < moment)
        ids = select(c.id).where(*old).order_by(c.session_id, c.at)
        return await self._forget(ids.limit(limit))

    async def _forget(self, ids: Select[Any]) -> int:
        """Delete these; in the order of an index, or PostgreSQL may read the table instead."""
        statement = delete(METERS).where(METERS.c.id.in_(ids))
        return (await self._connection.execute(statement)).rowcount
