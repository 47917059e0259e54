"""OCPP 1.6, 5.3 Change Configuration and 5.8 Get Configuration."""

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.device_model import (
    READ_ONLY,
    Attribute,
    Missing,
    ReadVariables,
    Variable,
    VariableName,
    VariablesRead,
    VariablesWritten,
    WriteVariables,
    Written,
)
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.exchange import Payload

UNKNOWN = "UnknownKey"


def _write_read(_command: Command, ask: ReadVariables, _connector: int) -> Payload:
    keys = [name.variable for name in ask.names]
    return {"key": keys} if keys else {}


def _read(_command: Command, ask: ReadVariables, said: Payload) -> tuple[VariablesRead, ...]:
    """What came; a key that was asked for and is in neither list is unknown, too (Q-35)."""
    told = tuple(_variable(entry) for entry in said.get("configurationKey") or ())
    unknown = list(said.get("unknownKey") or ())
    heard = {each.name.key for each in told} | {VariableName(key).key for key in unknown}
    unknown += [name.variable for name in ask.names if name.key not in heard]
    missing = tuple(Missing(VariableName(key), UNKNOWN) for key in unknown)
    return (VariablesRead(told, missing),)


def _variable(entry: Payload) -> Variable:
    name = VariableName(entry["key"].strip())
    value = None if name.is_secret else entry.get("value")
    mutability = READ_ONLY if entry["readonly"] else "ReadWrite"
    return Variable(name, (Attribute(value=value, mutability=mutability),))


def _write_write(
    _command: Command, ask: WriteVariables, _connector: int
) -> Payload | CommandOutcome:
    if len(ask.settings) != 1 or ask.settings[0].name.component:
        told = "OCPP 1.6 sets one key at a time"
        return CommandOutcome(CommandResult.NOT_SUPPORTED, told)
    [setting] = ask.settings
    return {"key": setting.name.variable, "value": setting.value}


def _written(_command: Command, ask: WriteVariables, said: Payload) -> tuple[VariablesWritten]:
    [setting] = ask.settings
    value = None if setting.name.is_secret else setting.value
    return (VariablesWritten((Written(setting.name, said["status"], value),)),)


ASKS: dict[type, AskSpeech[int]] = {
    ReadVariables: AskSpeech("GetConfiguration", _write_read, _read),
    WriteVariables: AskSpeech("ChangeConfiguration", _write_write, _written),
}
