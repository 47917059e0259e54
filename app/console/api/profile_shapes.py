"""Charging profiles as the operator's API reads and shows them; numbers are exact."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.preferences import Preferences, ProfileType
from app.domain.profiles import (
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    ProfileSource,
    RateUnit,
    SessionProfile,
)

_SECOND = timedelta(seconds=1)
_LONGEST_S = 2**31 - 1

Rate = Annotated[Decimal, Field(ge=0, le=10**9, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=0, le=_LONGEST_S)]


class PeriodShape(BaseModel):
    """At most `limit` from `start_s` seconds after the profile's beginning on."""

    model_config = ConfigDict(extra="forbid")

    start_s: Seconds
    limit: Rate


class ProfileShape(BaseModel):
    """Limits in W of all phases together or A of each; without `start` from the session's start.

    Without `duration_s` it lasts as long as the session. Limits are taken to a tenth.
    """

    model_config = ConfigDict(extra="forbid")

    unit: RateUnit
    periods: Annotated[list[PeriodShape], Field(min_length=1, max_length=1024)]
    start: AwareDatetime | None = None
    duration_s: Annotated[int, Field(gt=0, le=_LONGEST_S)] | None = None
    min_rate: Rate | None = None

    def read(self) -> ChargingProfile:
        """The profile that is meant."""
        return ChargingProfile(
            self.unit,
            tuple(ProfilePeriod(_SECOND * each.start_s, each.limit) for each in self.periods),
            start=self.start,
            duration=None if self.duration_s is None else _SECOND * self.duration_s,
            min_rate=self.min_rate,
        )

    @classmethod
    def of(cls, profile: ChargingProfile) -> "ProfileShape":
        """Show a profile."""
        return cls.model_construct(
            unit=profile.unit,
            periods=[
                PeriodShape.model_construct(start_s=each.start // _SECOND, limit=each.limit)
                for each in profile.periods
            ],
            start=profile.start,
            duration_s=None if profile.duration is None else profile.duration // _SECOND,
            min_rate=profile.min_rate,
        )


class ActiveOut(BaseModel):
    """What is in force as of `at`; its periods count from then."""

    at: datetime
    profile: ProfileShape

    @classmethod
    def of(cls, active: ActiveProfile | None) -> "ActiveOut | None":
        """Show it, None while nobody has asked."""
        if active is None:
            return None
        return cls(at=active.at, profile=ProfileShape.of(active.profile))


class WishOut(BaseModel):
    """What the driver wishes; energy in kWh."""

    profile_type: ProfileType
    departure: datetime | None
    energy_need: Decimal | None
    discharge_allowed: bool

    @classmethod
    def of(cls, wish: Preferences | None) -> "WishOut | None":
        """Show a wish."""
        if wish is None:
            return None
        return cls(
            profile_type=wish.profile_type,
            departure=wish.departure,
            energy_need=wish.energy_need.value if wish.energy_need else None,
            discharge_allowed=wish.discharge_allowed,
        )


class SessionProfileOut(BaseModel):
    """The profile that was taken last, whose it is, and what is known to be in force."""

    session_id: str
    profile: ProfileShape | None
    source: ProfileSource | None
    set_at: datetime | None
    active: ActiveOut | None
    preferences: WishOut | None

    @classmethod
    def of(cls, session_id: str, known: SessionProfile) -> "SessionProfileOut":
        """Show what is known."""
        return cls(
            session_id=session_id,
            profile=known.profile and ProfileShape.of(known.profile),
            source=known.source,
            set_at=known.set_at,
            active=ActiveOut.of(known.active),
            preferences=WishOut.of(known.preferences),
        )
