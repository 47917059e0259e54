"""OCPP 1.6, 5.16 and 5.5: profiles of the charger itself. Pure."""

from app.domain.commands import Command
from app.domain.smart_charging import ClearProfiles, SetStationProfile, StationPurpose
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.exchange import Payload
from ocpp_bridge.schedules import write_schedule
from ocpp_bridge.v2.smart_charging import read_cleared

_PURPOSES = {
    StationPurpose.MAX: "ChargePointMaxProfile",
    StationPurpose.DEFAULT: "TxDefaultProfile",
}


def _set(_command: Command, ask: SetStationProfile, connector: int) -> Payload:
    profile = ask.profile
    return {
        "connectorId": 0 if ask.purpose is StationPurpose.MAX else connector,
        "csChargingProfiles": {
            "chargingProfileId": ask.number,
            "stackLevel": ask.stack_level,
            "chargingProfilePurpose": _PURPOSES[ask.purpose],
            "chargingProfileKind": "Relative" if profile.start is None else "Absolute",
            "chargingSchedule": write_schedule(profile),
        },
    }


def _clear(_command: Command, ask: ClearProfiles, connector: int) -> Payload:
    if ask.number is not None:
        return {"id": ask.number}
    payload: Payload = {}
    if ask.purpose is not None:
        payload["chargingProfilePurpose"] = _PURPOSES[ask.purpose]
    if ask.stack_level is not None:
        payload["stackLevel"] = ask.stack_level
    if connector:
        payload["connectorId"] = connector
    return payload


ASKS: dict[type, AskSpeech[int]] = {
    SetStationProfile: AskSpeech("SetChargingProfile", _set),
    ClearProfiles: AskSpeech("ClearChargingProfile", _clear, read=read_cleared),
}
