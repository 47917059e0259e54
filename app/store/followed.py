"""What sessions that somebody follows are read again by: their rows, and samples by their number.

A session's samples are written one after the other by whoever has its charger, so those with a
higher number are the ones that came since.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.points import Point
from app.store.charging import CHARGINGS
from app.store.meters import METERS, point_of
from app.store.payments import PAYMENTS
from app.store.sessions import SESSIONS

Versions = tuple[int, int | None]
"""Of a driver's session and of its payment."""


class Sample(NamedTuple):
    """A point of a session's timeline; `stays` unless it is only there until another follows."""

    session_id: str
    number: int
    stays: bool
    point: Point


_s, _m = SESSIONS.c, METERS.c

_ROWS = select(
    _s.key,
    _s.document,
    _s.last_updated,
    _s.heard_at,
    _s.register_kwh,
    _s.energy_kwh,
    _s.power_kw,
    _s.soc,
    _s.activity,
    _s.seq_no,
    _s.pushed_kwh,
    _s.pushed_at,
    _s.pushed_activity,
).where(_s.key.in_(bindparam("of_keys", expanding=True)))

_MINE = (_m.session_id.in_(bindparam("of_keys", expanding=True)), _m.activity.is_not(None))
_LAST = select(func.max(_m.id)).where(*_MINE).group_by(_m.session_id)
_SAMPLES = select(
    _m.session_id,
    _m.id,
    _m.point,
    _m.at,
    _m.energy_kwh,
    _m.activity,
    _m.power_kw,
    _m.current_a,
).where(*_MINE)
_WHOLE = _SAMPLES.where(or_(_m.point, _m.id.in_(_LAST))).order_by(_m.session_id, _m.at, _m.id)
_SINCE = _SAMPLES.where(_m.id > bindparam("known")).order_by(_m.session_id, _m.id)


_VERSIONS = (
    select(CHARGINGS.c.id, CHARGINGS.c.version, PAYMENTS.c.version.label("paid"))
    .join(PAYMENTS, PAYMENTS.c.id == CHARGINGS.c.payment_id, isouter=True)
    .where(CHARGINGS.c.id.in_(bindparam("of_keys", expanding=True)))
)


async def versions_of(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Versions]:
    """How often drivers' sessions and their payments were written, by the session."""
    found = await connection.execute(_VERSIONS, {"of_keys": list(ids)})
    return {row.id: (row.version, row.paid) for row in found}


async def rows_of(connection: AsyncConnection, keys: Sequence[str]) -> Sequence[Any]:
    """The sessions that are there: what moves, and the document as it is written."""
    return (await connection.execute(_ROWS, {"of_keys": list(keys)})).all()


async def samples_of(connection: AsyncConnection, keys: Sequence[str]) -> list[Sample]:
    """All that their timelines are made of, in the order of time."""
    found = await connection.execute(_WHOLE, {"of_keys": list(keys)})
    return [_sample(row) for row in found]


async def samples_since(
    connection: AsyncConnection, keys: Sequence[str], known: int
) -> list[Sample]:
    """Those with higher numbers than the one that is known, in the order of the numbers."""
    found = await connection.execute(_SINCE, {"of_keys": list(keys), "known": known})
    return [_sample(row) for row in found]


def _sample(row: Any) -> Sample:
    return Sample(row.session_id, row.id, row.point, point_of(row))
