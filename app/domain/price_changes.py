"""When the prices of a connector can next be other ones, so that they may be kept until then."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.domain.cuts import clock, wall_marks
from app.domain.restrictions import wall_times
from app.domain.tariffs import Tariff

LONGEST = timedelta(hours=25)


def next_price_change(tariffs: Iterable[Tariff], zone: str, now: datetime) -> datetime | None:
    """The next moment at which a tariff begins or ends, or the local clock meets a restriction.

    None when time alone changes nothing. What depends on the session itself does not count here.
    """
    known = list(tariffs)
    marks = [edge for t in known for edge in (t.start, t.end) if edge is not None and edge > now]
    times = {
        wall
        for tariff in known
        for element in tariff.elements
        for wall in wall_times(element.restrictions)
    }
    if times:
        marks += wall_marks(sorted(times), clock(zone), now, now + LONGEST)[:1]
    return min(marks, default=None)
