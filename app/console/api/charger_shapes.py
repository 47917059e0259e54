"""What is shown of chargers' commands and facts."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from app.console.api.book_shapes import CommandOut
from app.domain.asks import RawAsk
from app.domain.certificates import ChangePassword
from app.domain.commands import Command
from app.domain.raw_secrets import SealedCall
from app.domain.swaps import SetUpWebPayment
from app.store.station_facts import Told
from app.use_cases.availability import PartInUse


class AskedOut(CommandOut):
    """A command to a charger; `answer` is the payload of its CALLRESULT or CALLERROR.

    `ask` is what was asked: `{name: parameters}`, of an expert's CALL only the action, for its
    payload may hold secrets. `asked_by` is the API key of who did.
    """

    ask: dict[str, Any] | None
    asked_by: str | None
    answer: Any

    @classmethod
    def whole(cls, command: Command) -> "AskedOut":
        """Show a command with what was asked and answered."""
        outcome = command.outcome
        return cls(
            **CommandOut.of(command).model_dump(),
            ask=_shown(command),
            asked_by=command.asked_by,
            answer=json.loads(outcome.answer) if outcome and outcome.answer else None,
        )


def _shown(command: Command) -> dict[str, Any] | None:
    if command.ask is None:
        return None
    said = json.loads(command.ask.document)
    if command.ask.shape in {RawAsk.__name__, SealedCall.__name__}:
        return {RawAsk.__name__: {"action": said["action"]}}
    if command.ask.shape in {ChangePassword.__name__, SetUpWebPayment.__name__}:
        said.pop("secret", None)
    return {command.ask.shape: said}


class PartOut(BaseModel):
    """A part of a charger that was put in or out of use; without an EVSE all of it.

    `done` once the charger shows it so: it may wait for a session's end.
    """

    evse_uid: str | None
    connector_id: str | None
    operative: bool
    done: bool
    at: datetime

    @classmethod
    def of(cls, part: PartInUse) -> "PartOut":
        """Show a part."""
        wanted = part.wanted
        return cls(
            evse_uid=wanted.evse_uid,
            connector_id=wanted.connector_id,
            operative=wanted.operative,
            done=part.done,
            at=part.at,
        )


class FactOut(BaseModel):
    """Something a charger told; `name` tells apart those of one topic."""

    topic: str
    name: str
    at: datetime
    value: dict[str, Any]

    @classmethod
    def of(cls, told: Told) -> "FactOut":
        """Show a fact."""
        return cls(topic=told.topic, name=told.name, at=told.at, value=json.loads(told.document))
