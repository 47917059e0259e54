"""Charging profiles → OCPP 1.6 payloads, and a charger's answers → outcomes. Pure.

A session's profile is a TxProfile of its transaction, on the lowest stack level, which every
charger has (spec: some have no other). A profile without a start is relative to the transaction's.
"""

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.profiles import HORIZON, ChargingProfile, RateUnit
from ocpp_bridge.commands import NO_CONNECTOR
from ocpp_bridge.exchange import Payload
from ocpp_bridge.schedules import in_seconds, read_schedule, write_schedule

PURPOSE = "TxProfile"


def write_limit(command: Command, connector: int) -> Payload | CommandOutcome:
    """SetChargingProfile.req, or the outcome when there is nothing to ask."""
    number, profile = command.transaction or "", command.profile
    if connector <= 0:
        return NO_CONNECTOR
    if not number.isascii() or not number.isdecimal():
        return CommandOutcome(CommandResult.UNKNOWN_SESSION, f"no transaction number: {number!r}")
    if profile is None or not profile.periods:
        return CommandOutcome(CommandResult.REJECTED, "the profile has no periods")
    written = {"transactionId": int(number), **_write_profile(profile, command.profile_number)}
    return {"connectorId": connector, "csChargingProfiles": written}


def write_start_profile(command: Command) -> Payload:
    """What a remote start says of its profile, whose transaction there is not yet.

    Source: OCPP 1.6, 5.11 Remote Start Transaction: a TxProfile, without `transactionId`.
    """
    profile = command.profile
    if profile is None or not profile.periods:
        return {}
    return {"chargingProfile": _write_profile(profile, command.profile_number)}


def _write_profile(profile: ChargingProfile, number: int | None) -> Payload:
    return {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": PURPOSE,
        "chargingProfileKind": "Relative" if profile.start is None else "Absolute",
        "chargingSchedule": write_schedule(profile),
    }


def write_unlimit(command: Command, _aim: object) -> Payload:
    """ClearChargingProfile.req for the profile that we put there, and for no other."""
    return {"id": command.profile_number}


def write_query(command: Command, connector: int) -> Payload | CommandOutcome:
    """GetCompositeSchedule.req, in the unit of the profile that was set, if one was."""
    if connector <= 0:
        return NO_CONNECTOR
    payload: Payload = {
        "connectorId": connector,
        "duration": in_seconds(command.horizon or HORIZON),
    }
    if command.profile is not None:
        payload["chargingRateUnit"] = command.profile.unit.value
    return payload


def read_composite(command: Command, said: Payload) -> CommandOutcome:
    """GetCompositeSchedule.conf; one without a schedule says nothing."""
    schedule = said.get("chargingSchedule")
    if said["status"] != "Accepted":
        return CommandOutcome(CommandResult.REJECTED, said["status"])
    if schedule is None:
        return CommandOutcome(CommandResult.FAILED, "accepted without a schedule")
    begin = said.get("scheduleStart") or schedule.get("startSchedule")
    unit = RateUnit(schedule["chargingRateUnit"])
    return read_schedule(schedule, unit, begin, now=command.sent_at or command.created_at)
