"""OCPP 2.1, N: periodic event streams. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.commands import Command
from app.domain.event_streams import (
    AdjustStream,
    EventStream,
    ListStreams,
    StreamAdjusted,
    StreamClosed,
    StreamHeard,
    StreamOpened,
    StreamPace,
    StreamsListed,
    StreamValue,
)
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.dialect import Handler
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.telling import telling
from ocpp_bridge.timestamps import read_time

FARTHEST = Decimal(86_400 * 366)
"""Seconds; an offset beyond it is none."""


def _list(_command: Command, _ask: ListStreams, _place: object) -> Payload:
    return {}


def _adjust(_command: Command, ask: AdjustStream, _place: object) -> Payload:
    given = {"interval": ask.pace.interval_s, "values": ask.pace.values}
    params = {name: value for name, value in given.items() if value is not None}
    return {"id": ask.number, "params": params}


def _adjusted(_command: Command, ask: AdjustStream, said: Payload) -> tuple[StreamAdjusted, ...]:
    return (StreamAdjusted(ask.number, ask.pace),) if said["status"] == "Accepted" else ()


def _listed(_command: Command, _ask: ListStreams, said: Payload) -> tuple[StreamsListed, ...]:
    return (StreamsListed(tuple(_stream(one) for one in said.get("constantStreamData") or ())),)


ASKS: dict[type, AskSpeech[Address | None]] = {
    ListStreams: AskSpeech("GetPeriodicEventStream", _list, _listed),
    AdjustStream: AskSpeech("AdjustPeriodicEventStream", _adjust, _adjusted),
}


def read_opened(asked: Asked) -> StreamOpened:
    """OpenPeriodicEventStreamRequest."""
    return StreamOpened(_stream(asked.payload["constantStreamData"]))


def read_closed(asked: Asked) -> StreamClosed:
    """ClosePeriodicEventStreamRequest."""
    return StreamClosed(asked.payload["id"])


def read_heard(asked: Asked) -> StreamHeard:
    """NotifyPeriodicEventStream; a clock that is unset gives way to ours."""
    said = asked.payload
    base = read_time(said["basetime"], asked.at) or asked.at
    values = tuple(StreamValue(_moment(base, one["t"]), one["v"]) for one in said["data"])
    return StreamHeard(said["id"], said["pending"], values)


def _moment(base: datetime, offset: Decimal) -> datetime:
    if abs(offset) > FARTHEST:
        return base
    return base + timedelta(microseconds=int(offset * 1_000_000))


def _stream(said: Payload) -> EventStream:
    params = said["params"]
    pace = StreamPace(params.get("interval"), params.get("values"))
    return EventStream(said["id"], said["variableMonitoringId"], pace)


def _may(accepted: Any) -> Payload:
    return {"status": "Accepted" if accepted else "Rejected"}


HANDLERS_V21: dict[str, Handler] = {
    "ClosePeriodicEventStream": telling(read_closed),
    "OpenPeriodicEventStream": telling(read_opened, _may),
}
HEARERS_V21: dict[str, Handler] = {"NotifyPeriodicEventStream": telling(read_heard)}
"""What comes as a SEND; nobody hears what they answer."""
