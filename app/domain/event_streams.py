"""Periodic event streams: values that a charger sends at intervals without waiting for answers.

Source: OCPP 2.1, N, Periodic event streams. What a charger says of an answer of ours is here too,
since that as well is a message of 2.1 that nobody answers.
"""

from dataclasses import dataclass
from datetime import datetime

MOST_STREAMS = 100
"""Streams that one charger may have open."""

MOST_VALUES = 100
"""Values of a stream that are kept, the newest."""


@dataclass(frozen=True, slots=True)
class StreamPace:
    """How often values are sent (seconds), and how many together; None is the charger's choice."""

    interval_s: int | None = None
    values: int | None = None


@dataclass(frozen=True, slots=True)
class EventStream:
    """The values of one monitor, as the charger numbers its streams and monitors."""

    number: int
    monitor: int
    pace: StreamPace


@dataclass(frozen=True, slots=True)
class StreamValue:
    """One value in the charger's own words."""

    at: datetime
    value: str


@dataclass(frozen=True, slots=True)
class ListStreams:
    """Which streams are open."""


@dataclass(frozen=True, slots=True)
class AdjustStream:
    """Send a stream's values at another pace."""

    number: int
    pace: StreamPace


StreamAsk = ListStreams | AdjustStream


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """The charger wants to send a stream; it hears whether it may."""

    stream: EventStream


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """A stream has ended."""

    number: int


@dataclass(frozen=True, slots=True)
class StreamHeard:
    """Values of a stream; `pending` are still to come."""

    number: int
    pending: int
    values: tuple[StreamValue, ...]


@dataclass(frozen=True, slots=True)
class StreamAdjusted:
    """The charger sends a stream at another pace now."""

    number: int
    pace: StreamPace


@dataclass(frozen=True, slots=True)
class StreamsListed:
    """All streams that are open."""

    streams: tuple[EventStream, ...]


@dataclass(frozen=True, slots=True)
class AnswerRefused:
    """The charger did not understand our answer to its CALL of this action (CALLRESULTERROR)."""

    message_id: str
    action: str
    code: str
    description: str


StreamNews = (
    StreamOpened | StreamClosed | StreamHeard | StreamAdjusted | StreamsListed | AnswerRefused
)


@dataclass(frozen=True, slots=True)
class StreamState:
    """What is known of a stream; without `stream` it was opened when nobody here listened."""

    stream: EventStream | None = None
    open: bool = True
    pending: int = 0
    values: tuple[StreamValue, ...] = ()

    def with_values(self, heard: StreamHeard) -> tuple[StreamValue, ...]:
        """The newest values by their time; what is told twice is one value."""
        known = {(value.at, value.value): value for value in (*self.values, *heard.values)}
        return tuple(sorted(known.values(), key=lambda value: value.at)[-MOST_VALUES:])
