"""Charging profiles: upper limits of power over time for one session, and the one in force.

A profile is a maximum, not a target. Its limits are exact to a tenth, rounded down, since that is
what chargers take (OCPP 1.6, 7.14) and a maximum may never grow on its way. Whether a partner, an
operator or the driver asked for it: a session has one, the newest wins, and it ends with it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from hashlib import sha256

from app.domain.errors import InvalidInput
from app.domain.locations import Connector
from app.domain.preferences import Preferences

TENTH = Decimal("0.1")
MOST_PERIODS = 1024
"""Source: OCPP 2.0.1, ChargingScheduleType, `chargingSchedulePeriod`."""
LONGEST = timedelta(seconds=2**31 - 1)
HIGHEST = Decimal(10**9)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""What lasts the longest from then on still ends within the calendar."""

HORIZON = timedelta(hours=1)
"""How far ahead others are told. Source: OCPI 2.2.1, ChargingProfiles, 5 to 60 minutes."""

RENEW_BEFORE = timedelta(minutes=30)
"""What was told is told again when it says less than this about the time to come."""

JITTER = timedelta(seconds=2)
"""Chargers count in whole seconds, so the same course may seem to move by as much."""

_SECOND = timedelta(seconds=1)


class RateUnit(StrEnum):
    """Watts of all phases together, or amperes of each phase.

    Source: OCPI 2.2.1, ChargingProfiles, ChargingRateUnit enum.
    """

    WATT = "W"
    AMPERE = "A"


class ProfileSource(StrEnum):
    """Whose wish a profile is."""

    PARTNER = "partner"
    OPERATOR = "operator"
    PREFERENCES = "preferences"


@dataclass(frozen=True, slots=True)
class ProfilePeriod:
    """At most `limit`, in the profile's unit, from `start` after the profile's beginning on."""

    start: timedelta
    limit: Decimal


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """Limits in the order of time.

    Without `start` (UTC) it begins with the session; without `duration` it lasts as long as that.
    `min_rate` is below what charging is no use.
    """

    unit: RateUnit
    periods: tuple[ProfilePeriod, ...]
    start: datetime | None = None
    duration: timedelta | None = None
    min_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ActiveProfile:
    """What limits a session in truth, all causes together, as of `at` (UTC), where it begins."""

    at: datetime
    profile: ChargingProfile


@dataclass(frozen=True, slots=True)
class SessionProfile:
    """Everything about the profile of one session, ours or our driver's at a partner's.

    `session_key` is the session's key among all owners'. `profile` is the one that was taken
    last, None when there is none (any more). `watcher` is the partner that once set one and is
    told of changes since then. `active` is what is known to be in force, `told` what the watcher
    knows. `review_at` is when to look again. `number` is what the charger knows the profile by
    that the session began with, None where that is the usual `profile_number`.
    """

    session_key: str
    profile: ChargingProfile | None = None
    source: ProfileSource | None = None
    set_at: datetime | None = None
    watcher: str | None = None
    active: ActiveProfile | None = None
    told: ActiveProfile | None = None
    preferences: Preferences | None = None
    review_at: datetime | None = None
    number: int | None = None
    version: int = 0


def profile_number(key: str) -> int:
    """A positive number of 31 bits for the profile of a session or start, the same every time.

    So a profile replaces the one before, also when nobody knows whether that one arrived.
    """
    digest = sha256(key.encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1 or 1


def checked(profile: ChargingProfile) -> ChargingProfile:
    """The profile in the order of time, its limits to a tenth; raises InvalidInput.

    What begins late starts without a limit: see `lead_in`.
    """
    periods = sorted(profile.periods, key=lambda period: period.start)
    if len({period.start for period in periods}) != len(periods):
        raise InvalidInput("charging_profile_period", "two periods start at the same time")
    if len(periods) > MOST_PERIODS:
        raise InvalidInput("charging_profile_period", f"more than {MOST_PERIODS} periods")
    if periods and not timedelta() <= periods[0].start <= periods[-1].start <= LONGEST:
        raise InvalidInput("charging_profile_period", "a start_period is out of range")
    if any(not 0 <= period.limit <= HIGHEST for period in periods):
        raise InvalidInput("charging_profile_period", "a limit is out of range")
    if profile.duration is not None and not timedelta() < profile.duration <= LONGEST:
        raise InvalidInput("duration", "is out of range")
    if profile.start is not None and not EARLIEST <= profile.start <= LATEST:
        raise InvalidInput("start_date_time", "is out of range")
    if profile.min_rate is not None and not 0 <= profile.min_rate <= HIGHEST:
        raise InvalidInput("min_charging_rate", "is out of range")
    return replace(
        profile,
        periods=tuple(replace(period, limit=_tenths(period.limit)) for period in periods),
        min_rate=None if profile.min_rate is None else _tenths(profile.min_rate),
    )


def _tenths(limit: Decimal) -> Decimal:
    return limit.quantize(TENTH, ROUND_FLOOR)


def capacity(connector: Connector, unit: RateUnit) -> Decimal:
    """The most a connector gives, in this unit."""
    if unit is RateUnit.AMPERE:
        return Decimal(connector.max_amperage)
    return _tenths(connector.power.w)


def lead_in(profile: ChargingProfile, ceiling: Decimal) -> ChargingProfile:
    """The profile as chargers need it, whose first period starts at once.

    Source: OCPP 1.6, 7.14 ChargingSchedulePeriod, `startPeriod`.
    """
    if profile.periods and not profile.periods[0].start:
        return profile
    return replace(
        profile, periods=(ProfilePeriod(timedelta(), _tenths(ceiling)), *profile.periods)
    )


def computed(
    profile: ChargingProfile | None,
    *,
    unit: RateUnit,
    ceiling: Decimal,
    started_at: datetime,
    now: datetime,
    horizon: timedelta = HORIZON,
) -> ActiveProfile:
    """What is in force as far as we know ourselves: the profile, below the connector's capacity.

    `unit` is what is told when there is no profile; with one it is the profile's own, and
    `ceiling` is in that. `started_at` is the session's beginning.
    """
    if profile is None:
        flat = (ProfilePeriod(timedelta(), ceiling),)
        return ActiveProfile(now, ChargingProfile(unit, flat, duration=horizon))
    steps = _steps(profile, ceiling, profile.start or started_at)
    begin = max(bisect_right([at for at, _ in steps], now) - 1, 0)
    ahead = [(max(at, now), limit) for at, limit in steps[begin:] if at < now + horizon]
    if not ahead or ahead[0][0] > now:
        ahead.insert(0, (now, ceiling))
    periods = _merged([ProfilePeriod(_whole(at - now), limit) for at, limit in ahead])
    found = ChargingProfile(profile.unit, periods, duration=horizon, min_rate=profile.min_rate)
    return ActiveProfile(now, found)


def _steps(
    profile: ChargingProfile, ceiling: Decimal, base: datetime
) -> list[tuple[datetime, Decimal]]:
    """From when on which limit holds; before and after the profile it is the ceiling."""
    steps = [(base + period.start, min(period.limit, ceiling)) for period in profile.periods]
    if profile.duration is None:
        return steps
    end = base + profile.duration
    return [*(step for step in steps if step[0] < end), (end, ceiling)]


def _whole(span: timedelta) -> timedelta:
    return _SECOND * (span // _SECOND)


def _merged(periods: Sequence[ProfilePeriod]) -> tuple[ProfilePeriod, ...]:
    """Without periods that change nothing."""
    found: list[ProfilePeriod] = []
    for period in periods:
        if found and found[-1].start == period.start:
            found.pop()
        if not found or found[-1].limit != period.limit:
            found.append(period)
    return tuple(found)


def is_news(told: ActiveProfile | None, active: ActiveProfile, now: datetime) -> bool:
    """Whether who was told the one should hear of the other: another course, or soon no course."""
    if told is None or told.profile.unit is not active.profile.unit:
        return True
    ends = [each.at + (each.profile.duration or LONGEST) for each in (told, active)]
    if ends[0] < now + RENEW_BEFORE and ends[1] > ends[0] + JITTER:
        return True
    until = min(ends)
    return not _alike(_course(told, now, until), _course(active, now, until))


def _course(active: ActiveProfile, start: datetime, end: datetime) -> list[ProfilePeriod]:
    """What holds between two moments, as offsets from the first."""
    periods = active.profile.periods
    begins = [active.at + period.start for period in periods]
    first = max(bisect_right(begins, start) - 1, 0)
    chosen = [
        ProfilePeriod(max(begin, start) - start, period.limit)
        for begin, period in zip(begins[first:], periods[first:], strict=True)
        if begin < end
    ]
    return list(_merged(chosen))


def _alike(one: Sequence[ProfilePeriod], other: Sequence[ProfilePeriod]) -> bool:
    return len(one) == len(other) and all(
        a.limit == b.limit and abs(a.start - b.start) <= JITTER
        for a, b in zip(one, other, strict=True)
    )
