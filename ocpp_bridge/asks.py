"""What both OCPP families do alike with an ask: put it into words, and read what comes back.

Each area of a family has a table from the kind of ask to its `AskSpeech`; the family joins them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic_core import from_json, to_json

from app.domain.asks import ASKS, RawAsk, StationAsk
from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.station_news import StationNews
from app.store.documents import pack_one, unpack_one
from ocpp_bridge.commands import refused
from ocpp_bridge.exchange import Answer, Ask, Payload, Refusal
from ocpp_bridge.redaction import without_secrets

Aim = TypeVar("Aim")

ACCEPTED = CommandOutcome(CommandResult.ACCEPTED)
LONGEST_ANSWER = 64 * 1024
"""Characters of an answer that are kept with the command."""

_RESULTS = {
    "Accepted": CommandResult.ACCEPTED,
    "RebootRequired": CommandResult.ACCEPTED,
    "Scheduled": CommandResult.ACCEPTED,
    "NotSupported": CommandResult.NOT_SUPPORTED,
    "NotImplemented": CommandResult.NOT_SUPPORTED,
    "Failed": CommandResult.FAILED,
}


def read_nothing(_command: Command, _ask: Any, _said: Payload) -> tuple[StationNews, ...]:
    """The answer changes nothing for us."""
    return ()


def read_status(said: Payload) -> CommandOutcome:
    """What a `status` (and 2.x's `statusInfo`) means; no status at all is agreement."""
    status = said.get("status", "Accepted")
    result = _RESULTS.get(status, CommandResult.REJECTED)
    info = said.get("statusInfo") or {}
    told = (
        None if status == "Accepted" else status,
        info.get("reasonCode"),
        info.get("additionalInfo"),
    )
    return CommandOutcome(result, ": ".join(part for part in told if part) or None)


@dataclass(frozen=True, slots=True)
class AskSpeech(Generic[Aim]):
    """How a family puts one kind of ask: its action, its payload, and what the answer brings.

    `write(command, ask, aim)` gives an outcome when there is nothing to send; `aim` is how the
    family names the part of the charger. `news(command, ask, said)` is what an answer changes for
    us, whatever its status. `read` is how it ended.
    """

    action: str
    write: Callable[[Command, Any, Aim], Payload | CommandOutcome]
    news: Callable[[Command, Any, Payload], tuple[StationNews, ...]] = read_nothing
    read: Callable[[Payload], CommandOutcome] = read_status


class Asking(Generic[Aim]):
    """All that one family can be asked."""

    def __init__(self, *tables: Mapping[type, AskSpeech[Aim]]) -> None:
        self._speech = {shape: speech for table in tables for shape, speech in table.items()}
        self.actions = frozenset(speech.action for speech in self._speech.values())

    def ask(self, command: Command, aim: Aim) -> Ask | CommandOutcome:
        """The CALL, or the outcome when there is nothing to send."""
        ask = _ask_of(command)
        if isinstance(ask, RawAsk):
            return Ask(ask.action, from_json(ask.payload))
        speech = self._speech.get(type(ask))
        if speech is None:
            told = f"this charger's version of OCPP has no {type(ask).__name__}"
            return CommandOutcome(CommandResult.NOT_SUPPORTED, told)
        payload = speech.write(command, ask, aim)
        return payload if isinstance(payload, CommandOutcome) else Ask(speech.action, payload)

    def outcome(self, command: Command, answer: Answer | Refusal) -> CommandOutcome:
        """What the charger's answer means, with its words and its news."""
        if isinstance(answer, Refusal):
            said = {"errorCode": answer.code, "errorDescription": answer.description}
            return replace(refused(answer), answer=_text(said))
        ask, said = _ask_of(command), answer.payload
        speech = self._speech.get(type(ask))
        if speech is None:
            return replace(ACCEPTED, answer=_text(said))
        news = tuple(pack_one(each) for each in speech.news(command, ask, said))
        return replace(speech.read(said), answer=_text(said), news=news)


def request_number(command: Command) -> int:
    """A positive number of 31 bits for the parts of an answer to name; the same every time."""
    return int(command.id.replace("-", "")[-8:], 16) & 0x7FFFFFFF or 1


def _ask_of(command: Command) -> StationAsk:
    if command.ask is None:
        raise ValueError(f"command {command.id} asks nothing")
    ask: StationAsk = unpack_one(ASKS, command.ask)
    return ask


def _text(said: Payload) -> str:
    """JSON, also of an answer that is too long: then its beginning is told as a text."""
    text = to_json(without_secrets(said)).decode()
    if len(text) <= LONGEST_ANSWER:
        return text
    return to_json({"tooLong": len(text), "begins": text[:LONGEST_ANSWER]}).decode()
