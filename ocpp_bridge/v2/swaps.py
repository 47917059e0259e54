"""OCPP 2.1, S and C20 to C25: battery swapping and payment at the charger. Pure."""

from app.domain.commands import Command, CommandOutcome
from app.domain.stations import Address
from app.domain.swaps import (
    AnnounceWebPayment,
    Battery,
    BatterySwapped,
    RequestBatterySwap,
    SettlementTold,
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


ASKS: dict[type, AskSpeech[Address | None]] = {
    RequestBatterySwap: AskSpeech("RequestBatterySwap", _swap),
    AnnounceWebPayment: AskSpeech("NotifyWebPaymentStarted", _announce),
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
