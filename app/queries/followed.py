"""Chargers' sessions that somebody follows: many read at once, and nothing twice.

Of each is kept what it was last read as, so that a meter value costs one narrow row, one sample
and no more points than its price depends on. What did not move is the very same object again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.cuts import Bounds
from app.domain.plans import bounds_of
from app.domain.points import Point
from app.domain.sessions import Session
from app.domain.tariffs import Tariff
from app.domain.timeline import condensed, extend, with_point
from app.store.documents import unpack
from app.store.followed import Sample, rows_of, samples_of, samples_since
from app.store.sessions import moved_to, moves
from app.store.transaction import Store

LATELY = timedelta(minutes=2)
"""What was silent for longer is read whole: too many samples of others came since."""


@dataclass(slots=True)
class _Known:
    """A session as it was read: its row, the points that stay, and its last sample's number.

    `bounds` are those of all tariffs that it may be priced by.
    """

    row: Any
    session: Session
    bounds: Bounds
    settled: tuple[Point, ...]
    number: int

    def goes_on_as(self, row: Any) -> bool:
        """Whether it is enough to read what came since."""
        if self.row.document != row.document or self.session.excuses:
            return False
        if row.last_updated - self.row.last_updated > LATELY:
            return False
        return bool(self.number) or not moves(self.session)

    def go_on(self, row: Any, samples: Sequence[Sample]) -> None:
        """Add what came since; a session with a point that came late stays as it is."""
        settled, timeline, number = self.settled, self.session.timeline, self.number
        for sample in samples:
            if sample.number <= number:
                continue
            if settled and sample.point.at < settled[-1].at:
                return
            timeline = with_point(self.session, settled, sample.point, bounds=self.bounds)
            settled = timeline if sample.stays else settled
            number = sample.number
        session = moved_to(self.session, row, timeline=timeline)
        self.row, self.session, self.settled, self.number = row, session, settled, number


class Followed:
    """Reads the sessions it was told to follow."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tariffs: dict[str, Tariff] = {}
        self._known: dict[str, _Known] = {}

    def follow(self, key: str, tariff: Tariff) -> None:
        """From now on; it may be priced by this tariff besides its own."""
        self._tariffs[key] = tariff
        self._known.pop(key, None)

    def leave(self, key: str) -> None:
        """Nobody follows it any more."""
        self._tariffs.pop(key, None)
        self._known.pop(key, None)

    async def read(self, keys: Sequence[str]) -> dict[str, Session]:
        """Those that are there as they are now, by key."""
        known = {key: self._known[key] for key in keys if key in self._known}
        async with self._store.reading() as tx:
            rows = await rows_of(tx.connection, keys)
            moved = [row for row in rows if row.key in known and known[row.key].row != row]
            later = [row for row in moved if known[row.key].goes_on_as(row)]
            await _go_on(tx.connection, later, known)
            begun = [row for row in rows if row.key not in known or known[row.key].row != row]
            known |= await self._begin(tx.connection, begun)
        self._known |= {key: each for key, each in known.items() if key in self._tariffs}
        return {row.key: known[row.key].session for row in rows}

    async def _begin(self, connection: AsyncConnection, rows: Sequence[Any]) -> dict[str, _Known]:
        """Read these from their beginning."""
        sessions = {row.key: moved_to(unpack(Session, row.document), row) for row in rows}
        moving = [key for key, session in sessions.items() if moves(session)]
        samples = _by_session(await samples_of(connection, moving) if moving else ())
        return {
            row.key: _beginning(row, session, samples[row.key], self._tariffs.get(row.key))
            for row, session in zip(rows, sessions.values(), strict=True)
        }


def _beginning(
    row: Any, session: Session, samples: Sequence[Sample], tariff: Tariff | None
) -> _Known:
    bounds = bounds_of(tariff, session.tariff)
    mine = [sample for sample in samples if sample.point.at >= session.started_at]
    points = tuple(sample.point for sample in mine)
    stays = tuple(sample.point for sample in mine if sample.stays)
    settled = condensed(replace(session, timeline=stays), bounds)
    if stays and stays == points:
        whole = settled
    elif stays and stays == points[:-1] and not session.excuses:
        whole = replace(session, timeline=extend(settled, points[-1], bounds))
    else:
        whole = condensed(replace(session, timeline=points or session.timeline), bounds)
    number = max((sample.number for sample in samples), default=0)
    return _Known(row, whole, bounds, settled.timeline, number)


async def _go_on(
    connection: AsyncConnection, rows: Sequence[Any], known: Mapping[str, _Known]
) -> None:
    """Add to these what came since."""
    moving = [row.key for row in rows if moves(known[row.key].session)]
    since = min((known[key].number for key in moving), default=0)
    samples = _by_session(await samples_since(connection, moving, since) if moving else ())
    for row in rows:
        known[row.key].go_on(row, samples[row.key])


def _by_session(samples: Sequence[Sample]) -> defaultdict[str, list[Sample]]:
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        found[sample.session_id].append(sample)
    return found
