"""The journal of exchanges with partners, bounded by age and by how many each partner has."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Index, Select, delete, func, insert, select, text
from sqlmodel import Field

from app.domain.exchanges import Direction, Exchange, Pushed, Side
from app.store.batch import Change
from app.store.columns import Document, Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of

_FAILED = text("failed")
_MILLISECOND = timedelta(milliseconds=1)


class ExchangeRow(Row, table=True):
    """One request and its answer, redacted; headers are JSON objects of texts."""

    __tablename__ = "exchanges"
    __table_args__ = (
        Index("ix_exchanges_partner", "partner_id", "id"),
        Index(
            "ix_exchanges_failed", "id", sqlite_where=_FAILED, postgresql_where=_FAILED
        ),
    )  # fmt: skip

    id: str = Field(primary_key=True, max_length=36)
    partner_id: str | None = Field(default=None, max_length=36)
    direction: str = Field(max_length=3)
    at: datetime = Field(sa_type=Utc, index=True)
    method: str = Field(max_length=16)
    url: str = Field(sa_type=Document)
    version: str | None = Field(default=None, max_length=10)
    module: str | None = Field(default=None, max_length=40)
    request_id: str = Field(max_length=255)
    correlation_id: str = Field(max_length=255, index=True)
    sender: str | None = Field(default=None, max_length=12)
    receiver: str | None = Field(default=None, max_length=12)
    http: int | None = Field(default=None)
    status: int | None = Field(default=None)
    duration_ms: int
    failed: bool
    request_headers: str = Field(sa_type=Document)
    request_body: str = Field(sa_type=Document)
    request_size: int
    answer_headers: str | None = Field(default=None, sa_type=Document)
    answer_body: str | None = Field(default=None, sa_type=Document)
    answer_size: int | None = Field(default=None)
    failure: str | None = Field(default=None, max_length=500)
    kind: str | None = Field(default=None, max_length=40)
    subject: str | None = Field(default=None, max_length=160)
    every: bool | None = Field(default=None)


EXCHANGES = table_of(ExchangeRow)
_BODIES = frozenset({"request_headers", "request_body", "answer_headers", "answer_body"})
_SHORT = tuple(c for c in EXCHANGES.c if c.name not in _BODIES)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None does not matter. `before` is an exchange's id."""

    partner_id: str | None = None
    correlation_id: str | None = None
    direction: Direction | None = None
    failed: bool | None = None
    before: str | None = None
    limit: int = 50


KEEP = insert(EXCHANGES)


def taken_down(exchange: Exchange) -> Change:
    """An exchange for the journal."""
    return Change(KEEP, _values(exchange))


class Exchanges(Repository):
    """Exchanges by partner and correlation id, the newest first."""

    async def append(self, exchanges: Sequence[Exchange]) -> None:
        """Add exchanges to the journal."""
        await self._connection.execute(KEEP, [_values(e) for e in exchanges])

    async def get(self, exchange_id: str) -> Exchange | None:
        """One exchange whole, or None."""
        statement = select(EXCHANGES).where(EXCHANGES.c.id == exchange_id)
        row = (await self._connection.execute(statement)).mappings().one_or_none()
        return None if row is None else _exchange(row)

    async def find(self, wanted: Wanted) -> list[Exchange]:
        """What fits, the newest first, without headers and bodies."""
        statement = _fitting(wanted).order_by(EXCHANGES.c.id.desc()).limit(wanted.limit)
        return [_exchange(row) for row in (await self._connection.execute(statement)).mappings()]

    async def failures(self, partner_id: str) -> int:
        """How many exchanges with a partner did not succeed, of those in the journal."""
        theirs = EXCHANGES.c.partner_id == partner_id
        statement = select(func.count()).select_from(EXCHANGES).where(theirs, EXCHANGES.c.failed)
        return (await self._connection.execute(statement)).scalar_one()

    async def partners_with_more_than(self, count: int) -> list[str | None]:
        """Who has more exchanges in the journal than this; None stands for strangers."""
        partner = EXCHANGES.c.partner_id
        statement = select(partner).group_by(partner).having(func.count() > count)
        return list((await self._connection.execute(statement)).scalars())

    async def forget_beyond(self, partner_id: str | None, count: int, limit: int) -> int:
        """Delete a partner's oldest exchanges beyond so many, at most `limit` at once."""
        theirs = EXCHANGES.c.partner_id == partner_id
        newest = select(EXCHANGES.c.id).where(theirs).order_by(EXCHANGES.c.id.desc())
        beyond = select(EXCHANGES.c.id).where(theirs)
        if count > 0:
            oldest_kept = newest.offset(count - 1).limit(1).scalar_subquery()
            beyond = beyond.where(EXCHANGES.c.id < oldest_kept)
        return await self._forget(beyond.order_by(EXCHANGES.c.id), limit)

    async def forget_before(self, moment: datetime, limit: int) -> int:
        """Delete what is older than this, at most `limit` at once; gives how many that were."""
        old = select(EXCHANGES.c.id).where(EXCHANGES.c.at < moment)
        return await self._forget(old.order_by(EXCHANGES.c.at), limit)

    async def _forget(self, ids: Select[Any], limit: int) -> int:
        statement = delete(EXCHANGES).where(EXCHANGES.c.id.in_(ids.limit(limit)))
        return (await self._connection.execute(statement)).rowcount


def _fitting(wanted: Wanted) -> Select[Any]:
    statement = select(*_SHORT)
    for column, value in (
        (EXCHANGES.c.partner_id, wanted.partner_id),
        (EXCHANGES.c.correlation_id, wanted.correlation_id),
        (EXCHANGES.c.direction, wanted.direction and wanted.direction.value),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.failed is not None:
        statement = statement.where(EXCHANGES.c.failed if wanted.failed else ~EXCHANGES.c.failed)
    if wanted.before is not None:
        statement = statement.where(EXCHANGES.c.id < wanted.before)
    return statement


def _values(exchange: Exchange) -> dict[str, Any]:
    answer, pushed = exchange.answer, exchange.pushed
    return {
        "id": exchange.id,
        "partner_id": exchange.partner_id,
        "direction": exchange.direction.value,
        "at": exchange.at,
        "method": exchange.method,
        "url": exchange.url,
        "version": exchange.version,
        "module": exchange.module,
        "request_id": exchange.request_id,
        "correlation_id": exchange.correlation_id,
        "sender": exchange.sender,
        "receiver": exchange.receiver,
        "http": exchange.http,
        "status": exchange.status,
        "duration_ms": exchange.duration // _MILLISECOND,
        "failed": exchange.failed,
        "request_headers": _text(exchange.request),
        "request_body": exchange.request.body,
        "request_size": exchange.request.size,
        "answer_headers": None if answer is None else _text(answer),
        "answer_body": None if answer is None else answer.body,
        "answer_size": None if answer is None else answer.size,
        "failure": exchange.failure,
        "kind": None if pushed is None else pushed.kind,
        "subject": None if pushed is None else pushed.subject,
        "every": None if pushed is None else pushed.every,
    }


def _text(side: Side) -> str:
    return to_json(dict(side.headers)).decode()


def _exchange(row: Mapping[Any, Any]) -> Exchange:
    """The exchange of a row; the rows of `find` have no headers and bodies."""
    answered = row["answer_size"] is not None
    return Exchange(
        id=row["id"],
        direction=Direction(row["direction"]),
        at=row["at"],
        method=row["method"],
        url=row["url"],
        request=_side(row, "request"),
        request_id=row["request_id"],
        correlation_id=row["correlation_id"],
        partner_id=row["partner_id"],
        version=row["version"],
        module=row["module"],
        sender=row["sender"],
        receiver=row["receiver"],
        http=row["http"],
        status=row["status"],
        duration=row["duration_ms"] * _MILLISECOND,
        answer=_side(row, "answer") if answered else None,
        failure=row["failure"],
        pushed=_pushed(row),
    )


def _pushed(row: Mapping[Any, Any]) -> Pushed | None:
    if row["kind"] is None:
        return None
    return Pushed(row["kind"], row["subject"], row["every"])


def _side(row: Mapping[Any, Any], which: str) -> Side:
    headers = json.loads(row.get(f"{which}_headers") or "{}")
    return Side(headers, row.get(f"{which}_body") or "", row[f"{which}_size"])
