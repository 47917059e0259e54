"""Smart charging beyond the profile of one session: what is asked of a charger, what it tells.

The profile of a session is in `domain.profiles`; here is everything else that limits a charger.
Profiles and schedules that nobody but the charger has are kept in the words of OCPP.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.profiles import ChargingProfile


class StationPurpose(StrEnum):
    """What a profile that is of no session is for. Source: OCPP 2.0.1, K01."""

    MAX = "max"
    DEFAULT = "default"


class EnergyTransfer(StrEnum):
    """How energy may flow. Source: OCPP 2.1, EnergyTransferModeEnumType."""

    AC_SINGLE_PHASE = "AC_single_phase"
    AC_TWO_PHASE = "AC_two_phase"
    AC_THREE_PHASE = "AC_three_phase"
    DC = "DC"
    AC_BPT = "AC_BPT"
    AC_BPT_DER = "AC_BPT_DER"
    AC_DER = "AC_DER"
    DC_BPT = "DC_BPT"
    DC_ACDP = "DC_ACDP"
    DC_ACDP_BPT = "DC_ACDP_BPT"
    WPT = "WPT"


@dataclass(frozen=True, slots=True)
class SetStationProfile:
    """Limit a charger (max) or whatever is charged at it, or at one EVSE of it (default)."""

    number: int
    purpose: StationPurpose
    profile: ChargingProfile
    stack_level: int = 0


@dataclass(frozen=True, slots=True)
class ClearProfiles:
    """Take away profiles: that of a number, or all of a purpose and stack level."""

    number: int | None = None
    purpose: StationPurpose | None = None
    stack_level: int | None = None


@dataclass(frozen=True, slots=True)
class ListProfiles:
    """Tell all charging profiles. Source: OCPP 2.0.1, K09."""

    source: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateDynamicSchedule:
    """Move the limit of a dynamic profile. Source: OCPP 2.1, K28."""

    number: int
    limit: Decimal | None = None
    discharge_limit: Decimal | None = None
    setpoint: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UsePriorityCharging:
    """Let a session go before others, or no more. Source: OCPP 2.1, K21."""

    transaction: str
    activate: bool


@dataclass(frozen=True, slots=True)
class AllowEnergyTransfer:
    """Which ways of energy transfer a session may use. Source: OCPP 2.1, Q02."""

    transaction: str
    modes: tuple[EnergyTransfer, ...]


@dataclass(frozen=True, slots=True)
class SignalReserve:
    """The grid's signal for automatic frequency restoration. Source: OCPP 2.1, Q11."""

    signal: int


@dataclass(frozen=True, slots=True)
class ProfilesToListing:
    """The charger is going to tell its profiles, or (`none`) has none."""

    none: bool = False


@dataclass(frozen=True, slots=True)
class ProfilesListed:
    """A part of the list; `evse` 0 is the whole charger, `last` when nothing comes after it."""

    request: int
    source: str
    evse: int
    profiles: tuple[dict[str, Any], ...]
    last: bool = True


@dataclass(frozen=True, slots=True)
class ListedProfile:
    """A profile in the charger, as it told."""

    source: str
    evse: int
    profile: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NeedsTold:
    """What the vehicle at an EVSE needs, by ISO 15118. Source: OCPP 2.0.1, K15.

    `needs` is in the words of OCPP.
    """

    evse: int
    mode: str
    energy: Decimal | None = None
    departure: str | None = None
    needs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScheduleTold:
    """How the vehicle at an EVSE will charge. Source: OCPP 2.0.1, K15 to K17."""

    evse: int
    base: str
    schedule: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LimitTold:
    """Somebody else limits the charger: `evse` 0 is all of it. Source: OCPP 2.0.1, K12 and K13.

    Without schedules, only that it does.
    """

    evse: int
    source: str
    schedules: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class LimitGone:
    """Nobody else limits the charger any more. Source: OCPP 2.0.1, K13."""

    evse: int
    source: str


@dataclass(frozen=True, slots=True)
class PriorityTold:
    """A session goes before others, or no more. Source: OCPP 2.1, K21 and K22."""

    transaction: str
    activated: bool


@dataclass(frozen=True, slots=True)
class DynamicLimit:
    """What we last set for a dynamic profile."""

    number: int
    limit: Decimal | None = None
    discharge_limit: Decimal | None = None
    setpoint: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DynamicWanted:
    """The charger asks what a dynamic profile is now. Source: OCPP 2.1, K29."""

    number: int


SmartAsk = (
    SetStationProfile
    | ClearProfiles
    | ListProfiles
    | UpdateDynamicSchedule
    | UsePriorityCharging
    | AllowEnergyTransfer
    | SignalReserve
)
SmartNews = (
    ProfilesToListing
    | ProfilesListed
    | NeedsTold
    | ScheduleTold
    | LimitTold
    | LimitGone
    | PriorityTold
    | DynamicLimit
    | DynamicWanted
)
