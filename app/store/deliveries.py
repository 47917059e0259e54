"""What waits to be brought to whom: one queue per destination, leased by one worker at a time.

A destination is leased, not a delivery, so order holds per destination and a slow one keeps
nobody else waiting. `wakes` counts arrivals: a worker lets a destination go idle only if nothing
arrived since it last looked, by comparing that number in the same statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Field

from app.ports.delivery import Delivery, Mode
from app.store.columns import BigId, Utc
from app.store.correlation import correlation_id
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import insert_into, table_of

_LATEST = text("mode = 'latest' AND failed_at IS NULL")
_PENDING = text("failed_at IS NULL")


class DestinationRow(Row, table=True):
    """A receiver; due when it has something to get, parked when it did not answer for too long."""

    __tablename__ = "destinations"

    destination: str = Field(primary_key=True, max_length=120)
    due_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    fails: int = 0
    wakes: int = Field(default=0, sa_type=BigId)
    failing_since: datetime | None = Field(default=None, sa_type=Utc)
    parked_at: datetime | None = Field(default=None, sa_type=Utc)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    owner: str | None = Field(default=None, max_length=64)
    trouble: str | None = Field(default=None, max_length=500)


class DeliveryRow(Row, table=True):
    """One thing to bring; `generation` rises when a LATEST one is asked for again meanwhile."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "uq_deliveries_latest",
            "destination",
            "subject",
            "kind",
            unique=True,
            sqlite_where=_LATEST,
            postgresql_where=_LATEST,
        ),
        Index(
            "ix_deliveries_pending",
            "destination",
            "id",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    destination: str = Field(max_length=120)
    subject: str = Field(max_length=160)
    mode: str = Field(max_length=8)
    kind: str = Field(max_length=40)
    generation: int = 0
    correlation: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_type=Utc)
    failed_at: datetime | None = Field(default=None, sa_type=Utc)
    why: str | None = Field(default=None, max_length=500)


@dataclass(frozen=True, slots=True)
class Lease:
    """A destination that is this worker's until `until`."""

    destination: str
    owner: str
    until: datetime
    fails: int
    failing_since: datetime | None
    wakes: int


@dataclass(frozen=True, slots=True)
class Pending:
    """The next delivery of a leased destination."""

    id: int
    generation: int
    delivery: Delivery
    correlation: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Stuck:
    """A destination in trouble, for people."""

    destination: str
    pending: int
    oldest: datetime | None
    fails: int
    parked_at: datetime | None
    trouble: str | None


class Deliveries(Repository):
    """The queues of one database."""

    async def add(
        self,
        deliveries: Sequence[Delivery],
        now: datetime,
        *,
        correlations: Sequence[str | None] | None = None,
    ) -> None:
        """Queue deliveries and make their destinations due, unless they are backing off.

        `correlations` are what each of them came from; without it all came from what is under
        way. Those of one mode keep their order.
        """
        origins = correlations or [correlation_id.get()] * len(deliveries)
        for mode in Mode:
            rows = [
                _values(delivery, origin, now)
                for delivery, origin in zip(deliveries, origins, strict=True)
                if delivery.mode is mode
            ]
            if rows:
                await self._connection.execute(self._insert(mode), rows)
        destinations = sorted({d.destination for d in deliveries})
        if destinations:
            due = [{"destination": d, "due_at": now, "fails": 0, "wakes": 1} for d in destinations]
            await self._connection.execute(self._make_due(now), due)

    def _insert(self, mode: Mode) -> Any:
        table = table_of(DeliveryRow)
        statement = insert_into(self._connection, table)
        if mode is Mode.EVERY:
            return statement
        return statement.on_conflict_do_update(
            index_elements=["destination", "subject", "kind"],
            index_where=_LATEST,
            set_={"generation": table.c.generation + 1},
        )

    def _make_due(self, now: datetime) -> Any:
        """Due now, but neither woken from parking nor hurried while backing off."""
        table = table_of(DestinationRow)
        waits = or_(table.c.parked_at.is_not(None), table.c.fails > 0)
        return insert_into(self._connection, table).on_conflict_do_update(
            index_elements=["destination"],
            set_={
                "wakes": table.c.wakes + 1,
                "due_at": case((waits, table.c.due_at), else_=literal(now, Utc)),
            },
        )

    async def lease(self, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Take one due destination that nobody holds, the longest waiting first."""
        table = table_of(DestinationRow)
        free = or_(table.c.lease_until.is_(None), table.c.lease_until < now)
        candidate = (
            select(table.c.destination)
            .where(table.c.due_at <= now, free)
            .order_by(table.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        statement = (
            update(table)
            .where(table.c.destination == candidate)
            .values(owner=owner, lease_until=until)
            .returning(*table.columns)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            return None
        return Lease(row.destination, owner, until, row.fails, row.failing_since, row.wakes)

    async def next_due(self) -> datetime | None:
        """When the next destination becomes due; leased ones count when their lease ends."""
        table = table_of(DestinationRow)
        ready = case(
            (table.c.lease_until > table.c.due_at, table.c.lease_until), else_=table.c.due_at
        )
        statement = select(func.min(ready)).where(table.c.due_at.is_not(None))
        due: datetime | None = (await self._connection.execute(statement)).scalar_one()
        return due

    async def pending(self, destination: str) -> Pending | None:
        """The oldest delivery that waits for this destination."""
        table = table_of(DeliveryRow)
        statement = (
            select(table)
            .where(table.c.destination == destination, table.c.failed_at.is_(None))
            .order_by(table.c.id)
            .limit(1)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            return None
        delivery = Delivery(row.destination, row.subject, Mode(row.mode), row.kind)
        return Pending(row.id, row.generation, delivery, row.correlation, row.created_at)

    async def waits(self, delivery: Delivery) -> bool:
        """Whether this very thing waits for its destination already."""
        table = table_of(DeliveryRow)
        same = (
            table.c.destination == delivery.destination,
            table.c.subject == delivery.subject,
            table.c.kind == delivery.kind,
            table.c.failed_at.is_(None),
        )
        found = await self._connection.execute(select(table.c.id).where(*same).limit(1))
        return found.first() is not None

    async def settle(self, pending: Pending) -> None:
        """It arrived: delete it, unless a newer state was asked for while it was on its way."""
        table = table_of(DeliveryRow)
        same = (table.c.id == pending.id, table.c.generation == pending.generation)
        await self._connection.execute(table.delete().where(*same))

    async def fail(self, pending: Pending, why: str, now: datetime) -> None:
        """The receiver will never take it: keep it for people."""
        table = table_of(DeliveryRow)
        values = {"failed_at": now, "why": why[:500]}
        await self._connection.execute(
            update(table).where(table.c.id == pending.id).values(**values)
        )

    async def release(self, lease: Lease) -> bool:
        """Let an empty destination go; False when something arrived and the lease is kept."""
        table = table_of(DestinationRow)
        mine = self._held(lease)
        statement = update(table).where(mine, table.c.wakes == lease.wakes)
        values = {"due_at": None, "owner": None, "lease_until": None, **_HEALTHY}
        return (await self._connection.execute(statement.values(**values))).rowcount == 1

    async def renew(self, lease: Lease, until: datetime) -> Lease | None:
        """Hold a destination longer and see what arrived; None when the lease was lost."""
        table = table_of(DestinationRow)
        statement = update(table).where(self._held(lease)).values(lease_until=until, **_HEALTHY)
        row = (await self._connection.execute(statement.returning(table.c.wakes))).one_or_none()
        if row is None:
            return None
        return Lease(lease.destination, lease.owner, until, 0, None, row.wakes)

    async def keep(self, owner: str, until: datetime) -> None:
        """Hold everything this owner has longer, while its sends are under way."""
        table = table_of(DestinationRow)
        await self._connection.execute(
            update(table).where(table.c.owner == owner).values(lease_until=until)
        )

    async def free(self, owner: str) -> None:
        """End the leases of an owner that died; it starts anew under the same name."""
        table = table_of(DestinationRow)
        values = {"owner": None, "lease_until": None}
        await self._connection.execute(
            update(table).where(table.c.owner == owner).values(**values)
        )

    async def back_off(self, lease: Lease, due: datetime | None, why: str, now: datetime) -> None:
        """The receiver did not take it: try again at `due`, or park it when that is None."""
        table = table_of(DestinationRow)
        values = {
            "due_at": due,
            "parked_at": now if due is None else None,
            "fails": lease.fails + 1,
            "failing_since": lease.failing_since or now,
            "owner": None,
            "lease_until": None,
            "trouble": why[:500],
        }
        await self._connection.execute(update(table).where(self._held(lease)).values(**values))

    async def clear(self, destination: str, now: datetime) -> bool:
        """A sign of life from the receiver: end its back-off or parking; False if it had none."""
        table = table_of(DestinationRow)
        statement = (
            update(table)
            .where(table.c.destination == destination, table.c.fails > 0)
            .values(due_at=now, **_HEALTHY)
        )
        return (await self._connection.execute(statement)).rowcount == 1

    async def forget(self, destination: str) -> None:
        """Drop everything that waits for a destination that is gone."""
        for row in (DeliveryRow, DestinationRow):
            table = table_of(row)
            await self._connection.execute(
                table.delete().where(table.c.destination == destination)
            )

    async def stuck(self, limit: int) -> list[Stuck]:
        """Destinations in trouble, the worst first."""
        table, waiting = table_of(DestinationRow), table_of(DeliveryRow)
        joined = and_(waiting.c.destination == table.c.destination, waiting.c.failed_at.is_(None))
        statement = (
            select(
                table,
                func.count(waiting.c.id).label("pending"),
                func.min(waiting.c.created_at).label("oldest"),
            )
            .outerjoin(waiting, joined)
            .where(table.c.fails > 0)
            .group_by(*table.columns)
            .order_by(table.c.failing_since)
            .limit(limit)
        )
        rows = await self._connection.execute(statement)
        return [
            Stuck(r.destination, r.pending, r.oldest, r.fails, r.parked_at, r.trouble)
            for r in rows
        ]

    async def waiting(self) -> int:
        """How many deliveries wait."""
        table = table_of(DeliveryRow)
        statement = select(func.count()).where(table.c.failed_at.is_(None))
        return (await self._connection.execute(statement)).scalar_one()

    def _held(self, lease: Lease) -> ColumnElement[bool]:
        table = table_of(DestinationRow)
        return and_(table.c.destination == lease.destination, table.c.owner == lease.owner)


def _values(delivery: Delivery, correlation: str | None, now: datetime) -> dict[str, Any]:
    return {
        "destination": delivery.destination,
        "subject": delivery.subject,
        "mode": delivery.mode.value,
        "kind": delivery.kind,
        "generation": 0,
        "correlation": correlation,
        "created_at": now,
    }


_HEALTHY: dict[str, Any] = {
    "fails": 0,
    "failing_since": None,
    "parked_at": None,
    "trouble": None,
}
