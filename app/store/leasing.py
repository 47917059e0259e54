"""How workers share the queues: destinations are leased, emptied and let go, many at a time.

A destination is leased, not a delivery, so order holds per destination and a slow one keeps
nobody else waiting. `wakes` counts arrivals: a worker lets a destination go idle only if nothing
arrived since it last looked, by comparing that number in the same statement.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlmodel import Field

from app.ports.delivery import Delivery, Mode
from app.store.columns import BigId, Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of

LATEST = text("mode = 'latest' AND failed_at IS NULL")
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
            sqlite_where=LATEST,
            postgresql_where=LATEST,
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


HEALTHY: dict[str, Any] = {
    "fails": 0,
    "failing_since": None,
    "parked_at": None,
    "trouble": None,
}


def _lease() -> Any:
    table, now = table_of(DestinationRow), bindparam("now", type_=Utc)
    free = or_(table.c.lease_until.is_(None), table.c.lease_until < now)
    candidates = (
        select(table.c.destination)
        .where(table.c.due_at <= now, free)
        .order_by(table.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    return (
        update(table)
        .where(table.c.destination.in_(candidates))
        .values(owner=bindparam("new_owner"), lease_until=bindparam("until", type_=Utc))
        .returning(*table.columns)
    )


def _first() -> Any:
    table, queue = table_of(DeliveryRow), table_of(DestinationRow)
    waiting = table.alias()
    of_queue = (waiting.c.destination == queue.c.destination, waiting.c.failed_at.is_(None))
    oldest = select(func.min(waiting.c.id)).where(*of_queue).scalar_subquery()
    wanted = queue.c.destination.in_(bindparam("destinations", expanding=True))
    return select(table).where(table.c.id.in_(select(oldest).where(wanted)))


_LEASE, _FIRST = _lease(), _first()


class Leasing(Repository):
    """What workers do with the queues of one database."""

    async def lease(self, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Take one due destination that nobody holds, the longest waiting first."""
        taken = await self.lease_many(owner, now, until, limit=1)
        return taken[0] if taken else None

    async def lease_many(
        self, owner: str, now: datetime, until: datetime, *, limit: int
    ) -> list[Lease]:
        """Take so many due destinations that nobody holds, the longest waiting first."""
        values = {"new_owner": owner, "now": now, "until": until, "most": limit}
        return [
            Lease(r.destination, owner, until, r.fails, r.failing_since, r.wakes)
            for r in await self._connection.execute(_LEASE, values)
        ]

    async def pending(self, destination: str) -> Pending | None:
        """The oldest delivery that waits for this destination."""
        return (await self.first_of([destination])).get(destination)

    async def first_of(self, destinations: Sequence[str]) -> dict[str, Pending]:
        """The oldest delivery that waits for each of these, where there is one."""
        if not destinations:
            return {}
        rows = await self._connection.execute(_FIRST, {"destinations": destinations})
        return {row.destination: _pending(row) for row in rows}

    async def settle(self, pending: Pending) -> None:
        """It arrived: delete it, unless a newer state was asked for while it was on its way."""
        await self.settle_all([pending])

    async def settle_all(self, arrived: Sequence[Pending]) -> None:
        """The same for many."""
        if arrived:
            table = table_of(DeliveryRow)
            same = tuple_(table.c.id, table.c.generation).in_(
                [(pending.id, pending.generation) for pending in arrived]
            )
            await self._connection.execute(table.delete().where(same))

    async def fail(self, pending: Pending, why: str, now: datetime) -> None:
        """The receiver will never take it: keep it for people."""
        table = table_of(DeliveryRow)
        values = {"failed_at": now, "why": why[:500]}
        await self._connection.execute(
            update(table).where(table.c.id == pending.id).values(**values)
        )

    async def release_all(self, leases: Sequence[Lease]) -> set[str]:
        """Let empty destinations go; gives those for which nothing arrived meanwhile."""
        if not leases:
            return set()
        table = table_of(DestinationRow)
        unwoken = tuple_(table.c.destination, table.c.wakes).in_(
            [(lease.destination, lease.wakes) for lease in leases]
        )
        statement = (
            update(table)
            .where(unwoken, table.c.owner == leases[0].owner)
            .values(due_at=None, owner=None, lease_until=None, **HEALTHY)
            .returning(table.c.destination)
        )
        return set((await self._connection.execute(statement)).scalars())

    async def renew_all(self, leases: Sequence[Lease], until: datetime) -> dict[str, Lease]:
        """Hold destinations longer and see what arrived; without those whose lease was lost."""
        if not leases:
            return {}
        table = table_of(DestinationRow)
        mine = table.c.destination.in_([lease.destination for lease in leases])
        owner = leases[0].owner
        statement = (
            update(table)
            .where(mine, table.c.owner == owner)
            .values(lease_until=until, **HEALTHY)
            .returning(table.c.destination, table.c.wakes)
        )
        rows = await self._connection.execute(statement)
        return {r.destination: Lease(r.destination, owner, until, 0, None, r.wakes) for r in rows}

    async def keep(self, owner: str, until: datetime, destinations: Collection[str]) -> None:
        """Hold these longer, while sends are under way; whatever else the owner has runs out."""
        table = table_of(DestinationRow)
        mine = (table.c.owner == owner, table.c.destination.in_(destinations))
        await self._connection.execute(update(table).where(*mine).values(lease_until=until))

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

    def _held(self, lease: Lease) -> ColumnElement[bool]:
        table = table_of(DestinationRow)
        return and_(table.c.destination == lease.destination, table.c.owner == lease.owner)


def _pending(row: Any) -> Pending:
    delivery = Delivery(row.destination, row.subject, Mode(row.mode), row.kind)
    return Pending(row.id, row.generation, delivery, row.correlation, row.created_at)
