"""OCPP 2.x: asking about transactions, and what is answered."""

from app.domain.commands import Command, CommandOutcome
from app.domain.stations import Address
from app.domain.transactions import AskTransactionStatus, TransactionKnown
from ocpp_bridge.asks import ACCEPTED, AskSpeech
from ocpp_bridge.exchange import Payload
from ocpp_bridge.v2.profiles import MAX_TRANSACTION


def _write(
    _command: Command, ask: AskTransactionStatus, _place: Address | None
) -> Payload | CommandOutcome:
    if ask.transaction is None:
        return {}
    return {"transactionId": ask.transaction[:MAX_TRANSACTION]}


def _known(
    _command: Command, ask: AskTransactionStatus, said: Payload
) -> tuple[TransactionKnown, ...]:
    told = said.get("ongoingIndicator"), said["messagesInQueue"]
    return (TransactionKnown(ask.transaction or "", *told),)


def _read(_said: Payload) -> CommandOutcome:
    return ACCEPTED


ASKS: dict[type, AskSpeech[Address | None]] = {
    AskTransactionStatus: AskSpeech("GetTransactionStatus", _write, _known, _read),
}
