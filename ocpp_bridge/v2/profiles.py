"""Charging profiles → OCPP 2.0.1 and 2.1 payloads, and answers → outcomes. Pure.

A session's profile is a TxProfile of its transaction, on the lowest stack level, which every
charger has. A profile without a start is relative to the transaction's.
"""

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.profiles import HORIZON, ChargingProfile, RateUnit
from app.domain.stations import Address
from ocpp_bridge.commands import NO_EVSE, NO_TRANSACTION
from ocpp_bridge.exchange import Payload
from ocpp_bridge.schedules import in_seconds, read_schedule, write_schedule

MAX_TRANSACTION = 36
PURPOSE = "TxProfile"
SCHEDULE_ID = 1


def write_limit(command: Command, place: Address | None) -> Payload | CommandOutcome:
    """SetChargingProfileRequest, or the outcome when there is nothing to ask."""
    profile = command.profile
    if place is None or place.evse <= 0:
        return NO_EVSE
    if not command.transaction or len(command.transaction) > MAX_TRANSACTION:
        return NO_TRANSACTION
    if profile is None or not profile.periods:
        return CommandOutcome(CommandResult.REJECTED, "the profile has no periods")
    written = _write_profile(profile, command.profile_number)
    written["transactionId"] = command.transaction
    return {"evseId": place.evse, "chargingProfile": written}


def write_start_profile(command: Command) -> Payload:
    """What a remote start says of its profile, whose transaction there is not yet.

    Source: OCPP 2.0.1, F01 Remote Start Transaction: a TxProfile, without `transactionId`.
    """
    profile = command.profile
    if profile is None or not profile.periods:
        return {}
    return {"chargingProfile": _write_profile(profile, command.profile_number)}


def _write_profile(profile: ChargingProfile, number: int | None) -> Payload:
    return {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": PURPOSE,
        "chargingProfileKind": "Relative" if profile.start is None else "Absolute",
        "chargingSchedule": [{"id": SCHEDULE_ID, **write_schedule(profile)}],
    }


def write_unlimit(command: Command, _aim: object) -> Payload:
    """ClearChargingProfileRequest for the profile that we put there, and for no other."""
    return {"chargingProfileId": command.profile_number}


def write_query(command: Command, place: Address | None) -> Payload | CommandOutcome:
    """GetCompositeScheduleRequest, in the unit of the profile that was set, if one was."""
    if place is None or place.evse <= 0:
        return NO_EVSE
    payload: Payload = {
        "evseId": place.evse,
        "duration": in_seconds(command.horizon or HORIZON),
    }
    if command.profile is not None:
        payload["chargingRateUnit"] = command.profile.unit.value
    return payload


def read_composite(command: Command, said: Payload) -> CommandOutcome:
    """GetCompositeScheduleResponse of a charger that accepted."""
    schedule = said.get("schedule")
    if schedule is None:
        return CommandOutcome(CommandResult.FAILED, "accepted without a schedule")
    unit = RateUnit(schedule["chargingRateUnit"])
    return read_schedule(
        schedule, unit, schedule.get("scheduleStart"), now=command.sent_at or command.created_at
    )
