"""What a driver wants to be told: categories on or off, and hours in which phones stay silent.

What belongs to no category (payments, security, faults) is told always: neither money nor safety
can be switched off.
"""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.errors import InvalidInput


class Category(StrEnum):
    """What can be switched off."""

    CHARGING = "charging"
    IDLE = "idle"
    RECEIPTS = "receipts"
    RESERVATIONS = "reservations"
    WAITING_LIST = "waiting_list"
    ISSUES = "issues"
    TIPS = "tips"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends` by the clocks of `zone` (IANA), over midnight where they say so."""

    begins: time
    ends: time
    zone: str

    def __post_init__(self) -> None:
        if self.begins == self.ends:
            raise InvalidInput("quiet_hours", "begins when it ends")
        zone_of(self.zone)

    def covers(self, moment: datetime) -> bool:
        """Whether it is quiet at this moment."""
        local = moment.astimezone(zone_of(self.zone)).time()
        if self.begins < self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; raises InvalidInput."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("zone", "is no time zone of the IANA database") from error


@dataclass(frozen=True, slots=True)
class NotificationPreferences:
    """A driver's choice; all is told at all hours unless it says otherwise."""

    off: frozenset[Category] = frozenset()
    quiet: QuietHours | None = None
    version: int = 0

    def wants(self, category: Category | None) -> bool:
        """Whether to tell what is of this category; None is what nobody can switch off."""
        return category is None or category not in self.off
