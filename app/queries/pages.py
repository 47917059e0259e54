"""What a page of a list is: which one is asked for, and what it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_CAP = 100
"""The most objects in a page."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for; `changed_from` includes, `changed_before` excludes (UTC).

    `after` is the place of the last object of the page before, which then counts instead of the
    offset: objects that left the list meanwhile make no gap.
    """

    offset: int = 0
    limit: int = PAGE_CAP
    changed_from: datetime | None = None
    changed_before: datetime | None = None
    after: str | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether an object of this `last_updated` is asked for."""
        early = self.changed_from is not None and moment < self.changed_from
        late = self.changed_before is not None and moment >= self.changed_before
        return not early and not late


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """A page, how many objects are before it, and how many match in all."""

    items: Sequence[T]
    start: int
    total: int
