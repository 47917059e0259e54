"""OCPP 2.0.1 and 2.1, K: smart charging beyond the profile of one session. Pure."""

from decimal import Decimal
from typing import Any

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.smart_charging import (
    AllowEnergyTransfer,
    ClearProfiles,
    DynamicLimit,
    DynamicWanted,
    LimitGone,
    LimitTold,
    ListProfiles,
    NeedsTold,
    PriorityTold,
    ProfilesListed,
    ProfilesToListing,
    ScheduleTold,
    SetStationProfile,
    SignalReserve,
    StationPurpose,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech, read_status, request_number
from ocpp_bridge.commands import NO_TRANSACTION
from ocpp_bridge.dialect import Handler
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.schedules import wire_rate, write_schedule
from ocpp_bridge.telling import telling
from ocpp_bridge.timestamps import write_time
from ocpp_bridge.v2.profiles import MAX_TRANSACTION, SCHEDULE_ID

_PURPOSES = {
    StationPurpose.MAX: "ChargingStationMaxProfile",
    StationPurpose.DEFAULT: "TxDefaultProfile",
}
_MOVED = ("limit", "discharge_limit", "setpoint")
_WIRE = {"limit": "limit", "discharge_limit": "dischargeLimit", "setpoint": "setpoint"}


def _evse(place: Address | None) -> int:
    return place.evse if place is not None else 0


def _set(_command: Command, ask: SetStationProfile, place: Address | None) -> Payload:
    profile = ask.profile
    return {
        "evseId": 0 if ask.purpose is StationPurpose.MAX else _evse(place),
        "chargingProfile": {
            "id": ask.number,
            "stackLevel": ask.stack_level,
            "chargingProfilePurpose": _PURPOSES[ask.purpose],
            "chargingProfileKind": "Relative" if profile.start is None else "Absolute",
            "chargingSchedule": [{"id": SCHEDULE_ID, **write_schedule(profile)}],
        },
    }


def _clear(_command: Command, ask: ClearProfiles, place: Address | None) -> Payload:
    if ask.number is not None:
        return {"chargingProfileId": ask.number}
    criteria: Payload = {}
    if ask.purpose is not None:
        criteria["chargingProfilePurpose"] = _PURPOSES[ask.purpose]
    if ask.stack_level is not None:
        criteria["stackLevel"] = ask.stack_level
    if place is not None:
        criteria["evseId"] = place.evse
    return {"chargingProfileCriteria": criteria}


def read_cleared(said: Payload) -> CommandOutcome:
    """That nothing was there to be cleared is no error of a charger."""
    if said["status"] == "Unknown":
        return CommandOutcome(CommandResult.UNKNOWN_PROFILE, "Unknown")
    return read_status(said)


def _list(command: Command, ask: ListProfiles, place: Address | None) -> Payload:
    payload: Payload = {
        "requestId": request_number(command),
        "chargingProfile": {"chargingLimitSource": [ask.source]} if ask.source else {},
    }
    return payload if place is None else {**payload, "evseId": place.evse}


def _to_list(_command: Command, _ask: Any, said: Payload) -> tuple[ProfilesToListing, ...]:
    return (ProfilesToListing(none=said["status"] == "NoProfiles"),)


def _read_list(said: Payload) -> CommandOutcome:
    if said["status"] == "NoProfiles":
        return CommandOutcome(CommandResult.ACCEPTED, "NoProfiles")
    return read_status(said)


def _move(_command: Command, ask: UpdateDynamicSchedule, _place: object) -> Payload:
    return {"chargingProfileId": ask.number, "scheduleUpdate": write_limits(ask)}


def write_limits(limits: UpdateDynamicSchedule | DynamicLimit) -> Payload:
    """A ChargingScheduleUpdate of what is said; the names of the phases keep their underscore."""
    given = {name: getattr(limits, name) for name in _MOVED}
    return {_WIRE[name]: wire_rate(value) for name, value in given.items() if value is not None}


def _moved(
    _command: Command, ask: UpdateDynamicSchedule, said: Payload
) -> tuple[DynamicLimit, ...]:
    if said["status"] != "Accepted":
        return ()
    return (DynamicLimit(ask.number, ask.limit, ask.discharge_limit, ask.setpoint),)


def _prefer(
    _command: Command, ask: UsePriorityCharging, _place: object
) -> Payload | CommandOutcome:
    if not _is_transaction(ask.transaction):
        return NO_TRANSACTION
    return {"transactionId": ask.transaction, "activate": ask.activate}


def _preferred(
    _command: Command, ask: UsePriorityCharging, said: Payload
) -> tuple[PriorityTold, ...]:
    taken = said["status"] == "Accepted"
    return (PriorityTold(ask.transaction, ask.activate),) if taken else ()


def _allow(
    _command: Command, ask: AllowEnergyTransfer, _place: object
) -> Payload | CommandOutcome:
    if not _is_transaction(ask.transaction):
        return NO_TRANSACTION
    modes = [mode.value for mode in ask.modes]
    return {"transactionId": ask.transaction, "allowedEnergyTransfer": modes}


def _signal(command: Command, ask: SignalReserve, _place: object) -> Payload:
    return {"timestamp": write_time(command.created_at), "signal": ask.signal}


def _is_transaction(name: str) -> bool:
    return 0 < len(name) <= MAX_TRANSACTION


ASKS: dict[type, AskSpeech[Address | None]] = {
    SetStationProfile: AskSpeech("SetChargingProfile", _set),
    ClearProfiles: AskSpeech("ClearChargingProfile", _clear, read=read_cleared),
    ListProfiles: AskSpeech("GetChargingProfiles", _list, _to_list, _read_list),
    UpdateDynamicSchedule: AskSpeech("UpdateDynamicSchedule", _move, _moved),
    UsePriorityCharging: AskSpeech("UsePriorityCharging", _prefer, _preferred),
    AllowEnergyTransfer: AskSpeech("NotifyAllowedEnergyTransfer", _allow),
    SignalReserve: AskSpeech("AFRRSignal", _signal),
}


def read_listed(asked: Asked) -> ProfilesListed:
    """ReportChargingProfilesRequest."""
    said = asked.payload
    return ProfilesListed(
        request=said["requestId"],
        source=said["chargingLimitSource"],
        evse=said["evseId"],
        profiles=tuple(said["chargingProfile"]),
        last=not said.get("tbc", False),
    )


def read_needs(asked: Asked) -> NeedsTold:
    """NotifyEVChargingNeedsRequest; the energy is in Wh, of either kind of current."""
    said = asked.payload
    needs = said["chargingNeeds"]
    current = needs.get("acChargingParameters") or needs.get("dcChargingParameters") or {}
    energy = current.get("energyAmount")
    return NeedsTold(
        evse=said["evseId"],
        mode=needs["requestedEnergyTransfer"],
        energy=None if energy is None else Decimal(energy) / 1000,
        departure=needs.get("departureTime"),
        needs=needs,
    )


def read_vehicle_schedule(asked: Asked) -> ScheduleTold:
    """NotifyEVChargingScheduleRequest."""
    said = asked.payload
    return ScheduleTold(said["evseId"], said["timeBase"], said["chargingSchedule"])


def read_limit(asked: Asked) -> LimitTold:
    """NotifyChargingLimitRequest."""
    said = asked.payload
    source = said["chargingLimit"]["chargingLimitSource"]
    return LimitTold(said.get("evseId", 0), source, tuple(said.get("chargingSchedule") or ()))


def read_limit_gone(asked: Asked) -> LimitGone:
    """ClearedChargingLimitRequest."""
    said = asked.payload
    return LimitGone(said.get("evseId", 0), said["chargingLimitSource"])


def read_priority(asked: Asked) -> PriorityTold:
    """NotifyPriorityChargingRequest."""
    said = asked.payload
    return PriorityTold(said["transactionId"], said["activated"])


def write_needs(scheduled: Any) -> Payload:
    """NotifyEVChargingNeedsResponse: whether a profile follows."""
    return {"status": "Accepted" if scheduled else "Rejected"}


def write_accepted(_reply: Any) -> Payload:
    """An answer that agrees."""
    return {"status": "Accepted"}


def write_dynamic(limits: DynamicLimit | None) -> Payload:
    """PullDynamicScheduleUpdateResponse."""
    if limits is None:
        return {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownProfile"}}
    return {"status": "Accepted", "scheduleUpdate": write_limits(limits)}


HANDLERS: dict[str, Handler] = {
    "NotifyEVChargingNeeds": telling(read_needs, write_needs),
    "NotifyEVChargingSchedule": telling(read_vehicle_schedule, write_accepted),
    "ReportChargingProfiles": telling(read_listed),
}

HANDLERS_V21: dict[str, Handler] = {
    "NotifyPriorityCharging": telling(read_priority),
    "PullDynamicScheduleUpdate": telling(
        lambda asked: DynamicWanted(asked.payload["chargingProfileId"]), write_dynamic
    ),
}
