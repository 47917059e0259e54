"""Frames of chargers' sockets as they are kept for people who look for trouble."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Way(StrEnum):
    """Which way a frame went: IN came from the charger."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, without secrets; an answer has the `action` of its question, if that is known.

    `text` is JSON, or says in words what cannot be shown.
    """

    at: datetime
    way: Way
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class FramePage:
    """Frames of one charger that follow each other, the oldest first."""

    station_id: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class WantedFrames:
    """What is looked for; None does not matter. `text` is found whatever its case."""

    since: datetime | None = None
    until: datetime | None = None
    way: Way | None = None
    action: str | None = None
    text: str | None = None
    limit: int = 200

    def among(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Those that fit."""
        return (frame for frame in frames if self._fits(frame))

    def _fits(self, frame: Frame) -> bool:
        if self.since is not None and frame.at < self.since:
            return False
        if self.until is not None and frame.at >= self.until:
            return False
        if self.way is not None and frame.way is not self.way:
            return False
        if self.action is not None and frame.action.casefold() != self.action.casefold():
            return False
        return self.text is None or self.text.casefold() in frame.text.casefold()
