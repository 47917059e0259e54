"""Reservations: ReserveNow, CancelReservation and their answers, in both OCPP families. Pure."""

from app.domain.commands import (
    Command,
    CommandKind,
    CommandOutcome,
    CommandResult,
    is_virtual,
)
from app.domain.reservations import MAX_ID_TAG, Loss
from app.domain.stations import Address
from ocpp_bridge.commands import NO_CONNECTOR
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.timestamps import write_time

MAX_TOKEN = 36

_STATUSES = {
    "Accepted": CommandResult.ACCEPTED,
    "Occupied": CommandResult.EVSE_OCCUPIED,
    "Faulted": CommandResult.EVSE_INOPERATIVE,
    "Unavailable": CommandResult.EVSE_INOPERATIVE,
}


def write_reserve_v16(command: Command, connector: int) -> Payload | CommandOutcome:
    """ReserveNow; the number of one that the charger has replaces it (OCPP 1.6, 5.13)."""
    if connector <= 0 or command.number is None or not command.tag or not command.expires_at:
        return NO_CONNECTOR
    payload: Payload = {
        "connectorId": connector,
        "expiryDate": write_time(command.expires_at),
        "idTag": command.tag,
        "reservationId": command.number,
    }
    group = _group(command, MAX_ID_TAG)
    return payload if group is None else {**payload, "parentIdTag": group}


def write_reserve_v2(command: Command, place: Address | None) -> Payload | CommandOutcome:
    """ReserveNow; the id of one that the station has replaces it (OCPP 2.0.1, H01.FR.02)."""
    numbered = place is not None and place.evse > 0 and command.number is not None
    if place is None or not numbered or not command.tag or not command.expires_at:
        return NO_CONNECTOR
    payload: Payload = {
        "id": command.number,
        "expiryDateTime": write_time(command.expires_at),
        "evseId": place.evse,
        "idToken": id_token(command.tag),
    }
    group = _group(command, MAX_TOKEN)
    if group is None:
        return payload
    return {**payload, "groupIdToken": {"idToken": group, "type": "Central"}}


def write_unreserve(command: Command, _aim: object) -> Payload | CommandOutcome:
    """CancelReservation, which is the same in all versions."""
    if command.number is None:
        return CommandOutcome(CommandResult.UNKNOWN_RESERVATION, "no reservation is named")
    return {"reservationId": command.number}


def read_reservation(command: Command, answer: Payload) -> CommandOutcome:
    """What a charger says to either; it can refuse to cancel only what it does not have."""
    status = answer["status"]
    result = _STATUSES.get(status, CommandResult.REJECTED)
    if result is CommandResult.ACCEPTED:
        return CommandOutcome(result)
    if command.kind is CommandKind.UNRESERVE:
        result = CommandResult.UNKNOWN_RESERVATION
    info = answer.get("statusInfo") or {}
    told = (status, info.get("reasonCode"), info.get("additionalInfo"))
    return CommandOutcome(result, ": ".join(part for part in told if part))


def id_token(tag: str) -> Payload:
    """What a station lets start: a card by its number, or a tag that we made up."""
    return {"idToken": tag, "type": "Central" if is_virtual(tag) else "ISO14443"}


def read_loss(asked: Asked) -> tuple[int, Loss]:
    """ReservationStatusUpdate: which reservation the station does not keep any more, and why."""
    said = asked.payload
    return said["reservationId"], Loss(said["reservationUpdateStatus"])


def _group(command: Command, longest: int) -> str | None:
    group = command.token.group_id if command.token else None
    return group if group and len(group) <= longest else None
