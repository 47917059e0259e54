"""Errands, of which both OCPP families speak almost alike: parts of payloads, answers, steps."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.errands import ErrandAsked, ErrandKind, ErrandMoved
from ocpp_bridge.asks import read_status, request_number
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.timestamps import write_time


class Repeating(Protocol):
    """What says how often the charger tries by itself."""

    @property
    def retries(self) -> int | None: ...
    @property
    def retry_after(self) -> timedelta | None: ...


def attempts(ask: Repeating) -> Payload:
    """`retries` and `retryInterval`, where they are given."""
    said: Payload = {} if ask.retries is None else {"retries": ask.retries}
    if ask.retry_after is not None:
        said["retryInterval"] = int(ask.retry_after.total_seconds())
    return said


def span(names: tuple[str, ...], times: tuple[datetime | None, ...]) -> Payload:
    """From when until when, as far as it is bounded."""
    given = zip(names, times, strict=True)
    return {name: write_time(at) for name, at in given if at is not None}


def read_taken(said: Payload) -> CommandOutcome:
    """An errand is taken also where an earlier one is canceled for it."""
    if said.get("status") == "AcceptedCanceled":
        return CommandOutcome(CommandResult.ACCEPTED, "an earlier one was canceled")
    return read_status(said)


def asked_for(kind: ErrandKind) -> Callable[[Command, object, Payload], tuple[ErrandAsked, ...]]:
    """What the answer to an errand means."""

    def read(command: Command, _ask: object, said: Payload) -> tuple[ErrandAsked, ...]:
        if command.ask is None:
            return ()
        info: Mapping[str, str] = said.get("statusInfo") or {}
        return (
            ErrandAsked(
                kind,
                request_number(command),
                said.get("status", "Accepted"),
                command.ask,
                command.id,
                filename=said.get("filename") or said.get("fileName"),
                info=info.get("additionalInfo") or info.get("reasonCode"),
            ),
        )

    return read


def step_of(kind: ErrandKind) -> Callable[[Asked], ErrandMoved]:
    """What a status notification means; a number of 0 or less names no errand (P-207)."""

    def read(asked: Asked) -> ErrandMoved:
        said = asked.payload
        number, info = said.get("requestId"), said.get("statusInfo") or {}
        return ErrandMoved(
            kind,
            said["status"],
            number if number is not None and number > 0 else None,
            info.get("additionalInfo") or info.get("reasonCode"),
            tuple(said.get("location") or ()),
        )

    return read
