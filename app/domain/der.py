"""Distributed energy resources: controls of chargers that feed into the grid (OCPP 2.1, R).

The settings of a control are kept in the words of OCPP, where each type has its own.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DerType(StrEnum):
    """What a control is about. Source: OCPP 2.1, DERControlEnumType."""

    ENTER_SERVICE = "EnterService"
    FREQ_DROOP = "FreqDroop"
    FREQ_WATT = "FreqWatt"
    FIXED_PF_ABSORB = "FixedPFAbsorb"
    FIXED_PF_INJECT = "FixedPFInject"
    FIXED_VAR = "FixedVar"
    GRADIENTS = "Gradients"
    HF_MUST_TRIP = "HFMustTrip"
    HF_MAY_TRIP = "HFMayTrip"
    HV_MUST_TRIP = "HVMustTrip"
    HV_MOM_CESS = "HVMomCess"
    HV_MAY_TRIP = "HVMayTrip"
    LIMIT_MAX_DISCHARGE = "LimitMaxDischarge"
    LF_MUST_TRIP = "LFMustTrip"
    LV_MUST_TRIP = "LVMustTrip"
    LV_MOM_CESS = "LVMomCess"
    LV_MAY_TRIP = "LVMayTrip"
    POWER_MONITORING_MUST_TRIP = "PowerMonitoringMustTrip"
    VOLT_VAR = "VoltVar"
    VOLT_WATT = "VoltWatt"
    WATT_PF = "WattPF"
    WATT_VAR = "WattVar"


@dataclass(frozen=True, slots=True)
class SetDerControl:
    """Put a control on the charger; `settings` is its type's own part of SetDERControl."""

    control_id: str
    control_type: DerType
    is_default: bool
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListDerControls:
    """Tell all controls, of a kind, a type, or of one name."""

    is_default: bool | None = None
    control_type: DerType | None = None
    control_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClearDerControls:
    """Take controls away: of one name, of a type, or all that are (not) defaults."""

    is_default: bool
    control_type: DerType | None = None
    control_id: str | None = None


@dataclass(frozen=True, slots=True)
class DerControl:
    """A control in the charger; `superseded` when another one holds instead."""

    control_id: str
    kind: str
    is_default: bool | None
    superseded: bool
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DerControlSet:
    """The charger took a control, which holds instead of others."""

    control: DerControl
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DerControlsCleared:
    """The charger dropped what it was asked to."""

    is_default: bool
    kind: str | None = None
    control_id: str | None = None


@dataclass(frozen=True, slots=True)
class DerControlsListed:
    """A part of the list of controls; `last` when nothing comes after it."""

    request: int
    controls: tuple[DerControl, ...]
    last: bool = True


@dataclass(frozen=True, slots=True)
class DerAlarm:
    """The grid left its limits, or (`ended`) came back. Source: OCPP 2.1, R04."""

    control_type: str
    at: str
    fault: str | None = None
    ended: bool = False
    info: str | None = None


@dataclass(frozen=True, slots=True)
class DerStarted:
    """A control began to hold, or no longer does. Source: OCPP 2.1, R02."""

    control_id: str
    started: bool
    at: str
    superseded: tuple[str, ...] = ()


DerAsk = SetDerControl | ListDerControls | ClearDerControls
DerNews = DerControlSet | DerControlsCleared | DerControlsListed | DerAlarm | DerStarted
