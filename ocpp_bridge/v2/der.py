"""OCPP 2.1, R: controls of distributed energy resources. Pure."""

from typing import Any

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.der import (
    ClearDerControls,
    DerAlarm,
    DerControl,
    DerControlsCleared,
    DerControlSet,
    DerControlsListed,
    DerStarted,
    ListDerControls,
    SetDerControl,
)
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech, read_status, request_number
from ocpp_bridge.dialect import Handler
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.telling import telling

_LISTS = (
    "curve", "enterService", "fixedPFAbsorb", "fixedPFInject", "fixedVar", "freqDroop",
    "gradient", "limitMaxDischarge",
)  # fmt: skip
"""A report has a list for each; what an item says of itself is under a name of its own."""

_OF_ITEM = frozenset({"id", "isDefault", "isSuperseded", "curveType", "customData"})


def _set(_command: Command, ask: SetDerControl, _place: object) -> Payload:
    return {
        **ask.settings,
        "isDefault": ask.is_default,
        "controlId": ask.control_id,
        "controlType": ask.control_type.value,
    }


def _taken(_command: Command, ask: SetDerControl, said: Payload) -> tuple[DerControlSet, ...]:
    if said["status"] != "Accepted":
        return ()
    control = DerControl(
        ask.control_id,
        ask.control_type.value,
        ask.is_default,
        superseded=False,
        settings=ask.settings,
    )
    return (DerControlSet(control, tuple(said.get("supersededIds") or ())),)


def _which(ask: ListDerControls | ClearDerControls) -> Payload:
    given = {
        "isDefault": ask.is_default,
        "controlType": ask.control_type.value if ask.control_type else None,
        "controlId": ask.control_id,
    }
    return {name: value for name, value in given.items() if value is not None}


def _list(command: Command, ask: ListDerControls, _place: object) -> Payload:
    return {"requestId": request_number(command), **_which(ask)}


def _clear(_command: Command, ask: ClearDerControls, _place: object) -> Payload:
    return _which(ask)


def _cleared(
    _command: Command, ask: ClearDerControls, said: Payload
) -> tuple[DerControlsCleared, ...]:
    if said["status"] not in {"Accepted", "NotFound"}:
        return ()
    kind = ask.control_type.value if ask.control_type else None
    return (DerControlsCleared(ask.is_default, kind, ask.control_id),)


def _read_found(said: Payload) -> CommandOutcome:
    """That there is no such control is an answer, and what was wanted of a clearing."""
    if said["status"] == "NotFound":
        return CommandOutcome(CommandResult.ACCEPTED, "NotFound")
    return read_status(said)


ASKS: dict[type, AskSpeech[Address | None]] = {
    SetDerControl: AskSpeech("SetDERControl", _set, _taken),
    ListDerControls: AskSpeech("GetDERControl", _list, read=_read_found),
    ClearDerControls: AskSpeech("ClearDERControl", _clear, _cleared, _read_found),
}


def read_controls(asked: Asked) -> DerControlsListed:
    """ReportDERControlRequest."""
    said = asked.payload
    found = [_control(kind, item) for kind in _LISTS for item in said.get(kind) or ()]
    return DerControlsListed(said["requestId"], tuple(found), last=not said.get("tbc", False))


def _control(kind: str, item: dict[str, Any]) -> DerControl:
    return DerControl(
        control_id=item["id"],
        kind=item.get("curveType", kind),
        is_default=item.get("isDefault"),
        superseded=item.get("isSuperseded", False),
        settings={name: value for name, value in item.items() if name not in _OF_ITEM},
    )


def read_alarm(asked: Asked) -> DerAlarm:
    """NotifyDERAlarmRequest."""
    said = asked.payload
    return DerAlarm(
        said["controlType"],
        said["timestamp"],
        said.get("gridEventFault"),
        said.get("alarmEnded", False),
        said.get("extraInfo"),
    )


def read_started(asked: Asked) -> DerStarted:
    """NotifyDERStartStopRequest."""
    said = asked.payload
    gone = tuple(said.get("supersededIds") or ())
    return DerStarted(said["controlId"], said["started"], said["timestamp"], gone)


HANDLERS_V21: dict[str, Handler] = {
    "NotifyDERAlarm": telling(read_alarm),
    "NotifyDERStartStop": telling(read_started),
    "ReportDERControl": telling(read_controls),
}
