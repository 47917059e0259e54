"""Triggers and makers' own messages, in both OCPP families. Pure."""

from pydantic_core import from_json, to_json

from app.domain.commands import Command
from app.domain.messages import ExtendedTrigger, TransferData, Trigger
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.exchange import Payload

_OF_A_CONNECTOR = frozenset({"MeterValues", "StatusNotification"})
_OF_AN_EVSE = _OF_A_CONNECTOR | {"TransactionEvent"}


def _trigger_v16(_command: Command, ask: Trigger | ExtendedTrigger, connector: int) -> Payload:
    payload: Payload = {"requestedMessage": ask.message}
    if connector > 0 and ask.message in _OF_A_CONNECTOR:
        payload["connectorId"] = connector
    return payload


def _trigger_v2(_command: Command, ask: Trigger, place: Address | None) -> Payload:
    payload: Payload = {"requestedMessage": ask.message}
    if ask.custom is not None:
        payload |= {"requestedMessage": "CustomTrigger", "customTrigger": ask.custom}
    if place is not None and place.evse > 0 and ask.message in _OF_AN_EVSE:
        payload["evse"] = {"id": place.evse}
        if ask.message == "StatusNotification":
            payload["evse"]["connectorId"] = place.connector or 1
    return payload


def _transfer(ask: TransferData) -> Payload:
    return {"vendorId": ask.vendor} | ({"messageId": ask.message} if ask.message else {})


def _transfer_v16(_command: Command, ask: TransferData, _aim: int) -> Payload:
    """1.6 carries text: a JSON string as it is, everything else as JSON text."""
    if ask.data is None:
        return _transfer(ask)
    data = from_json(ask.data)
    return _transfer(ask) | {"data": data if isinstance(data, str) else ask.data}


def _transfer_v2(_command: Command, ask: TransferData, _aim: Address | None) -> Payload:
    return _transfer(ask) | ({} if ask.data is None else {"data": from_json(ask.data)})


def as_text(data: object) -> str | None:
    """What a maker's message carries, as JSON text."""
    return None if data is None else to_json(data).decode()


ASKS_V16: dict[type, AskSpeech[int]] = {
    Trigger: AskSpeech("TriggerMessage", _trigger_v16),
    ExtendedTrigger: AskSpeech("ExtendedTriggerMessage", _trigger_v16),
    TransferData: AskSpeech("DataTransfer", _transfer_v16),
}
ASKS_V2: dict[type, AskSpeech[Address | None]] = {
    Trigger: AskSpeech("TriggerMessage", _trigger_v2),
    TransferData: AskSpeech("DataTransfer", _transfer_v2),
}
