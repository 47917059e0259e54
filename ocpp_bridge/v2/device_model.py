"""OCPP 2.x, block B: variables read and written, reports of the device model, ways to connect."""

from typing import Any

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.device_model import (
    ACCEPTED,
    ACTUAL,
    REBOOT_REQUIRED,
    AskBaseReport,
    AskReport,
    Attribute,
    Characteristics,
    InventoryBegun,
    InventoryPart,
    Missing,
    NetworkProfile,
    NetworkProfileSet,
    Part,
    ReadVariables,
    ReportKind,
    SetNetworkProfile,
    Variable,
    VariableName,
    VariablesRead,
    VariablesWritten,
    WriteVariables,
    Written,
)
from app.domain.security_raise import PRIORITY, PreferSecureWay, TeachSecureWay
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload

Aim = Address | None


async def report_part(visit: Visit, asked: Asked) -> Payload:
    """NotifyReport."""
    await visit.tell(read_part(asked.payload))
    return {}


def read_part(said: Payload) -> InventoryPart:
    """A part of a report; `tbc` that is absent means that it is the last."""
    found = tuple(_variable(entry) for entry in said.get("reportData", ()))
    return InventoryPart(said["requestId"], said["seqNo"], not said.get("tbc", False), found)


def _variable(entry: Payload) -> Variable:
    name = _name(entry)
    attributes = tuple(
        Attribute(
            each.get("type", ACTUAL),
            None if name.is_secret else each.get("value"),
            each.get("mutability", "ReadWrite"),
            each.get("persistent", False),
            each.get("constant", False),
        )
        for each in entry["variableAttribute"]
    )
    told = entry.get("variableCharacteristics")
    return Variable(name, attributes, None if told is None else _characteristics(told))


def _characteristics(told: Payload) -> Characteristics:
    return Characteristics(
        told["dataType"],
        told.get("unit"),
        told.get("minLimit"),
        told.get("maxLimit"),
        told.get("valuesList"),
        told["supportsMonitoring"],
    )


def _name(said: Payload) -> VariableName:
    component, variable = said["component"], said["variable"]
    evse = component.get("evse") or {}
    return VariableName(
        variable["name"].strip(),
        component["name"].strip(),
        variable.get("instance", ""),
        component.get("instance", ""),
        evse.get("id", 0),
        evse.get("connectorId", 0),
    )


def _wire(name: VariableName | Part) -> Payload:
    component: Payload = {"name": name.component}
    if name.component_instance:
        component["instance"] = name.component_instance
    if name.evse:
        component["evse"] = {"id": name.evse}
        if name.connector:
            component["evse"]["connectorId"] = name.connector
    wired = {"component": component}
    if name.variable:
        instance = {"instance": name.instance} if name.instance else {}
        wired["variable"] = {"name": name.variable, **instance}
    return wired


def _type(attribute: str) -> Payload:
    return {} if attribute == ACTUAL else {"attributeType": attribute}


def _write_read(_command: Command, ask: ReadVariables, _aim: Aim) -> Payload | CommandOutcome:
    if not ask.names:
        told = "variables are read by name; ask for a report to get all"
        return CommandOutcome(CommandResult.NOT_SUPPORTED, told)
    return {"getVariableData": [{**_wire(each), **_type(ask.attribute)} for each in ask.names]}


def _read(_command: Command, _ask: ReadVariables, said: Payload) -> tuple[VariablesRead, ...]:
    told, missing = [], []
    for result in said["getVariableResult"]:
        name, status = _name(result), result["attributeStatus"]
        attribute = result.get("attributeType", ACTUAL)
        if status == ACCEPTED:
            value = None if name.is_secret else result.get("attributeValue", "")
            told.append(Variable(name, (Attribute(attribute, value),)))
        else:
            missing.append(Missing(name, status, _why(result), attribute))
    return (VariablesRead(tuple(told), tuple(missing)),)


def _read_results(key: str, *good: str) -> Any:
    """How reading or writing several ended: well, if all did; else the first trouble."""

    def ended(said: Payload) -> CommandOutcome:
        bad = [each for each in said[key] if each["attributeStatus"] not in good]
        if not bad:
            return CommandOutcome(CommandResult.ACCEPTED)
        first = bad[0]
        told = f"{_name(first)}: {first['attributeStatus']}"
        many = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
        some = len(bad) < len(said[key])
        result = CommandResult.ACCEPTED if some else CommandResult.REJECTED
        return CommandOutcome(result, told + many)

    return ended


def _write_write(_command: Command, ask: WriteVariables, _aim: Aim) -> Payload | CommandOutcome:
    if any(not each.name.component for each in ask.settings):
        told = "variables of OCPP 2.x belong to a component"
        return CommandOutcome(CommandResult.NOT_SUPPORTED, told)
    return {
        "setVariableData": [
            {**_wire(each.name), **_type(each.attribute), "attributeValue": each.value}
            for each in ask.settings
        ]
    }


def _written(
    _command: Command, ask: WriteVariables, said: Payload
) -> tuple[VariablesWritten, ...]:
    asked = {(each.name.key, each.attribute): each for each in ask.settings}
    results = []
    for result in said["setVariableResult"]:
        name, attribute = _name(result), result.get("attributeType", ACTUAL)
        setting = asked.get((name.key, attribute))
        value = None if setting is None or name.is_secret else setting.value
        results.append(Written(name, result["attributeStatus"], value, _why(result), attribute))
    return (VariablesWritten(tuple(results)),)


def _why(result: Payload) -> str | None:
    info = result.get("attributeStatusInfo")
    if info is None:
        return None
    return ": ".join(part for part in (info["reasonCode"], info.get("additionalInfo")) if part)


def _write_base(_command: Command, ask: AskBaseReport, _aim: Aim) -> Payload:
    return {"requestId": ask.number, "reportBase": ask.kind.value}


def _write_report(_command: Command, ask: AskReport, _aim: Aim) -> Payload:
    payload: Payload = {"requestId": ask.number}
    if ask.criteria:
        payload["componentCriteria"] = list(ask.criteria)
    if ask.parts:
        payload["componentVariable"] = [_wire(part) for part in ask.parts]
    return payload


def _begun(
    _command: Command, ask: AskBaseReport | AskReport, said: Payload
) -> tuple[InventoryBegun, ...]:
    kind = ask.kind if isinstance(ask, AskBaseReport) else ReportKind.CUSTOM
    return (InventoryBegun(ask.number, kind, said["status"]),)


def _write_profile(_command: Command, ask: SetNetworkProfile, _aim: Aim) -> Payload:
    return {"configurationSlot": ask.slot, "connectionData": _connection(ask.profile)}


def _write_way(_command: Command, ask: TeachSecureWay, _aim: Aim) -> Payload:
    return {"configurationSlot": ask.slot, "connectionData": _connection(ask.way)}


def _connection(profile: NetworkProfile) -> Payload:
    data: Payload = {
        "ocppVersion": profile.version,
        "ocppTransport": "JSON",
        "ocppCsmsUrl": profile.url,
        "messageTimeout": profile.timeout_s,
        "securityProfile": profile.security_profile,
        "ocppInterface": profile.interface,
    }
    point = profile.access_point
    if point is not None:
        told = {
            "apn": point.apn,
            "apnAuthentication": point.authentication,
            "apnUserName": point.user,
            "preferredNetwork": point.preferred_network,
            "useOnlyPreferredNetwork": point.only_preferred,
        }
        data["apn"] = {name: value for name, value in told.items() if value is not None}
    return data


def _way_set(
    _command: Command, ask: TeachSecureWay, said: Payload
) -> tuple[NetworkProfileSet, ...]:
    return (NetworkProfileSet(ask.slot, ask.way),) if said["status"] == ACCEPTED else ()


def _write_preference(_command: Command, ask: PreferSecureWay, _aim: Aim) -> Payload:
    return {"setVariableData": [{**_wire(PRIORITY), "attributeValue": ask.priority}]}


def _profile_set(
    _command: Command, ask: SetNetworkProfile, said: Payload
) -> tuple[NetworkProfileSet, ...]:
    return (NetworkProfileSet(ask.slot, ask.profile),) if said["status"] == ACCEPTED else ()


ASKS: dict[type, AskSpeech[Aim]] = {
    ReadVariables: AskSpeech(
        "GetVariables", _write_read, _read, _read_results("getVariableResult", ACCEPTED)
    ),
    WriteVariables: AskSpeech(
        "SetVariables",
        _write_write,
        _written,
        _read_results("setVariableResult", ACCEPTED, REBOOT_REQUIRED),
    ),
    AskBaseReport: AskSpeech("GetBaseReport", _write_base, _begun),
    AskReport: AskSpeech("GetReport", _write_report, _begun),
    SetNetworkProfile: AskSpeech("SetNetworkProfile", _write_profile, _profile_set),
    TeachSecureWay: AskSpeech("SetNetworkProfile", _write_way, _way_set),
    PreferSecureWay: AskSpeech(
        "SetVariables",
        _write_preference,
        read=_read_results("setVariableResult", ACCEPTED, REBOOT_REQUIRED),
    ),
}
