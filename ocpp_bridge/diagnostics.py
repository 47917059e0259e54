"""Logs and security events, which both OCPP families put alike. Pure.

Source: OCPP 1.6 security extension, GetLog.req; OCPP 2.0.1, GetLogRequest.
"""

from typing import Any

from app.domain.commands import Command
from app.domain.diagnostics import GetLog, SecurityEvent
from app.domain.errands import ErrandKind
from ocpp_bridge.asks import AskSpeech, request_number
from ocpp_bridge.dialect import Handler
from ocpp_bridge.errands import asked_for, attempts, read_taken, span, step_of
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.telling import telling
from ocpp_bridge.timestamps import read_time


def _get_log(command: Command, ask: GetLog, _aim: object) -> Payload:
    bounds = span(("oldestTimestamp", "latestTimestamp"), (ask.since, ask.until))
    return {
        "requestId": request_number(command),
        "logType": ask.log,
        "log": {"remoteLocation": ask.location, **bounds},
        **attempts(ask),
    }


def read_security_event(asked: Asked) -> SecurityEvent:
    """SecurityEventNotification; without a usable time it happened now."""
    said = asked.payload
    at = read_time(said["timestamp"], asked.at) or asked.at
    return SecurityEvent(said["type"], at, said.get("techInfo"))


GET_LOG: AskSpeech[Any] = AskSpeech("GetLog", _get_log, asked_for(ErrandKind.LOG), read_taken)
"""How both families ask for a log."""

HANDLERS: dict[str, Handler] = {
    "LogStatusNotification": telling(step_of(ErrandKind.LOG)),
    "SecurityEventNotification": telling(read_security_event),
}
