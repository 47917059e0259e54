"""What a driver wants to be told, and the hours in which phones stay silent."""

import re
from datetime import time
from typing import Annotated

from pydantic import Field

from app.domain.notification_preferences import (
    Category,
    NotificationPreferences,
    QuietHours,
)
from mobile_api.schemas.values import Shape

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
"""Hours and minutes of a day."""


class CategoriesOut(Shape):
    """What can be switched off; payments, security and faults are told always."""

    charging: bool
    idle: bool
    receipts: bool
    reservations: bool
    waiting_list: bool
    issues: bool
    tips: bool


class CategoriesIn(Shape):
    """What is told; what is not named is."""

    charging: bool = True
    idle: bool = True
    receipts: bool = True
    reservations: bool = True
    waiting_list: bool = True
    issues: bool = True
    tips: bool = True


class QuietHoursShape(Shape):
    """From `begins` to `ends` by the clocks of `zone`; over midnight where they say so."""

    begins: Clock
    ends: Clock
    zone: str = Field(max_length=40, examples=["Europe/Amsterdam"])


class NotificationsIn(Shape):
    """The whole choice; null for no quiet hours."""

    categories: CategoriesIn
    quiet_hours: QuietHoursShape | None = None

    @property
    def off(self) -> frozenset[Category]:
        """What is not told."""
        chosen = self.categories.model_dump()
        return frozenset(each for each in Category if not chosen[each.value])

    @property
    def quiet(self) -> QuietHours | None:
        """When phones are silent; raises InvalidInput."""
        if self.quiet_hours is None:
            return None
        begins, ends = (_time(text) for text in (self.quiet_hours.begins, self.quiet_hours.ends))
        return QuietHours(begins, ends, self.quiet_hours.zone)


class NotificationsOut(Shape):
    """The driver's choice."""

    categories: CategoriesOut
    quiet_hours: QuietHoursShape | None

    @classmethod
    def of(cls, known: NotificationPreferences) -> "NotificationsOut":
        """As it counts now."""
        told = {each.value: known.wants(each) for each in Category}
        quiet = known.quiet
        return cls(
            categories=CategoriesOut(**told),
            quiet_hours=quiet
            and QuietHoursShape(
                begins=f"{quiet.begins:%H:%M}", ends=f"{quiet.ends:%H:%M}", zone=quiet.zone
            ),
        )


def _time(text: str) -> time:
    hours, minutes = (int(part) for part in re.findall(r"[0-9]{2}", text))
    return time(hours, minutes)
