"""Firmware in OCPP 1.6 and its security extension. Pure."""

from app.domain.commands import Command
from app.domain.errands import ErrandKind
from app.domain.firmware import UpdateFirmware, UpdateSignedFirmware
from ocpp_bridge.asks import AskSpeech, request_number
from ocpp_bridge.dialect import Handler
from ocpp_bridge.errands import asked_for, attempts, read_taken, span, step_of
from ocpp_bridge.exchange import Payload
from ocpp_bridge.telling import telling
from ocpp_bridge.timestamps import write_time


def _update(command: Command, ask: UpdateFirmware, _aim: int) -> Payload:
    """UpdateFirmware.req: 1.6 has no time to install at, it is done when it is fetched."""
    return {
        "location": ask.location,
        "retrieveDate": write_time(ask.retrieve_at or command.created_at),
        **attempts(ask),
    }


def _update_signed(command: Command, ask: UpdateSignedFirmware, _aim: int) -> Payload:
    return {
        "requestId": request_number(command),
        "firmware": {
            "location": ask.location,
            "retrieveDateTime": write_time(ask.retrieve_at or command.created_at),
            **span(("installDateTime",), (ask.install_at,)),
            "signingCertificate": ask.certificate,
            "signature": ask.signature,
        },
        **attempts(ask),
    }


_asked = asked_for(ErrandKind.FIRMWARE)
_told = telling(step_of(ErrandKind.FIRMWARE))

ASKS: dict[type, AskSpeech[int]] = {
    UpdateFirmware: AskSpeech("UpdateFirmware", _update, _asked, read_taken),
    UpdateSignedFirmware: AskSpeech("SignedUpdateFirmware", _update_signed, _asked, read_taken),
}
HANDLERS: dict[str, Handler] = {
    "FirmwareStatusNotification": _told,
    "SignedFirmwareStatusNotification": _told,
}
