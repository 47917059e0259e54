"""Commands and answers → OCPP 1.6 payloads, and a charger's answers → outcomes. Pure."""

from datetime import datetime, timedelta

from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.reservations import MAX_ID_TAG
from app.domain.stations import Address
from app.domain.tokens import Authorization, TokenType
from ocpp_bridge.asks import Asking
from ocpp_bridge.availability import ASKS_V16
from ocpp_bridge.certificates import CERTIFICATE_ASKS_V16
from ocpp_bridge.commands import NO_CONNECTOR, Speech, wanted_reset
from ocpp_bridge.exchange import Answer, Ask, Payload, Refusal
from ocpp_bridge.reservations import read_reservation, write_reserve_v16, write_unreserve
from ocpp_bridge.schedules import read_cleared
from ocpp_bridge.timestamps import write_time
from ocpp_bridge.v16.configuration import ASKS as CONFIGURATION_ASKS
from ocpp_bridge.v16.maintenance import ASKS as KEEPING
from ocpp_bridge.v16.profiles import (
    read_composite,
    write_limit,
    write_query,
    write_start_profile,
    write_unlimit,
)
from ocpp_bridge.v16.smart_charging import ASKS as SMART_ASKS
from ocpp_bridge.vocabulary import ID_TAG_STATUS

CACHE_FOR = timedelta(hours=24)

TRIGGERS = frozenset({
    "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification",
    "Heartbeat", "MeterValues", "StatusNotification",
})  # fmt: skip

_RESULTS = {
    "Accepted": CommandResult.ACCEPTED,
    "Unlocked": CommandResult.ACCEPTED,
    "UnlockFailed": CommandResult.FAILED,
    "NotSupported": CommandResult.NOT_SUPPORTED,
    "NotImplemented": CommandResult.NOT_SUPPORTED,
}


def write_command(command: Command, place: Address | None) -> Ask | CommandOutcome:
    """The CALL for a command, or the outcome when there is nothing to ask.

    A remote start always names its connector: without it a charger with several picks one itself.
    """
    connector = place.connector if place is not None else 0
    if command.kind is CommandKind.ASK:
        return ASKING.ask(command, connector)
    return _SPEECH[command.kind].ask(command, connector)


def read_outcome(command: Command, answer: Answer | Refusal) -> CommandOutcome:
    """What the charger's answer to a command means."""
    if command.kind is CommandKind.ASK:
        return ASKING.outcome(command, answer)
    return _SPEECH[command.kind].outcome(command, answer)


def _read_status(_command: Command, said: Payload) -> CommandOutcome:
    status = said["status"]
    result = _RESULTS.get(status, CommandResult.REJECTED)
    return CommandOutcome(result, None if result is CommandResult.ACCEPTED else status)


def id_tag_info(authorization: Authorization, now: datetime) -> Payload:
    """IdTagInfo; a partner's card may be cached for a day, a single-use tag not at all."""
    info: Payload = {"status": ID_TAG_STATUS[authorization.verdict]}
    token = authorization.token
    if token is None or not authorization.allowed:
        return info
    if not token.own and token.type in {TokenType.RFID, TokenType.OTHER}:
        info["expiryDate"] = write_time(now + CACHE_FOR)
    if token.group_id and len(token.group_id) <= MAX_ID_TAG:
        info["parentIdTag"] = token.group_id
    return info


def _start(command: Command, connector: int) -> Payload | CommandOutcome:
    if connector <= 0 or not command.shown_tag:
        return NO_CONNECTOR
    payload: Payload = {"connectorId": connector, "idTag": command.shown_tag}
    return payload | write_start_profile(command)


def _stop(command: Command, _connector: int) -> Payload | CommandOutcome:
    number = command.transaction or ""
    if not number.isascii() or not number.isdecimal():
        return CommandOutcome(CommandResult.UNKNOWN_SESSION, f"no transaction number: {number!r}")
    return {"transactionId": int(number)}


def _unlock(_command: Command, connector: int) -> Payload | CommandOutcome:
    if connector <= 0:
        return NO_CONNECTOR
    return {"connectorId": connector}


def _trigger(command: Command, connector: int) -> Payload | CommandOutcome:
    wanted = command.detail or "StatusNotification"
    if wanted not in TRIGGERS:
        return CommandOutcome(CommandResult.NOT_SUPPORTED, f"OCPP 1.6 cannot trigger {wanted}")
    payload: Payload = {"requestedMessage": wanted}
    if connector > 0 and wanted in {"MeterValues", "StatusNotification"}:
        payload["connectorId"] = connector
    return payload


def _reset(command: Command, _connector: int) -> Payload | CommandOutcome:
    if command.evse_uid is not None:
        return CommandOutcome(CommandResult.NOT_SUPPORTED, "OCPP 1.6 resets whole chargers only")
    return {"type": "Hard" if wanted_reset(command) else "Soft"}


_SPEECH: dict[CommandKind, Speech[int]] = {
    CommandKind.START: Speech("RemoteStartTransaction", _start, _read_status),
    CommandKind.STOP: Speech("RemoteStopTransaction", _stop, _read_status),
    CommandKind.UNLOCK: Speech("UnlockConnector", _unlock, _read_status),
    CommandKind.RESET: Speech("Reset", _reset, _read_status),
    CommandKind.TRIGGER: Speech("TriggerMessage", _trigger, _read_status),
    CommandKind.RESERVE: Speech("ReserveNow", write_reserve_v16, read_reservation),
    CommandKind.UNRESERVE: Speech("CancelReservation", write_unreserve, read_reservation),
    CommandKind.LIMIT: Speech("SetChargingProfile", write_limit, _read_status),
    CommandKind.UNLIMIT: Speech("ClearChargingProfile", write_unlimit, read_cleared),
    CommandKind.SCHEDULE: Speech("GetCompositeSchedule", write_query, read_composite),
}

ASKING: Asking[int] = Asking(
    ASKS_V16, KEEPING, CONFIGURATION_ASKS, CERTIFICATE_ASKS_V16, SMART_ASKS
)
"""The areas' tables, joined."""

SENDS = frozenset(speech.action for speech in _SPEECH.values()) | ASKING.actions
"""All that we ask of a charger."""
