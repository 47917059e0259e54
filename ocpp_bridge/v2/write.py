"""Commands and answers → OCPP 2.0.1 and 2.1 payloads, and answers → outcomes. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.money import Money
from app.domain.stations import Address
from app.domain.tokens import Authorization, TokenType
from ocpp_bridge.exchange import Answer, Ask, Payload, Refusal
from ocpp_bridge.outcomes import refused, wanted_reset
from ocpp_bridge.reservations import (
    id_token,
    read_reservation,
    write_reserve_v2,
    write_unreserve,
)
from ocpp_bridge.timestamps import write_time
from ocpp_bridge.v2.profiles import (
    read_cleared,
    read_composite,
    write_limit,
    write_query,
    write_unlimit,
)
from ocpp_bridge.vocabulary import ID_TOKEN_STATUS

CACHE_FOR = timedelta(hours=24)
MAX_TOKEN = 36
MAX_TRANSACTION = 36

SENDS = {
    CommandKind.START: "RequestStartTransaction",
    CommandKind.STOP: "RequestStopTransaction",
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
    "BootNotification", "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification",
    "MeterValues", "StatusNotification", "TransactionEvent",
})  # fmt: skip

_RESULTS = {
    "Accepted": CommandResult.ACCEPTED,
    "Scheduled": CommandResult.ACCEPTED,
    "Unlocked": CommandResult.ACCEPTED,
    "UnlockFailed": CommandResult.FAILED,
    "NotImplemented": CommandResult.NOT_SUPPORTED,
}
# OCPP 2.0.1 Part 2 Appendices, Standardized Reason Codes.
_REASONS = {
    "TxNotFound": CommandResult.UNKNOWN_SESSION,
    "UnknownTxId": CommandResult.UNKNOWN_SESSION,
    "TxInProgress": CommandResult.EVSE_OCCUPIED,
    "TxStarted": CommandResult.EVSE_OCCUPIED,
    "UnsupportedRequest": CommandResult.NOT_SUPPORTED,
    "NotEnabled": CommandResult.NOT_SUPPORTED,
}


def write_command(command: Command, place: Address | None) -> Ask | CommandOutcome:
    """The CALL for a command, or the outcome when there is nothing to ask."""
    payload = _WRITERS[command.kind](command, place)
    return payload if isinstance(payload, CommandOutcome) else Ask(SENDS[command.kind], payload)


def read_outcome(command: Command, answer: Answer | Refusal) -> CommandOutcome:
    """What the charger's answer to a command means; a reason code can say it more exactly."""
    if isinstance(answer, Refusal):
        return refused(answer)
    return _READERS.get(command.kind, _read_status)(command, answer.payload)


def _read_status(_command: Command, said: Payload) -> CommandOutcome:
    status, info = said["status"], said.get("statusInfo")
    result = _RESULTS.get(status, CommandResult.REJECTED)
    if result is CommandResult.ACCEPTED:
        return CommandOutcome(result, None, said.get("transactionId"))
    if info is None:
        return CommandOutcome(result, status)
    if result is CommandResult.REJECTED:
        result = _REASONS.get(info["reasonCode"], result)
    told = (status, info["reasonCode"], info.get("additionalInfo"))
    return CommandOutcome(result, ": ".join(part for part in told if part))


def _read_schedule(command: Command, said: Payload) -> CommandOutcome:
    if said["status"] != "Accepted":
        return _read_status(command, said)
    return read_composite(said, command.sent_at or command.created_at)


def id_token_info(authorization: Authorization, now: datetime) -> Payload:
    """IdTokenInfo; a partner's card may be cached for a day, a one-time token not at all."""
    info: Payload = {"status": ID_TOKEN_STATUS[authorization.verdict]}
    token = authorization.token
    if token is None or not authorization.allowed:
        return info
    if not token.own and token.type in {TokenType.RFID, TokenType.OTHER}:
        info["cacheExpiryDateTime"] = write_time(now + CACHE_FOR)
    if token.group_id and len(token.group_id) <= MAX_TOKEN:
        info["groupIdToken"] = {"idToken": token.group_id, "type": "Central"}
    if token.language:
        info["language1"] = token.language
    return info


def transaction_answer(
    authorization: Authorization | None, total_cost: Money | None, now: datetime
) -> Payload:
    """TransactionEventResponse; `totalCost` is a JSON number in the currency of the EVSE."""
    said: Payload = {}
    if authorization is not None:
        said["idTokenInfo"] = id_token_info(authorization, now)
    if total_cost is not None:
        said["totalCost"] = float(total_cost.payable().amount)
    return said


def _start(command: Command, place: Address | None) -> Payload | CommandOutcome:
    tag = command.shown_tag
    if place is None or place.evse <= 0 or not tag or command.remote_start is None:
        return CommandOutcome(CommandResult.REJECTED, "no EVSE of this charger is named")
    return {
        "evseId": place.evse,
        "remoteStartId": command.remote_start,
        "idToken": id_token(tag) if command.tag else {"idToken": tag, "type": "Central"},
    }


def _stop(command: Command) -> Payload | CommandOutcome:
    if not command.transaction or len(command.transaction) > MAX_TRANSACTION:
        return CommandOutcome(CommandResult.UNKNOWN_SESSION, "no transaction is named")
    return {"transactionId": command.transaction}


def _unlock(place: Address | None) -> Payload | CommandOutcome:
    if place is None or place.evse <= 0:
        return CommandOutcome(CommandResult.REJECTED, "no EVSE of this charger is named")
    return {"evseId": place.evse, "connectorId": place.connector or 1}


def _trigger(command: Command, place: Address | None) -> Payload | CommandOutcome:
    wanted = command.detail or "StatusNotification"
    if wanted not in TRIGGERS:
        return CommandOutcome(CommandResult.NOT_SUPPORTED, f"{wanted} cannot be triggered")
    payload: Payload = {"requestedMessage": wanted}
    if place is not None and place.evse > 0:
        payload["evse"] = {"id": place.evse}
        if wanted == "StatusNotification":
            payload["evse"]["connectorId"] = place.connector or 1
    return payload


def _reset(command: Command, _: Address | None) -> Payload:
    return {"type": "Immediate" if wanted_reset(command) else "OnIdle"}


_WRITERS: dict[CommandKind, Callable[[Command, Address | None], Payload | CommandOutcome]] = {
    CommandKind.START: _start,
    CommandKind.STOP: lambda command, _: _stop(command),
    CommandKind.UNLOCK: lambda _, place: _unlock(place),
    CommandKind.RESET: _reset,
    CommandKind.TRIGGER: _trigger,
    CommandKind.RESERVE: write_reserve_v2,
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
