"""Whether a place is open, and until when: regular hours by its own clock, then the exceptions.

Source: OCPI 2.2.1, Locations, Hours class: exceptional openings and closings go before the regular
hours; a time that is in both is closed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.cuts import clock
from app.domain.locations import ExceptionalPeriod, OpeningHours, OpeningTimes

LOOKED_AHEAD = timedelta(days=8)
MIDNIGHT = ("00:00", "24:00")


@dataclass(frozen=True, slots=True)
class OpenState:
    """`open` is None when nobody knows; `until` is the next change, None when none is in sight."""

    open: bool | None
    until: datetime | None


UNKNOWN = OpenState(None, None)


def open_state(times: OpeningTimes | None, zone: str, now: datetime) -> OpenState:
    """How it is now at a place with these opening times, in this IANA zone."""
    if times is None:
        return UNKNOWN
    local = clock(zone)
    is_open = _open_at(times, local, now)
    ahead = sorted(mark for mark in _marks(times, local, now) if mark > now)
    until = next((m for m in ahead if _open_at(times, local, m) is not is_open), None)
    return OpenState(is_open, until)


def _open_at(times: OpeningTimes, local: ZoneInfo, at: datetime) -> bool:
    if _within(times.closings, at):
        return False
    if times.always or _within(times.openings, at):
        return True
    wall = at.astimezone(local)
    today, before = wall.isoweekday(), (wall - timedelta(days=1)).isoweekday()
    text = f"{wall:%H:%M}"
    return any(_covers(hours, text, today=today, before=before) for hours in times.regular)


def _covers(hours: OpeningHours, text: str, *, today: int, before: int) -> bool:
    """Whether a local time `HH:MM` lies in the hours; an end before the begin is tomorrow's."""
    if hours.end in MIDNIGHT:
        return hours.weekday == today and hours.begin <= text
    if hours.begin < hours.end:
        return hours.weekday == today and hours.begin <= text < hours.end
    late = hours.weekday == today and text >= hours.begin
    return late or (hours.weekday == before and text < hours.end)


def _within(periods: Iterable[ExceptionalPeriod], at: datetime) -> bool:
    return any(period.begin <= at < period.end for period in periods)


def _marks(times: OpeningTimes, local: ZoneInfo, now: datetime) -> Iterator[datetime]:
    for period in (*times.openings, *times.closings):
        yield from (period.begin, period.end)
    if times.always:
        return
    first = now.astimezone(local).date()
    for day in (first + timedelta(days=n) for n in range(-1, LOOKED_AHEAD.days + 1)):
        for hours in times.regular:
            if hours.weekday == day.isoweekday():
                yield _moment(day, hours.begin, local)
                over = hours.end in MIDNIGHT or hours.end <= hours.begin
                yield _moment(day + timedelta(days=over), hours.end, local)


def _moment(day: date, text: str, local: ZoneInfo) -> datetime:
    wall = time(0) if text in MIDNIGHT else time.fromisoformat(text)
    return datetime.combine(day, wall, local).astimezone(UTC)
