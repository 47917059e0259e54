"""Firmware in OCPP 2.0.1 and 2.1. Pure."""

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.errands import ErrandKind
from app.domain.firmware import (
    FirmwareUnpublished,
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
    UpdateSignedFirmware,
)
from app.domain.stations import Address
from ocpp_bridge.asks import ACCEPTED, AskSpeech, request_number
from ocpp_bridge.dialect import Handler
from ocpp_bridge.errands import asked_for, attempts, read_taken, span, step_of
from ocpp_bridge.exchange import Payload
from ocpp_bridge.telling import telling
from ocpp_bridge.timestamps import write_time

UNPUBLISHED = frozenset({"Unpublished", "NoFirmware"})


def _update(
    command: Command, ask: UpdateFirmware | UpdateSignedFirmware, _aim: Address | None
) -> Payload:
    firmware: Payload = {
        "location": ask.location,
        "retrieveDateTime": write_time(ask.retrieve_at or command.created_at),
        **span(("installDateTime",), (ask.install_at,)),
    }
    if isinstance(ask, UpdateSignedFirmware):
        firmware |= {"signingCertificate": ask.certificate, "signature": ask.signature}
    return {"requestId": request_number(command), "firmware": firmware, **attempts(ask)}


def _publish(command: Command, ask: PublishFirmware, _aim: Address | None) -> Payload:
    return {
        "requestId": request_number(command),
        "location": ask.location,
        "checksum": ask.checksum,
        **attempts(ask),
    }


def _unpublish(_command: Command, ask: UnpublishFirmware, _aim: Address | None) -> Payload:
    return {"checksum": ask.checksum}


def _unpublished(
    _command: Command, ask: UnpublishFirmware, said: Payload
) -> tuple[FirmwareUnpublished, ...]:
    return (FirmwareUnpublished(ask.checksum),) if said["status"] in UNPUBLISHED else ()


def _read_unpublished(said: Payload) -> CommandOutcome:
    """Source: OCPP 2.0.1, UnpublishFirmwareStatusEnumType."""
    if said["status"] in UNPUBLISHED:
        return ACCEPTED
    return CommandOutcome(CommandResult.REJECTED, said["status"])


_asked = asked_for(ErrandKind.FIRMWARE)

ASKS: dict[type, AskSpeech[Address | None]] = {
    UpdateFirmware: AskSpeech("UpdateFirmware", _update, _asked, read_taken),
    UpdateSignedFirmware: AskSpeech("UpdateFirmware", _update, _asked, read_taken),
    PublishFirmware: AskSpeech(
        "PublishFirmware", _publish, asked_for(ErrandKind.PUBLISH), read_taken
    ),
    UnpublishFirmware: AskSpeech("UnpublishFirmware", _unpublish, _unpublished, _read_unpublished),
}
HANDLERS: dict[str, Handler] = {
    "FirmwareStatusNotification": telling(step_of(ErrandKind.FIRMWARE)),
    "PublishFirmwareStatusNotification": telling(step_of(ErrandKind.PUBLISH)),
}
