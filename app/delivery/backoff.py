"""When to try a failing destination again, and when to leave it to a person."""

from datetime import datetime, timedelta
from random import Random

FIRST = timedelta(seconds=1)
LONGEST = timedelta(minutes=5)
PARK_AFTER = timedelta(hours=24)
_DOUBLINGS = 9


def next_attempt(
    fails: int,
    failing_since: datetime,
    now: datetime,
    *,
    wish: timedelta | None,
    random: Random,
) -> datetime | None:
    """The moment of the next attempt, or None to park the destination.

    `fails` counts the attempts that failed before this one. The wait doubles from 1 s to 5 min,
    up to a quarter longer by chance so that receivers are not hit by everybody at once. A
    receiver's own wish (Retry-After) is kept when it is longer.
    """
    if now - failing_since >= PARK_AFTER:
        return None
    wait = min(LONGEST, FIRST * (1 << min(fails, _DOUBLINGS)))
    wait += timedelta(seconds=wait.total_seconds() * random.randrange(26) / 100)
    return now + max(wait, wish or wait)
