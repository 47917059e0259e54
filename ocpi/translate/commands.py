"""Commands: our wishes as partners get them, and the answers in both directions."""

from app.domain.commands import Command, CommandOutcome, CommandResult
from ocpi.models.commands import CommandResponse
from ocpi.models.commands import CommandResult as WireResult
from ocpi.models.common import write_datetime
from ocpi.translate.tokens import write_token
from ocpi.translate.values import Json, present

_RESPONSES = {
    CommandResult.NOT_SUPPORTED: "NOT_SUPPORTED",
    CommandResult.UNKNOWN_SESSION: "UNKNOWN_SESSION",
}
_TOLD_LATER = frozenset({CommandResult.UNKNOWN_RESERVATION})
_RESULTS = {
    CommandResult.UNKNOWN_SESSION: CommandResult.FAILED,
    CommandResult.UNKNOWN_PROFILE: CommandResult.FAILED,
}
_LANGUAGE = "en"
_LONGEST_TEXT = 512


def write_response(outcome: CommandOutcome | None, timeout_s: int) -> Json:
    """The immediate answer: accepted while the charger is being asked, else why not.

    That a reservation is unknown can only be said by a result, which follows (C-207).
    """
    if outcome is None or outcome.accepted or outcome.result in _TOLD_LATER:
        return {"result": "ACCEPTED", "timeout": timeout_s}
    result = _RESPONSES.get(outcome.result, "REJECTED")
    return {"result": result, "timeout": timeout_s, **_write_message(outcome)}


def write_result(outcome: CommandOutcome) -> Json:
    """What the charger made of it. Source: OCPI 2.2.1, Commands, CommandResult object."""
    result = _RESULTS.get(outcome.result, outcome.result)
    return {"result": result.value, **_write_message(outcome)}


def _write_message(outcome: CommandOutcome) -> Json:
    if not outcome.message:
        return {}
    return {"message": [{"language": _LANGUAGE, "text": outcome.message[:_LONGEST_TEXT]}]}


def read_response(response: CommandResponse) -> CommandOutcome | None:
    """A partner's immediate answer; None when it was accepted and the result is to come."""
    if response.result == "ACCEPTED":
        return None
    message = response.message[0].text if response.message else None
    return CommandOutcome(CommandResult(response.result), message)


def read_result(result: WireResult) -> CommandOutcome:
    """A partner's later word on a command of ours."""
    message = result.message[0].text if result.message else None
    return CommandOutcome(CommandResult(result.result), message)


def write_start(command: Command, response_url: str) -> Json:
    """START_SESSION at a partner's charger; raises ValueError for what is no start.

    It always carries a reference, which comes back in the session.
    """
    if command.token is None or command.location_id is None:
        raise ValueError(f"command {command.id} lacks token or location")
    return present(
        {
            "response_url": response_url,
            "token": write_token(command.token),
            "location_id": command.location_id,
            "evse_uid": command.evse_uid,
            "connector_id": command.connector_id,
            "authorization_reference": command.authorization_reference or command.id,
        }
    )


def write_stop(session_id: str, response_url: str) -> Json:
    """STOP_SESSION of a partner's session by the partner's id of it."""
    return {"response_url": response_url, "session_id": session_id}


def write_unlock(command: Command, response_url: str) -> Json:
    """UNLOCK_CONNECTOR at a partner's charger; raises ValueError without a connector."""
    if None in {command.location_id, command.evse_uid, command.connector_id}:
        raise ValueError(f"command {command.id} names no connector")
    return {
        "response_url": response_url,
        "location_id": command.location_id,
        "evse_uid": command.evse_uid,
        "connector_id": command.connector_id,
    }


def write_reserve(command: Command, response_url: str) -> Json:
    """RESERVE_NOW at a partner's charger; raises ValueError for what is no reservation.

    Our number goes out as the `reservation_id`, in digits: OCPI 2.1.1 takes nothing else.
    """
    if command.token is None or command.expires_at is None or command.number is None:
        raise ValueError(f"command {command.id} is no reservation")
    reference = command.authorization_reference or command.reservation_id
    return present(
        {
            "response_url": response_url,
            "token": write_token(command.token),
            "expiry_date": write_datetime(command.expires_at),
            "reservation_id": str(command.number),
            "location_id": command.location_id,
            "evse_uid": command.evse_uid,
            "authorization_reference": reference,
        }
    )


def write_unreserve(command: Command, response_url: str) -> Json:
    """CANCEL_RESERVATION of a reservation at a partner's charger."""
    return {"response_url": response_url, "reservation_id": str(command.number)}
