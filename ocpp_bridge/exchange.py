"""One CALL in either direction, as the translators of both OCPP families see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Payload = dict[str, Any]
"""A message body in wire case, checked by the official schema of its version."""


@dataclass(slots=True)
class Asked:
    """What a charger asked: the checked payload, its JSON text as received, when it came (UTC)."""

    payload: Payload
    raw: bytes
    at: datetime

    @property
    def text(self) -> str:
        """The payload's JSON text as received."""
        return self.raw.decode()


@dataclass(frozen=True, slots=True)
class Ask:
    """What we ask a charger."""

    action: str
    payload: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A charger's CALLRESULT, checked by the schema of its action."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Refusal:
    """A charger's CALLERROR, or a CALLRESULT that is none (`code` is then `InvalidAnswer`)."""

    code: str
    description: str = ""
