"""Why a charger of OCPP 2.x tells of a transaction, and what that says beyond its values.

Source: OCPP 2.0.1 and 2.1, TriggerReasonEnumType and ReasonEnumType.
"""

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.stations import Activity

_ENDS: Mapping[str, str] = MappingProxyType({
    "AbnormalCondition": "Other",
    "CostLimitReached": "LocalOutOfCredit",
    "Deauthorized": "DeAuthorized",
    "EnergyLimitReached": "EnergyLimitReached",
    "EVCommunicationLost": "EVDisconnected",
    "EVConnectTimeout": "Timeout",
    "EVDeparted": "EVDisconnected",
    "RemoteStop": "Remote",
    "ResetCommand": "ImmediateReset",
    "SoCLimitReached": "SOCLimitReached",
    "StopAuthorized": "Local",
    "TariffNotAccepted": "Other",
    "TimeLimitReached": "TimeLimitReached",
    "UnlockCommand": "Other",
})  # fmt: skip
"""The reason of an end whose message names none but was sent for this."""

_DOES: Mapping[str, Activity] = MappingProxyType({
    "EVCommunicationLost": Activity.IDLE,
    "EVDeparted": Activity.IDLE,
    "EnergyLimitReached": Activity.SUSPENDED_EVSE,
    "TimeLimitReached": Activity.SUSPENDED_EVSE,
    "CostLimitReached": Activity.SUSPENDED_EVSE,
    "SoCLimitReached": Activity.SUSPENDED_EVSE,
    "Deauthorized": Activity.SUSPENDED_EVSE,
})  # fmt: skip
"""What goes on from then on where the message has no charging state; else it is as before."""


def stop_reason(said: str | None, trigger: str) -> str | None:
    """Why a transaction ended; None is a stop by the driver.

    Source: OCPP 2.0.1, TransactionType, stoppedReason: only Local may be left out.
    """
    return said or _ENDS.get(trigger)


def activity_after(state: Activity | None, trigger: str) -> Activity | None:
    """What goes on after the event."""
    return state or _DOES.get(trigger)
