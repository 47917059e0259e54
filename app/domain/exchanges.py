"""Exchanges with partners as the journal keeps them: one OCPI request and its answer, redacted.

The journal is for people who look for trouble. Nothing here is needed for the work itself, and
what lets somebody in or names a driver's card was blacked out before it came here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.errors import Conflict

_HTTP_SUCCESSES = range(200, 300)
_OCPI_SUCCESSES = range(1000, 2000)


class Direction(StrEnum):
    """IN: the partner asked us. OUT: we asked the partner."""

    IN = "in"
    OUT = "out"


class CannotResend(Conflict):
    """Nobody may send this exchange again, or not any more; the text says why."""

    code = "cannot_resend"


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Side:
    """A request or an answer, redacted; `size` is the body's length in bytes as it travelled.

    `body` is its beginning only where it was too long, and says so at its end.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Pushed:
    """Which object an outgoing message told of: a delivery's kind and subject.

    `every`: each such message counts, not only the object's latest state. The subject of a token
    names a driver's card, so it is not for showing.
    """

    kind: str
    subject: str
    every: bool = False


@dataclass(slots=True)
class Exchange:
    """One request and what came of it.

    `partner_id` is None for strangers, `http` where there was no answer (`failure` says why), and
    `status`, OCPI's own, where there was no envelope. `sender` and `receiver` are the parties of
    the routing headers. `pushed` is set for messages that tell of an object.
    """

    id: str
    direction: Direction
    at: datetime
    method: str
    url: str
    request: Side
    request_id: str
    correlation_id: str
    partner_id: str | None = None
    version: str | None = None
    module: str | None = None
    sender: str | None = None
    receiver: str | None = None
    http: int | None = None
    status: int | None = None
    duration: timedelta = timedelta()
    answer: Side | None = None
    failure: str | None = None
    pushed: Pushed | None = None

    @property
    def failed(self) -> bool:
        """Whether it did not succeed: no answer, or one that is no success of HTTP or of OCPI.

        Only an answer without any body needs no OCPI status.
        """
        if self.failure is not None or self.http not in _HTTP_SUCCESSES:
            return True
        if self.status is None:
            return self.answer is not None and self.answer.size > 0
        return self.status not in _OCPI_SUCCESSES
