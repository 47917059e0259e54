"""Messages of a session that come after later ones: they fill in, and move nothing that is now.

Chargers send what they kept while they were offline in any order, and sometimes a message that
was thought lost. The register of the end decides what the energy is; what comes late tells when it
flowed, and when the vehicle did not want any.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.metering import Reading
from app.domain.points import Point, filled
from app.domain.sessions import Session, SessionFlag
from app.domain.stations import Activity
from app.domain.units import NO_ENERGY, Kwh

MOST_UNHEARD = 50


def is_late(session: Session, seq_no: int | None) -> bool:
    """Whether a message's number says that it belongs before what was heard already."""
    return seq_no is not None and seq_no < session.seq_no and seq_no in session.missing


def fill(
    session: Session,
    readings: Sequence[Reading],
    *,
    activity: Activity | None,
    at: datetime,
    now: datetime,
) -> Session:
    """The session with what a late message tells of its own time."""
    timeline = session.timeline
    meter = session.meter
    for reading in readings:
        timeline = filled(timeline, reading, meter)
    if activity is not None:
        timeline = _changed(timeline, activity, at)
    return replace(session, timeline=timeline, last_updated=now)


def _changed(timeline: tuple[Point, ...], activity: Activity, at: datetime) -> tuple[Point, ...]:
    """The timeline with another activity from a moment on, until something else is known.

    What was carried over from before the moment gives way, as long as no energy flows there.
    """
    after = next((i for i, point in enumerate(timeline) if point.at > at), len(timeline))
    if not 0 < after < len(timeline):
        return timeline
    before = timeline[after - 1]
    if before.activity is activity:
        return timeline
    here = replace(before, at=max(at, before.at), activity=activity, power=None, current=None)
    kept = timeline[:after] if here.at > before.at else timeline[: after - 1]
    following = list(timeline[after:])
    energy = before.energy
    for index, point in enumerate(following[:-1]):
        if point.activity is not before.activity or point.energy > energy:
            break
        following[index] = replace(point, activity=activity)
    return (*kept, here, *following)


def begin_earlier(
    session: Session, readings: Sequence[Reading], *, activity: Activity, at: datetime
) -> Session:
    """A session that was first heard of in its middle, with its true beginning."""
    start = min(at, session.started_at)
    first = next((r.register for r in readings if r.register is not None), None)
    gained = NO_ENERGY
    known = session.meter_base
    if first is not None and known is not None and first <= known:
        gained = Kwh(known.value - first.value)
    moved = first is not None and (known is None or first <= known)
    timeline = tuple(replace(p, energy=p.energy + gained) for p in session.timeline)
    return replace(
        session,
        started_at=start,
        meter_start=first if moved else session.meter_start,
        meter_base=first if moved else session.meter_base,
        register=session.register if session.register is not None else first,
        energy=session.energy + gained,
        timeline=(Point(start, NO_ENERGY, activity), *(p for p in timeline if p.at > start)),
    )


def unheard(session: Session, first: int, until: int) -> Session:
    """The session, of whose messages these numbers are still to come."""
    numbers = frozenset(range(first, min(until, first + MOST_UNHEARD)))
    if not numbers:
        return session
    flags = session.flags | {SessionFlag.INCOMPLETE}
    return replace(session, missing=session.missing | numbers, flags=flags)
