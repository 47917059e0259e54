"""Logs and security events in OCPP 2.0.1 and 2.1. Pure."""

from app.domain.diagnostics import GetLog
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.diagnostics import GET_LOG, HANDLERS

__all__ = ["ASKS", "HANDLERS"]

ASKS: dict[type, AskSpeech[Address | None]] = {GetLog: GET_LOG}
