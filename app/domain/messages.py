"""Messages as such: asking for one to be sent again, and what makers add to OCPP.

Source: OCPP 1.6, 5.17 Trigger Message and 5.6 Data Transfer; OCPP 1.6 security extension,
Extended Trigger Message; OCPP 2.0.1, F06 and P01; OCPP 2.1, TriggerMessage customTrigger.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trigger:
    """Send a message now, by its name in OCPP; `custom` is a maker's own name (OCPP 2.1)."""

    message: str
    custom: str | None = None


@dataclass(frozen=True, slots=True)
class ExtendedTrigger:
    """The same by the message that OCPP 1.6's security extension has for it."""

    message: str


@dataclass(frozen=True, slots=True)
class TransferData:
    """A maker's own message; `data` is JSON text, None when there is none."""

    vendor: str
    message: str | None = None
    data: str | None = None


@dataclass(frozen=True, slots=True)
class DataTransferred:
    """A maker's own message from a charger, and what it was answered."""

    vendor: str
    message: str | None
    data: str | None
    status: str
