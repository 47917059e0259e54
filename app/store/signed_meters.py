"""Signed meter values in the database, byte for byte and for good, and the keys of meters."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Index, bindparam, select, text, update
from sqlmodel import Field

from app.domain.metering import Reading, nature_of
from app.domain.signed_meters import (
    Judgement,
    KeyTrust,
    MeterKey,
    SignedText,
    SignedValue,
    SignedVerdict,
)
from app.store.columns import BigId, Document, Utc
from app.store.repository import DocumentRepository, Repository
from app.store.rows import Row
from app.store.statements import table_of

JUDGED_AT_ONCE = 500


class SignedValueRow(Row, table=True):
    """One signed text; `evse` is where it was measured, 0 if nobody said.

    The verdict is as of `judged_at`: by other keys it may be another one.
    """

    __tablename__ = "signed_meter_values"
    __table_args__ = (
        Index("ix_signed_meter_values_once", "session_id", "fingerprint", unique=True),
        Index("ix_signed_meter_values_station", "station", "id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    session_id: str | None = Field(default=None, max_length=36)
    station: str = Field(max_length=255)
    evse: int = 0
    at: datetime = Field(sa_type=Utc)
    nature: str = Field(max_length=32)
    data: str = Field(sa_type=Document)
    encoding: str = Field(max_length=50)
    method: str = Field(max_length=50)
    public_key: str = Field(sa_type=Document)
    fingerprint: str = Field(max_length=64)
    verdict: str = Field(max_length=16)
    why: str = Field(max_length=200)
    own_nature: str | None = Field(default=None, max_length=32)
    meter: str = Field(max_length=64)
    pagination: str = Field(max_length=32)
    key_id: str | None = Field(default=None, max_length=36)
    trust: str | None = Field(default=None, max_length=12)
    used_key: str = Field(sa_type=Document)
    judged_at: datetime = Field(sa_type=Utc)


class MeterKeyRow(Row, table=True):
    """A meter's public key at a charger."""

    __tablename__ = "meter_keys"

    id: str = Field(primary_key=True, max_length=36)
    station: str = Field(max_length=255, index=True)
    document: str = Field(sa_type=Document)


VALUES = table_of(SignedValueRow)
_WRITTEN = tuple(c.name for c in VALUES.columns if c.name != "id")
KEEP = text(
    f"INSERT INTO signed_meter_values ({', '.join(_WRITTEN)})"  # noqa: S608 - our own names
    f" VALUES ({', '.join(f':{name}' for name in _WRITTEN)}) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=Utc), bindparam("judged_at", type_=Utc))
_JUDGED = ("verdict", "why", "own_nature", "meter", "pagination", "key_id", "trust", "used_key")
JUDGE = (
    update(VALUES)
    .where(VALUES.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}") for name in (*_JUDGED, "nature")})
    .values(judged_at=bindparam("new_judged_at", type_=Utc))
)
_PENDING = Judgement(SignedVerdict.UNKNOWN_KEY)


def signed_rows(
    station_id: str, session_id: str | None, reading: Reading, *, judged_at: datetime
) -> Iterator[dict[str, Any]]:
    """The rows of a reading's signed texts."""
    for each in reading.signed:
        words = (each.encoding, each.method, each.public_key)
        yield {
            "session_id": session_id,
            "station": station_id.casefold(),
            "evse": each.judgement.evse if each.judgement else 0,
            "at": reading.at,
            "nature": nature_of(reading, each),
            "data": each.data,
            "encoding": each.encoding[:50],
            "method": each.method[:50],
            "public_key": each.public_key,
            "fingerprint": sha256("\0".join((each.data, *words)).encode()).hexdigest(),
            **_judged(each.judgement or _PENDING),
            "judged_at": judged_at,
        }


def _judged(judgement: Judgement) -> dict[str, Any]:
    return {
        "verdict": judgement.verdict.value,
        "why": judgement.why[:200],
        "own_nature": judgement.nature,
        "meter": judgement.meter,
        "pagination": judgement.pagination,
        "key_id": judgement.key_id,
        "trust": judgement.trust.value if judgement.trust else None,
        "used_key": judgement.key,
    }


class SignedValues(Repository):
    """Signed values by session and by charger."""

    async def of_session(self, session_id: str) -> list[SignedValue]:
        """All of a session, in the order of what they tell of."""
        return await self._many(
            VALUES.c.session_id == session_id, order=(VALUES.c.at, VALUES.c.id)
        )

    async def of_sessions(self, session_ids: Collection[str]) -> list[SignedValue]:
        """All of several sessions."""
        return await self._many(
            VALUES.c.session_id.in_(session_ids), order=(VALUES.c.at, VALUES.c.id)
        )

    async def of_station(
        self, station_id: str, *, before: int | None = None, limit: int
    ) -> list[SignedValue]:
        """A page of a charger's, the newest first."""
        mine = [VALUES.c.station == station_id.casefold()]
        if before is not None:
            mine.append(VALUES.c.id < before)
        return await self._many(*mine, order=(VALUES.c.id.desc(),), limit=limit)

    async def judge(self, value: SignedValue, judgement: Judgement, now: datetime) -> None:
        """Write another judgement over the one there was."""
        new = {f"new_{name}": said for name, said in _judged(judgement).items()}
        new["new_nature"] = judgement.nature or value.nature
        await self._connection.execute(JUDGE, {"of_id": value.id, **new, "new_judged_at": now})

    async def _many(
        self, *wanted: Any, order: Sequence[Any], limit: int | None = None
    ) -> list[SignedValue]:
        found = select(VALUES).where(*wanted).order_by(*order).limit(limit)
        return [_value(row) for row in await self._connection.execute(found)]


def _value(row: Any) -> SignedValue:
    judgement = Judgement(
        verdict=SignedVerdict(row.verdict),
        why=row.why,
        nature=row.own_nature,
        meter=row.meter,
        pagination=row.pagination,
        key_id=row.key_id,
        trust=KeyTrust(row.trust) if row.trust else None,
        key=row.used_key,
        evse=row.evse,
    )
    return SignedValue(
        id=row.id,
        session_id=row.session_id,
        station_id=row.station,
        at=row.at,
        nature=row.nature,
        text=SignedText(row.data, row.encoding, row.method, row.public_key, judgement),
        judgement=judgement,
    )


class MeterKeys(DocumentRepository[MeterKey]):
    """Keys by id and by charger."""

    row = MeterKeyRow
    shape = MeterKey
    noun = "meter key"

    def columns(self, value: MeterKey) -> dict[str, Any]:
        """What keys are found by."""
        return {"id": value.id, "station": value.station_id.casefold()}

    async def of_station(self, station_id: str) -> list[MeterKey]:
        """All of a charger, the oldest first, also those that are revoked."""
        return await self._many(self.table.c.station == station_id.casefold())
