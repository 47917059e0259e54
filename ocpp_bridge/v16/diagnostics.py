"""Diagnostics and logs in OCPP 1.6 and its security extension. Pure."""

from dataclasses import replace

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.diagnostics import GetDiagnostics, GetLog
from app.domain.errands import NO_FILE, ErrandAsked, ErrandKind
from ocpp_bridge.asks import ACCEPTED, AskSpeech
from ocpp_bridge.diagnostics import GET_LOG
from ocpp_bridge.diagnostics import HANDLERS as ALIKE
from ocpp_bridge.dialect import Handler
from ocpp_bridge.errands import asked_for, attempts, span, step_of
from ocpp_bridge.exchange import Payload
from ocpp_bridge.telling import telling


def _get(_command: Command, ask: GetDiagnostics, _aim: int) -> Payload:
    bounds = span(("startTime", "stopTime"), (ask.since, ask.until))
    return {"location": ask.location, **bounds, **attempts(ask)}


_asked = asked_for(ErrandKind.DIAGNOSTICS)


def _promised(command: Command, ask: GetDiagnostics, said: Payload) -> tuple[ErrandAsked, ...]:
    """No file name: there is nothing to send. Source: OCPP 1.6, 5.9 Get Diagnostics."""
    news = _asked(command, ask, said)
    if said.get("fileName"):
        return news
    return tuple(replace(each, status=NO_FILE) for each in news)


def _read(said: Payload) -> CommandOutcome:
    if said.get("fileName"):
        return ACCEPTED
    return CommandOutcome(CommandResult.REJECTED, "the charger has no diagnostics to send")


ASKS: dict[type, AskSpeech[int]] = {
    GetDiagnostics: AskSpeech("GetDiagnostics", _get, _promised, _read),
    GetLog: GET_LOG,
}
HANDLERS: dict[str, Handler] = {
    **ALIKE,
    "DiagnosticsStatusNotification": telling(step_of(ErrandKind.DIAGNOSTICS)),
}
