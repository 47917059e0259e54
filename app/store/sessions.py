"""Sessions in the database: what moves with every meter value in columns, the rest in a document.

A running session's timeline is not in its row: it is made of the meter samples that tell
something, so that a meter value costs one narrow update and one insert, and a restart finds all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Index, bindparam, insert, select, text, update
from sqlmodel import Field

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.sessions import TELL_EVERY, Session, SessionStatus
from app.domain.stations import Activity
from app.domain.tokens import Token
from app.domain.units import Kw, Kwh
from app.store.batch import Change
from app.store.changes import note
from app.store.columns import Document, Fixed4, Utc
from app.store.documents import pack, unpack
from app.store.meters import timeline_of, timelines_of
from app.store.nouns import Noun, Seen
from app.store.repository import Repository
from app.store.rows import Row
from app.store.scopes import Cut, Range, Scope, counted, keys_of, scoped
from app.store.statements import table_of, upsert

MOST_BEHIND = 2 * TELL_EVERY
"""How far `changed_at` may be behind `last_updated`, with room to spare."""

_RUNNING = (SessionStatus.ACTIVE.value, SessionStatus.PENDING.value)


_RUNS = text("runs_at IS NOT NULL")


class SessionRow(Row, table=True):
    """A session. `last_updated` moves with every meter value and has no index, so that PostgreSQL
    can update the row in place; `changed_at` follows it when others are told, and has one.
    `runs_at` is the station while the session can change, so that the few that run are found
    among the many that are over.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_transaction", "station_id", "transaction"),
        Index("ix_sessions_evse", "location_id", "evse_uid"),
        Index("ix_sessions_provider", "token_party", "party", "own", "key"),
        Index(
            "ix_sessions_running",
            "token_party",
            "party",
            "own",
            sqlite_where=_RUNS,
            postgresql_where=_RUNS,
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )

    key: str = Field(primary_key=True, max_length=64)
    party: str = Field(max_length=6)
    status: str = Field(max_length=12)
    own: bool
    runs_at: str | None = Field(default=None, max_length=255, index=True)
    station_id: str | None = Field(default=None, max_length=255)
    transaction: str | None = Field(default=None, max_length=64)
    location_id: str | None = Field(default=None, max_length=100)
    evse_uid: str | None = Field(default=None, max_length=100)
    token_party: str | None = Field(default=None, max_length=6)
    charging_id: str | None = Field(default=None, max_length=36, index=True)
    partner_id: str | None = Field(default=None, max_length=36)
    changed_at: datetime = Field(sa_type=Utc, index=True)
    last_updated: datetime = Field(sa_type=Utc)
    heard_at: datetime | None = Field(default=None, sa_type=Utc)
    register_kwh: Decimal | None = Field(default=None, sa_type=Fixed4)
    energy_kwh: Decimal = Field(sa_type=Fixed4)
    power_kw: Decimal | None = Field(default=None, sa_type=Fixed4)
    soc: Decimal | None = Field(default=None, sa_type=Fixed4)
    activity: str = Field(max_length=16)
    seq_no: int
    pushed_kwh: Decimal = Field(sa_type=Fixed4)
    pushed_at: datetime | None = Field(default=None, sa_type=Utc)
    pushed_activity: str | None = Field(default=None, max_length=16)
    document: str = Field(sa_type=Document)


SESSIONS = table_of(SessionRow)

_MOVING = ("last_updated", "heard_at", "register_kwh", "energy_kwh", "power_kw", "soc", "activity")
_TELLING = (*_MOVING, "seq_no", "changed_at", "pushed_kwh", "pushed_at", "pushed_activity")


def _setting(*names: str) -> Any:
    columns = {name: bindparam(f"new_{name}", type_=SESSIONS.c[name].type) for name in names}
    return update(SESSIONS).where(SESSIONS.c.key == bindparam("of_key")).values(**columns)


OPEN = insert(SESSIONS)
MOVE = _setting(*_MOVING, "seq_no")
TELL = _setting(*_TELLING)
SAVE = _setting(*(c.name for c in SESSIONS.columns if c.name != "key"))


def session_key(session: Session) -> str:
    """What names this session among all owners'; events and chargings refer to it by this."""
    return session.id if session.own else foreign_session_key(session.party, session.id)


def foreign_session_key(party: PartyId, session_id: str) -> str:
    """The key of a partner's session; its id is unique for its owner only, whatever its case."""
    return f"{party}/{session_id.casefold()}"


def opened(session: Session) -> Change:
    """A new session."""
    return Change(OPEN, _values(session), _told(session))


def moved(session: Session) -> Change:
    """Only what a meter value moves."""
    return Change(MOVE, {"of_key": session.id, **_moving(session)})


def moved_and_told(session: Session) -> Change:
    """What a meter value moves, and that others are told of it."""
    values = {"of_key": session.id, **_moving(session)}
    values["new_changed_at"] = session.last_updated
    values["new_pushed_kwh"] = session.pushed_energy.value
    values["new_pushed_at"] = session.pushed_at
    values["new_pushed_activity"] = _word(session.pushed_activity)
    return Change(TELL, values)


def saved(session: Session) -> Change:
    """The whole session, over what is there."""
    values = {f"new_{name}": v for name, v in _values(session).items() if name != "key"}
    return Change(SAVE, {"of_key": session_key(session), **values}, _told(session))


def _told(session: Session) -> Seen | None:
    """Sessions that are over are counted once for all; who counts has to know of one more."""
    if session.running or not session.own or session.token is None:
        return None
    return Noun.SESSION, str(session.token.party)


_AT = (
    select(SESSIONS)
    .where(
        SESSIONS.c.location_id == bindparam("here_location"),
        SESSIONS.c.evse_uid == bindparam("here_evse"),
        SESSIONS.c.party == bindparam("here_party"),
    )
    .order_by(SESSIONS.c.key)
)
_RUNNING_AT = _AT.where(SESSIONS.c.status.in_(_RUNNING))
_LATEST_AT = _AT.order_by(None).order_by(SESSIONS.c.key.desc()).limit(5)


class Sessions(Repository):
    """Sessions by key (see `session_key`), by charger, by EVSE and by driver's session."""

    async def get(self, key: str) -> Session | None:
        """The session with its timeline, or None."""
        return await self._one(SESSIONS.c.key == key)

    async def need(self, key: str, *, lock: bool = False) -> Session:
        """The session with its timeline, kept from others by `lock`; raises NotFound."""
        if lock:
            mine = select(SESSIONS.c.key).where(SESSIONS.c.key == key)
            await self._connection.execute(mine.with_for_update())
        found = await self.get(key)
        if found is None:
            raise NotFound("session", key)
        return found

    async def many(self, keys: Sequence[str]) -> dict[str, Session]:
        """Those sessions that are there, with their timelines, by key."""
        rows = await self._connection.execute(select(SESSIONS).where(SESSIONS.c.key.in_(keys)))
        found = {row.key: _session(row) for row in rows}
        moving = {s.id: s.started_at for s in found.values() if moves(s)}
        lines = await timelines_of(self._connection, moving) if moving else {}
        return {
            key: replace(s, timeline=lines[s.id]) if s.own and s.id in lines else s
            for key, s in found.items()
        }

    async def put(self, session: Session) -> str:
        """Write the session whether or not it was there; gives its key."""
        values = _values(session)
        statement = upsert(self._connection, SESSIONS, "key").values(**values)
        await self._connection.execute(statement)
        if (told := _told(session)) is not None:
            await note(self._connection, *told)
        return str(values["key"])

    async def get_foreign(self, party: PartyId, session_id: str) -> Session | None:
        """A partner's session by its owner and its id there."""
        return await self.get(foreign_session_key(party, session_id))

    async def put_foreign(self, session: Session) -> str:
        """Write a partner's session; gives the key that events refer to it by."""
        return await self.put(replace(session, own=False))

    async def of_charging(self, charging_id: str) -> list[Session]:
        """The sessions of a driver's session, the oldest first."""
        return await self._many(SESSIONS.c.charging_id == charging_id)

    async def running_of(self, station_id: str) -> list[Session]:
        """Everything that goes on at a charger, the oldest first."""
        return await self._many(SESSIONS.c.runs_at == station_id.casefold())

    async def stations_that_charge(self) -> list[str]:
        """Our chargers at which something goes on, by their comparable names."""
        busy = select(SESSIONS.c.runs_at).where(SESSIONS.c.runs_at.is_not(None)).distinct()
        return list(await self._connection.scalars(busy.order_by(SESSIONS.c.runs_at)))

    async def silent_since(self, moment: datetime, limit: int) -> list[Session]:
        """Running sessions at our chargers that did not move since then, the oldest first."""
        silent = (SESSIONS.c.runs_at.is_not(None), SESSIONS.c.last_updated < moment)
        return await self._many(*silent, limit=limit)

    async def charging_with(self, token: Token) -> bool:
        """Whether this token charges at one of our chargers."""
        quoted = json.dumps(token.uid, ensure_ascii=False)
        found = await self._many(
            SESSIONS.c.runs_at.is_not(None),
            SESSIONS.c.token_party == str(token.party),
            SESSIONS.c.document.contains(f'"uid":{quoted}', autoescape=True),
        )
        return any(s.token == token.ref and s.stopped_at is None for s in found)

    async def ended_of(self, station_id: str) -> list[Session]:
        """Everything that is over at a charger, the oldest first."""
        at_station = SESSIONS.c.station_id == station_id.casefold()
        return await self._many(at_station, SESSIONS.c.runs_at.is_(None))

    async def running_at(self, party: PartyId, location_id: str, evse_uid: str) -> Session | None:
        """The session that goes on at an EVSE."""
        here = _here(party, location_id, evse_uid)
        found = await self._all(_RUNNING_AT, here)
        return found[-1] if found else None

    async def latest_at(self, party: PartyId, location_id: str, evse_uid: str) -> list[Session]:
        """The last few sessions at an EVSE, the newest first."""
        return await self._all(_LATEST_AT, _here(party, location_id, evse_uid))

    async def by_transaction(self, station_id: str, transaction: str) -> Session | None:
        """The newest session of this name at this charger, running or not."""
        at_station = SESSIONS.c.station_id == station_id.casefold()
        found = await self._many(at_station, SESSIONS.c.transaction == transaction)
        return found[-1] if found else None

    async def by_origin(self, station_id: str, origin: str) -> Session | None:
        """The session that this start of a charger of OCPP 1.6 began (see `Session.origin`)."""
        written = json.dumps(origin, ensure_ascii=False)
        found = await self._many(
            SESSIONS.c.station_id == station_id.casefold(),
            SESSIONS.c.document.contains(f'"origin":{written}', autoescape=True),
        )
        return found[-1] if found else None

    async def page(self, scope: Scope, within: Range, cut: Cut) -> list[Session]:
        """Own sessions of the scope, in their order. Source: OCPI 2.2.1, Sessions, GET method."""
        ranges = [[*each, *_changed(within)] for each in scoped(SESSIONS, scope)]
        behind = None if cut.after is None else (cut.after,)
        keys = keys_of(SESSIONS.c.key, ranges, cut, behind=behind)
        return [] if keys is None else await self._many(SESSIONS.c.key.in_(keys))

    async def count(self, scope: Scope, within: Range, *, running: bool) -> int:
        """How many there are of those that run, or of those that are over."""
        runs = SESSIONS.c.runs_at
        still = runs.is_not(None) if running else runs.is_(None)
        total = 0
        for each in scoped(SESSIONS, scope):
            found = counted(SESSIONS, [*each, still, *_changed(within)])
            total += (await self._connection.execute(found)).scalar_one()
        return total

    async def _one(self, *conditions: ColumnElement[bool]) -> Session | None:
        row = (await self._connection.execute(select(SESSIONS).where(*conditions))).one_or_none()
        return None if row is None else await self._whole(row)

    async def _many(
        self, *conditions: ColumnElement[bool], limit: int | None = None
    ) -> list[Session]:
        statement = select(SESSIONS).where(*conditions).order_by(SESSIONS.c.key)
        return await self._all(statement.limit(limit))

    async def _all(self, statement: Any, values: Mapping[str, Any] | None = None) -> list[Session]:
        rows = (await self._connection.execute(statement, values)).all()
        return [await self._whole(row) for row in rows]

    async def _whole(self, row: Any) -> Session:
        """The session as its columns say, with the timeline its samples make."""
        session = _session(row)
        if not moves(session):
            return session
        points = await timeline_of(self._connection, session.id, session.started_at)
        return replace(session, timeline=points or session.timeline)


def moves(session: Session) -> bool:
    """Whether its timeline is in its samples."""
    return session.own and session.stopped_at is None and session.running


def _changed(within: Range) -> list[ColumnElement[bool]]:
    bounds = within.bounds(SESSIONS.c.last_updated)
    if within.since is not None:
        bounds.append(SESSIONS.c.changed_at >= within.since - MOST_BEHIND)
    return bounds


def _here(party: PartyId, location_id: str, evse_uid: str) -> dict[str, Any]:
    """The parameters of `_AT`."""
    return {
        "here_location": location_id.casefold(),
        "here_evse": evse_uid.casefold(),
        "here_party": str(party),
    }


def _word(activity: Activity | None) -> str | None:
    return None if activity is None else activity.value


def _moving(session: Session) -> dict[str, Any]:
    register, power = session.register, session.power
    return {
        "new_last_updated": session.last_updated,
        "new_heard_at": session.heard_at,
        "new_register_kwh": None if register is None else register.value,
        "new_energy_kwh": session.energy.value,
        "new_power_kw": None if power is None else power.value,
        "new_soc": session.soc,
        "new_activity": session.activity.value,
        "new_seq_no": session.seq_no,
    }


def _values(session: Session) -> dict[str, Any]:
    register, power = session.register, session.power
    station = session.station_id.casefold() if session.station_id else None
    return {
        "key": session_key(session),
        "party": str(session.party),
        "status": session.status.value,
        "own": session.own,
        "runs_at": station if session.running else None,
        "station_id": station,
        "transaction": session.transaction,
        "location_id": session.location_id.casefold() if session.location_id else None,
        "evse_uid": session.evse_uid.casefold() if session.evse_uid else None,
        "token_party": str(session.token.party) if session.token else None,
        "charging_id": session.charging_id,
        "partner_id": session.partner_id,
        "changed_at": session.last_updated,
        "last_updated": session.last_updated,
        "heard_at": session.heard_at,
        "register_kwh": None if register is None else register.value,
        "energy_kwh": session.energy.value,
        "power_kw": None if power is None else power.value,
        "soc": session.soc,
        "activity": session.activity.value,
        "seq_no": session.seq_no,
        "pushed_kwh": session.pushed_energy.value,
        "pushed_at": session.pushed_at,
        "pushed_activity": _word(session.pushed_activity),
        "document": pack(session),
    }


def _session(row: Any) -> Session:
    return moved_to(unpack(Session, row.document), row)


def moved_to(session: Session, row: Any, **others: Any) -> Session:
    """The session as its columns say, and with other fields that differ."""
    return replace(
        session,
        **others,
        last_updated=row.last_updated,
        heard_at=row.heard_at,
        register=None if row.register_kwh is None else Kwh(row.register_kwh),
        energy=Kwh(row.energy_kwh),
        power=None if row.power_kw is None else Kw(row.power_kw),
        soc=row.soc,
        activity=Activity(row.activity),
        seq_no=row.seq_no,
        pushed_energy=Kwh(row.pushed_kwh),
        pushed_at=row.pushed_at,
        pushed_activity=Activity(row.pushed_activity) if row.pushed_activity else None,
    )
