"""Commands and answers → OCPP 1.6 payloads, and a charger's answers → outcomes. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.stations import Address
from app.domain.tokens import Authorization, TokenType
from ocpp_bridge.exchange import Answer, Ask, Payload, Refusal
from ocpp_bridge.outcomes import refused, wanted_reset
from ocpp_bridge.reservations import read_reservation, write_reserve_v16, write_unreserve
from ocpp_bridge.timestamps import write_time
from ocpp_bridge.v16.profiles import (
    read_cleared,
    read_composite,
    write_limit,
    write_query,
    write_unlimit,
)
from ocpp_bridge.vocabulary import ID_TAG_STATUS

CACHE_FOR = timedelta(hours=24)
MAX_ID_TAG = 20

SENDS = {
    CommandKind.START: "RemoteStartTransaction",
    CommandKind.STOP: "RemoteStopTransaction",
    CommandKind.UNLOCK: "UnlockConnector",
    CommandKind.RESET: "Reset",
    CommandKind.TRIGGER: "TriggerMessage",
    CommandKind.RESERVE: "ReserveNow",
    CommandKind.UNRESERVE: "CancelReservation",
    CommandKind.LIMIT: "SetChargingProfile",
    CommandKind.UNLIMIT: "ClearChargingProfile",
    CommandKind.SCHEDULE: "GetCompositeSchedule",
}
"""What each command is called on the wire."""

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
    payload = _WRITERS[command.kind](command, connector)
    return payload if isinstance(payload, CommandOutcome) else Ask(SENDS[command.kind], payload)


def read_outcome(command: Command, answer: Answer | Refusal) -> CommandOutcome:
    """What the charger's answer to a command means."""
    if isinstance(answer, Refusal):
        return refused(answer)
    return _READERS.get(command.kind, _read_status)(command, answer.payload)


def _read_status(_command: Command, said: Payload) -> CommandOutcome:
    status = said["status"]
    result = _RESULTS.get(status, CommandResult.REJECTED)
    return CommandOutcome(result, None if result is CommandResult.ACCEPTED else status)


def _read_schedule(command: Command, said: Payload) -> CommandOutcome:
    return read_composite(said, command.sent_at or command.created_at)


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
        return CommandOutcome(CommandResult.REJECTED, "no connector of this charger is named")
    return {"connectorId": connector, "idTag": command.shown_tag}


def _stop(command: Command) -> Payload | CommandOutcome:
    number = command.transaction or ""
    if not number.isascii() or not number.isdecimal():
        return CommandOutcome(CommandResult.UNKNOWN_SESSION, f"no transaction number: {number!r}")
    return {"transactionId": int(number)}


def _unlock(connector: int) -> Payload | CommandOutcome:
    if connector <= 0:
        return CommandOutcome(CommandResult.REJECTED, "no connector of this charger is named")
    return {"connectorId": connector}


def _trigger(command: Command, connector: int) -> Payload | CommandOutcome:
    wanted = command.detail or "StatusNotification"
    if wanted not in TRIGGERS:
        return CommandOutcome(CommandResult.NOT_SUPPORTED, f"OCPP 1.6 cannot trigger {wanted}")
    payload: Payload = {"requestedMessage": wanted}
    if connector > 0 and wanted in {"MeterValues", "StatusNotification"}:
        payload["connectorId"] = connector
    return payload


def _reset(command: Command, _: int) -> Payload:
    return {"type": "Hard" if wanted_reset(command) else "Soft"}


_WRITERS: dict[CommandKind, Callable[[Command, int], Payload | CommandOutcome]] = {
    CommandKind.START: _start,
    CommandKind.STOP: lambda command, _: _stop(command),
    CommandKind.UNLOCK: lambda _, connector: _unlock(connector),
    CommandKind.RESET: _reset,
    CommandKind.TRIGGER: _trigger,
    CommandKind.RESERVE: write_reserve_v16,
    CommandKind.UNRESERVE: lambda command, _: write_unreserve(command),
    CommandKind.LIMIT: write_limit,
    CommandKind.UNLIMIT: lambda command, _: write_unlimit(command),
    CommandKind.SCHEDULE: write_query,
}

_READERS: dict[CommandKind, Callable[[Command, Payload], CommandOutcome]] = {
    CommandKind.RESERVE: read_reservation,
    CommandKind.UNRESERVE: read_reservation,
    CommandKind.UNLIMIT: lambda _, said: read_cleared(said),
    CommandKind.SCHEDULE: _read_schedule,
}
