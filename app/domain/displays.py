"""What a 2.x charger shows on its display: messages, and what a session costs so far.

Source: OCPP 2.0.1, O01 to O06 and I02.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class DisplayMessage:
    """A message by the number that we gave it.

    `priority` is AlwaysFront, InFront or NormalCycle; `state` shows it only while the charger is
    so; `transaction` only while that goes on; `evse` on that EVSE's display.
    """

    number: int
    text: str
    priority: str = "NormalCycle"
    format: str = "UTF8"
    language: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    transaction: str | None = None
    component: str | None = None
    evse: int | None = None


@dataclass(frozen=True, slots=True)
class SetDisplayMessage:
    """Show a message, or change that of the same number."""

    message: DisplayMessage


@dataclass(frozen=True, slots=True)
class ClearDisplayMessage:
    """Show it no more."""

    number: int


@dataclass(frozen=True, slots=True)
class GetDisplayMessages:
    """Tell what is shown; without any of these all of it."""

    numbers: tuple[int, ...] = ()
    priority: str | None = None
    state: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether what is not told is not shown."""
        return not self.numbers and self.priority is None and self.state is None


@dataclass(frozen=True, slots=True)
class ShowCost:
    """Tell a driver what the session costs so far."""

    transaction: str
    total: Money


@dataclass(frozen=True, slots=True)
class MessageShown:
    """The charger took a message."""

    message: DisplayMessage


@dataclass(frozen=True, slots=True)
class MessageCleared:
    """It is gone, or never was there."""

    number: int


@dataclass(frozen=True, slots=True)
class MessagesAsked:
    """The charger will tell its messages; `none`: it has none of these."""

    request_id: int
    whole: bool
    none: bool


@dataclass(frozen=True, slots=True)
class MessagesPart:
    """One part of a charger's messages; parts have no numbers and come in order."""

    request_id: int
    last: bool
    messages: tuple[DisplayMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class MessagesReport:
    """It as far as it came."""

    request_id: int
    whole: bool = False
    complete: bool = False
    messages: Mapping[int, DisplayMessage] | None = None


def with_part(report: MessagesReport, part: MessagesPart) -> MessagesReport:
    """The report with one more part, which may come twice."""
    more = {each.number: each for each in part.messages}
    return replace(report, messages={**(report.messages or {}), **more}, complete=part.last)
