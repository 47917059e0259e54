"""Commands and answers → OCPP 2.0.1 and 2.1 payloads, and answers → outcomes. Pure."""

from datetime import datetime, timedelta

from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.money import Money
from app.domain.stations import Address
from app.domain.tokens import Authorization, TokenType
from app.domain.transaction_limits import TransactionLimit
from ocpp_bridge.commands import NO_EVSE, NO_TRANSACTION, Speech, wanted_reset
from ocpp_bridge.exchange import Answer, Ask, Payload, Refusal
from ocpp_bridge.reservations import (
    MAX_TOKEN,
    id_token,
    read_reservation,
    write_reserve_v2,
    write_unreserve,
)
from ocpp_bridge.schedules import in_seconds, read_cleared
from ocpp_bridge.timestamps import write_time
from ocpp_bridge.v2.asking import ASKING
from ocpp_bridge.v2.profiles import (
    MAX_TRANSACTION,
    read_composite,
    write_limit,
    write_query,
    write_start_profile,
    write_unlimit,
)
from ocpp_bridge.vocabulary import ID_TOKEN_STATUS

CACHE_FOR = timedelta(hours=24)

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
    if command.kind is CommandKind.ASK:
        return ASKING.ask(command, place)
    return _SPEECH[command.kind].ask(command, place)


def read_outcome(command: Command, answer: Answer | Refusal) -> CommandOutcome:
    """What the charger's answer to a command means; a reason code can say it more exactly."""
    if command.kind is CommandKind.ASK:
        return ASKING.outcome(command, answer)
    return _SPEECH[command.kind].outcome(command, answer)


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
    return read_composite(command, said)


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
    authorization: Authorization | None,
    total_cost: Money | None,
    now: datetime,
    *,
    limit: TransactionLimit | None = None,
) -> Payload:
    """TransactionEventResponse; `totalCost` is a JSON number in the currency of the EVSE.

    Only OCPP 2.1 has a word for a limit.
    """
    said: Payload = {}
    if authorization is not None:
        said["idTokenInfo"] = id_token_info(authorization, now)
    if total_cost is not None:
        said["totalCost"] = float(total_cost.payable().amount)
    if limit is not None:
        said["transactionLimit"] = _write_limit(limit)
    return said


def _write_limit(limit: TransactionLimit) -> Payload:
    """TransactionLimitType of OCPP 2.1; what it does not name is no limit any more."""
    said = {
        "maxCost": None if limit.cost is None else float(limit.cost),
        "maxEnergy": None if limit.energy is None else float(limit.energy.wh),
        "maxTime": None if limit.time is None else in_seconds(limit.time),
        "maxSoC": limit.soc,
    }
    return {name: most for name, most in said.items() if most is not None}


def _start(command: Command, place: Address | None) -> Payload | CommandOutcome:
    tag = command.shown_tag
    if place is None or place.evse <= 0 or not tag or command.remote_start is None:
        return NO_EVSE
    payload: Payload = {
        "evseId": place.evse,
        "remoteStartId": command.remote_start,
        "idToken": id_token(tag) if command.tag else {"idToken": tag, "type": "Central"},
    }
    group = command.token.group_id if command.token is not None else None
    if group and len(group) <= MAX_TOKEN:
        payload["groupIdToken"] = {"idToken": group, "type": "Central"}
    return payload | write_start_profile(command)


def _stop(command: Command, _place: Address | None) -> Payload | CommandOutcome:
    if not command.transaction or len(command.transaction) > MAX_TRANSACTION:
        return NO_TRANSACTION
    return {"transactionId": command.transaction}


def _unlock(_command: Command, place: Address | None) -> Payload | CommandOutcome:
    if place is None or place.evse <= 0:
        return NO_EVSE
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


def _reset(command: Command, place: Address | None) -> Payload:
    kind = {"type": "Immediate" if wanted_reset(command) else "OnIdle"}
    if command.evse_uid is None or place is None:
        return kind
    return {**kind, "evseId": place.evse}


_SPEECH: dict[CommandKind, Speech[Address | None]] = {
    CommandKind.START: Speech("RequestStartTransaction", _start, _read_status),
    CommandKind.STOP: Speech("RequestStopTransaction", _stop, _read_status),
    CommandKind.UNLOCK: Speech("UnlockConnector", _unlock, _read_status),
    CommandKind.RESET: Speech("Reset", _reset, _read_status),
    CommandKind.TRIGGER: Speech("TriggerMessage", _trigger, _read_status),
    CommandKind.RESERVE: Speech("ReserveNow", write_reserve_v2, read_reservation),
    CommandKind.UNRESERVE: Speech("CancelReservation", write_unreserve, read_reservation),
    CommandKind.LIMIT: Speech("SetChargingProfile", write_limit, _read_status),
    CommandKind.UNLIMIT: Speech("ClearChargingProfile", write_unlimit, read_cleared),
    CommandKind.SCHEDULE: Speech("GetCompositeSchedule", write_query, _read_schedule),
}

SENDS = frozenset(speech.action for speech in _SPEECH.values()) | ASKING.actions
"""All that we ask of a charger."""
