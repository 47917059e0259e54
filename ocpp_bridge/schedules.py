"""Charging schedules, which both OCPP families write and read alike."""

from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.profiles import (
    HIGHEST,
    LONGEST,
    TENTH,
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    RateUnit,
)
from ocpp_bridge.exchange import Payload
from ocpp_bridge.timestamps import read_time, write_time

_SECOND = timedelta(seconds=1)


def in_seconds(span: timedelta) -> int:
    """Whole seconds, as the wire counts."""
    return span // _SECOND


def wire_rate(limit: Decimal) -> float:
    """A limit as a JSON number; it has at most one decimal, which a double keeps."""
    return float(limit)


def write_schedule(profile: ChargingProfile) -> Payload:
    """A ChargingSchedule; what is not said is left out, since long frames break some chargers."""
    schedule: Payload = {
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": [
            {"startPeriod": in_seconds(period.start), "limit": wire_rate(period.limit)}
            for period in profile.periods
        ],
    }
    if profile.start is not None:
        schedule["startSchedule"] = write_time(profile.start)
    if profile.duration is not None:
        schedule["duration"] = in_seconds(profile.duration)
    if profile.min_rate is not None:
        schedule["minChargingRate"] = wire_rate(profile.min_rate)
    return schedule


def read_schedule(
    said: Payload, unit: RateUnit, begin: str | None, *, now: datetime
) -> CommandOutcome:
    """A composite schedule; where the charger does not say when it begins, that is now."""
    periods = said.get("chargingSchedulePeriod") or ()
    limits = [_limit(period, unit) for period in periods]
    if not limits or None in limits:
        return CommandOutcome(CommandResult.FAILED, "a schedule without limits")
    found = [
        ProfilePeriod(_span(period["startPeriod"]), limit)
        for period, limit in zip(periods, limits, strict=True)
        if limit is not None
    ]
    length, least = said.get("duration"), said.get("minChargingRate")
    profile = ChargingProfile(
        unit,
        tuple(sorted(found, key=lambda period: period.start)),
        duration=None if length is None else _span(length),
        min_rate=None if least is None else _tenths(least),
    )
    active = ActiveProfile(read_time(begin, now) or now, profile)
    return CommandOutcome(CommandResult.ACCEPTED, schedule=active)


def read_cleared(_command: Command, said: Payload) -> CommandOutcome:
    """The answer to ClearChargingProfile; that a profile is not there is no error of a charger."""
    if said["status"] == "Accepted":
        return CommandOutcome(CommandResult.ACCEPTED)
    return CommandOutcome(CommandResult.UNKNOWN_PROFILE, said["status"])


def _limit(period: Payload, unit: RateUnit) -> Decimal | None:
    """A period's limit: watts of 2.1's phases add up, amperes hold for each; None without one."""
    given = [period[name] for name in ("limit", "limit_L2", "limit_L3") if name in period]
    if not given:
        return None
    return _tenths(sum(given, Decimal(0)) if unit is RateUnit.WATT else max(given))


def _tenths(value: Decimal) -> Decimal:
    """To a tenth, rounded down, and none below nothing or beyond what physics has."""
    return min(max(value, Decimal(0)), HIGHEST).quantize(TENTH, ROUND_FLOOR)


def _span(seconds: int) -> timedelta:
    return min(max(timedelta(), _SECOND * min(seconds, LONGEST // _SECOND)), LONGEST)
