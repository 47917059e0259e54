"""What waits to be brought to whom: filled here, and emptied by workers (`store.leasing`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update

from app.ports.delivery import Delivery, Mode
from app.store.correlation import origin
from app.store.leasing import HEALTHY, LATEST, DeliveryRow, DestinationRow, Leasing
from app.store.statements import insert_of, table_of


@dataclass(frozen=True, slots=True)
class Stuck:
    """A destination in trouble, for people."""

    destination: str
    pending: int
    oldest: datetime | None
    fails: int
    parked_at: datetime | None
    trouble: str | None


class Deliveries(Leasing):
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
        origins = correlations or [origin()] * len(deliveries)
        for mode in Mode:
            rows = [
                _values(delivery, origin, now)
                for delivery, origin in zip(deliveries, origins, strict=True)
                if delivery.mode is mode
            ]
            if rows:
                statement = _queued(self._connection.dialect.name, mode)
                await self._connection.execute(statement, rows)
        destinations = sorted({d.destination for d in deliveries})
        if destinations:
            due = [{"destination": d, "due_at": now, "fails": 0, "wakes": 1} for d in destinations]
            await self._connection.execute(_made_due(self._connection.dialect.name), due)

    async def next_due(self) -> datetime | None:
        """When the next destination becomes due; leased ones count when their lease ends."""
        due: datetime | None = (await self._connection.execute(_NEXT_DUE)).scalar_one()
        return due

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

    async def busy(self, destinations: Collection[str]) -> set[str]:
        """Those of the destinations for which something waits or is under way."""
        table = table_of(DeliveryRow)
        mine = (table.c.destination.in_(destinations), table.c.failed_at.is_(None))
        found = await self._connection.execute(select(table.c.destination).where(*mine).distinct())
        return set(found.scalars())

    async def clear(self, destination: str, now: datetime) -> bool:
        """A sign of life from the receiver: end its back-off or parking; False if it had none."""
        table = table_of(DestinationRow)
        statement = (
            update(table)
            .where(table.c.destination == destination, table.c.fails > 0)
            .values(due_at=now, **HEALTHY)
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


@cache
def _queued(dialect: str, mode: Mode) -> Any:
    table = table_of(DeliveryRow)
    statement = insert_of(dialect, table)
    if mode is Mode.EVERY:
        return statement
    return statement.on_conflict_do_update(
        index_elements=["destination", "subject", "kind"],
        index_where=LATEST,
        set_={"generation": table.c.generation + 1},
    )


@cache
def _made_due(dialect: str) -> Any:
    """Due now, but neither woken from parking nor hurried while backing off."""
    table = table_of(DestinationRow)
    waits = or_(table.c.parked_at.is_not(None), table.c.fails > 0)
    statement = insert_of(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=["destination"],
        set_={
            "wakes": table.c.wakes + 1,
            "due_at": case((waits, table.c.due_at), else_=statement.excluded.due_at),
        },
    )


def _next_due() -> Any:
    table = table_of(DestinationRow)
    leased = table.c.lease_until > table.c.due_at
    ready = case((leased, table.c.lease_until), else_=table.c.due_at)
    return select(func.min(ready)).where(table.c.due_at.is_not(None))


_NEXT_DUE = _next_due()


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
