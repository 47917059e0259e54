"""Favourites, places in a queue, and how busy a place is."""

from datetime import datetime

from pydantic import Field

from app.domain.busy_times import BusyTimes
from app.domain.locations import Location
from app.domain.waiting import Waiting
from mobile_api.schemas.map import PinOut
from mobile_api.schemas.values import Shape


class FavouriteOut(Shape):
    """A favourite; `place` is null while it is not shown to anybody."""

    party: str
    location_id: str
    since: datetime
    place: PinOut | None


class FavouritesOut(Shape):
    """A driver's favourites as they are now, the newest first; `next` leads to the page after."""

    as_of: datetime
    favourites: list[FavouriteOut]
    next: str | None


class WaitIn(Shape):
    """Where somebody waits: for any EVSE of a location, for one of them, or for a plug."""

    party: str = Field(max_length=6)
    location_id: str = Field(min_length=1, max_length=36)
    evse_uid: str | None = Field(None, min_length=1, max_length=36)
    plug: str | None = Field(None, pattern=r"^[A-Z0-9_]{1,40}$")


class WaitingOut(Shape):
    """A place in a queue; while `turn_until` is given it is the driver's turn."""

    id: str
    party: str
    location_id: str
    name: str | None
    evse_uid: str | None
    plug: str | None
    since: datetime
    ends_at: datetime
    turn_until: datetime | None

    @classmethod
    def of(cls, waiting: Waiting, location: Location | None) -> "WaitingOut":
        """With the name of the place."""
        return cls(
            id=waiting.id,
            party=str(waiting.party),
            location_id=waiting.location_id,
            name=None if location is None else location.name or location.address,
            evse_uid=waiting.evse_uid,
            plug=waiting.plug,
            since=waiting.created_at,
            ends_at=waiting.ends_at,
            turn_until=waiting.turn_until,
        )


class WaitingsOut(Shape):
    """Where a driver waits, the longest first."""

    waitings: list[WaitingOut]


class BusyOut(Shape):
    """Percent of the EVSEs in use, by day (Monday first) and hour of the place's own clock.

    Null where too little is known; `now` is the share usual at this hour.
    """

    time_zone: str
    days: list[list[int | None]]
    now: int | None

    @classmethod
    def of(cls, location: Location, busy: BusyTimes) -> "BusyOut":
        """As a chart shows it."""
        days = [list(day) for day in busy.days]
        return cls(time_zone=location.time_zone, days=days, now=busy.now)
