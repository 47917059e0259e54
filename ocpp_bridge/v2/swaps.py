"""OCPP 2.1, S and C20 to C25: battery swapping and payment at the charger. Pure."""

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.stations import Address
from app.domain.swaps import (
    AnnounceWebPayment,
    Battery,
    BatterySwapped,
    RequestBatterySwap,
    SettlementTold,
    SetUpWebPayment,
)
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.commands import NO_EVSE
from ocpp_bridge.dialect import Handler
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.telling import telling


def _swap(_command: Command, ask: RequestBatterySwap, _place: object) -> Payload:
    return {"requestId": ask.number, "idToken": {"idToken": ask.token, "type": ask.token_type}}


def _announce(
    _command: Command, ask: AnnounceWebPayment, place: Address | None
) -> Payload | CommandOutcome:
    if place is None or place.evse <= 0:
        return NO_EVSE
    return {"evseId": place.evse, "timeout": ask.timeout_s}


def _set_up(_command: Command, ask: SetUpWebPayment, _place: Address | None) -> Payload:
    values = {
        "SharedSecret": ask.secret,
        "ValidityTime": str(ask.validity_s),
        "Length": str(ask.length),
        "TOTPVersion": ask.version,
        "URLTemplate": ask.template,
        "Enabled": "true",
    }
    return {
        "setVariableData": [
            {
                "component": {"name": "WebPaymentsCtrlr"},
                "variable": {"name": name},
                "attributeValue": value,
            }
            for name, value in values.items()
        ]
    }


def _was_set_up(said: Payload) -> CommandOutcome:
    """All of it or nothing: codes that are made otherwise would all be refused."""
    troubles = [
        f"{each['variable']['name']}: {each['attributeStatus']}"
        for each in said["setVariableResult"]
        if each["attributeStatus"] not in {"Accepted", "RebootRequired"}
    ]
    result = CommandResult.REJECTED if troubles else CommandResult.ACCEPTED
    return CommandOutcome(result, ", ".join(troubles) or None)


ASKS: dict[type, AskSpeech[Address | None]] = {
    RequestBatterySwap: AskSpeech("RequestBatterySwap", _swap),
    AnnounceWebPayment: AskSpeech("NotifyWebPaymentStarted", _announce),
    SetUpWebPayment: AskSpeech("SetVariables", _set_up, read=_was_set_up),
}


def read_swap(asked: Asked) -> BatterySwapped:
    """BatterySwapRequest."""
    said = asked.payload
    batteries = [
        Battery(each["evseId"], each["serialNumber"], each["soC"], each["soH"])
        for each in said["batteryData"]
    ]
    token = said["idToken"]["idToken"]
    return BatterySwapped(said["requestId"], said["eventType"], token, tuple(batteries))


def read_settlement(asked: Asked) -> SettlementTold:
    """NotifySettlementRequest."""
    said = asked.payload
    return SettlementTold(
        reference=said["pspRef"],
        status=said["status"],
        amount=said["settlementAmount"],
        at=said["settlementTime"],
        transaction=said.get("transactionId"),
        info=said.get("statusInfo"),
        receipt_id=said.get("receiptId"),
        receipt_url=said.get("receiptUrl"),
    )


HANDLERS_V21: dict[str, Handler] = {
    "BatterySwap": telling(read_swap),
    "NotifySettlement": telling(read_settlement),
}
