"""Display messages and the running cost in OCPP 2.0.1 and 2.1. Pure."""

from datetime import UTC, datetime

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.displays import (
    ClearDisplayMessage,
    DisplayMessage,
    GetDisplayMessages,
    MessageCleared,
    MessagesAsked,
    MessageShown,
    MessagesPart,
    SetDisplayMessage,
    ShowCost,
)
from app.domain.stations import Address
from ocpp_bridge.asks import ACCEPTED, AskSpeech, request_number
from ocpp_bridge.dialect import Handler
from ocpp_bridge.errands import span
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.telling import telling

Aim = Address | None
UNKNOWN = "Unknown"


def _set(_command: Command, ask: SetDisplayMessage, _aim: Aim) -> Payload:
    message = ask.message
    content: Payload = {"format": message.format, "content": message.text}
    if message.language:
        content["language"] = message.language
    said: Payload = {"id": message.number, "priority": message.priority, "message": content}
    said |= span(("startDateTime", "endDateTime"), (message.since, message.until))
    if message.state:
        said["state"] = message.state
    if message.transaction:
        said["transactionId"] = message.transaction
    if message.component or message.evse is not None:
        evse = {} if message.evse is None else {"evse": {"id": message.evse}}
        said["display"] = {"name": message.component or "Display", **evse}
    return {"message": said}


def _shown(_command: Command, ask: SetDisplayMessage, said: Payload) -> tuple[MessageShown, ...]:
    return (MessageShown(ask.message),) if said["status"] == "Accepted" else ()


def _clear(_command: Command, ask: ClearDisplayMessage, _aim: Aim) -> Payload:
    return {"id": ask.number}


def _cleared(
    _command: Command, ask: ClearDisplayMessage, said: Payload
) -> tuple[MessageCleared, ...]:
    gone = said["status"] in {"Accepted", UNKNOWN}
    return (MessageCleared(ask.number),) if gone else ()


def _read_cleared(said: Payload) -> CommandOutcome:
    """One that is not there is gone."""
    if said["status"] in {"Accepted", UNKNOWN}:
        return ACCEPTED
    return CommandOutcome(CommandResult.REJECTED, said["status"])


def _get(command: Command, ask: GetDisplayMessages, _aim: Aim) -> Payload:
    payload: Payload = {"requestId": request_number(command)}
    if ask.numbers:
        payload["id"] = list(ask.numbers)
    if ask.priority:
        payload["priority"] = ask.priority
    if ask.state:
        payload["state"] = ask.state
    return payload


def _will_tell(
    command: Command, ask: GetDisplayMessages, said: Payload
) -> tuple[MessagesAsked, ...]:
    """`Unknown`: no message is as asked (OCPP 2.0.1, O03.FR.06)."""
    none = said["status"] == UNKNOWN
    return (MessagesAsked(request_number(command), ask.is_whole, none),)


def _read_will_tell(said: Payload) -> CommandOutcome:
    told = "no messages" if said["status"] == UNKNOWN else None
    return CommandOutcome(CommandResult.ACCEPTED, told)


def _cost(_command: Command, ask: ShowCost, _aim: Aim) -> Payload:
    return {"transactionId": ask.transaction, "totalCost": float(ask.total.payable().amount)}


def read_part(asked: Asked) -> MessagesPart:
    """NotifyDisplayMessages."""
    said = asked.payload
    messages = tuple(_message(each) for each in said.get("messageInfo", ()))
    return MessagesPart(said["requestId"], not said.get("tbc", False), messages)


def _message(said: Payload) -> DisplayMessage:
    content, display = said["message"], said.get("display", {})
    return DisplayMessage(
        said["id"],
        content["content"],
        said["priority"],
        content["format"],
        content.get("language"),
        said.get("state"),
        _time(said.get("startDateTime")),
        _time(said.get("endDateTime")),
        said.get("transactionId"),
        display.get("name"),
        display.get("evse", {}).get("id"),
    )


def _time(text: str | None) -> datetime | None:
    """A time of ours that comes back; it may be far ahead."""
    try:
        moment = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment


ASKS: dict[type, AskSpeech[Aim]] = {
    SetDisplayMessage: AskSpeech("SetDisplayMessage", _set, _shown),
    ClearDisplayMessage: AskSpeech("ClearDisplayMessage", _clear, _cleared, _read_cleared),
    GetDisplayMessages: AskSpeech("GetDisplayMessages", _get, _will_tell, _read_will_tell),
    ShowCost: AskSpeech("CostUpdated", _cost),
}
HANDLERS: dict[str, Handler] = {"NotifyDisplayMessages": telling(read_part)}
